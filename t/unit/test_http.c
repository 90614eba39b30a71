/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP calls against a server in the same loop. */
#include "lib/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "t/unit/server.h"
#include "t/unit/unit.h"

#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n" \
	"X-Two: b c \r\n\r\nhello"
#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" \
	"5\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\n\r\n"

struct bench {
	uv_loop_t loop;
	struct http *http;
	struct server *server;
	struct http_spec spec;
	struct http_call *call;
	char url[128];
	struct buf body;
	int data_rc;
	int ended;		/* calls */
	struct http_result result;
	char why[256], header[64];
};

static int
on_data(void *arg, struct http_call *call, const char *bytes, size_t len)
{
	struct bench *b = arg;

	assert_int_equal(http_status(call), 200);
	buf_add(&b->body, bytes, len);
	return b->data_rc;
}

static void
on_done(void *arg, struct http_call *call, const struct http_result *result)
{
	struct bench *b = arg;
	const char *header = http_header(call, "x-two");

	b->ended++;
	b->result = *result;
	snprintf(b->why, sizeof(b->why), "%s", result->why);
	snprintf(b->header, sizeof(b->header), "%s",
	    header != NULL ? header : "");
	assert_null(http_header(call, "x-none"));
}

static int
set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	signal(SIGPIPE, SIG_IGN);
	setenv("no_proxy", "*", 1);
	uv_loop_init(&b->loop);
	b->http = http_open(&b->loop);
	b->server = server_open(&b->loop);
	snprintf(b->url, sizeof(b->url), "http://127.0.0.1:%d/x?y=1",
	    server_port(b->server));
	b->spec = (struct http_spec){ .method = "GET", .url = b->url,
	    .total_ms = 10000, .body_max = 1000, .data = on_data,
	    .done = on_done, .arg = b };
	buf_init(&b->body, 1024 * 1024);
	*state = b;
	return 0;
}

static int
tear_down(void **state)
{
	struct bench *b = *state;

	http_close(b->http);
	server_close(b->server);
	uv_run(&b->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&b->loop), 0);
	buf_free(&b->body);
	free(b);
	return 0;
}

static void
start(struct bench *b)
{
	b->call = http_start(b->http, &b->spec);
	assert_non_null(b->call);
	assert_int_equal(b->ended, 0);
}

static void
finish(struct bench *b)
{
	while (b->ended == 0)
		uv_run(&b->loop, UV_RUN_ONCE);
	uv_run(&b->loop, UV_RUN_NOWAIT);
	assert_int_equal(b->ended, 1);
	b->ended = 0;
}

static void
ends(struct bench *b, enum http_end end, int status)
{
	start(b);
	finish(b);
	if (b->result.end != end)
		fail_msg("ended by %d: %s", (int)b->result.end, b->why);
	assert_int_equal(b->result.status, status);
	assert_int_equal(strlen(b->why) == 0, end == HTTP_DONE);
}

static void
test_get(void **state)
{
	struct bench *b = *state;

	server_answer(b->server, (struct server_answer){ .bytes = ANSWER });
	ends(b, HTTP_DONE, 200);
	assert_string_equal(buf_str(&b->body), "hello");
	assert_string_equal(b->header, "b c");
	assert_non_null(strstr(server_request(b->server, 0),
		"GET /x?y=1 HTTP/1.1\r\n"));
}

static void
test_post(void **state)
{
	static const char *const headers[] = { "Content-Type: text/x",
	    "X-Empty;", NULL };
	struct bench *b = *state;
	const char *request;

	b->spec.method = "POST";
	b->spec.headers = headers;
	b->spec.body = "some text";
	b->spec.body_len = 4;
	server_answer(b->server, (struct server_answer){ .bytes = ANSWER });
	ends(b, HTTP_DONE, 200);
	request = server_request(b->server, 0);
	assert_non_null(strstr(request, "POST /x?y=1 HTTP/1.1\r\n"));
	assert_non_null(strstr(request, "\r\nContent-Type: text/x\r\n"));
	assert_non_null(strstr(request, "\r\nX-Empty:\r\n"));
	assert_non_null(strstr(request, "\r\n\r\nsome"));
	assert_null(strstr(request, "text\n"));
	assert_null(strstr(request, "\r\nExpect:"));
}

