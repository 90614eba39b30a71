/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One who listens to running replies: a connection that is never waited
 * for. What cannot be sent at once is kept up to a limit; beyond it the
 * subscriber is dropped.
 *
 *	rc = subscriber_accept(listener, key, &calls, arg, &sub);
 *	... calls.wished(arg, sub, &old) whenever it says what it wants ...
 *	if (wish_has(&sub->wish, session_id))
 *		subscriber_send(sub, line, len);
 *	subscriber_drop(sub);
 */
#ifndef RUNNER_SUBSCRIBER_H
#define RUNNER_SUBSCRIBER_H

#include <uv.h>

#include "lib/lines.h"
#include "runner/wish.h"

enum { SUBSCRIBER_QUEUE_MAX = 512 * 1024 };	/* bytes */

struct subscriber;

struct subscriber_calls {
	/* wished: sub->wish is new, and old what it was. */
	void (*wished)(void *arg, struct subscriber *sub,
		const struct wish *old);
	/* gone: it left or was dropped; sub is freed soon, unlink it. */
	void (*gone)(void *arg, struct subscriber *sub);
};

struct subscriber {
	struct subscriber *next, *prev;		/* the owner's */
	struct wish wish;
	/* Private. */
	const struct subscriber_calls *calls;
	const char *key;
	void *arg;
	uv_pipe_t pipe;
	uv_write_t write;
	struct lines lines;
	struct buf sending, queue;
	bool busy, leaving;
	char bytes[4096];
};

/*
 * subscriber_accept takes the connection that waits. key is not copied.
 * E_NOMEM: it waits on; E_IO: it is lost, for reasons of the system; *sub is
 * NULL then.
 */
int subscriber_accept(uv_stream_t *listener, const char *key,
	const struct subscriber_calls *calls, void *arg,
	struct subscriber **sub);

/* subscriber_send sends a line, its newline included, or drops sub. */
void subscriber_send(struct subscriber *sub, const char *line, size_t len);

/* subscriber_refuse tells it why, then drops it. */
void subscriber_refuse(struct subscriber *sub, const char *why);

/* subscriber_drop calls gone, and frees sub when the loop lets it. */
void subscriber_drop(struct subscriber *sub);

#endif
