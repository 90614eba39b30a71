/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <string.h>

#include "fcgi/handlers.h"
#include "fcgi/reply.h"

#define V1 "/api/v1"
#define LONGEST \
	"123456789012345678901234567890123456789012345678901234567890123"

static void
test_routes(void **state)
{
	static const struct {
		const char *method, *path;
		route_handler *handler;
		const char *first, *second;
	} rows[] = {
		{ "GET", "/health", health_get, "", "" },
		{ "HEAD", "/health", health_get, "", "" },
		{ "HEAD", V1 "/sessions/A-1", session_get, "A-1", "" },
		{ "GET", V1 "/openapi.json", openapi_get, "", "" },
		{ "GET", V1 "/agents", definitions_agents, "", "" },
		{ "GET", V1 "/tools", definitions_tools, "", "" },
		{ "GET", V1 "/environments", definitions_environments, "", "" },
		{ "GET", V1 "/config/ui-hints", ui_hints, "", "" },
		{ "GET", V1 "/apps/any/ui-views", ui_views, "any", "" },
		{ "GET", V1 "/approvals", approvals_open, "", "" },
		{ "GET", V1 "/sessions", sessions_list, "", "" },
		{ "POST", V1 "/sessions", sessions_create, "", "" },
		{ "GET", V1 "/sessions/recent", sessions_recent, "", "" },
		{ "GET", V1 "/sessions/A-1", session_get, "A-1", "" },
		{ "GET", V1 "/sessions/recent2", session_get, "recent2", "" },
		{ "GET", V1 "/sessions/" LONGEST, session_get, LONGEST, "" },
		{ "PATCH", V1 "/sessions/A-1", session_change, "A-1", "" },
		{ "DELETE", V1 "/sessions/A-1", session_end, "A-1", "" },
		{ "DELETE", V1 "/sessions/recent", session_end, "recent", "" },
		{ "GET", V1 "/sessions/A-1/full", session_full, "A-1", "" },
		{ "GET", V1 "/sessions/A/events", session_events, "A", "" },
		{ "GET", V1 "/sessions/A/approvals", approvals_of_session, "A",
		    "" },
		{ "POST", V1 "/sessions/A/approvals/g7", approvals_decide, "A",
		    "g7" },
		{ "POST", V1 "/sessions/A/resume", resume, "A", "" },
		{ "POST", V1 "/sessions/A/retry", retry, "A", "" },
		{ "GET", V1 "/sessions/A/retry/preview", retry_preview, "A",
		    "" },
		{ "GET", V1 "/sessions/A/lessons", session_lessons, "A", "" },
		{ "GET", V1 "/incidents", sessions_recent, "", "" },
		{ "GET", V1 "/incidents/A", session_get, "A", "" },
		{ "DELETE", V1 "/incidents/A", session_remove, "A", "" },
		{ "POST", V1 "/incidents/A/resume", resume, "A", "" },
		{ "POST", V1 "/investigate", sessions_investigate, "", "" },
		{ "POST", V1 "/investigate/stream",
		    sessions_investigate_stream, "", "" },
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char param[REQUEST_PARAMS][REQUEST_PARAM_MAX] = { "", "" };
		char allow[ROUTE_ALLOW_MAX];
		const struct route *route = route_find(rows[i].method,
		    rows[i].path, param, allow);

		if (route == NULL || route->handler != rows[i].handler)
			fail_msg("%s %s", rows[i].method, rows[i].path);
		/* A pattern that did not fit may have left something. */
		if (rows[i].first[0] != '\0')
			assert_string_equal(param[0], rows[i].first);
		if (rows[i].second[0] != '\0')
			assert_string_equal(param[1], rows[i].second);
	}
}

static void
test_unknown(void **state)
{
	static const char *const rows[] = {
		"", "/", "//", "/healthy", "/health/", "health", "/api",
		"/api/v1", "/api/v2/sessions", "/API/v1/sessions",
		V1 "/sessions/", V1 "/sessions//", V1 "/sessions//full",
		V1 "/sessions/A/", V1 "/sessions/A/nothing",
		V1 "/sessions/A/full/more", V1 "/sessions/A/approvals/",
		V1 "/sessions/A/approvals/g1/x", V1 "/sessions/" LONGEST "4",
		V1 "/sessions/{id}/{id}", V1 "/session",
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char param[REQUEST_PARAMS][REQUEST_PARAM_MAX];
		char allow[ROUTE_ALLOW_MAX];

		if (route_find("GET", rows[i], param, allow) != NULL ||
		    allow[0] != '\0')
			fail_msg("\"%s\" is a path", rows[i]);
	}
}

static void
test_methods(void **state)
{
	static const struct {
		const char *method, *path, *allow;
	} rows[] = {
		{ "POST", "/health", "GET, HEAD, OPTIONS" },
		{ "get", "/health", "GET, HEAD, OPTIONS" },
		{ "head", "/health", "GET, HEAD, OPTIONS" },
		{ "", "/health", "GET, HEAD, OPTIONS" },
		{ "OPTIONS", "/health", "GET, HEAD, OPTIONS" },
		{ "PUT", V1 "/sessions", "GET, HEAD, POST, OPTIONS" },
		{ "POST", V1 "/sessions/recent",
		    "GET, HEAD, PATCH, DELETE, OPTIONS" },
		{ "GET", V1 "/sessions/A-1/resume", "POST, OPTIONS" },
		{ "HEAD", V1 "/sessions/A-1/resume", "POST, OPTIONS" },
		{ "GET", V1 "/sessions/A-1/approvals/g1", "POST, OPTIONS" },
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char param[REQUEST_PARAMS][REQUEST_PARAM_MAX];
		char allow[ROUTE_ALLOW_MAX];

		assert_null(route_find(rows[i].method, rows[i].path, param,
		    allow));
		assert_string_equal(allow, rows[i].allow);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_methods),
	};

	return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
