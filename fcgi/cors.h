/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages of other sites (Fetch, "CORS protocol"): what a loaded application
 * lists as api.cors_origins may read answers, and ask whether it may send more
 * than a form could. It proves nothing about who asks: fcgi/access.h does.
 *
 *	bool listed = cors_tell(req, reply);
 *	...
 *	return listed ? cors_preflight(req, reply) : 204;
 */
#ifndef FCGI_CORS_H
#define FCGI_CORS_H

#include <stdbool.h>

struct reply;
struct request;

/*
 * cors_tell adds what a page may know of the answer, if its origin is listed,
 * exactly as it is; a page that sends cookies must be allowed to by every
 * application that lists it. Returns whether it is listed.
 */
bool cors_tell(const struct request *req, struct reply *reply);

/*
 * cors_preflight answers an OPTIONS of a listed origin: 200, with the methods
 * in reply->allow and the headers that the page asks for; 204, if it asks for
 * no method.
 */
int cors_preflight(const struct request *req, struct reply *reply);

#endif
