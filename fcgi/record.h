/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer to one FastCGI request as records on its connection, in one
 * write.
 *
 * libfcgi ends a connection in two steps: it writes FCGI_END_REQUEST, then
 * closes. In between nginx takes the connection for a kept one and may send
 * its next request there, which is lost: a POST then gets 502. Here a
 * connection that is about to be closed gets one byte more after
 * FCGI_END_REQUEST, in the same write, and nginx does not keep a connection
 * with something left on it.
 *
 *	rc = record_answer(fd, request_id, &head, &body, last);
 */
#ifndef FCGI_RECORD_H
#define FCGI_RECORD_H

#include <stdbool.h>

struct buf;

/*
 * record_answer writes head and body as FCGI_STDOUT, its end, and
 * FCGI_END_REQUEST; last: the caller closes the connection afterwards. OK,
 * or E_IO if the other side is gone.
 */
int record_answer(int fd, int request_id, const struct buf *head,
    const struct buf *body, bool last);

#endif
