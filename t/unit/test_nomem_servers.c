/* SPDX-License-Identifier: Apache-2.0 */
/* Servers of tools when each of their allocations fails once, in turn. */
#include "t/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "lib/err.h"
#include "lib/log.h"
#include "runner/app.h"
#include "runner/tool_server.h"
#include "runner/world.h"
#include "t/unit/fake_mcp.h"
#include "t/unit/nomem_fixture.h"

static const char config[] = "{\"url\":\"http://h/mcp\",\"headers\":"
    "{\"Authorization\":\"Bearer ${TEST_TOKEN}\",\"X\":\"y\"},"
    "\"start_ms\":1000,\"call_ms\":50,\"call_max_ms\":100,"
    "\"concurrency\":2,\"output_kb\":1}";

static const struct sandbox box = { .store = "/db", .data = "/db/tools" };

static const struct server_row row = { .name = "hub", .transport = "http",
    .config = config, .dir = "/app", .box = &box };

static const struct mcp_tool told[] = {
	{ .name = "get", .title = "", .description = "gets", .schema = "{}" },
	{ .name = "put", .title = "Puts", .description = "", .schema = "{}" },
	{ .name = "a b", .title = "", .description = "", .schema = "{}" },
};

static int
read_row(void)
{
	struct server_spec *spec;
	struct buf why;
	int rc;

	buf_init(&why, SERVER_WHY_MAX);
	rc = server_spec_open(&spec, &row, &why);
	if (rc == OK)
		assert_string_equal(spec->mcp.headers[0],
		    "Authorization: Bearer squeamish");
	server_spec_close(spec);
	buf_free(&why);
	return rc;
}

static int
take_tools(void)
{
	struct server_tools tools = { 0 };
	struct server_spec *spec;
	struct buf why;
	int rc;

	buf_init(&why, SERVER_WHY_MAX);
	rc = server_spec_open(&spec, &row, &why);
	if (rc == OK)
		rc = server_tools_take(&tools, spec, told, 1);
	if (rc == OK) {
		rc = server_tools_take(&tools, spec, told, COUNT(told));
		/* All or nothing: the list is the old one, or the new one. */
		assert_int_equal(tools.count, rc == OK ? 2 : 1);
	}
	server_tools_free(&tools);
	server_spec_close(spec);
	buf_free(&why);
	return rc;
}

static void
on_changed(void *arg)
{
	(void)arg;
}

static void
on_done(void *arg, struct job *job)
{
	int *done = arg;

	assert_null(job->handle);
	++*done;
}

/*
 * A life: opened, asked twice, told of tools, down, closed. Whatever fails,
 * each call ends, and all is freed; what failed shows in what came out.
 */
static int
live(void)
{
	struct tool tool = { .name = (char *)"hub:get",
	    .server = (char *)"hub", .present = true };
	struct job jobs[2] = { { .kind = JOB_TOOL, .tool = &tool,
	    .args = (char *)"{}" }, { .kind = JOB_TOOL, .tool = &tool,
	    .args = (char *)"{}" } };
	struct tool_server_terms terms = { .retry_ms = 1000,
	    .retry_max_ms = 1000, .changed = on_changed, .done = on_done };
	struct tool_server *server;
	uv_loop_t loop;
	int done = 0, rc = E_NOMEM;

	uv_loop_init(&loop);
	terms.loop = &loop;
	terms.arg = &done;
	server = tool_server_open(&terms, &row);
	if (server != NULL) {
		tool_server_call(server, &jobs[0]);
		uv_run(&loop, UV_RUN_NOWAIT);
		if (fake_mcp_open_now() == 1)
			fake_mcp_ready(fake_mcp_newest(), told, COUNT(told));
		tool_server_call(server, &jobs[1]);
		rc = server->tools.count == 2 ? OK : E_NOMEM;
		if (fake_mcp_open_now() == 1)
			fake_mcp_down(fake_mcp_newest(), "it fell");
		while (done < 2)
			uv_run(&loop, UV_RUN_ONCE);
		for (int i = 0; i < 2; i++)
			if (jobs[i].result == NULL || strncmp(jobs[i].result,
				"{\"error\":\"lost; ", 16) != 0)
				rc = E_NOMEM;
		if (server->reason == NULL)
			rc = E_NOMEM;
	}
	tool_server_close(server);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	free(jobs[0].result);
	free(jobs[1].result);
	return rc;
}

static void
test_row(void **state)
{
	(void)state;
	assert_in_range(nomem_each(read_row), 5, 100);
}

static void
test_tools(void **state)
{
	(void)state;
	assert_in_range(nomem_each(take_tools), 10, 200);
}

static void
test_life(void **state)
{
	(void)state;
	assert_in_range(nomem_each(live), 20, 300);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_row),
		cmocka_unit_test(test_tools),
		cmocka_unit_test(test_life),
	};

	log_open("test", LOG_NONE);
	setenv("TEST_TOKEN", "squeamish", 1);
	return cmocka_run_group_tests_name("nomem_servers", tests, NULL, NULL);
}
