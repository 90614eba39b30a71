/* SPDX-License-Identifier: Apache-2.0 */
/* One server of tools: its starts and falls, and its calls in between. */
#include "runner/tool_server.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "lib/log.h"
#include "runner/app.h"
#include "runner/world.h"
#include "t/unit/fake_mcp.h"
#include "t/unit/unit.h"

enum { JOBS = 4 };

#define CLOCKS "\"start_ms\":1000,\"call_ms\":50,\"call_max_ms\":100," \
	"\"concurrency\":2,\"memory_mb\":64,\"output_kb\":1"
#define STDIO(more) "{\"command\":[\"serve\",\"x\"]," CLOCKS more "}"

static const struct mcp_tool one[] = {
	{ .name = "get", .title = "", .description = "gets",
	    .schema = "{\"type\": \"object\"}" },
};

struct trial {
	uv_loop_t loop;
	struct sandbox box;
	struct tool_server_terms terms;
	struct tool_server *server;
	struct tool tool;
	struct job *jobs[JOBS];
	bool ended[JOBS];
	bool again;		/* who ends first calls once more, at once */
	int changes;
};

static void call(struct trial *t, int n);

static void
on_changed(void *arg)
{
	struct trial *t = arg;

	t->changes++;
}

static void
on_done(void *arg, struct job *job)
{
	struct trial *t = arg;

	for (int i = 0; i < JOBS; i++)
		if (t->jobs[i] == job) {
			assert_false(t->ended[i]);
			assert_null(job->handle);
			t->ended[i] = true;
		}
	if (t->again) {
		t->again = false;
		call(t, JOBS - 1);
	}
}

static void
open_with(struct trial *t, const char *transport, const char *config)
{
	struct server_row row = { .name = "hub", .transport = transport,
	    .config = config, .dir = "/app", .box = &t->box };

	memset(t, 0, sizeof(*t));
	uv_loop_init(&t->loop);
	t->box = (struct sandbox){ .store = "/db", .data = "/db/tools" };
	t->tool = (struct tool){ .name = (char *)"hub:get",
	    .server = (char *)"hub", .present = true };
	t->terms = (struct tool_server_terms){ .loop = &t->loop,
	    .retry_ms = 4, .retry_max_ms = 8, .changed = on_changed,
	    .done = on_done, .arg = t };
	t->server = tool_server_open(&t->terms, &row);
	assert_non_null(t->server);
	assert_int_equal(t->server->state, SERVER_STARTING);
	assert_false(t->server->settled);
	uv_run(&t->loop, UV_RUN_NOWAIT);
}

static void
open_stdio(struct trial *t)
{
	open_with(t, "stdio", STDIO(""));
}

static void
end(struct trial *t)
{
	tool_server_close(t->server);
	uv_run(&t->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&t->loop), 0);
	assert_int_equal(fake_mcp_open_now(), 0);
	for (int i = 0; i < JOBS; i++)
		job_free(t->jobs[i]);
}

static void
call(struct trial *t, int n)
{
	struct job *job = calloc(1, sizeof(*job));

	job->kind = JOB_TOOL;
	job->tool = &t->tool;
	job->args = strdup("{\"id\":9007199254740993}");
	t->jobs[n] = job;
	tool_server_call(t->server, job);
}

static void
up(struct trial *t)
{
	fake_mcp_ready(fake_mcp_newest(), one, 1);
	assert_int_equal(t->server->state, SERVER_AVAILABLE);
}

/* The loop turns until the state is that, or a call has ended. */
static void
turn_until_start(struct trial *t, int starts)
{
	while (fake_mcp_opened() < starts)
		uv_run(&t->loop, UV_RUN_ONCE);
}

static void
turn_until_end(struct trial *t, int n)
{
	while (!t->ended[n])
		uv_run(&t->loop, UV_RUN_ONCE);
}

static void
failed(struct trial *t, int n, const char *part)
{
	assert_true(t->ended[n]);
	assert_true(t->jobs[n]->is_error);
	if (strstr(t->jobs[n]->result, part) == NULL)
		fail_msg("no %s in: %s", part, t->jobs[n]->result);
}

/* As many at a time as it takes; byte for byte, by the tool's own name. */
static void
test_calls(void **state)
{
	struct trial t;

	(void)state;
	open_stdio(&t);
	for (int i = 0; i < 3; i++)
		call(&t, i);
	assert_null(fake_mcp_call(0));
	up(&t);
	assert_string_equal(fake_mcp_call(1)->args,
	    "{\"id\":9007199254740993}");
	assert_string_equal(fake_mcp_call(0)->tool, "get");
	assert_null(fake_mcp_call(2));
	assert_int_equal(t.server->calls, 3);
	fake_mcp_answer(0, "{\"n\":1}", false);
	assert_true(t.ended[0]);
	assert_string_equal(t.jobs[0]->result, "{\"n\":1}");
	assert_false(t.jobs[0]->is_error);
	uv_run(&t.loop, UV_RUN_NOWAIT);
	fake_mcp_answer(1, "{\"error\":\"no\"}", true);
	failed(&t, 2, "no");
	fake_mcp_answer(0, "7", false);
	assert_string_equal(t.jobs[1]->result, "7");
	assert_int_equal(t.server->calls, 0);
	end(&t);
}

