/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door in front of every handler: who asks, is it really that one who
 * sends it, and may that one do it? The table, routes.def, says what a route
 * needs; sql/auth.h who somebody is.
 *
 *	status = access_check(req, route, reply);
 *	if (status == 0)
 *		status = route->handler(req, reply);
 *
 * A handler takes the actor of what it does from here, and never from the
 * body of the request:
 *
 *	.actor = access_actor(req, said), .said = access_said(req, said),
 *	.origin = access_origin(req),
 */
#ifndef FCGI_ACCESS_H
#define FCGI_ACCESS_H

#include <stdbool.h>

#include "sql/auth.h"

struct flights;
struct meter;
struct reply;
struct request;
struct route;
struct strikes;

/* What the threads of a process share: how it asks who somebody is, */
struct access {
	bool off;		/* it does not, and serves this machine alone */
	struct strikes *strikes;
	struct meter *meter;	/* and what it has answered */
	struct flights *flights;	/* keys that are at work */
	int64_t free_min;	/* bytes: with less, it is not ready */
};

/*
 * access_check fills req->who. Returns 0, or the status of the refusal that
 * it wrote into reply: 401 (nobody, or a secret that is wrong or over), 403
 * (not this role; a change that another site may have made a browser send;
 * authentication is off, and the listener is not of this machine alone), 415
 * (a body that is not JSON), 429 (too many wrong secrets from this address),
 * 500, 503. Where the session of the path must be looked up and is not
 * there, the handler will say so.
 */
int access_check(struct request *req, const struct route *route,
    struct reply *reply);

/*
 * access_note notes that the token of a request was used, if that is due. It
 * may wait for the database, so the answer comes first.
 */
void access_note(struct request *req);

/*
 * access_secret finds out whose bearer token came in a body. Returns 0, or a
 * status as access_check does.
 */
int access_secret(const struct request *req, const char *token,
    struct identity *who, struct reply *reply);

/*
 * access_may asks, for a handler that learns only from the body which
 * application it is about (NULL: not known); 0, or 403 with reply written.
 */
int access_may(const struct request *req, enum role role, const char *app,
    struct reply *reply);

/*
 * access_actor is who acts: the one who is known, or, where nobody is asked,
 * who the client says it is. access_said is the latter where it is only a
 * remark, else NULL. access_origin is the JSON text for the audit trail, or
 * NULL.
 */
const char *access_actor(const struct request *req, const char *said);
const char *access_said(const struct request *req, const char *said);
const char *access_origin(const struct request *req);

/* access_address is where the request comes from; "" if that is not told. */
const char *access_address(const struct request *req);

#endif
