/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the two halves of Streamable HTTP share: mcp_http.c sends, and
 * mcp_http_answer.c takes what comes back.
 */
#ifndef RUNNER_MCP_HTTP_H
#define RUNNER_MCP_HTTP_H

#include "lib/http.h"
#include "lib/sse.h"
#include "runner/mcp_impl.h"

enum { MCP_SESSION_MAX = 1024 };	/* bytes of its name */

enum exchange_kind {
	POST_CALL,		/* a request; its answer comes here */
	POST_TELL,		/* a notification, or an answer of ours */
	GET_STREAM,		/* what comes unasked */
};

/* One message of ours, or the one stream, with whatever comes back. */
struct exchange {
	struct mcp *mcp;
	struct exchange *next, *prev;
	enum exchange_kind kind;
	struct mcp_call *call;		/* NULL: it has ended */
	struct http_call *http;		/* NULL: between two tries, or done */
	bool started, events;		/* the body has; it is a stream */
	bool resumed;			/* by GET */
	struct buf body;
	struct sse sse;
	char last_id[SSE_WORD_MAX + 1];
	int64_t again_at;		/* when to take it up; MCP_NEVER */
	int session;			/* the one it was sent in */
	int failures;			/* in a row, of the stream */
	void (*told)(struct mcp *mcp);	/* POST_TELL: at the end, or NULL */
};

struct web {
	struct exchange *exchanges;
	char session[MCP_SESSION_MAX + 1];	/* "": none */
	int sessions;			/* how many there have been */
	int tells;
	int unreached;
};

/* exchange_web: the state of all of them. */
static inline struct web *
exchange_web(const struct mcp *mcp)
{
	return mcp->state;
}

/* exchange_drop: its call has ended, or goes on in another one. */
void exchange_drop(struct mcp_call *call);

/* exchange_stop_streams: they belong to a session that is lost. */
void exchange_stop_streams(struct mcp *mcp);

/* exchange_free: it has no call in libcurl any more. */
void exchange_free(struct exchange *x);

/* For http.h; arg is the exchange. */
int exchange_data(void *arg, struct http_call *http, const char *bytes,
	size_t len);
void exchange_done(void *arg, struct http_call *http,
	const struct http_result *result);

/* For sse.h. */
int exchange_event(void *arg, const struct sse_event *event);

#endif