static void
test_pieces(void **state)
{
	struct bench *b = *state;

	for (size_t piece = 1; piece < 12; piece++) {
		server_answer(b->server, (struct server_answer){
		    .bytes = CHUNKED, .piece = piece, .keep = true });
		buf_reset(&b->body);
		ends(b, HTTP_DONE, 200);
		assert_string_equal(buf_str(&b->body), "hello world");
	}
}

static void
test_no_redirect(void **state)
{
	struct bench *b = *state;

	server_answer(b->server, (struct server_answer){ .bytes =
	    "HTTP/1.1 302 Found\r\nLocation: /y\r\n"
	    "Content-Length: 0\r\n\r\n" });
	ends(b, HTTP_DONE, 302);
	assert_int_equal(server_requests(b->server), 1);
}

static void
test_broken(void **state)
{
	struct bench *b = *state;

	server_answer(b->server, (struct server_answer){ .bytes =
	    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello" });
	ends(b, HTTP_BROKEN, 200);
	server_answer(b->server, (struct server_answer){ .bytes =
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel" });
	ends(b, HTTP_BROKEN, 200);
	server_answer(b->server, (struct server_answer){ .bytes = " " });
	ends(b, HTTP_BROKEN, 0);
	snprintf(b->url, sizeof(b->url), "http://127.0.0.1:1/");
	ends(b, HTTP_BROKEN, 0);
	snprintf(b->url, sizeof(b->url), "file:///etc/passwd");
	ends(b, HTTP_UNUSABLE, 0);
	snprintf(b->url, sizeof(b->url), "not a url");
	ends(b, HTTP_UNUSABLE, 0);
}

static void
test_flood(void **state)
{
	static char headers[400 * 1024];
	struct bench *b = *state;
	size_t at;

	b->spec.body_max = 10;
	server_answer(b->server, (struct server_answer){ .bytes = CHUNKED });
	ends(b, HTTP_FLOOD, 200);
	assert_true(b->body.len <= 10);
	at = (size_t)sprintf(headers, "HTTP/1.1 200 OK\r\n");
	while (at < sizeof(headers) - 64)
		at += (size_t)sprintf(headers + at, "X-Many: 7890123456\r\n");
	server_answer(b->server, (struct server_answer){ .bytes = headers });
	ends(b, HTTP_FLOOD, 200);
}

static void
test_stopped(void **state)
{
	struct bench *b = *state;

	b->data_rc = E_INVALID;
	server_answer(b->server, (struct server_answer){ .bytes = ANSWER });
	ends(b, HTTP_STOPPED, 200);
	assert_int_equal(b->result.rc, E_INVALID);
}

static void
test_clocks(void **state)
{
	struct bench *b = *state;
	struct http_spec spec = b->spec;

	/* No answer: the first byte is late. */
	b->spec.first_ms = 1500;
	ends(b, HTTP_SLOW_FIRST, 0);
	/* Headers alone are none. */
	server_answer(b->server, (struct server_answer){ .bytes = "" });
	server_answer(b->server, (struct server_answer){ .keep = true,
	    .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" });
	ends(b, HTTP_SLOW_FIRST, 200);
	b->spec = spec;
	b->spec.idle_ms = 1500;
	server_answer(b->server, (struct server_answer){ .keep = true,
	    .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nx" });
	ends(b, HTTP_SLOW_IDLE, 200);
	/* Slow but alive: only the total ends it. */
	b->spec.idle_ms = 10000;
	b->spec.total_ms = 1500;
	server_answer(b->server, (struct server_answer){ .bytes = CHUNKED,
	    .piece = 1, .pause_ms = 30 });
	ends(b, HTTP_SLOW_TOTAL, 200);
}

static void
test_slow_connect(void **state)
{
	struct bench *b = *state;

	/* An address that nothing routes an answer from (RFC 5737). */
	snprintf(b->url, sizeof(b->url), "http://192.0.2.1/");
	b->spec.connect_ms = 50;
	start(b);
	finish(b);
	assert_true(b->result.end == HTTP_SLOW_CONNECT ||
	    b->result.end == HTTP_BROKEN);	/* no network at all */
}

static void
test_cancel(void **state)
{
	struct bench *b = *state;

	start(b);
	http_cancel(b->call);
	assert_int_equal(b->ended, 0);
	finish(b);
	assert_int_equal(b->result.end, HTTP_CANCELLED);
	start(b);
	while (server_requests(b->server) == 0)
		uv_run(&b->loop, UV_RUN_ONCE);
	http_cancel(b->call);
	http_cancel(b->call);
	finish(b);
	assert_int_equal(b->result.end, HTTP_CANCELLED);
	/* What is open at the end ends without a word. */
	start(b);
}

static void
test_abandon(void **state)
{
	struct bench *b = *state;

	start(b);
	while (server_requests(b->server) == 0)
		uv_run(&b->loop, UV_RUN_ONCE);
	http_abandon(b->call);
	for (int i = 0; i < 10; i++)
		uv_run(&b->loop, UV_RUN_NOWAIT);
	assert_int_equal(b->ended, 0);
}

/* Serves one request with more than anybody reads, for half a minute. */
static void *
flood(void *arg)
{
	static const char head[] = "HTTP/1.1 200 OK\r\n\r\n";
	static const char much[65536];
	int fd = accept(*(int *)arg, NULL, NULL);
	int64_t end = clock_mono_ms() + 30000;
	ssize_t sent = write(fd, head, sizeof(head) - 1);

	while (sent > 0 && clock_mono_ms() < end)
		sent = write(fd, much, sizeof(much));
	close(fd);
	return NULL;
}

static int
read_slowly(void *arg, struct http_call *call, const char *bytes, size_t len)
{
	(void)arg;
	(void)call;
	(void)bytes;
	(void)len;
	usleep(2000);
	return OK;
}

/* Whoever sends faster than we read does not keep the loop. */
static void
test_greedy(void **state)
{
	struct sockaddr_in any = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(any);
	struct bench *b = *state;
	pthread_t thread;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&any, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	getsockname(fd, (struct sockaddr *)&any, &len);
	assert_int_equal(pthread_create(&thread, NULL, flood, &fd), 0);
	snprintf(b->url, sizeof(b->url), "http://127.0.0.1:%d/",
	    ntohs(any.sin_port));
	b->spec.data = read_slowly;
	b->spec.body_max = SIZE_MAX;
	b->spec.total_ms = 1500;
	ends(b, HTTP_SLOW_TOTAL, 200);
	pthread_join(thread, NULL);
	close(fd);
}

static void
test_many(void **state)
{
	enum { MANY = 200 };
	struct bench *b = *state;

	for (int i = 0; i < MANY; i++) {
		server_answer(b->server, (struct server_answer){
		    .bytes = CHUNKED, .piece = 7, .pause_ms = 1 });
		assert_non_null(http_start(b->http, &b->spec));
	}
	while (b->ended < MANY)
		uv_run(&b->loop, UV_RUN_ONCE);
	assert_int_equal(b->body.len, MANY * strlen("hello world"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_get),
		TEST(test_post),
		TEST(test_pieces),
		TEST(test_no_redirect),
		TEST(test_broken),
		TEST(test_flood),
		TEST(test_stopped),
		TEST(test_clocks),
		TEST(test_slow_connect),
		TEST(test_cancel),
		TEST(test_abandon),
		TEST(test_greedy),
		TEST(test_many),
	};

	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