/* What it is told of: whole, in the end; and each change is news. */
static void
test_tools(void **state)
{
	struct trial t;
	struct mcp_tool two[] = { one[0], one[0] };

	(void)state;
	open_stdio(&t);
	up(&t);
	assert_int_equal(t.changes, 1);
	assert_true(t.server->settled && t.server->tools_changed &&
	    t.server->state_changed);
	assert_string_equal(t.server->protocol, "2025-11-25");
	assert_int_equal(t.server->tools.count, 1);
	t.server->tools_changed = t.server->state_changed = false;
	two[1].name = "put";
	fake_mcp_ready(fake_mcp_newest(), two, 2);
	assert_int_equal(t.changes, 2);
	assert_true(t.server->tools_changed && !t.server->state_changed);
	assert_int_equal(t.server->tools.count, 2);
	end(&t);
}

/* It falls with one call; the others go to the next one. */
static void
test_down(void **state)
{
	struct trial t;
	int starts;

	(void)state;
	open_stdio(&t);
	starts = fake_mcp_opened();
	up(&t);
	for (int i = 0; i < 3; i++)
		call(&t, i);
	t.again = true;
	fake_mcp_down(fake_mcp_newest(), "it fell");
	failed(&t, 0, "lost; nobody knows whether the tool has run");
	failed(&t, 1, "lost; nobody knows whether the tool has run");
	assert_false(t.ended[2]);
	assert_int_equal(t.server->state, SERVER_UNAVAILABLE);
	assert_string_equal(t.server->reason, "it fell");
	assert_int_equal(t.server->tries, 1);
	assert_null(t.server->protocol);
	assert_int_equal(fake_mcp_open_now(), 0);
	turn_until_start(&t, starts + 1);
	assert_int_equal(t.server->state, SERVER_UNAVAILABLE);
	up(&t);
	assert_null(t.server->reason);
	assert_false(t.ended[JOBS - 1]);
	fake_mcp_answer(0, "1", false);
	fake_mcp_answer(0, "1", false);
	assert_true(t.ended[2] && t.ended[JOBS - 1]);
	end(&t);
}

/* After three tries nobody waits; but it is tried on, and comes back. */
static void
test_hopeless(void **state)
{
	struct trial t;
	int starts;

	(void)state;
	open_stdio(&t);
	call(&t, 0);
	for (int i = 1; i < SERVER_TRIES; i++) {
		starts = fake_mcp_opened();
		fake_mcp_down(fake_mcp_newest(), "no such program");
		assert_false(t.ended[0]);
		turn_until_start(&t, starts + 1);
	}
	fake_mcp_down(fake_mcp_newest(), "no such program");
	failed(&t, 0, "server \\\"hub\\\" is not available: no such program; "
	    "the tool was not run");
	call(&t, 1);
	failed(&t, 1, "no such program");
	assert_int_equal(t.server->calls, 0);
	starts = fake_mcp_opened();
	turn_until_start(&t, starts + 1);
	up(&t);
	call(&t, 2);
	assert_non_null(fake_mcp_call(0));
	end(&t);
}

/* A call waits as long as its clock says: for the server, or its turn. */
static void
test_late(void **state)
{
	struct trial t;

	(void)state;
	open_stdio(&t);
	call(&t, 0);
	turn_until_end(&t, 0);
	failed(&t, 0, "is not available: it is starting");
	up(&t);
	for (int i = 1; i < JOBS; i++)
		call(&t, i);
	turn_until_end(&t, 3);
	failed(&t, 3, "was busy for 100 ms");
	assert_false(t.ended[1]);
	end(&t);
}

static void
test_cancel(void **state)
{
	struct trial t;

	(void)state;
	open_stdio(&t);
	call(&t, 0);
	tool_server_cancel(t.jobs[0]);
	failed(&t, 0, "was not run");
	up(&t);
	for (int i = 1; i < JOBS; i++)
		call(&t, i);
	tool_server_cancel(t.jobs[1]);
	failed(&t, 1, "cancelled");
	uv_run(&t.loop, UV_RUN_NOWAIT);
	assert_non_null(fake_mcp_call(1));
	end(&t);
}

