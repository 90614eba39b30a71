/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer to one FastCGI request as records on its connection, in one
 * write; and how a connection ends without losing a request.
 *
 * Whoever closes a kept connection may do so while the web server sends the
 * next request on it, and a POST then gets 502. libfcgi's own way makes that
 * likely: it writes FCGI_END_REQUEST, and then closes. So nginx is asked to
 * let go first, by an empty FCGI_STDERR record. To a request it means
 * nothing; but a connection on which something is left is one that nginx
 * does not keep, and an idle one that it closes.
 *
 *	rc = record_answer(fd, request_id, &head, &body, last);
 *	...
 *	rc = record_let_go(fd, request_id);
 */
#ifndef FCGI_RECORD_H
#define FCGI_RECORD_H

#include <stdbool.h>

struct buf;

/*
 * record_answer writes head and body as FCGI_STDOUT, its end, and
 * FCGI_END_REQUEST; last: and asks to let go, since the caller closes the
 * connection. OK, or E_IO if the other side is gone.
 */
int record_answer(int fd, int request_id, const struct buf *head,
    const struct buf *body, bool last);

/*
 * record_let_go asks the other side to close an idle connection. What can be
 * read then is its end, or a request that was on its way and must be
 * answered. OK or E_IO.
 */
int record_let_go(int fd, int request_id);

#endif
