/* SPDX-License-Identifier: Apache-2.0 */
/* The servers of all applications, and what of them becomes rows. */
#include "runner/tool_servers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "lib/log.h"
#include "runner/app.h"
#include "runner/sandbox.h"
#include "runner/server_tools.h"
#include "runner/world.h"
#include "t/unit/fake_mcp.h"
#include "t/unit/sql_fixture.h"
#include "t/unit/unit.h"

#define CONFIG(more) "'{\"command\":[\"x\"],\"start_ms\":1000,\"call_ms\":50," \
	"\"call_max_ms\":90,\"concurrency\":2,\"memory_mb\":64," \
	"\"output_kb\":1" more "}'"
#define SERVER(app, name, more) \
	"INSERT INTO tool_server VALUES (" #app ", '" name "', 'stdio', 'c', " \
	CONFIG(more) ");"
/* A version: agent a has all of m and one tool of n. */
#define VERSION(id) \
	"INSERT INTO app SELECT " #id ", name, " #id ", digest, dir," \
	" '{\"runtime\":{\"gateway\":{\"policy\":{\"m:get\":\"high\"," \
	"\"put\":\"medium\"}}}}', session_prefix," \
	" entry_agent, default_status, escalate_tool, escalate_status," \
	" escalate_team, escalation_teams, gate_timeout_ms," \
	" gate_on_timeout, gate_quorum, submitter_may_approve, loaded_at" \
	" FROM app WHERE id = 1;" \
	"INSERT INTO agent (app_id, name, kind, description, model, prompt," \
	" tools, routes, config) VALUES (" #id ", 'a', 'responsive', ''," \
	" 'm', '', '[\"m:*\",\"n:put\"]', '[]', '{}'), (" #id ", 'b'," \
	" 'responsive', '', 'm', '', '[]', '[]', '{}');"

static const char both[] = VERSION(2) SERVER(2, "m", "")
    SERVER(2, "n", ",\"trust_hints\":true,\"tools\":{\"put\":false}");

static const struct mcp_tool tools[] = {
	{ .name = "get", .title = "", .description = "gets",
	    .schema = "{\"type\": \"object\"}", .read_only = true },
	{ .name = "put", .title = "Puts", .description = "",
	    .schema = "{}", .idempotent = true },
};

struct trial {
	struct fixture *f;
	uv_loop_t loop;
	struct sandbox box;
	struct tool_servers *servers;
	int heard, changed, done, asked;
	int64_t app_id;			/* that has changed */
	struct job job;
	struct tool tool;
};

static void
on_heard(void *arg)
{
	struct trial *t = arg;

	t->heard++;
}

static void
on_changed(void *arg, int64_t app_id)
{
	struct trial *t = arg;

	t->changed++;
	t->app_id = app_id;
}

static void
on_done(void *arg, struct job *job)
{
	struct trial *t = arg;

	assert_ptr_equal(job, &t->job);
	t->done++;
}

static void
on_go(void *arg, struct job *job)
{
	struct trial *t = arg;

	assert_ptr_equal(job, &t->job);
	t->asked++;
}

static void
open_for(struct trial *t, void **state, const char *sql, const char *runner)
{
	struct tool_servers_terms terms = { .loop = &t->loop,
	    .runner = runner, .box = &t->box, .retry_ms = 2,
	    .retry_max_ms = 4, .idle_ms = 1, .heard = on_heard,
	    .changed = on_changed, .done = on_done, .arg = t };

	memset(t, 0, sizeof(*t));
	t->f = *state;
	terms.db = t->f->db;
	t->box = (struct sandbox){ .store = "/db", .data = "/db/tools" };
	uv_loop_init(&t->loop);
	fixture_sql(t->f, sql);
	t->servers = tool_servers_open(&terms);
	assert_non_null(t->servers);
	uv_run(&t->loop, UV_RUN_NOWAIT);	/* looks */
	uv_run(&t->loop, UV_RUN_NOWAIT);	/* starts */
}

static void
end(struct trial *t)
{
	tool_servers_close(t->servers);
	uv_run(&t->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&t->loop), 0);
	assert_int_equal(fake_mcp_open_now(), 0);
	free(t->job.result);
	free(t->job.reply.error);
}

