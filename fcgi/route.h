/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one table of what can be asked, and the way from a request to its
 * handler.
 *
 *	status = route_dispatch(&req, &reply);
 */
#ifndef FCGI_ROUTE_H
#define FCGI_ROUTE_H

#include "fcgi/request.h"

struct reply;

enum { ROUTE_ALLOW_MAX = 64 };

/* A handler answers one request; it fills reply and returns the status. */
typedef int route_handler(const struct request *req, struct reply *reply);

/* Roles aside: anybody may ask, or whoever is known. */
enum { ROUTE_OPEN = -1, ROUTE_KNOWN = 0 };

/* Where the role must hold, for those who do not have it everywhere. */
enum route_scope {
	SCOPE_ALL,	/* everywhere */
	SCOPE_ANY,	/* anywhere; the handler may look closer */
	SCOPE_GATE,	/* at that of the gate in the path */
	SCOPE_APP,	/* at the application that the query's "app" names */
	SCOPE_SESSION,	/* at that of the session, the first parameter */
};

struct route {
	const char *method;
	const char *pattern;	/* "{...}" stands for one segment */
	route_handler *handler;
	int role;		/* that it takes (lib/role.h), or ROUTE_* */
	enum route_scope scope;
};

/* All routes; the last has no method. */
extern const struct route routes[];

/*
 * route_find returns the route of a method and path, and copies what stands
 * for {...} into param; HEAD takes that of GET. NULL: none; then allow has the
 * methods that the path knows, comma-separated, or is "".
 */
const struct route *route_find(const char *method, const char *path,
    char param[][REQUEST_PARAM_MAX], char allow[ROUTE_ALLOW_MAX]);

/*
 * route_dispatch answers a request: by the handler of its route, which stands
 * in req->route, or as fcgi/access.h
 * refuses it, or 404, or 405 with the methods in reply->allow. OPTIONS is
 * 204 with these, or a preflight (fcgi/cors.h). The answer to a HEAD has its
 * body, for its length.
 */
int route_dispatch(struct request *req, struct reply *reply);

#endif
