/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Models asked over HTTP by the jobs of a life, against a server in the same
 * loop.
 *
 *	bench_begin(b);
 *	bench_model(b, "o", "openai_compat", "", "");
 *	bench_answers(b, HELLO);
 *	job = bench_ask(b, "o");
 *	...
 *	life_done(b->l, job);
 */
#ifndef T_UNIT_LLM_BENCH_H
#define T_UNIT_LLM_BENCH_H

#include <uv.h>

#include "runner/llm.h"
#include "t/unit/life.h"
#include "t/unit/server.h"

#define OK_EVENTS "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
#define OK_LINES "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\r\n"
#define HELLO OK_EVENTS \
	": hello\n\n" \
	"data: {\"choices\":[{\"delta\":{\"content\":\"h\xc3\xa9llo\"}}]}\n\n" \
	"data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\r\n" \
	"\r\n" \
	"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7," \
	"\"completion_tokens\":2}}\n\n" \
	"data: [DONE]\n\n"

#define LINES OK_LINES \
	"{\"message\":{\"content\":\"h\xc3\xa9\",\"tool_calls\":[{" \
	"\"function\":{\"name\":\"s__look\",\"arguments\":{\"of\":1e400}}}" \
	"]}}\n{\"message\":{\"content\":\"llo\"},\"done\":false}\r\n" \
	"{\"done\":true,\"prompt_eval_count\":7,\"eval_count\":2}"

#define LINES_SO OK_LINES \
	"{\"message\":{\"content\":\"so\"},\"done\":true}\n"

struct bench {
	struct life *l;
	uv_loop_t loop;
	struct server *server;
	struct llm *llm;
	int ended;
};

/* For cmocka. */
int bench_set_up(void **state);
int bench_tear_down(void **state);

#define BENCH_TEST(f) \
	cmocka_unit_test_setup_teardown(f, bench_set_up, bench_tear_down)

/*
 * bench_model adds a model of that kind at our server; more: members of the
 * provider; terms: of its clocks, and what follows these.
 */
void bench_model(struct bench *b, const char *name, const char *kind,
	const char *more, const char *terms);

/* bench_begin loads the application and starts a session. */
void bench_begin(struct bench *b);

/* bench_take: the oldest job, for that model; bench_wait: until so many end. */
struct job *bench_take(struct bench *b, const char *model);
void bench_wait(struct bench *b, int ended);

/* bench_ask does both; the caller gives the job back with life_done. */
struct job *bench_ask(struct bench *b, const char *model);

/* bench_answers: what the next request gets, byte for byte; not copied. */
void bench_answers(struct bench *b, const char *bytes);

/* bench_faults asks and drops the outcome; the job is given back as held. */
void bench_faults(struct bench *b, const char *model, enum reply_fault fault,
	const char *why);

#endif
