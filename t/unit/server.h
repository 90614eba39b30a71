/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An HTTP server in the test's own loop. Each request gets the next answer,
 * byte for byte as the test wrote it, whole or in pieces.
 *
 *	struct server *server = server_open(&loop);
 *
 *	server_answer(server, (struct server_answer){ .bytes =
 *	    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" });
 *	... ask http://127.0.0.1:%d, server_port(server) ...
 *	assert_non_null(strstr(server_request(server, 0), "POST /x"));
 *	server_close(server);
 */
#ifndef T_UNIT_SERVER_H
#define T_UNIT_SERVER_H

#include <stdbool.h>
#include <stddef.h>

struct uv_loop_s;
struct server;

struct server_answer {
	const char *bytes;	/* not copied */
	size_t len;		/* 0: up to the NUL */
	size_t piece;		/* bytes at a time; 0: all at once */
	int pause_ms;		/* before each piece */
	bool keep;		/* the connection stays open afterwards */
};

struct server *server_open(struct uv_loop_s *loop);
int server_port(const struct server *server);

/* server_answer: one more answer; without one a request is left waiting. */
void server_answer(struct server *server, struct server_answer answer);

/* server_request: the text of the nth request from 0, or NULL. */
const char *server_request(const struct server *server, int n);
int server_requests(const struct server *server);

/* server_busy: is an answer still on its way? */
bool server_busy(const struct server *server);

/* server_close: the loop must turn once more. */
void server_close(struct server *server);

#endif