/* The end says nothing about calls. */
static void
test_close(void **state)
{
	struct trial t;

	(void)state;
	open_stdio(&t);
	up(&t);
	for (int i = 0; i < 3; i++)
		call(&t, i);
	end(&t);
	for (int i = 0; i < 3; i++)
		assert_false(t.ended[i]);
}

static void
test_memory(void **state)
{
	struct trial t;
	int starts = fake_mcp_opened();

	(void)state;
	fake_mcp_full(true);
	open_stdio(&t);
	assert_int_equal(t.server->state, SERVER_UNAVAILABLE);
	assert_string_equal(t.server->reason, "out of memory");
	fake_mcp_full(false);
	turn_until_start(&t, starts + 1);
	up(&t);
	fake_mcp_full(true);
	call(&t, 0);
	failed(&t, 0, "out of memory");
	fake_mcp_full(false);
	end(&t);
}

/* A secret that is not there is a reason; one that is there shows nowhere. */
static void
test_secrets(void **state)
{
	struct trial t;
	int starts = fake_mcp_opened();

	(void)state;
	unsetenv("TEST_TOKEN");
	open_with(&t, "http", "{\"url\":\"http://h/mcp\",\"headers\":"
	    "{\"Authorization\":\"Bearer ${TEST_TOKEN}\"}," CLOCKS "}");
	assert_string_equal(t.server->reason, "cannot read ${TEST_TOKEN}: it "
	    "is neither in the runner's environment nor among its "
	    "credentials");
	call(&t, 0);
	failed(&t, 0, "cannot read ${TEST_TOKEN}");
	setenv("TEST_TOKEN", "squeamish", 1);
	turn_until_start(&t, starts + 1);
	assert_string_equal(fake_mcp_value(fake_mcp_newest(), 0),
	    "Authorization: Bearer squeamish");
	assert_string_equal(fake_mcp_spec(fake_mcp_newest())->url,
	    "http://h/mcp");
	up(&t);
	call(&t, 1);
	fake_mcp_answer(0, "{\"env\":\"squeamish\"}", false);
	assert_string_equal(t.jobs[1]->result, "{\"env\":\"*********\"}");
	fake_mcp_down(fake_mcp_newest(), "bad token squeamish");
	assert_string_equal(t.server->reason, "bad token *********");
	end(&t);
	unsetenv("TEST_TOKEN");
}

/* A program has an environment of its own, and its own place. */
static void
test_environment(void **state)
{
	struct trial t;
	const struct mcp_spec *spec;
	const struct mcp *mcp;

	(void)state;
	open_with(&t, "stdio", STDIO(",\"env\":{\"LANG\":\"de\",\"A\":\"b\"},"
	    "\"era\":\"legacy\""));
	mcp = fake_mcp_newest();
	spec = fake_mcp_spec(mcp);
	assert_string_equal(fake_mcp_value(mcp, 0),
	    "PATH=/usr/local/bin:/usr/bin:/bin");
	assert_string_equal(fake_mcp_value(mcp, 1),
	    "GATEHOUSE_DATA=/db/tools");
	assert_string_equal(fake_mcp_value(mcp, 2), "LANG=de");
	assert_string_equal(fake_mcp_value(mcp, 3), "A=b");
	assert_null(fake_mcp_value(mcp, 4));
	assert_int_equal(spec->era, MCP_LEGACY);
	assert_int_equal(spec->start_ms, 1000);
	assert_int_equal(spec->call_ms, 50);
	assert_int_equal(spec->call_max_ms, 100);
	assert_int_equal(spec->memory_max, 64 * 1024 * 1024);
	assert_true(spec->message_max > 1024);
	end(&t);
}

/* Rows that load would not have written make no harm. */
static void
test_bad_rows(void **state)
{
	static const struct { const char *transport, *config; } rows[] = {
		{ "stdio", "{" },
		{ "stdio", "{}" },
		{ "stdio", "{\"command\":[]," CLOCKS "}" },
		{ "stdio", STDIO(",\"env\":{\"A\":1}") },
		{ "stdio", STDIO(",\"paths\":{\"read\":[\"a\",\"a\",\"a\","
		    "\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\","
		    "\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\","
		    "\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\","
		    "\"a\",\"a\",\"a\"]}") },
		{ "http", "{" CLOCKS "}" },
	};
	struct trial t;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		open_with(&t, rows[i].transport, rows[i].config);
		if (t.server->reason == NULL || strncmp(t.server->reason,
			"its configuration cannot be used: ", 34) != 0)
			fail_msg("%s: %s", rows[i].config, t.server->reason);
		end(&t);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_tools),
		cmocka_unit_test(test_down),
		cmocka_unit_test(test_hopeless),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_bad_rows),
	};

	log_open("test", LOG_ERROR);
	return cmocka_run_group_tests_name("tool_server", tests, NULL, NULL);
}
