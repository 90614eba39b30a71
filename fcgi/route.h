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

struct route {
	const char *method;
	const char *pattern;	/* "{...}" stands for one segment */
	route_handler *handler;
};

/* All routes; the last has no method. */
extern const struct route routes[];

/*
 * route_find returns the route of a method and path, and copies what stands
 * for {...} into param. NULL: none; then allow has the methods that the path
 * knows, comma-separated, or is "".
 */
const struct route *route_find(const char *method, const char *path,
    char param[][REQUEST_PARAM_MAX], char allow[ROUTE_ALLOW_MAX]);

/*
 * route_dispatch answers a request: by its handler, or 404, or 405 with the
 * methods in reply->allow.
 */
int route_dispatch(struct request *req, struct reply *reply);

#endif
