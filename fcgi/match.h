/* SPDX-License-Identifier: Apache-2.0 */
/*
 * If-Match: a session is changed only if it is still as the client has seen
 * it (RFC 9110, 13.1.1).
 *
 * The tags are compared and the handler runs inside one transaction, so
 * nothing comes between. That of the session counts, and that of its /full,
 * which more follows into; weak ones, too, since nginx packs what they name.
 * At gates the header is another thing (fcgi/verdict.h).
 */
#ifndef FCGI_MATCH_H
#define FCGI_MATCH_H

#include <stdbool.h>

struct reply;
struct request;
struct route;

/* match_asked: does the request bring such tags, where they count? */
bool match_asked(const struct request *req, const struct route *route);

/*
 * match_answer answers a request that does, in place of the handler of route.
 * Returns the status; its own are 412 and 503.
 */
int match_answer(struct request *req, const struct route *route,
    struct reply *reply);

#endif
