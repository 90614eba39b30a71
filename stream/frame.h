/* SPDX-License-Identifier: Apache-2.0 */
/* One event as listeners get it: a line of JSON, the same over SSE and WS. */
#ifndef STREAM_FRAME_H
#define STREAM_FRAME_H

#include <stdint.h>

struct buf;

struct event {
	int64_t seq;
	const char *session_id;
	const char *kind;
	const char *payload;	/* JSON text */
	int64_t ts;		/* milliseconds UTC */
	const char *app;	/* of the session */
};

/*
 * frame_add appends the event as JSON, without a line break in it, so that
 * it is one "data:" line of SSE. Returns out->rc.
 */
int frame_add(struct buf *out, const struct event *event);

#endif
