/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server-Sent Events, read (WHATWG HTML, section 9.2.6): a state machine fed
 * with any split of the bytes.
 *
 *	struct sse sse;
 *
 *	sse_init(&sse, 1024 * 1024, on_event, arg);
 *	while (rc == OK && (n = read_some(piece)) > 0)
 *		rc = sse_feed(&sse, piece, n);
 *	if (rc == OK)
 *		rc = sse_end(&sse);
 *	sse_free(&sse);
 */
#ifndef LIB_SSE_H
#define LIB_SSE_H

#include "lib/lines.h"

enum { SSE_WORD_MAX = 256 };	/* bytes of a type or an id */

struct sse_event {
	const char *type;	/* "" where none is given: a message */
	const char *id;		/* the last id of the stream, "" at first */
	const char *data;	/* lines joined with LF; NUL-terminated */
	size_t len;		/* of data */
};

/* event gets one event; anything but OK stops the feeding. */
typedef int sse_told(void *arg, const struct sse_event *event);

struct sse {
	struct lines lines;
	struct buf data;
	char type[SSE_WORD_MAX + 1], id[SSE_WORD_MAX + 1];
	long retry_ms;		/* the last the server asked for; -1: none */
	sse_told *event;
	void *arg;
	bool started, has_data;
};

/* sse_init: max bytes for a line, and for the data of an event. */
void sse_init(struct sse *sse, size_t max, sse_told *event, void *arg);
void sse_free(struct sse *sse);

/* sse_feed: OK, E_TOOBIG, E_NOMEM, or what event returned. */
int sse_feed(struct sse *sse, const char *bytes, size_t len);

/*
 * sse_end ends a stream that ended properly, below HTTP. Many servers forget
 * the empty line after their last event, so that one is told, too, which the
 * standard would drop. As sse_feed.
 */
int sse_end(struct sse *sse);

#endif
