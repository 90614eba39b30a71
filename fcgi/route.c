/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/route.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "fcgi/handlers.h"
#include "fcgi/reply.h"
#include "lib/err.h"
#include "lib/log.h"

#define API "/api/v1"
#define SESSION API "/sessions/{id}"

/* The first that fits is taken: words before parameters. */
const struct route routes[] = {
	{ "GET", "/health", health_get },
	{ "GET", API "/agents", definitions_agents },
	{ "GET", API "/tools", definitions_tools },
	{ "GET", API "/tool-servers", definitions_tool_servers },
	{ "GET", API "/environments", definitions_environments },
	{ "GET", API "/approvals", approvals_open },
	{ "GET", API "/sessions", sessions_list },
	{ "POST", API "/sessions", sessions_create },
	{ "GET", API "/sessions/recent", sessions_recent },
	{ "GET", SESSION, session_get },
	{ "PATCH", SESSION, session_change },
	{ "DELETE", SESSION, session_end },
	{ "GET", SESSION "/full", session_full },
	{ "GET", SESSION "/events", session_events },
	{ "GET", SESSION "/approvals", approvals_of_session },
	{ "POST", SESSION "/approvals/{call}", approvals_decide },
	{ "POST", SESSION "/resume", resume },
	{ NULL, NULL, NULL }
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

const struct route *
route_find(const char *method, const char *path,
    char param[][REQUEST_PARAM_MAX], char allow[ROUTE_ALLOW_MAX])
{
	const struct route *route;
	size_t len;

	allow[0] = '\0';
	for (route = routes; route->method != NULL; route++) {
		if (!fits(route->pattern, path, param))
			continue;
		if (strcmp(route->method, method) == 0)
			return route;
		if (strstr(allow, route->method) != NULL)
			continue;
		len = strlen(allow);
		snprintf(allow + len, ROUTE_ALLOW_MAX - len, "%s%s",
		    len > 0 ? ", " : "", route->method);
	}
	return NULL;
}

int
route_dispatch(struct request *req, struct reply *reply)
{
	const struct route *route = route_find(req->method, req->path,
	    req->param, reply->allow);
	int status;

	if (route == NULL && reply->allow[0] != '\0')
		return reply_error(reply, 405, "method not allowed");
	if (route == NULL)
		return reply_error(reply, 404, "no such path");
	reply->allow[0] = '\0';
	status = route->handler(req, reply);
	if (reply->body.rc == E_TOOBIG)
		status = reply_error(reply, 500,
		    "the answer would be larger than 64 MiB");
	else if (reply->body.rc != OK)
		status = reply_failure(reply, reply->body.rc, "");
	if (status >= 500)
		log_error("request_failed", "status=%d method=%s path=\"%s\" "
		    "request_id=%s", status, req->method, req->path, req->id);
	return status;
}