/* A tick of the runner. */
static void
tick(struct trial *t)
{
	db_hold(t->f->db);
	tool_servers_write(t->servers);
	assert_int_equal(db_release(t->f->db), 0);
	assert_true(tool_servers_written(t->servers));
}

static void
up(const char *name)
{
	fake_mcp_ready(fake_mcp_called(name), tools, 2);
}

#define STATES "SELECT group_concat(server || ' ' || state || coalesce(' ' " \
	"|| reason, '') || ' ' || tries) FROM (SELECT * FROM " \
	"tool_server_state WHERE runner = 'r' ORDER BY server)"

/* From the start to what was told; then what is told anew. */
static void
test_rows(void **state)
{
	struct trial t;

	open_for(&t, state, both, "r");
	assert_int_equal(fake_mcp_open_now(), 2);
	tick(&t);
	fixture_is(t.f, STATES, "m starting 0,n starting 0");
	assert_int_equal(t.changed, 0);
	up("m");
	up("n");
	tick(&t);
	fixture_is(t.f, STATES, "m available 0,n available 0");
	assert_int_equal(t.changed, 1);
	assert_int_equal(t.app_id, 2);
	fixture_is(t.f, "SELECT group_concat(name || ' ' || coalesce(risk, "
	    "'none') || ' ' || repeatable || ' ' || transport || ' ' || "
	    "description || ' ' || category) FROM tool WHERE app_id = 2",
	    "m:get high 0 stdio gets c,m:put medium 0 stdio Puts c,"
	    "n:get none 1 stdio gets c,n:put medium 0 stdio Puts c");
	fixture_is(t.f, "SELECT parameters FROM tool WHERE name = 'm:get'",
	    "{\"type\": \"object\"}");
	fixture_is(t.f, "SELECT protocol FROM tool_server_state "
	    "WHERE server = 'm'", "2025-11-25");
	up("m");		/* the same again */
	tick(&t);
	assert_int_equal(t.changed, 1);
	fake_mcp_ready(fake_mcp_called("m"), tools + 1, 1);
	tick(&t);
	assert_int_equal(t.changed, 2);
	fixture_is(t.f, "SELECT group_concat(name || present) FROM tool "
	    "WHERE server = 'm'", "m:get0,m:put1");
	up("m");
	tick(&t);
	fixture_is(t.f, "SELECT group_concat(name || present) FROM tool "
	    "WHERE server = 'm'", "m:get1,m:put1");
	fake_mcp_down(fake_mcp_called("n"), "it fell");
	tick(&t);
	fixture_is(t.f, STATES, "m available 0,n unavailable it fell 1");
	fixture_sound(t.f);
	end(&t);
	assert_int_equal(fixture_int(t.f, "SELECT count(*) FROM "
	    "tool_server_state"), 0);
	assert_int_equal(fixture_int(t.f, "SELECT count(*) FROM tool "
	    "WHERE server = 'm' AND present"), 2);
}

/* Another runner's rows stay; those of our own former life go. */
static void
test_two_runners(void **state)
{
	static const char rows[] = VERSION(2) SERVER(2, "m", "")
	    SERVER(2, "n", "")
	    "INSERT INTO tool_server_state VALUES"
	    " (2, 'm', 'other', 'available', NULL, 1, NULL, 0),"
	    " (2, 'm', 'r', 'available', NULL, 1, NULL, 0)";
	struct trial t;

	open_for(&t, state, rows, "r");
	tick(&t);
	fixture_is(t.f, STATES, "m starting 0,n starting 0");
	fixture_is(t.f, "SELECT state FROM tool_server_state "
	    "WHERE runner = 'other'", "available");
	end(&t);
	fixture_is(t.f, "SELECT group_concat(runner) FROM tool_server_state",
	    "other");
}

