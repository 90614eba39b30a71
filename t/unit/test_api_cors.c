/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of other sites. */
#include "t/unit/api_fixture.h"
#include "t/unit/unit.h"

#include <stdio.h>
#include <string.h>

#define PAGE "http://localhost:5173"

/* The next version of the application has this as "api". */
static void
list_origins(struct api *a, const char *app, const char *api)
{
	char sql[1024];

	snprintf(sql, sizeof(sql), "INSERT INTO app (name, version, digest, "
	    "dir, config, session_prefix, entry_agent, default_status, "
	    "escalate_status, escalate_team, escalation_teams, "
	    "gate_timeout_ms, gate_on_timeout, gate_quorum, "
	    "submitter_may_approve, loaded_at) SELECT '%s', max(version) + 1, "
	    "digest, dir, json_set(config, '$.api', json('%s')), "
	    "session_prefix, entry_agent, default_status, escalate_status, "
	    "escalate_team, escalation_teams, gate_timeout_ms, "
	    "gate_on_timeout, gate_quorum, submitter_may_approve, loaded_at "
	    "FROM app", app, api);
	fixture_sql(a->fixture, sql);
}

static void
has(const struct api *a, const char *line, bool wanted)
{
	if ((strstr(a->reply.headers, line) != NULL) != wanted)
		fail_msg("\"%s\" in %s", line, a->reply.headers);
}

#define ALLOWED "Access-Control-Allow-"

static void
test_origins(void **state)
{
	static const struct { const char *origin; bool listed; } rows[] = {
		{ PAGE, true }, { "http://localhost:51730", false },
		{ "http://localhost:517", false },
		{ "https://localhost:5173", false }, { "*", false },
		{ "HTTP://LOCALHOST:5173", false }, { "null", false },
		{ "http://localhost:5173, *", false }, { "x", false },
	};
	struct api *a = *state;

	assert_int_equal(api_get(a, "/health"), 200);
	assert_string_equal(a->reply.headers, "");
	api_bring(a, "HTTP_ORIGIN", PAGE);
	assert_int_equal(api_get(a, "/health"), 200);
	has(a, ALLOWED, false);
	list_origins(a, "test",
	    "{\"cors_origins\":[\"" PAGE "\",\"*\",\"null\"]}");
	for (size_t i = 0; i < COUNT(rows); i++) {
		api_bring(a, "HTTP_ORIGIN", rows[i].origin);
		assert_int_equal(api_get(a, "/health"), 200);
		has(a, ALLOWED "Origin: " PAGE "\r\n", rows[i].listed);
		has(a, ALLOWED, rows[i].listed);
		has(a, "Vary: Origin\r\n", true);
	}
	/* Refusals, too, are for the page to read. */
	api_bring(a, "HTTP_ORIGIN", PAGE);
	assert_int_equal(api_get(a, SESSION), 404);
	has(a, ALLOWED "Origin: " PAGE "\r\n", true);
}

static void
test_credentials(void **state)
{
	struct api *a = *state;

	api_bring(a, "HTTP_ORIGIN", PAGE);
	list_origins(a, "test", "{\"cors_origins\":[\"" PAGE "\"]}");
	api_get(a, "/health");
	has(a, ALLOWED "Credentials: true\r\n", true);
	list_origins(a, "test", "{\"cors_origins\":[\"" PAGE "\"],"
	    "\"cors_allow_credentials\":false}");
	api_get(a, "/health");
	has(a, ALLOWED "Origin", true);
	has(a, ALLOWED "Credentials", false);
	/* One says yes, the other no. */
	list_origins(a, "other", "{\"cors_origins\":[\"" PAGE "\"]}");
	api_get(a, "/health");
	has(a, ALLOWED "Origin", true);
	has(a, ALLOWED "Credentials", false);
}

/* 38 */
static void
test_preflight(void **state)
{
	struct api *a = *state;

	list_origins(a, "test", "{\"cors_origins\":[\"" PAGE "\"]}");
	api_bring(a, "HTTP_ORIGIN", PAGE);
	assert_int_equal(api_ask(a, "OPTIONS", SESSIONS, ""), 204);
	api_also(a, "HTTP_ACCESS_CONTROL_REQUEST_METHOD", "POST");
	assert_int_equal(api_ask(a, "OPTIONS", SESSIONS, ""), 200);
	has(a, ALLOWED "Methods: GET, HEAD, POST, OPTIONS\r\n", true);
	has(a, ALLOWED "Headers", false);
	api_also(a, "HTTP_ACCESS_CONTROL_REQUEST_HEADERS",
	    "authorization, x-more");
	assert_int_equal(api_ask(a, "OPTIONS", SESSIONS, ""), 200);
	has(a, ALLOWED "Headers: authorization, x-more\r\n", true);
	assert_int_equal(api_ask(a, "OPTIONS", "/api/v1/none", ""), 404);
	api_bring(a, "HTTP_ORIGIN", PAGE);
	api_also(a, "HTTP_ACCESS_CONTROL_REQUEST_METHOD", "POST");
	api_also(a, "HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "a\r\nb: c");
	assert_int_equal(api_ask(a, "OPTIONS", SESSIONS, ""), 200);
	has(a, ALLOWED "Headers", false);
	api_bring(a, "HTTP_ORIGIN", "http://elsewhere");
	api_also(a, "HTTP_ACCESS_CONTROL_REQUEST_METHOD", "POST");
	assert_int_equal(api_ask(a, "OPTIONS", SESSIONS, ""), 204);
	has(a, ALLOWED, false);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		API_TEST(test_origins),
		API_TEST(test_credentials),
		API_STRICT_TEST(test_preflight),
	};

	return cmocka_run_group_tests_name("api_cors", tests, NULL, NULL);
}
