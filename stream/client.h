/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One listener's connection, from its request to its end: what libwebsockets
 * tells about it, as reads of the feed and writes to the socket.
 */
#ifndef STREAM_CLIENT_H
#define STREAM_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "sql/session.h"
#include "stream/access.h"
#include "stream/feed.h"
#include "stream/peer.h"

struct lws;

/* libwebsockets keeps one for each connection, zeroed at its start. */
struct client {
	struct reader reader;
	struct clients *clients;
	struct lws *wsi;	/* NULL: not yet, or no longer */
	struct client *next, **back;
	bool several;		/* of sessions, and all kinds: tell it of all */
	bool partial;		/* and of replies that run */
	bool leaving;
	int64_t looking;	/* number of the gate that it looks at, or 0, */
	char gate_of[SESSION_ID_MAX];	/* the session of that */
	char name[AUTH_NAME_MAX];	/* and who it is */
	struct buf notes;	/* lines for it (note.h) */
	bool greeted;		/* something was written */
	bool woken;		/* there are events for it */
	bool dropped;		/* it is being closed */
	bool beat;		/* a sign of life is due, */
	int64_t asked_ms;	/* to write, and not allowed to since; or 0 */
	int64_t sign_ms;	/* and was given; to a WebSocket, a ping */
	int64_t ends_ms;	/* it must come back then */
	int64_t heard_ms;	/* from a WebSocket; 0: SSE cannot speak */
	struct peer peer;	/* whether it is still there, */
	int64_t looked_ms;	/* and when that was looked at */
};

struct clients {
	struct feed *feed;
	struct access access;
	struct partial *partial;
	int peer_fd;		/* peer.h */
	struct client *first;
	bool runner_lives;
	bool woken;		/* somebody is */
	int count;
	struct buf out;		/* what is being written */
};

void clients_init(struct clients *clients);
void clients_free(struct clients *clients);

/*
 * client_event deals with one callback of libwebsockets; reason is its enum
 * lws_callback_reasons. Returns what the callback is to return.
 */
int client_event(struct clients *clients, struct lws *wsi, int reason,
	struct client *client, const void *in);

/* client_ask_to_write has the client's events and notes written soon. */
void client_ask_to_write(struct client *client);

/* client_end closes its connection soon; nothing more is written. */
void client_end(struct client *client);

/* client_wake is the feed's wake; send_woken is to follow (send.h). */
void client_wake(struct reader *reader);

/* clients_sweep wakes who is due a sign of life, and ends who shows none. */
void clients_sweep(struct clients *clients, int64_t now_ms);

#endif
