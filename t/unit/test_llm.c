/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Models asked over HTTP, from the rows of a session to the outcome of the
 * job.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/unit/llm_bench.h"

/* A life over HTTP: what is sent is rebuilt from rows alone. */
static void
test_turn(void **state)
{
	struct bench *b = *state;
	struct job *job;
	const char *request;

	bench_begin(b);
	bench_model(b, "o", "openai_compat", ",'api_key':'${TEST_KEY}'", "");
	bench_answers(b,
	    OK_EVENTS "data: {\"choices\":[{\"delta\":{\"content\":"
	    "\"I look\",\"tool_calls\":[{\"index\":0,\"id\":\"x\",\"function\":"
	    "{\"name\":\"s__look\",\"arguments\":"
	    "\"{\\\"of\\\":9007199254740993}\"}}]},"
	    "\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n");
	job = bench_ask(b, "o");
	assert_null(job->reply.error);
	life_has(job->reply.tool_calls, "{'of':9007199254740993}");
	request = server_request(b->server, 0);
	life_has(request, "POST /v1/chat/completions HTTP/1.1\r\n");
	life_has(request, "\r\nAuthorization: Bearer sk-secret\r\n");
	life_has(request, "{'model':'m1','messages':[{'role':'system',");
	life_has(request, "it is slow");
	life_has(request, "{'type':'function','function':{'name':'s__fix',"
	    "'description':'','parameters':{}}}");
	/* What is injected is not shown; the rest is as it was. */
	life_has(request, "'name':'s__look','description':'','parameters':"
	    "{'properties':{'of':{},'team':{}}}");
	life_done(b->l, job);
	life_tool(b->l, "s:look",
	    "{'of':9007199254740993,'environment':'dev'}", "{'seen':1}");
	bench_answers(b, HELLO);
	job = bench_ask(b, "o");
	assert_null(job->reply.error);
	assert_string_equal(job->reply.content, "h\xc3\xa9llo");
	assert_string_equal(job->reply.tool_calls, "[]");
	assert_int_equal(job->reply.input_tokens, 7);
	assert_int_equal(job->reply.output_tokens, 2);
	request = server_request(b->server, 1);
	life_has(request, "{'role':'assistant','content':'I look',"
	    "'tool_calls':[{'id':'call_0','type':'function','function':"
	    "{'name':'s__look','arguments':'{\\'of\\':9007199254740993}'}}]},"
	    "{'role':'tool','tool_call_id':'call_0','content':"
	    "'{\\'seen\\':1}'}]");
	life_done(b->l, job);
}

/* The same bytes in pieces of every size say the same. */
static void
test_pieces(void **state)
{
	struct bench *b = *state;
	struct job *job;

	bench_begin(b);
	bench_model(b, "o", "openai_compat", "", "");
	bench_model(b, "q", "ollama", "", "");
	for (size_t piece = 1; piece < 40; piece++) {
		server_answer(b->server, (struct server_answer){
		    .bytes = piece % 2 ? HELLO : LINES, .piece = piece });
		job = bench_ask(b, piece % 2 ? "o" : "q");
		if (piece % 2 == 0) {
			/* 1e400 is no number that a double can hold. */
			assert_int_equal(job->reply.fault, REPLY_TRANSIENT);
		} else {
			assert_null(job->reply.error);
			assert_string_equal(job->reply.content,
			    "h\xc3\xa9llo");
		}
		job_fail(job, "again");
		job->reply.fault = REPLY_HELD;
		life_done(b->l, job);
		life_pass(b->l, 100);
	}
}

/* A stream that is cut is no reply, wherever it is cut. */
static void
test_cut(void **state)
{
	struct bench *b = *state;
	static const struct {
		const char *model, *answer;
		size_t rest;	/* of its end that may be missing */
	} rows[] = {
		{ "o", HELLO, strlen("]\n\n") }, { "q", LINES, 1 },
	};

	bench_begin(b);
	bench_model(b, "o", "openai_compat", "",
	    "},'limits':{'breaker_failures':0");
	bench_model(b, "q", "ollama", "", "},'limits':{'breaker_failures':0");
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t len = 1; len + rows[i].rest <=
		    strlen(rows[i].answer); len++) {
			server_answer(b->server, (struct server_answer){
			    .bytes = rows[i].answer, .len = len });
			bench_faults(b, rows[i].model, REPLY_TRANSIENT,
			    "provider prov: ");
		}
}

