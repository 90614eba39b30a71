/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connections of listeners, and the only door to libwebsockets: HTTP/1.1
 * on a listening socket, Server-Sent Events or WebSocket each, one thread.
 *
 *	rc = server_open(&server, db, listen_fd);
 *	if (rc == OK)
 *		server_run(server);
 *	server_close(server);
 */
#ifndef STREAM_SERVER_H
#define STREAM_SERVER_H

#include <stdbool.h>

struct db;
struct server;

enum {
	SERVER_POLL_MS = 250,		/* so late, without a hint */
	SERVER_BEAT_MS = 10 * 1000,	/* a comment or a ping when quiet */
	SERVER_STUCK_MS = 60 * 1000,	/* a reader that takes nothing */
	SERVER_SILENT_MS = 45 * 1000,	/* a WebSocket that answers no ping */
	SERVER_GONE_MS = 30 * 1000,	/* it acknowledges nothing */
	/* Who is asked comes back after that, and is asked again. */
	SERVER_LIFE_MS = 5 * 60 * 1000,
	SERVER_CHUNK = 64 * 1024,	/* bytes written to one at a time */
};

/*
 * server_open gets ready to serve whoever connects to listen_fd, which is
 * non-blocking and stays the caller's. With auth_off nobody is asked who it
 * is, and only listeners of nginx that this machine alone reaches are served.
 * OK; E_NOMEM, and as db.h; server_close in any case.
 */
int server_open(struct server **server, struct db *db, int listen_fd,
	bool auth_off);

/* server_run serves until SIGTERM, SIGINT or SIGQUIT. */
void server_run(struct server *server);

/* server_close ends all connections; accepts NULL. */
void server_close(struct server *server);

#endif
