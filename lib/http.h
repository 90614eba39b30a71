/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP requests on a libuv loop, and the only door to libcurl. Thousands of
 * calls may be open at once. Only http and https; no redirects; nothing is
 * decoded or kept: pieces of the body are handed on as they come.
 *
 *	struct http *http = http_open(loop);
 *	struct http_spec spec = { .method = "POST", .url = url,
 *	    .headers = headers, .body = text, .body_len = len,
 *	    .connect_ms = 10000, .first_ms = 120000, .idle_ms = 60000,
 *	    .total_ms = 600000, .body_max = 1024 * 1024,
 *	    .data = on_data, .done = on_done, .arg = job };
 *	struct http_call *call = http_start(http, &spec);
 *	...
 *	http_close(http);
 */
#ifndef LIB_HTTP_H
#define LIB_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uv_loop_s;
struct http;
struct http_call;

enum http_end {
	HTTP_DONE,		/* an answer, whole; see status */
	HTTP_BROKEN,		/* no connection, or it was cut */
	HTTP_SLOW_CONNECT,	/* a clock ran out: connect_ms, */
	HTTP_SLOW_FIRST,	/* first_ms, */
	HTTP_SLOW_IDLE,		/* idle_ms */
	HTTP_SLOW_TOTAL,	/* or total_ms */
	HTTP_FLOOD,		/* the body passed body_max, or the headers */
	HTTP_STOPPED,		/* data returned something else than OK */
	HTTP_CANCELLED,		/* http_cancel */
	HTTP_UNUSABLE,		/* the spec: no such URL, out of memory */
};

struct http_result {
	enum http_end end;
	int status;		/* 0: there was none */
	bool sent;		/* there was a connection: it may be known */
	int rc;			/* HTTP_STOPPED: what data returned */
	const char *why;	/* one line, "" when HTTP_DONE */
};

struct http_spec {
	const char *method;		/* "GET" */
	const char *url;
	/* "Name: value", or "Name;" for an empty one; NULL-ended, or NULL. */
	const char *const *headers;
	const char *body;		/* sent when not NULL; copied */
	size_t body_len;
	/*
	 * Four clocks, each running from the end of the one before: until
	 * there is a connection, until the body's first byte, between its
	 * bytes; and one for all. 0: none.
	 */
	int connect_ms, first_ms, idle_ms, total_ms;
	size_t body_max;		/* bytes of the answer's body */
	/* A piece of the body, cut anywhere; anything but OK ends the call. */
	int (*data)(void *arg, struct http_call *call, const char *bytes,
		size_t len);
	/*
	 * Called exactly once, from the loop, never from http_start; call
	 * is gone when it returns.
	 */
	void (*done)(void *arg, struct http_call *call,
		const struct http_result *result);
	void *arg;
};

/* http_open: NULL when out of memory. The loop stays the caller's. */
struct http *http_open(struct uv_loop_s *loop);

/*
 * http_close ends all calls without a word and lets go of the loop, which
 * must turn once more; accepts NULL.
 */
void http_close(struct http *http);

/* http_start: NULL when out of memory; done is not called then. */
struct http_call *http_start(struct http *http, const struct http_spec *spec);

/*
 * http_cancel ends a call: done is called soon, with HTTP_CANCELLED, unless
 * it has ended otherwise before. Not again after done.
 */
void http_cancel(struct http_call *call);

/*
 * http_abandon ends a call without a word: neither data nor done is called
 * any more. Allowed within data; not after done.
 */
void http_abandon(struct http_call *call);

/* Within data and done: */

/* http_status: of the answer, 0 as long as there is none. */
int http_status(const struct http_call *call);

/* http_header: the first header of that name in the answer, or NULL. */
const char *http_header(const struct http_call *call, const char *name);

#endif
