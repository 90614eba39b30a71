/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The MCP client when each of its allocations fails once, in turn: what it
 * opens is opened or not, a call ends once, and nothing stays behind.
 */
#include "t/unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "lib/err.h"
#include "lib/http.h"
#include "lib/log.h"
#include "runner/mcp.h"
#include "runner/mcp_param.h"
#include "runner/mcp_result.h"
#include "runner/mcp_tools.h"
#include "t/unit/nomem_fixture.h"

#define DISCOVERED "\"supportedVersions\":[\"2026-07-28\"]," \
	"\"capabilities\":{\"tools\":{}}"
#define LISTED "\"tools\":[{\"name\":\"t\",\"inputSchema\":{\"properties\":" \
	"{\"a\":{\"type\":\"string\",\"x-mcp-header\":\"A\"}}}}]"
#define CALLED "\"content\":[{\"type\":\"text\",\"text\":\"\\u0068i\"}]"
#define MESSAGE(id, result) "{\"jsonrpc\":\"2.0\",\"id\":" id \
	",\"result\":{" result "}}"

static struct mcp_text
text(const char *json)
{
	return (struct mcp_text){ json, strlen(json) };
}

static int
read_list(void)
{
	struct mcp_tools tools;
	struct buf cursor;
	int rc;

	buf_init(&cursor, MCP_CURSOR_MAX);
	mcp_tools_init(&tools, "s", true);
	rc = mcp_tools_page(&tools, text("{" LISTED ",\"nextCursor\":\"n\"}"),
	    &cursor);
	mcp_tools_free(&tools);
	buf_free(&cursor);
	return rc == E_AGAIN ? OK : rc;
}

static int
build_headers(void)
{
	struct mcp_headers headers = { .count = 0 };
	int rc = mcp_param_headers(text("{\"properties\":{\"a\":{\"type\":"
		"\"string\",\"x-mcp-header\":\"A\"}}}"),
	    text("{\"a\":\"\\u00e9\"}"), &headers);

	assert_in_range(headers.count, 0, 1);
	mcp_headers_free(&headers);
	return rc;
}

static int
read_result(void)
{
	bool is_error;
	struct buf json;
	int rc;

	buf_init(&json, 4096);
	rc = mcp_result_json(text("{" CALLED "}"), &is_error, &json);
	buf_free(&json);
	return rc;
}

/* Texts that are not there for want of memory are none; it never crashes. */
static void
starve(int (*work)(void))
{
	int n = 0, rc;

	do {
		nomem_arm(n);
		rc = work();
	} while (nomem_disarm() && n++ < 1000);
	assert_int_equal(rc, OK);
	assert_in_range(n, 3, 100);
}

static void
test_pure(void **state)
{
	(void)state;
	starve(read_list);
	starve(build_headers);
	starve(read_result);
}

/* ---- the whole client ---- */

struct story {
	struct mcp *mcp;
	bool down;
	int done;
	bool good;			/* the call was answered */
};

static void
on_done(void *arg, const struct mcp_result *result)
{
	struct story *story = arg;

	story->done++;
	story->good = !result->is_error;
}

static void
on_ready(void *arg, const struct mcp_tool *tools, int count)
{
	struct story *story = arg;

	/* A tool whose name could not be read is left out. */
	if (count == 0) {
		story->done++;
		return;
	}
	assert_int_equal(count, 1);
	assert_string_equal(tools[0].name, "t");
	if (mcp_call(story->mcp, "t", "{\"a\":\"b\"}", "", on_done, story) ==
	    NULL)
		story->done++;
}

static void
on_down(void *arg, const char *why)
{
	struct story *story = arg;

	assert_string_not_equal(why, "");
	story->down = true;
}

/* So that UV_RUN_ONCE returns, whatever is waited for. */
static void
on_beat(uv_timer_t *beat)
{
	(void)beat;
}

