/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Models asked over HTTP, from the rows of a session to the outcome of the
 * job, against a server in the same loop.
 */
#include "runner/llm.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

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

struct bench {
	struct life *l;
	uv_loop_t loop;
	struct server *server;
	struct llm *llm;
	int ended;
};

static void
on_done(void *arg, struct job *job)
{
	struct bench *b = arg;

	(void)job;
	b->ended++;
}

static int
set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	void *l;

	signal(SIGPIPE, SIG_IGN);
	setenv("no_proxy", "*", 1);
	setenv("TEST_KEY", "sk-secret", 1);
	if (b == NULL || life_open(&l) != 0)
		return -1;
	b->l = l;
	uv_loop_init(&b->loop);
	b->server = server_open(&b->loop);
	b->llm = llm_open(&b->loop, b->l->db, NULL, on_done, b);
	*state = b;
	return b->llm != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
	struct bench *b = *state;
	void *l = b->l;

	llm_close(b->llm);
	server_close(b->server);
	uv_run(&b->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&b->loop), 0);
	free(b);
	return life_close(&l);
}

/*
 * A model of that kind at our server; more: members of the provider; terms:
 * of its clocks, and what follows these.
 */
static void
add_model(struct bench *b, const char *name, const char *kind,
    const char *more, const char *terms)
{
	char config[2048], *text;

	snprintf(config, sizeof(config), "INSERT INTO model (app_id, name,"
	    " provider, kind, config) VALUES (1, ~%s~, ~prov~, ~%s~,"
	    " ~{'model':{'model':'m1','deployment':'d1'},'provider':{"
	    "'base_url':'http://127.0.0.1:%d','endpoint':"
	    "'http://127.0.0.1:%d'%s},'clocks':{'total_ms':5000%s}}~)",
	    name, kind, server_port(b->server), server_port(b->server), more,
	    terms);
	text = life_quote(config);
	for (char *c = text; *c != '\0'; c++)
		if (*c == '~')
			*c = '\'';
	fixture_sql(b->l->f, text);
	free(text);
}

static void
begin(struct bench *b)
{
	static const struct life_terms terms = { .config =
	    "{'orchestrator':{'injected_args':{'environment':"
	    "'session.environment'}}}" };

	life_load(b->l, &terms);
	life_start(b->l, "dev");
}

static struct job *
take(struct bench *b, const char *model)
{
	struct job *job = life_asked(b->l, "first");

	free(job->model);
	job->model = strdup(model);
	return job;
}

static void
wait_for(struct bench *b, int ended)
{
	while (b->ended < ended)
		uv_run(&b->loop, UV_RUN_ONCE);
	b->ended = 0;
}

static struct job *
ask(struct bench *b, const char *model)
{
	struct job *job = take(b, model);

	llm_ask(b->llm, job);
	wait_for(b, 1);
	return job;
}

static void
answers(struct bench *b, const char *bytes)
{
	server_answer(b->server, (struct server_answer){ .bytes = bytes });
}

/* Asks and drops the outcome; the job is given back as held. */
static void
faults(struct bench *b, const char *model, enum reply_fault fault,
    const char *why)
{
	struct job *job = ask(b, model);

	if (job->reply.error == NULL)
		fail_msg("answered: %s", job->reply.content);
	if (job->reply.fault != fault || strstr(job->reply.error, why) == NULL)
		fail_msg("%d: %s", (int)job->reply.fault, job->reply.error);
	job->reply.fault = REPLY_HELD;
	job->reply.wait_ms = 0;
	life_done(b->l, job);
	life_pass(b->l, 100);
}

