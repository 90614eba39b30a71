/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/route.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "fcgi/access.h"
#include "fcgi/cors.h"
#include "fcgi/handlers.h"
#include "fcgi/once.h"
#include "fcgi/reply.h"
#include "lib/err.h"
#include "lib/log.h"

#define API "/api/v1"
#define SESSION API "/sessions/{id}"
#define INCIDENT API "/incidents/{id}"

/* The first that fits is taken: words before parameters. */
const struct route routes[] = {
	{ "GET", "/health", health_get, ROUTE_OPEN, SCOPE_ANY },
	{ "POST", API "/login", login_start, ROUTE_OPEN, SCOPE_ANY },
	{ "POST", API "/logout", login_end, ROUTE_KNOWN, SCOPE_ANY },
	{ "GET", API "/me", me_get, ROUTE_KNOWN, SCOPE_ANY },
	{ "GET", API "/agents", definitions_agents, ROLE_VIEWER, SCOPE_ANY },
	{ "GET", API "/tools", definitions_tools, ROLE_VIEWER, SCOPE_ANY },
	{ "GET", API "/tool-servers", definitions_tool_servers, ROLE_VIEWER,
	    SCOPE_ANY },
	{ "GET", API "/environments", definitions_environments, ROLE_VIEWER,
	    SCOPE_ANY },
	{ "GET", API "/config/ui-hints", ui_hints, ROLE_VIEWER, SCOPE_ANY },
	{ "GET", API "/apps/{app}/ui-views", ui_views, ROLE_VIEWER,
	    SCOPE_ANY },
	{ "GET", API "/approvals", approvals_open, ROLE_VIEWER, SCOPE_APP },
	{ "POST", API "/approvals", approvals_decide_all, ROLE_APPROVER,
	    SCOPE_ANY },
	{ "GET", API "/approvals/{gate}", approvals_get, ROLE_VIEWER,
	    SCOPE_GATE },
	{ "PATCH", API "/approvals/{gate}", approvals_change, ROLE_APPROVER,
	    SCOPE_GATE },
	{ "GET", API "/sessions", sessions_list, ROLE_VIEWER, SCOPE_APP },
	{ "POST", API "/sessions", sessions_create, ROLE_OPERATOR, SCOPE_ANY },
	{ "GET", API "/sessions/recent", sessions_recent, ROLE_VIEWER,
	    SCOPE_ALL },
	{ "GET", SESSION, session_get, ROLE_VIEWER, SCOPE_SESSION },
	{ "PATCH", SESSION, session_change, ROLE_OPERATOR, SCOPE_SESSION },
	{ "DELETE", SESSION, session_end, ROLE_OPERATOR, SCOPE_SESSION },
	{ "GET", SESSION "/full", session_full, ROLE_VIEWER, SCOPE_SESSION },
	{ "GET", SESSION "/events", session_events, ROLE_VIEWER,
	    SCOPE_SESSION },
	{ "GET", SESSION "/messages", session_messages, ROLE_VIEWER,
	    SCOPE_SESSION },
	{ "GET", SESSION "/lessons", session_lessons, ROLE_VIEWER,
	    SCOPE_SESSION },
	{ "POST", SESSION "/un-duplicate", session_retract, ROLE_OPERATOR,
	    SCOPE_SESSION },
	{ "GET", SESSION "/approvals", approvals_of_session, ROLE_VIEWER,
	    SCOPE_SESSION },
	{ "POST", SESSION "/approvals/{call}", approvals_decide, ROLE_APPROVER,
	    SCOPE_SESSION },
	{ "POST", SESSION "/resume", resume, ROLE_APPROVER, SCOPE_SESSION },
	/* What sessions were called once. */
	{ "GET", API "/incidents", sessions_recent, ROLE_VIEWER, SCOPE_ALL },
	{ "GET", INCIDENT, session_get, ROLE_VIEWER, SCOPE_SESSION },
	{ "DELETE", INCIDENT, session_remove, ROLE_OPERATOR, SCOPE_SESSION },
	{ "POST", INCIDENT "/resume", resume, ROLE_APPROVER, SCOPE_SESSION },
	{ "POST", API "/investigate", sessions_investigate, ROLE_OPERATOR,
	    SCOPE_ANY },
	{ "POST", API "/investigate/stream", sessions_investigate_stream,
	    ROLE_OPERATOR, SCOPE_ANY },
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
	status = access_check(req, route, reply);
	if (status == 0)
		status = once_asked(req, route) ?
		    once_answer(req, route, reply) :
		    route->handler(req, reply);
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
