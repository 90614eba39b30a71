/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/route.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "fcgi/access.h"
#include "fcgi/cors.h"
#include "fcgi/handlers.h"
#include "fcgi/match.h"
#include "fcgi/once.h"
#include "fcgi/reply.h"
#include "lib/err.h"
#include "lib/log.h"

/* What LISTEN describes never gets here: nginx hands it to gatehouse-stream. */
#define ROUTE(method, path, handler, role, scope, ...) \
	{ #method, path, handler, role, scope },
#define LISTEN(...)

const struct route routes[] = {
#include "fcgi/routes.def"
	{ .method = NULL }
};

/* Does the path fit? Copies what stands for its parameters. */
static bool
fits(const char *pattern, const char *path, char param[][REQUEST_PARAM_MAX])
{
	int n = 0;

	while (*pattern != '\0') {
		size_t len;

		if (*pattern != '{') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		len = strcspn(path, "/");
		if (len == 0 || len >= REQUEST_PARAM_MAX)
			return false;
		memcpy(param[n], path, len);
		param[n++][len] = '\0';
		path += len;
		pattern += strcspn(pattern, "}") + 1;
	}
	return *path == '\0';
}

static void
add_method(char allow[ROUTE_ALLOW_MAX], const char *method)
{
	size_t len = strlen(allow);

	if (strstr(allow, method) == NULL)
		snprintf(allow + len, ROUTE_ALLOW_MAX - len, "%s%s",
		    len > 0 ? ", " : "", method);
}

/* HEAD is GET, and nobody sees the body (RFC 9110, 9.3.2). */
const struct route *
route_find(const char *method, const char *path,
    char param[][REQUEST_PARAM_MAX], char allow[ROUTE_ALLOW_MAX])
{
	const struct route *route;

	if (strcmp(method, "HEAD") == 0)
		method = "GET";
	allow[0] = '\0';
	for (route = routes; route->method != NULL; route++) {
		if (!fits(route->pattern, path, param))
			continue;
		if (strcmp(route->method, method) == 0)
			return route;
		add_method(allow, route->method);
		if (strcmp(route->method, "GET") == 0)
			add_method(allow, "HEAD");
	}
	if (allow[0] != '\0')
		add_method(allow, "OPTIONS");
	return NULL;
}

int
route_dispatch(struct request *req, struct reply *reply)
{
	const struct route *route = route_find(req->method, req->path,
	    req->param, reply->allow);
	bool listed = cors_tell(req, reply);
	int status;

	/* Tells about paths, not about what is there: anybody may ask. */
	if (route == NULL && reply->allow[0] != '\0' &&
	    strcmp(req->method, "OPTIONS") == 0)
		return listed ? cors_preflight(req, reply) : 204;
	if (route == NULL && reply->allow[0] != '\0')
		return reply_error(reply, 405, "method not allowed");
	if (route == NULL)
		return reply_error(reply, 404, "no such path");
	reply->allow[0] = '\0';
	req->route = route;
	status = access_check(req, route, reply);
	if (status == 0)
		status = once_asked(req, route) ?
		    once_answer(req, route, reply) :
		    match_asked(req, route) ?
		    match_answer(req, route, reply) :
		    route->handler(req, reply);
	if (reply->body.rc == E_TOOBIG)
		status = reply_error(reply, 500,
		    "the answer would be larger than 64 MiB");
	else if (reply->body.rc != OK)
		status = reply_failure(reply, reply->body.rc, "");
	/* Who asks whether all is well is told, again and again. */
	if (status >= 500 && route->handler != ready_get)
		log_error("request_failed", "status=%d method=%s path=\"%s\" "
		    "request_id=%s", status, req->method, req->path, req->id);
	return status;
}