/* A life over HTTP: what is sent is rebuilt from rows alone. */
static void
test_turn(void **state)
{
	struct bench *b = *state;
	struct job *job;
	const char *request;

	begin(b);
	add_model(b, "o", "openai_compat", ",'api_key':'${TEST_KEY}'", "");
	answers(b, OK_EVENTS "data: {\"choices\":[{\"delta\":{\"content\":"
	    "\"I look\",\"tool_calls\":[{\"index\":0,\"id\":\"x\",\"function\":"
	    "{\"name\":\"s__look\",\"arguments\":"
	    "\"{\\\"of\\\":9007199254740993}\"}}]},"
	    "\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n");
	job = ask(b, "o");
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
	answers(b, HELLO);
	job = ask(b, "o");
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

#define LINES OK_LINES \
	"{\"message\":{\"content\":\"h\xc3\xa9\",\"tool_calls\":[{" \
	"\"function\":{\"name\":\"s__look\",\"arguments\":{\"of\":1e400}}}" \
	"]}}\n{\"message\":{\"content\":\"llo\"},\"done\":false}\r\n" \
	"{\"done\":true,\"prompt_eval_count\":7,\"eval_count\":2}"

/* The same bytes in pieces of every size say the same. */
static void
test_pieces(void **state)
{
	struct bench *b = *state;
	struct job *job;

	begin(b);
	add_model(b, "o", "openai_compat", "", "");
	add_model(b, "q", "ollama", "", "");
	for (size_t piece = 1; piece < 40; piece++) {
		server_answer(b->server, (struct server_answer){
		    .bytes = piece % 2 ? HELLO : LINES, .piece = piece });
		job = ask(b, piece % 2 ? "o" : "q");
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

	begin(b);
	add_model(b, "o", "openai_compat", "",
	    "},'limits':{'breaker_failures':0");
	add_model(b, "q", "ollama", "", "},'limits':{'breaker_failures':0");
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t len = 1; len + rows[i].rest <=
		    strlen(rows[i].answer); len++) {
			server_answer(b->server, (struct server_answer){
			    .bytes = rows[i].answer, .len = len });
			faults(b, rows[i].model, REPLY_TRANSIENT,
			    "provider prov: ");
		}
}

/* A server that cuts a long prompt in silence. */
static void
test_lost(void **state)
{
	struct bench *b = *state;
	struct job *job;

	begin(b);
	fixture_sql(b->l->f, "INSERT INTO agent SELECT 1, 'wordy', kind,"
	    " description, model, hex(zeroblob(20000)), tools, routes, config"
	    " FROM agent WHERE name = 'first'");
	add_model(b, "q", "ollama", "", "");
	answers(b, OK_LINES "{\"message\":{\"content\":\"So.\"},"
	    "\"done\":true,\"prompt_eval_count\":4096}\n");
	job = take(b, "q");
	free(job->agent);
	job->agent = strdup("wordy");
	llm_ask(b->llm, job);
	wait_for(b, 1);
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

	begin(b);
	add_model(b, "o", "openai_compat", ",'api_key':'${TEST_KEY}'", "");
	answers(b, "HTTP/1.1 401 No\r\n\r\n"
	    "{\"error\":{\"message\":\"bad key: sk-secret, see docs\"}}");
	faults(b, "o", REPLY_FINAL,
	    "provider prov: status 401: bad key: *********, see docs");
	answers(b, "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
	faults(b, "o", REPLY_TRANSIENT, "status 500: no reason is given");
	answers(b, "HTTP/1.1 400 No\r\n\r\n"
	    "{\"error\":{\"message\":\"m\",\"code\":\"content_filter\"}}");
	faults(b, "o", REPLY_FINAL, "refused: m");
	answers(b, "HTTP/1.1 400 No\r\nx-should-retry: true\r\n"
	    "Content-Length: 0\r\n\r\n");
	faults(b, "o", REPLY_TRANSIENT, "status 400");
	answers(b, "HTTP/1.1 503 No\r\nx-should-retry: false\r\n"
	    "Content-Length: 0\r\n\r\n");
	faults(b, "o", REPLY_FINAL, "status 503");
	answers(b, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<!DOCTYPE");
	faults(b, "o", REPLY_TRANSIENT, "the reply cannot be read");
	answers(b, OK_EVENTS "data: {\"choices\":[{\"delta\":{\"content\":"
	    "\"x\"}}]}\n\nevent: error\ndata: {\"error\":{\"message\":"
	    "\"overloaded\",\"code\":503}}\n\n");
	faults(b, "o", REPLY_TRANSIENT,
	    "in the midst of the reply: overloaded");
	answers(b, "HTTP/1.1 429 No\r\nRetry-After: 9\r\nretry-after-ms: 70\r\n"
	    "Content-Length: 0\r\n\r\n");
	job = ask(b, "o");
	assert_int_equal(job->reply.fault, REPLY_RATE);
	assert_int_equal(job->reply.wait_ms, 70);
	life_done(b->l, job);
}

static void
test_addresses_and_keys(void **state)
{
	struct bench *b = *state;

	begin(b);
	add_model(b, "azure", "azure_openai", "", "");
	add_model(b, "unset", "openai_compat", ",'api_key':'${NO_SUCH}'", "");
	add_model(b, "q", "ollama", "", "");
	add_model(b, "odd", "other", "", "");
	unsetenv("AZURE_OPENAI_KEY");
	faults(b, "azure", REPLY_FINAL, "cannot read the key "
	    "${AZURE_OPENAI_KEY}: it is neither in the runner's environment");
	faults(b, "unset", REPLY_FINAL, "cannot read the key ${NO_SUCH}");
	faults(b, "odd", REPLY_FINAL, "cannot be asked by this version");
	faults(b, "nobody", REPLY_FINAL, "cannot be asked by this version");
	assert_int_equal(server_requests(b->server), 0);
	setenv("AZURE_OPENAI_KEY", "of azure", 1);
	answers(b, "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
	faults(b, "azure", REPLY_FINAL, "status 403");
	life_has(server_request(b->server, 0), "\r\napi-key: of azure\r\n");
	life_has(server_request(b->server, 0), "POST /openai/deployments/d1/"
	    "chat/completions?api-version=2024-08-01-preview HTTP/1.1\r\n");
	answers(b, "HTTP/1.1 404 No\r\n\r\n"
	    "{\"error\":\"model 'm1' missing\"}");
	faults(b, "q", REPLY_FINAL, "status 404: model 'm1' missing");
	assert_null(strstr(server_request(b->server, 1), "Authorization"));
	life_has(server_request(b->server, 1), "'options':{'num_ctx':8192,");
}

static void
test_clocks(void **state)
{
	struct bench *b = *state;

	begin(b);
	add_model(b, "first", "openai_compat", "", ",'first_byte_ms':300");
	add_model(b, "idle", "openai_compat", "", ",'idle_ms':300");
	faults(b, "first", REPLY_FINAL, "timed out after 0.3 s");
	server_answer(b->server, (struct server_answer){ .bytes = "" });
	server_answer(b->server, (struct server_answer){
	    .bytes = OK_EVENTS ": alive\n\n", .keep = true });
	faults(b, "idle", REPLY_TRANSIENT, "timed out after 0.3 s of silence");
}

static void
test_cancel(void **state)
{
	struct bench *b = *state;
	struct job *job;

	begin(b);
	add_model(b, "o", "openai_compat", "",
	    "},'limits':{'concurrency':1");
	job = take(b, "o");
	llm_ask(b->llm, job);
	assert_non_null(job->handle);
	llm_cancel(job);
	wait_for(b, 1);
	assert_int_equal(job->reply.fault, REPLY_HELD);
	assert_int_equal(job->reply.wait_ms, 0);
	life_done(b->l, job);
	life_pass(b->l, 100);
	/* What is under way at the end is dropped without a word. */
	job = take(b, "o");
	llm_ask(b->llm, job);
}

/* One at a time, in order; who waits can be taken out. */
static void
test_queue(void **state)
{
	struct bench *b = *state;
	struct job *jobs[3];

	begin(b);
	life_start(b->l, "dev");
	life_start(b->l, "dev");
	add_model(b, "o", "openai_compat", "",
	    "},'limits':{'concurrency':1");
	for (int i = 0; i < 3; i++) {
		jobs[i] = take(b, "o");
		llm_ask(b->llm, jobs[i]);
	}
	while (server_requests(b->server) == 0)
		uv_run(&b->loop, UV_RUN_ONCE);
	uv_run(&b->loop, UV_RUN_NOWAIT);
	assert_int_equal(server_requests(b->server), 1);
	llm_cancel(jobs[1]);
	assert_int_equal(b->ended, 1);
	assert_int_equal(jobs[1]->reply.fault, REPLY_HELD);
	answers(b, "");
	answers(b, HELLO);
	llm_cancel(jobs[0]);
	wait_for(b, 3);
	assert_null(jobs[2]->reply.error);
	for (int i = 0; i < 3; i++)
		life_done(b->l, jobs[i]);
}

/* The breaker opens: sessions are held, not failed, and the next as well. */
static void
test_breaker(void **state)
{
	struct bench *b = *state;
	struct job *job;

	begin(b);
	add_model(b, "o", "openai_compat", "",
	    "},'limits':{'breaker_failures':2,'breaker_ms':60000");
	for (int i = 0; i < 2; i++)
		answers(b, "HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n");
	faults(b, "o", REPLY_TRANSIENT, "status 502");
	job = ask(b, "o");
	assert_int_equal(job->reply.fault, REPLY_HELD);
	assert_in_range(job->reply.wait_ms, 59000, 60000);
	life_done(b->l, job);
	life_is(b->l, "SELECT tries FROM agent_run", "0");
	life_idle(b->l);
	life_pass(b->l, 70000);
	job = ask(b, "o");
	assert_int_equal(job->reply.fault, REPLY_HELD);
	life_has(job->reply.error, "takes no requests now");
	assert_int_equal(server_requests(b->server), 2);
	life_done(b->l, job);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_turn),
		TEST(test_pieces),
		TEST(test_cut),
		TEST(test_lost),
		TEST(test_statuses),
		TEST(test_addresses_and_keys),
		TEST(test_clocks),
		TEST(test_cancel),
		TEST(test_queue),
		TEST(test_breaker),
	};

	return cmocka_run_group_tests_name("llm", tests, NULL, NULL);
}