/* What cannot be a tool is left out, and does not harm the others. */
static void
test_strange_tools(void **state)
{
	static const struct mcp_tool strange[] = {
		{ .name = "", .schema = "{}", .title = "", .description = "" },
		{ .name = "*", .schema = "{}", .title = "", .description = "" },
		{ .name = "a b", .schema = "{}", .title = "",
		    .description = "" },
		{ .name = "a\"b", .schema = "{}", .title = "",
		    .description = "" },
		{ .name = "\xc3\xa9", .schema = "{}", .title = "",
		    .description = "" },
		{ .name = "list", .schema = "[]", .title = "",
		    .description = "" },
		{ .name = "broken", .schema = "{", .title = "",
		    .description = "" },
		{ .name = "a/b:c", .schema = " {}", .title = "",
		    .description = "" },
		{ .name = "a/b:c", .schema = "{\"twice\":1}", .title = "",
		    .description = "" },
	};
	struct trial t;

	open_for(&t, state, both, "r");
	fake_mcp_ready(fake_mcp_called("m"), strange, COUNT(strange));
	tick(&t);
	fixture_is(t.f, "SELECT group_concat(name || parameters) FROM tool "
	    "WHERE server = 'm'", "m:a/b:c {}");
	end(&t);
}

/* A model waits for the servers of its agent, whatever comes of them. */
static void
test_wait(void **state)
{
	struct trial t;

	open_for(&t, state, both, "r");
	t.job = (struct job){ .kind = JOB_MODEL, .app_id = 2,
	    .agent = (char *)"b" };
	assert_true(tool_servers_ready(t.servers, &t.job));
	assert_false(tool_servers_wait(t.servers, &t.job, on_go));
	t.job.agent = (char *)"a";
	assert_false(tool_servers_ready(t.servers, &t.job));
	assert_true(tool_servers_wait(t.servers, &t.job, on_go));
	up("m");
	tick(&t);
	assert_int_equal(t.asked, 0);
	fake_mcp_down(fake_mcp_called("n"), "no");
	assert_int_equal(t.asked, 0);
	tick(&t);
	assert_int_equal(t.asked, 1);
	assert_null(t.job.handle);
	assert_false(t.job.waits);
	assert_true(tool_servers_ready(t.servers, &t.job));
	assert_false(tool_servers_wait(t.servers, &t.job, on_go));
	/* Whoever waits when all ends is not heard of again. */
	end(&t);
	assert_int_equal(t.asked, 1);
	assert_int_equal(t.done, 0);
}

static void
test_wait_ends(void **state)
{
	struct trial t;

	open_for(&t, state, both, "r");
	t.job = (struct job){ .kind = JOB_MODEL, .app_id = 2,
	    .agent = (char *)"a" };
	assert_true(tool_servers_wait(t.servers, &t.job, on_go));
	tool_servers_cancel(t.servers, &t.job);
	assert_int_equal(t.done, 1);
	assert_int_equal(t.job.reply.fault, REPLY_HELD);
	assert_null(t.job.handle);
	assert_true(tool_servers_wait(t.servers, &t.job, on_go));
	end(&t);
	assert_int_equal(t.done, 1);
}

static void
test_calls(void **state)
{
	struct trial t;

	open_for(&t, state, both, "r");
	up("m");
	t.tool = (struct tool){ .name = (char *)"m:get", .present = true,
	    .server = (char *)"m" };
	t.job = (struct job){ .kind = JOB_TOOL, .app_id = 2, .tool = &t.tool,
	    .args = (char *)"{}" };
	tool_servers_call(t.servers, &t.job);
	fake_mcp_answer(0, "{\"a\":1}", false);
	assert_int_equal(t.done, 1);
	assert_string_equal(t.job.result, "{\"a\":1}");
	free(t.job.result);
	t.job.result = NULL;
	tool_servers_call(t.servers, &t.job);
	tool_servers_cancel(t.servers, &t.job);
	assert_int_equal(t.done, 2);
	assert_true(t.job.is_error);
	t.tool.present = false;
	tool_servers_call(t.servers, &t.job);
	assert_string_equal(t.job.result, "{\"error\":\"server \\\"m\\\" has "
	    "this tool no more\"}");
	t.tool.server = (char *)"x";
	tool_servers_call(t.servers, &t.job);
	assert_string_equal(t.job.result, "{\"error\":\"server \\\"x\\\" "
	    "cannot be used; the tool was not run\"}");
	assert_int_equal(t.done, 4);
	end(&t);
}

static void
look_again(struct trial *t)
{
	int opened = fake_mcp_opened();

	while (fake_mcp_opened() == opened)
		uv_run(&t->loop, UV_RUN_ONCE);
}

