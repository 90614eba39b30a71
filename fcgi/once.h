/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Idempotency-Key: a POST that is sent again is done once.
 *
 * The handler runs inside one transaction, and its answer becomes a row of
 * request_key in the same commit as what it did. So a key has an answer, or
 * nothing has happened: no crash leaves anything in between. Whoever brings
 * the same key meanwhile waits for that commit and gets the same answer; 409,
 * if it does not come (fcgi/flight.h).
 *
 * Only 2xx is kept: what was refused, as a stream, too, has changed nothing,
 * and its key is free.
 * Signing in and out ignore the header, since a secret is never stored.
 */
#ifndef FCGI_ONCE_H
#define FCGI_ONCE_H

#include <stdbool.h>

struct reply;
struct request;
struct route;

enum { ONCE_KEY_MAX = 255 };	/* printable ASCII characters */

/* once_asked: does the request bring a key, where one counts? */
bool once_asked(const struct request *req, const struct route *route);

/*
 * once_answer answers a request that does, in place of the handler of route:
 * with what was kept, or with what the handler says. Returns the status; its
 * own are 409, 422 (no key, or one that stands for another request) and 503.
 */
int once_answer(struct request *req, const struct route *route,
    struct reply *reply);

#endif
