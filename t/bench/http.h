/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One kept connection of an HTTP client. Asking may block for as long as it
 * takes to write a small request to the loopback; reading never does.
 *
 *	struct http http;
 *
 *	http_init(&http, port);
 *	rc = http_ask(&http, "GET", "/health", NULL);
 *	while (rc == OK && (rc = http_read(&http)) == E_AGAIN)
 *		wait_to_read(http.fd);
 *	if (rc == OK)
 *		puts(http.body);
 *	http_close(&http);
 *
 * A server may close between two answers; the next http_ask connects anew.
 */
#ifndef T_BENCH_HTTP_H
#define T_BENCH_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"

enum { HTTP_ANSWER_MAX = 4 * 1024 * 1024 };	/* bytes */

struct http {
	int fd;			/* -1: not connected */
	uint16_t port;		/* on 127.0.0.1 */
	const char *token;	/* or NULL */
	bool fresh;		/* fd is new; for the caller to clear */
	int status;		/* of the answer */
	const char *body;	/* NUL-terminated, valid until the next ask */
	/* Private. */
	struct buf out, in;
	size_t head;		/* bytes */
	size_t need;		/* bytes of a whole answer; 0: not yet known */
	bool last;		/* the server closes after this answer */
};

/*
 * http_init: nothing is connected or allocated yet. Requests carry the bearer
 * token in $GATEHOUSE_TOKEN, if there is one.
 */
void http_init(struct http *http, uint16_t port);

/* http_close ends the connection and frees everything. */
void http_close(struct http *http);

/*
 * http_ask sends a request; body NULL: it has none. E_IO: nobody listens, or
 * the connection broke; E_NOMEM.
 */
int http_ask(struct http *http, const char *method, const char *path,
	const char *body);

/*
 * http_read reads what there is: OK (the answer is whole), E_AGAIN (wait for
 * http->fd), E_IO (the connection broke), E_INVALID (an answer without a
 * length), E_TOOBIG, E_NOMEM. After a failure the connection is closed.
 */
int http_read(struct http *http);

#endif