/*
 * A newer version's servers start without being asked; those of the old one
 * stay as long as it has calls, and come back when it has another.
 */
static void
test_newer_version(void **state)
{
	struct trial t;

	open_for(&t, state, VERSION(2) SERVER(2, "m", ""), "r");
	up("m");
	t.tool = (struct tool){ .name = (char *)"m:get", .present = true,
	    .server = (char *)"m" };
	t.job = (struct job){ .kind = JOB_TOOL, .app_id = 2, .tool = &t.tool,
	    .args = (char *)"{}" };
	tool_servers_call(t.servers, &t.job);
	tick(&t);
	fixture_sql(t.f, VERSION(3) SERVER(3, "m", "") SERVER(3, "k", ""));
	look_again(&t);
	assert_int_equal(fake_mcp_open_now(), 3);
	tick(&t);
	fixture_is(t.f, "SELECT group_concat(app_id || server) FROM (SELECT * "
	    "FROM tool_server_state ORDER BY app_id, server)", "2m,3k,3m");
	fake_mcp_answer(0, "1", false);
	while (fake_mcp_open_now() > 2)
		uv_run(&t.loop, UV_RUN_ONCE);
	tick(&t);
	fixture_is(t.f, "SELECT group_concat(app_id || server) FROM (SELECT * "
	    "FROM tool_server_state ORDER BY app_id, server)", "3k,3m");
	free(t.job.result);
	t.job.result = NULL;
	tool_servers_call(t.servers, &t.job);
	uv_run(&t.loop, UV_RUN_NOWAIT);
	uv_run(&t.loop, UV_RUN_NOWAIT);
	assert_int_equal(fake_mcp_open_now(), 3);
	up("m");
	fake_mcp_answer(0, "2", false);
	assert_string_equal(t.job.result, "2");
	end(&t);
}

/* What cannot be written now is written in a later tick. */
static void
test_disk_full(void **state)
{
	struct trial t;
	char *schema = malloc(SERVER_SCHEMA_MAX + 1), limit[64];
	struct mcp_tool large = { .name = "large", .title = "",
	    .description = "", .schema = schema };

	open_for(&t, state, both, "r");
	tick(&t);
	memset(schema, ' ', SERVER_SCHEMA_MAX);
	memcpy(schema, "{}", 2);
	schema[SERVER_SCHEMA_MAX] = '\0';
	fake_mcp_ready(fake_mcp_called("m"), &large, 1);
	snprintf(limit, sizeof(limit), "PRAGMA max_page_count = %d",
	    (int)fixture_int(t.f, "PRAGMA page_count") + 1);
	fixture_int(t.f, limit);
	db_hold(t.f->db);
	tool_servers_write(t.servers);
	db_release(t.f->db);
	assert_false(tool_servers_written(t.servers));
	assert_int_equal(t.changed, 0);
	fixture_is(t.f, STATES, "m starting 0,n starting 0");
	fixture_int(t.f, "PRAGMA max_page_count = 100000");
	tick(&t);
	assert_int_equal(t.changed, 1);
	fixture_is(t.f, STATES, "m available 0,n starting 0");
	free(schema);
	end(&t);
}

/* What is refused would be refused for ever, and is not tried again. */
static void
test_refused(void **state)
{
	struct trial t;

	open_for(&t, state, both, "r");
	tick(&t);
	up("m");
	fixture_sql(t.f, "CREATE TRIGGER no BEFORE INSERT ON tool "
	    "BEGIN SELECT RAISE(ABORT, 'conflict: no'); END");
	tick(&t);
	assert_int_equal(t.changed, 0);
	fixture_is(t.f, STATES, "m starting 0,n starting 0");
	end(&t);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_rows),
		FIXTURE_TEST(test_two_runners),
		FIXTURE_TEST(test_strange_tools),
		FIXTURE_TEST(test_wait),
		FIXTURE_TEST(test_wait_ends),
		FIXTURE_TEST(test_calls),
		FIXTURE_TEST(test_newer_version),
		FIXTURE_TEST(test_disk_full),
		FIXTURE_TEST(test_refused),
	};

	log_open("test", LOG_ERROR);
	return cmocka_run_group_tests_name("tool_servers", tests, NULL, NULL);
}
