/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/server.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "lib/buf.h"
#include "t/unit/unit.h"

enum { ANSWERS_MAX = 4096, REQUEST_MAX = 4 * 1024 * 1024 };

struct server {
	uv_tcp_t tcp;
	struct server_answer answers[ANSWERS_MAX];
	int answer_count;
	char *requests[ANSWERS_MAX];
	int request_count;
	struct peer *peers;
	bool closed;
};

struct peer {
	uv_tcp_t tcp;
	uv_timer_t timer;
	struct server *server;
	struct peer *next;
	struct buf request;
	struct server_answer answer;
	size_t sent;
	int open_handles;
	char in[65536];
};

/* The last of its handles is gone. */
static void
free_server(struct server *server)
{
	if (!server->closed || server->peers != NULL)
		return;
	for (int i = 0; i < server->request_count; i++)
		free(server->requests[i]);
	free(server);
}

static void
on_closed(uv_handle_t *handle)
{
	struct peer *peer = handle->data, **at = &peer->server->peers;

	if (--peer->open_handles > 0)
		return;
	while (*at != peer)
		at = &(*at)->next;
	*at = peer->next;
	free_server(peer->server);
	buf_free(&peer->request);
	free(peer);
}

static void
hang_up(struct peer *peer)
{
	if (uv_is_closing((uv_handle_t *)&peer->tcp))
		return;
	uv_close((uv_handle_t *)&peer->tcp, on_closed);
	uv_close((uv_handle_t *)&peer->timer, on_closed);
}

static void
on_turn(uv_timer_t *timer)
{
	struct peer *peer = timer->data;
	struct server_answer *answer = &peer->answer;
	size_t left = answer->len - peer->sent;
	uv_buf_t bytes = uv_buf_init((char *)answer->bytes + peer->sent,
	    (unsigned)(answer->piece > 0 && answer->piece < left ?
		answer->piece : left));
	int sent = uv_try_write((uv_stream_t *)&peer->tcp, &bytes, 1);

	if (sent < 0 && sent != UV_EAGAIN) {
		hang_up(peer);
		return;
	}
	peer->sent += sent > 0 ? (size_t)sent : 0;
	/* Where there is no room now, the other side must get its turn. */
	if (peer->sent < answer->len)
		uv_timer_start(timer, on_turn, sent == UV_EAGAIN ? 1 :
		    (uint64_t)answer->pause_ms, 0);
	else if (!answer->keep)
		hang_up(peer);
}

static void
serve(struct peer *peer)
{
	struct server *server = peer->server;
	int n = server->request_count++;

	server->requests[n] = strdup(buf_str(&peer->request));
	buf_reset(&peer->request);
	peer->sent = 0;
	if (n >= server->answer_count)
		return;
	peer->answer = server->answers[n];
	if (peer->answer.len == 0)
		peer->answer.len = strlen(peer->answer.bytes);
	uv_timer_start(&peer->timer, on_turn, (uint64_t)peer->answer.pause_ms,
	    0);
}

static bool
is_whole(const struct peer *peer)
{
	const char *text = buf_str(&peer->request);
	const char *end = strstr(text, "\r\n\r\n");
	const char *length = strstr(text, "\r\nContent-Length:");

	if (end == NULL)
		return false;
	return length == NULL || length > end || strlen(end + 4) >=
	    strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
}

static void
on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *bytes)
{
	struct peer *peer = stream->data;

	if (len < 0) {
		hang_up(peer);
		return;
	}
	buf_add(&peer->request, bytes->base, (size_t)len);
	if (is_whole(peer))
		serve(peer);
}

static void
on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *bytes)
{
	struct peer *peer = handle->data;

	(void)wanted;
	*bytes = uv_buf_init(peer->in, sizeof(peer->in));
}

static void
on_connection(uv_stream_t *stream, int status)
{
	struct server *server = stream->data;
	struct peer *peer = calloc(1, sizeof(*peer));

	assert_int_equal(status, 0);
	assert_non_null(peer);
	peer->server = server;
	peer->next = server->peers;
	server->peers = peer;
	buf_init(&peer->request, REQUEST_MAX);
	uv_tcp_init(stream->loop, &peer->tcp);
	uv_timer_init(stream->loop, &peer->timer);
	peer->tcp.data = peer->timer.data = peer;
	peer->open_handles = 2;
	assert_int_equal(uv_accept(stream, (uv_stream_t *)&peer->tcp), 0);
	uv_tcp_nodelay(&peer->tcp, 1);
	uv_read_start((uv_stream_t *)&peer->tcp, on_room, on_read);
}

struct server *
server_open(struct uv_loop_s *loop)
{
	struct server *server = calloc(1, sizeof(*server));
	struct sockaddr_in address;

	assert_non_null(server);
	uv_ip4_addr("127.0.0.1", 0, &address);
	uv_tcp_init(loop, &server->tcp);
	server->tcp.data = server;
	assert_int_equal(uv_tcp_bind(&server->tcp,
		(struct sockaddr *)&address, 0), 0);
	assert_int_equal(uv_listen((uv_stream_t *)&server->tcp, 1024,
		on_connection), 0);
	return server;
}

int
server_port(const struct server *server)
{
	struct sockaddr_in address;
	int len = sizeof(address);

	uv_tcp_getsockname(&server->tcp, (struct sockaddr *)&address, &len);
	return ntohs(address.sin_port);
}

void
server_answer(struct server *server, struct server_answer answer)
{
	assert_true(server->answer_count < ANSWERS_MAX);
	server->answers[server->answer_count++] = answer;
}

const char *
server_request(const struct server *server, int n)
{
	return n < server->request_count ? server->requests[n] : NULL;
}

int
server_requests(const struct server *server)
{
	return server->request_count;
}

static void
on_server_closed(uv_handle_t *handle)
{
	struct server *server = handle->data;

	server->closed = true;
	free_server(server);
}

void
server_close(struct server *server)
{
	for (struct peer *peer = server->peers; peer != NULL; peer = peer->next)
		hang_up(peer);
	uv_close((uv_handle_t *)&server->tcp, on_server_closed);
}

bool
server_busy(const struct server *server)
{
	const struct peer *peer = server->peers;

	while (peer != NULL && peer->sent >= peer->answer.len)
		peer = peer->next;
	return peer != NULL;
}