/* One telling, with allocation n failing; did it come to that? */
static bool
tell(struct mcp_spec *spec, int n, bool *good)
{
	struct story story = { .done = 0 };
	struct http *http;
	uv_timer_t beat;
	uv_loop_t loop;
	bool fired;

	uv_loop_init(&loop);
	uv_timer_init(&loop, &beat);
	uv_timer_start(&beat, on_beat, 10, 10);
	http = http_open(&loop);
	spec->ready = on_ready;
	spec->down = on_down;
	spec->arg = &story;
	nomem_arm(n);
	story.mcp = mcp_open(&loop, http, spec);
	while (story.mcp != NULL && story.done == 0 && !story.down)
		uv_run(&loop, UV_RUN_ONCE);
	mcp_close(story.mcp);
	fired = nomem_disarm();
	uv_close((uv_handle_t *)&beat, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	http_close(http);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	assert_true(story.done <= 1);
	*good = story.good;
	return fired;
}

static void
tell_all(struct mcp_spec *spec)
{
	bool good;
	int n = 0;

	spec->name = "s";
	spec->start_ms = 2000;
	spec->call_ms = spec->call_max_ms = 2000;
	spec->message_max = 64 * 1024;
	spec->era = MCP_MODERN;
	while (tell(spec, n, &good))
		n++;
	assert_true(good);
	assert_in_range(n, 30, 500);
}

static void
test_program(void **state)
{
	static const char script[] =
	    "read x; echo '" MESSAGE("1", DISCOVERED) "'\n"
	    "read x; echo '" MESSAGE("2", LISTED) "'\n"
	    "read x; printf '%s\\n' '" MESSAGE("3", CALLED) "'\nread x";
	static const char *const argv[] = { "/bin/sh", "-c", script, NULL };
	static const char *const env[] = { "PATH=/bin:/usr/bin", NULL };
	struct mcp_spec spec = { .argv = argv, .env = env, .dir = "/",
	    .memory_max = 0 };

	(void)state;
	tell_all(&spec);
}

/* A server that answers one request a connection; it is another process. */
static void
serve(int fd)
{
	static const struct {
		const char *method, *answer;
	} rows[] = {
		{ "server/discover", MESSAGE("1", DISCOVERED) },
		{ "tools/list", MESSAGE("2", LISTED) },
		{ "tools/call", MESSAGE("3", CALLED) },
	};
	char request[8192], answer[1024];
	ssize_t got;
	int peer;

	for (;;) {
		peer = accept(fd, NULL, NULL);
		got = recv(peer, request, sizeof(request) - 1, 0);
		request[got > 0 ? got : 0] = '\0';
		for (size_t i = 0; i < COUNT(rows); i++) {
			if (strstr(request, rows[i].method) == NULL)
				continue;
			got = snprintf(answer, sizeof(answer), "HTTP/1.1 200 "
			    "OK\r\nContent-Type: application/json\r\n"
			    "Connection: close\r\nContent-Length: %zu\r\n\r\n"
			    "%s", strlen(rows[i].answer), rows[i].answer);
			if (send(peer, answer, (size_t)got, MSG_NOSIGNAL) < 0)
				break;
		}
		close(peer);
	}
}

static void
test_web(void **state)
{
	static const char *const headers[] = { "Authorization: Bearer k",
	    NULL };
	struct sockaddr_in any = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(any);
	struct mcp_spec spec = { .headers = headers };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char url[64];
	pid_t pid;

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&any, len), 0);
	assert_int_equal(listen(fd, 16), 0);
	getsockname(fd, (struct sockaddr *)&any, &len);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(fd);
	}
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/",
	    ntohs(any.sin_port));
	spec.url = url;
	tell_all(&spec);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(fd);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pure),
		cmocka_unit_test(test_program),
		cmocka_unit_test(test_web),
	};

	log_open("test", LOG_NONE);
	signal(SIGPIPE, SIG_IGN);
	setenv("no_proxy", "*", 1);
	return cmocka_run_group_tests_name("nomem_mcp", tests, NULL, NULL);
}
