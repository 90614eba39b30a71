/* SPDX-License-Identifier: Apache-2.0 */
/* Models asked over HTTP that take too long, too much, or no more requests. */
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "t/unit/llm_bench.h"

static void
test_clocks(void **state)
{
	struct bench *b = *state;

	bench_begin(b);
	bench_model(b, "first", "openai_compat", "", ",'first_byte_ms':300");
	bench_model(b, "idle", "openai_compat", "", ",'idle_ms':300");
	bench_faults(b, "first", REPLY_SLOW, "timed out after 0.3 s");
	server_answer(b->server, (struct server_answer){ .bytes = "" });
	server_answer(b->server, (struct server_answer){
	    .bytes = OK_EVENTS ": alive\n\n", .keep = true });
	bench_faults(b, "idle", REPLY_TRANSIENT,
	    "timed out after 0.3 s of silence");
}

static void
test_cancel(void **state)
{
	struct bench *b = *state;
	struct job *job;

	bench_begin(b);
	bench_model(b, "o", "openai_compat", "",
	    "},'limits':{'concurrency':1");
	job = bench_take(b, "o");
	llm_ask(b->llm, job);
	assert_non_null(job->handle);
	llm_cancel(job);
	bench_wait(b, 1);
	assert_int_equal(job->reply.fault, REPLY_HELD);
	assert_int_equal(job->reply.wait_ms, 0);
	life_done(b->l, job);
	life_pass(b->l, 100);
	/* What is under way at the end is dropped without a word. */
	job = bench_take(b, "o");
	llm_ask(b->llm, job);
}

/* One at a time, in order; who waits can be taken out. */
static void
test_queue(void **state)
{
	struct bench *b = *state;
	struct job *jobs[3];

	bench_begin(b);
	life_start(b->l, "dev");
	life_start(b->l, "dev");
	bench_model(b, "o", "openai_compat", "",
	    "},'limits':{'concurrency':1");
	for (int i = 0; i < 3; i++) {
		jobs[i] = bench_take(b, "o");
		llm_ask(b->llm, jobs[i]);
	}
	while (server_requests(b->server) == 0)
		uv_run(&b->loop, UV_RUN_ONCE);
	uv_run(&b->loop, UV_RUN_NOWAIT);
	assert_int_equal(server_requests(b->server), 1);
	llm_cancel(jobs[1]);
	assert_int_equal(b->ended, 1);
	assert_int_equal(jobs[1]->reply.fault, REPLY_HELD);
	bench_answers(b, "");
	bench_answers(b, HELLO);
	llm_cancel(jobs[0]);
	bench_wait(b, 3);
	assert_null(jobs[2]->reply.error);
	for (int i = 0; i < 3; i++)
		life_done(b->l, jobs[i]);
}

/* One provider is stuck; another one's sessions do not notice. */
static void
test_apart(void **state)
{
	struct bench *b = *state;
	struct job *stuck, *waiting, *other;

	bench_begin(b);
	life_start(b->l, "dev");
	life_start(b->l, "dev");
	bench_model(b, "o", "openai_compat", "",
	    "},'limits':{'concurrency':1");
	bench_model(b, "q", "ollama", "", "},'limits':{'concurrency':1");
	stuck = bench_take(b, "o");
	waiting = bench_take(b, "o");
	other = bench_take(b, "q");
	llm_ask(b->llm, stuck);
	llm_ask(b->llm, waiting);
	while (server_requests(b->server) == 0)
		uv_run(&b->loop, UV_RUN_ONCE);
	server_answer(b->server, (struct server_answer){
	    .bytes = OK_EVENTS ": wait\n\n", .keep = true });
	bench_answers(b, LINES_SO);
	llm_ask(b->llm, other);
	bench_wait(b, 1);
	assert_string_equal(other->reply.content, "so");
	assert_int_equal(server_requests(b->server), 2);
	life_done(b->l, other);
	llm_cancel(waiting);
	llm_cancel(stuck);
	bench_wait(b, 2);
	life_done(b->l, stuck);
	life_done(b->l, waiting);
}

/* More than anybody reads: the end, and no memory for it. */
static void
test_huge(void **state)
{
	enum { MIB = 1024 * 1024 };
	static char text[5 * MIB];
	static const struct {
		int count;
		size_t len;
		const char *before, *after;
	} rows[] = {
		/* one event, many, and what says nothing */
		{ 1, 5 * MIB, "data: {\"choices\":[{\"delta\":{\"content\":\"",
		    "\"}}]}\n\n" },
		{ 10, MIB / 8, "data: {\"choices\":[{\"delta\":{\"content\":\"",
		    "\"}}]}\n\n" },
		{ 40, MIB / 2, ":", "\n" },
	};
	struct bench *b = *state;
	struct buf answer;

	bench_begin(b);
	bench_model(b, "o", "openai_compat", "",
	    "},'limits':{'breaker_failures':0");
	buf_init(&answer, 32 * MIB);
	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < COUNT(rows); i++) {
		buf_reset(&answer);
		buf_adds(&answer, OK_EVENTS);
		for (int n = 0; n < rows[i].count; n++) {
			buf_adds(&answer, rows[i].before);
			buf_add(&answer, text, rows[i].len);
			buf_adds(&answer, rows[i].after);
		}
		assert_int_equal(answer.rc, OK);
		bench_answers(b, answer.data);
		bench_faults(b, "o", REPLY_FINAL, i < 2 ?
		    "the reply is too large" : "prov: ");
		/* The server has not heard yet that nobody reads. */
		while (server_busy(b->server))
			uv_run(&b->loop, UV_RUN_ONCE);
	}
	buf_free(&answer);
}

/* The breaker opens: sessions are held, not failed, and the next as well. */
static void
test_breaker(void **state)
{
	struct bench *b = *state;
	struct job *job;

	bench_begin(b);
	bench_model(b, "o", "openai_compat", "",
	    "},'limits':{'breaker_failures':2,'breaker_ms':60000");
	for (int i = 0; i < 2; i++)
		bench_answers(b,
		    "HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n");
	bench_faults(b, "o", REPLY_TRANSIENT, "status 502");
	job = bench_ask(b, "o");
	assert_int_equal(job->reply.fault, REPLY_HELD);
	assert_in_range(job->reply.wait_ms, 59000, 60000);
	life_done(b->l, job);
	life_is(b->l, "SELECT tries FROM agent_run", "0");
	life_idle(b->l);
	life_pass(b->l, 70000);
	job = bench_ask(b, "o");
	assert_int_equal(job->reply.fault, REPLY_HELD);
	life_has(job->reply.error, "takes no requests now");
	assert_int_equal(server_requests(b->server), 2);
	life_done(b->l, job);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		BENCH_TEST(test_clocks),
		BENCH_TEST(test_cancel),
		BENCH_TEST(test_queue),
		BENCH_TEST(test_apart),
		BENCH_TEST(test_huge),
		BENCH_TEST(test_breaker),
	};

	return cmocka_run_group_tests_name("llm_limits", tests, NULL, NULL);
}