/* A server that cuts a long prompt in silence. */
static void
test_lost(void **state)
{
	struct bench *b = *state;
	struct job *job;

	bench_begin(b);
	fixture_sql(b->l->f, "INSERT INTO agent SELECT 1, 'wordy', kind,"
	    " description, model, hex(zeroblob(20000)), tools, routes, config"
	    " FROM agent WHERE name = 'first'");
	bench_model(b, "q", "ollama", "", "");
	bench_answers(b, OK_LINES "{\"message\":{\"content\":\"So.\"},"
	    "\"done\":true,\"prompt_eval_count\":4096}\n");
	job = bench_take(b, "q");
	free(job->agent);
	job->agent = strdup("wordy");
	llm_ask(b->llm, job);
	bench_wait(b, 1);
	assert_int_equal(job->reply.fault, REPLY_TOO_LONG);
	life_has(job->reply.error, "of about 100");
	life_has(job->reply.error, " it has read 4096; num_ctx is 8192");
	life_done(b->l, job);
}

static void
test_statuses(void **state)
{
	struct bench *b = *state;
	struct job *job;

	bench_begin(b);
	bench_model(b, "o", "openai_compat", ",'api_key':'${TEST_KEY}'", "");
	bench_answers(b, "HTTP/1.1 401 No\r\n\r\n"
	    "{\"error\":{\"message\":\"bad key: sk-secret, see docs\"}}");
	bench_faults(b, "o", REPLY_FINAL,
	    "provider prov: status 401: bad key: *********, see docs");
	bench_answers(b, "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
	bench_faults(b, "o", REPLY_TRANSIENT, "status 500: no reason is given");
	bench_answers(b, "HTTP/1.1 400 No\r\n\r\n"
	    "{\"error\":{\"message\":\"m\",\"code\":\"content_filter\"}}");
	bench_faults(b, "o", REPLY_FINAL, "refused: m");
	bench_answers(b, "HTTP/1.1 400 No\r\nx-should-retry: true\r\n"
	    "Content-Length: 0\r\n\r\n");
	bench_faults(b, "o", REPLY_TRANSIENT, "status 400");
	bench_answers(b, "HTTP/1.1 503 No\r\nx-should-retry: false\r\n"
	    "Content-Length: 0\r\n\r\n");
	bench_faults(b, "o", REPLY_FINAL, "status 503");
	bench_answers(b,
	    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<!DOCTYPE");
	bench_faults(b, "o", REPLY_TRANSIENT, "the reply cannot be read");
	bench_answers(b,
	    OK_EVENTS "data: {\"choices\":[{\"delta\":{\"content\":"
	    "\"x\"}}]}\n\nevent: error\ndata: {\"error\":{\"message\":"
	    "\"overloaded\",\"code\":503}}\n\n");
	bench_faults(b, "o", REPLY_TRANSIENT,
	    "in the midst of the reply: overloaded");
	bench_answers(b,
	    "HTTP/1.1 429 No\r\nRetry-After: 9\r\nretry-after-ms: 70\r\n"
	    "Content-Length: 0\r\n\r\n");
	job = bench_ask(b, "o");
	assert_int_equal(job->reply.fault, REPLY_RATE);
	assert_int_equal(job->reply.wait_ms, 70);
	life_done(b->l, job);
}

static void
test_addresses_and_keys(void **state)
{
	struct bench *b = *state;

	bench_begin(b);
	bench_model(b, "azure", "azure_openai", "", "");
	bench_model(b, "unset", "openai_compat", ",'api_key':'${NO_SUCH}'", "");
	bench_model(b, "q", "ollama", "", "");
	bench_model(b, "odd", "other", "", "");
	unsetenv("AZURE_OPENAI_KEY");
	bench_faults(b, "azure", REPLY_FINAL, "cannot read the key "
	    "${AZURE_OPENAI_KEY}: it is neither in the runner's environment");
	bench_faults(b, "unset", REPLY_FINAL, "cannot read the key ${NO_SUCH}");
	bench_faults(b, "odd", REPLY_FINAL, "cannot be asked by this version");
	bench_faults(b, "nobody", REPLY_FINAL,
	    "cannot be asked by this version");
	assert_int_equal(server_requests(b->server), 0);
	setenv("AZURE_OPENAI_KEY", "of azure", 1);
	bench_answers(b, "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
	bench_faults(b, "azure", REPLY_FINAL, "status 403");
	life_has(server_request(b->server, 0), "\r\napi-key: of azure\r\n");
	life_has(server_request(b->server, 0), "POST /openai/deployments/d1/"
	    "chat/completions?api-version=2024-08-01-preview HTTP/1.1\r\n");
	bench_answers(b, "HTTP/1.1 404 No\r\n\r\n"
	    "{\"error\":\"model 'm1' missing\"}");
	bench_faults(b, "q", REPLY_FINAL, "status 404: model 'm1' missing");
	assert_null(strstr(server_request(b->server, 1), "Authorization"));
	life_has(server_request(b->server, 1), "'options':{'num_ctx':8192,");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		BENCH_TEST(test_turn),
		BENCH_TEST(test_pieces),
		BENCH_TEST(test_cut),
		BENCH_TEST(test_lost),
		BENCH_TEST(test_statuses),
		BENCH_TEST(test_addresses_and_keys),
	};

	return cmocka_run_group_tests_name("llm", tests, NULL, NULL);
}
