/* SPDX-License-Identifier: Apache-2.0 */
/* The collection of sessions. */
#include "t/unit/api_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "t/unit/unit.h"

#define INVESTIGATE "/api/v1/investigate"

static const char schema_app[] =
    "INSERT INTO app SELECT 2, name, 2, digest, dir, json_object("
    "'environments', json('[\"dev\",\"prod\"]'),"
    "'orchestrator', json('{\"state_overrides_schema\":{\"properties\":{"
    "\"text\":{\"type\":\"string\"},\"count\":{\"type\":\"integer\"},"
    "\"size\":{\"type\":\"number\"},\"flag\":{\"type\":\"boolean\"},"
    "\"list\":{\"type\":\"array\"},\"map\":{\"type\":\"object\","
    "\"properties\":{\"in\":{\"allOf\":[{\"maximum\":3},{\"maximum\":2}]"
    "}}},\"any\":{}},\"required\":[\"text\"],\"minProperties\":1}}')),"
    " session_prefix, entry_agent, default_status, escalate_tool,"
    " escalate_status, escalate_team, escalation_teams, gate_timeout_ms,"
    " gate_on_timeout, gate_quorum, submitter_may_approve, loaded_at"
    " FROM app";

/* Another application; only as much of it as a session needs. */
static const char other_app[] =
    "INSERT INTO app SELECT 3, 'other', 1, digest, dir, '{}', 'OTHER',"
    " entry_agent, default_status, escalate_tool, escalate_status,"
    " escalate_team, escalation_teams, gate_timeout_ms, gate_on_timeout,"
    " gate_quorum, submitter_may_approve, loaded_at FROM app";

static void
create(struct api *a, const char *query)
{
	char body[256];

	snprintf(body, sizeof(body),
	    "{\"query\":\"%s\",\"environment\":\"dev\"}", query);
	assert_int_equal(api_post(a, SESSIONS, body), 201);
}

/* 47, 48: the id has prefix, day and number, and can be read at once. */
static void
test_create(void **state)
{
	struct api *a = *state;
	char today[ISO_SECONDS_SIZE], id[32], path[64];

	iso_seconds(clock_ms(), today);
	snprintf(id, sizeof(id), "T-%.4s%.2s%.2s-001", today, today + 5,
	    today + 8);
	create(a, "q");
	api_is(a, "$.session_id", id);
	snprintf(path, sizeof(path), SESSIONS "/%s", id);
	assert_int_equal(api_get(a, path), 200);
	api_is(a, "$.id", id);
	api_is(a, "$.status", "new");
	api_is(a, "$.version", "1");
	api_is(a, "$.deleted_at", NULL);
	api_is(a, "$.extra_fields", "{\"query\":\"q\",\"environment\":\"dev\","
	    "\"reporter\":{\"id\":\"user-mock\",\"team\":\"platform\"}}");
	fixture_is(a->fixture, "SELECT kind FROM event", "session.created");
	fixture_sound(a->fixture);
}

/* 54: what the client says about the submitter is kept, all of it. */
static void
test_submitter(void **state)
{
	static const struct {
		const char *sent, *kept;
	} rows[] = {
		{ "null", "{\"id\":\"user-mock\",\"team\":\"platform\"}" },
		{ "{}", "{\"id\":\"user-mock\",\"team\":\"platform\"}" },
		{ "{\"id\":\"t\"}", "{\"id\":\"t\",\"team\":\"platform\"}" },
		{ "{\"team\":\"x\"}", "{\"team\":\"x\",\"id\":\"user-mock\"}" },
		{ "{\"n\":9007199254740993,\"id\":\"a\",\"team\":\"b\"}",
		    "{\"n\":9007199254740993,\"id\":\"a\",\"team\":\"b\"}" },
	};
	struct api *a = *state;
	char body[256];

	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(body, sizeof(body), "{\"query\":\"\","
		    "\"environment\":\"dev\",\"submitter\":%s}", rows[i].sent);
		assert_int_equal(api_post(a, SESSIONS, body), 201);
		fixture_is(a->fixture, "SELECT submitter FROM session "
		    "ORDER BY rowid DESC LIMIT 1", rows[i].kept);
	}
}

/* 35, 56: a wrong field is named, and no row is written. */
static void
test_refused(void **state)
{
#define QE "\"query\":\"q\",\"environment\":\"dev\""
	static const struct {
		const char *body, *message, *details;
	} rows[] = {
		{ "", "body: expected a value at byte 0",
		    "{\"body\":\"expected a value at byte 0\"}" },
		{ "{", NULL, NULL },
		{ "[]", "body: must be an object",
		    "{\"body\":\"must be an object\"}" },
		{ "{\"query\":\"q\",\"query\":\"q\"}", NULL, NULL },
		{ "{\"query\":\"\xff\"}", NULL, NULL },
		{ "{\"query\":\"q\"}", "environment: required",
		    "{\"environment\":\"required\"}" },
		{ "{\"environment\":\"dev\"}", "query: required",
		    "{\"query\":\"required\"}" },
		{ "{}", "query: required",
		    "{\"query\":\"required\",\"environment\":\"required\"}" },
		{ "{\"query\":null,\"environment\":\"dev\"}",
		    "query: required", "{\"query\":\"required\"}" },
		{ "{\"query\":7,\"environment\":[]}", "query: must be a string",
		    "{\"query\":\"must be a string\","
		    "\"environment\":\"must be a string\"}" },
		{ "{\"query\":\"q\",\"environment\":\"\"}",
		    "environment: must not be empty",
		    "{\"environment\":\"must not be empty\"}" },
		{ "{\"query\":\"q\",\"environment\":\"a b\"}", NULL, NULL },
		{ "{" QE ",\"submitter\":\"me\"}",
		    "submitter: must be an object",
		    "{\"submitter\":\"must be an object\"}" },
		{ "{" QE ",\"submitter\":{\"id\":5,\"team\":\"\"}}",
		    "submitter.id: must be a string",
		    "{\"submitter.id\":\"must be a string\","
		    "\"submitter.team\":\"must not be empty\"}" },
		{ "{" QE ",\"state_overrides\":[]}",
		    "state_overrides: must be an object",
		    "{\"state_overrides\":\"must be an object\"}" },
		{ "{" QE ",\"state_overrides\":{\"reporter\":1,\"query\":2}}",
		    "state_overrides.reporter: reserved",
		    "{\"state_overrides.reporter\":\"reserved\","
		    "\"state_overrides.query\":\"reserved\"}" },
		{ "{" QE ",\"state_overrides\":{\"environment\":1}}",
		    "state_overrides.environment: must be a string",
		    "{\"state_overrides.environment\":\"must be a string\"}" },
		{ "{" QE ",\"app\":\"none\"}", "app: no such application",
		    "{\"app\":\"no such application\"}" },
	};
	struct api *a = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (api_post(a, SESSIONS, rows[i].body) != 422)
			fail_msg("%s was taken", rows[i].body);
		api_is(a, "$.error.code", "unprocessable_entity");
		if (rows[i].message != NULL)
			api_is(a, "$.error.message", rows[i].message);
		if (rows[i].details != NULL)
			api_is(a, "$.error.details", rows[i].details);
	}
	assert_int_equal(fixture_int(a->fixture,
	    "SELECT count(*) FROM session"), 0);
}

/* 36 */
static void
test_conflicting_environment(void **state)
{
	struct api *a = *state;

	assert_int_equal(api_post(a, SESSIONS, "{" QE ",\"state_overrides\":"
	    "{\"environment\":\"prod\"}}"), 422);
	api_refused(a, "conflicting_environment",
	    "environment: differs from state_overrides.environment",
	    "{\"environment\":\"dev\","
	    "\"state_overrides_environment\":\"prod\"}");
	assert_int_equal(fixture_int(a->fixture,
	    "SELECT count(*) FROM session"), 0);
	assert_int_equal(api_post(a, SESSIONS, "{" QE ",\"state_overrides\":"
	    "{\"environment\":\"dev\",\"big\":123456789012345678901}}"), 201);
	fixture_is(a->fixture, "SELECT extra_fields FROM session",
	    "{\"big\":123456789012345678901}");
}

/* 55, 56: an application says which overrides it takes. */
static void
test_schema(void **state)
{
	static const struct {
		const char *overrides;
		const char *details;	/* NULL: taken */
	} rows[] = {
		{ "{\"text\":\"t\"}", NULL },
		{ "{\"text\":\"\",\"count\":3,\"size\":0.5,\"flag\":true,"
		    "\"list\":[],\"map\":{},\"any\":null}", NULL },
		{ "{\"text\":\"t\",\"environment\":\"dev\"}", NULL },
		{ "{}", "{\"state_overrides.text\":\"is missing\","
		    "\"state_overrides\":\"must have at least 1 members, "
		    "not 0\"}" },
		/* One complaint about a place, however deep. */
		{ "{\"text\":\"t\",\"map\":{\"in\":4}}",
		    "{\"state_overrides.map.in\":\"must be at most 3, "
		    "not 4\"}" },
		{ "{\"text\":1}",
		    "{\"state_overrides.text\":\"must be of type string, "
		    "not 1\"}" },
		{ "{\"text\":\"t\",\"count\":0.5}",
		    "{\"state_overrides.count\":\"must be of type integer, "
		    "not 0.5\"}" },
		{ "{\"text\":\"t\",\"size\":\"1\"}",
		    "{\"state_overrides.size\":\"must be of type number, "
		    "not \\\"1\\\"\"}" },
		{ "{\"text\":\"t\",\"flag\":0}",
		    "{\"state_overrides.flag\":\"must be of type boolean, "
		    "not 0\"}" },
		{ "{\"text\":\"t\",\"list\":{}}",
		    "{\"state_overrides.list\":\"must be of type array, "
		    "not an object\"}" },
		{ "{\"text\":\"t\",\"map\":[]}",
		    "{\"state_overrides.map\":\"must be of type object, "
		    "not an empty list\"}" },
		{ "{\"text\":\"t\",\"pr_url\":\"x\"}",
		    "{\"state_overrides.pr_url\":"
		    "\"is not known here\"}" },
	};
	struct api *a = *state;
	char body[512];
	int rows_before = 0;

	fixture_sql(a->fixture, schema_app);
	for (size_t i = 0; i < COUNT(rows); i++) {
		int status;

		snprintf(body, sizeof(body), "{" QE ",\"state_overrides\":%s}",
		    rows[i].overrides);
		status = api_post(a, SESSIONS, body);
		if (status != (rows[i].details == NULL ? 201 : 422))
			fail_msg("%s: %d %s", rows[i].overrides, status,
			    buf_str(&a->reply.body));
		if (rows[i].details != NULL)
			api_is(a, "$.error.details", rows[i].details);
		else
			rows_before++;
	}
	assert_int_equal(fixture_int(a->fixture,
	    "SELECT count(*) FROM session WHERE app_id = 2"), rows_before);
}

static void
test_apps(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, other_app);
	assert_int_equal(api_post(a, SESSIONS, "{" QE "}"), 422);
	api_is(a, "$.error.message", "app: required, one of other,test");
	assert_int_equal(api_post(a, SESSIONS,
	    "{" QE ",\"app\":\"other\"}"), 201);
	assert_int_equal(api_post(a, SESSIONS,
	    "{" QE ",\"app\":\"test\"}"), 201);
	assert_int_equal(api_get(a, SESSIONS "?app=other"), 200);
	api_is(a, "$[0].app", "other");
	api_is(a, "$[1]", NULL);
	assert_int_equal(api_get(a, SESSIONS "?app=none"), 422);
	api_refused(a, "unprocessable_entity", "app: no such application",
	    "{\"app\":\"no such application\"}");
}

/* 51 to 53: paused sessions leave room. */
static void
test_cap(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, api_running);
	for (int i = 0; i < 7; i++)
		create(a, "q");
	assert_int_equal(api_post(a, SESSIONS, "{" QE "}"), 429);
	api_refused(a, "rate_limited", "8 sessions run already", "{}");
	assert_int_equal(fixture_int(a->fixture,
	    "SELECT count(*) FROM session"), 8);
	fixture_sql(a->fixture, api_waiting);
	create(a, "q");
	assert_int_equal(api_post(a, SESSIONS, "{" QE "}"), 429);
	assert_int_equal(api_ask(a, "DELETE", SESSIONS "/T-nothing", ""), 404);
	fixture_sql(a->fixture, "INSERT INTO move (session_id, from_status,"
	    " to_status, cause, actor, at) SELECT id, 'new', 'stopped', 'c',"
	    " 'a', 1 FROM session WHERE status = 'new' LIMIT 1");
	create(a, "q");
	fixture_sound(a->fixture);
}

/* 31, 58: what is not finished, paused sessions included. */
static void
test_list(void **state)
{
	struct api *a = *state;

	assert_int_equal(api_get(a, SESSIONS), 200);
	api_answers(a, "[]");
	fixture_sql(a->fixture, api_running);
	fixture_sql(a->fixture, api_waiting);
	create(a, "second");
	create(a, "third");
	assert_int_equal(api_get(a, SESSIONS), 200);
	api_is(a, "$[0].label", "third");
	api_is(a, "$[1].status", "new");
	api_is(a, "$[2].session_id", ID);
	api_is(a, "$[2].status", "awaiting_input");
	api_is(a, "$[2].started_at", "1970-01-01T00:00:00Z");
	api_is(a, "$[2].current_agent", "first");
	api_is(a, "$[3]", NULL);
	assert_int_equal(api_get(a, SESSIONS "?limit=1"), 200);
	api_is(a, "$[0].label", "third");
	api_is(a, "$[1]", NULL);
	api_ask(a, "DELETE", SESSION, "");
	assert_int_equal(api_get(a, SESSIONS "?limit=500"), 200);
	api_is(a, "$[2]", NULL);
}

static void
test_list_by_status(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, api_running);
	create(a, "x");
	assert_int_equal(api_get(a, SESSIONS "?status=new"), 200);
	api_is(a, "$[0].label", "x");
	api_is(a, "$[1]", NULL);
	assert_int_equal(api_get(a, SESSIONS "?status=awaiting_input"), 200);
	api_answers(a, "[]");
	fixture_sql(a->fixture, api_waiting);
	assert_int_equal(api_get(a, SESSIONS "?status=awaiting_input"), 200);
	api_is(a, "$[0].session_id", ID);
	api_ask(a, "DELETE", SESSION, "");
	assert_int_equal(api_get(a, SESSIONS "?status=stopped"), 200);
	api_is(a, "$[0].session_id", ID);
	assert_int_equal(api_ask(a, "PATCH", SESSION, "{\"deleted\":true}"),
	    200);
	assert_int_equal(api_get(a, SESSIONS "?status=stopped"), 200);
	api_answers(a, "[]");
	assert_int_equal(api_get(a, SESSIONS "?status=done"), 200);
	assert_int_equal(api_get(a, SESSIONS "?status=Done"), 422);
	api_refused(a, "unprocessable_entity", "status: no such status",
	    "{\"status\":\"no such status\"}");
}

static void
test_limits(void **state)
{
	static const char *const paths[] = {
		SESSIONS, SESSIONS "/recent", "/api/v1/approvals",
	};
	static const char *const wrong[] = {
		"0", "501", "-1", "", "x", "1x", "1.0", "+5", " 5", "0x5",
		"99999999999999999999", "5&limit=6",
	};
	struct api *a = *state;
	char path[128];

	for (size_t i = 0; i < COUNT(paths); i++) {
		for (size_t j = 0; j < COUNT(wrong); j++) {
			snprintf(path, sizeof(path), "%s?limit=%s", paths[i],
			    wrong[j]);
			if (api_get(a, path) != 422)
				fail_msg("%s was taken", path);
		}
		snprintf(path, sizeof(path), "%s?limit=500", paths[i]);
		assert_int_equal(api_get(a, path), 200);
		api_answers(a, "[]");
		snprintf(path, sizeof(path), "%s?limit=500&x=1", paths[i]);
		assert_int_equal(api_get(a, path), 422);
		api_refused(a, "unprocessable_entity", "x: no such parameter",
		    "{\"x\":\"no such parameter\"}");
	}
}

/* Newest first, whole sessions, neither deleted nor duplicate. */
static void
test_recent(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, api_running);
	create(a, "second");
	create(a, "third");
	assert_int_equal(api_get(a, SESSIONS "/recent"), 200);
	api_is(a, "$[0].label", "third");
	api_is(a, "$[1].label", "second");
	api_is(a, "$[2].label", "why so slow");
	api_is(a, "$[2].active_agent", "first");
	api_is(a, "$[2].agents_run[0].agent", "first");
	api_is(a, "$[2].extra_fields.reporter.id", "sam");
	fixture_sql(a->fixture, "INSERT INTO move (session_id, from_status,"
	    " to_status, cause, actor, at) SELECT id, 'new', 'duplicate', 'c',"
	    " 'a', 1 FROM session WHERE query = 'third'");
	api_ask(a, "DELETE", SESSION, "");
	api_ask(a, "PATCH", SESSION, "{\"deleted\":true}");
	assert_int_equal(api_get(a, SESSIONS "/recent"), 200);
	api_is(a, "$[0].label", "second");
	api_is(a, "$[1]", NULL);
}

/* 45 */
static void
test_investigate(void **state)
{
	struct api *a = *state;
	char *id;

	assert_int_equal(api_post(a, INVESTIGATE, "{\"query\":\"q\","
	    "\"environment\":\"dev\"}"), 200);
	fixture_is(a->fixture, "SELECT submitter FROM session",
	    "{\"id\":\"user-mock\",\"team\":\"platform\"}");
	id = fixture_text(a->fixture, "SELECT id FROM session");
	api_is(a, "$.incident_id", id);
	free(id);
	assert_int_equal(api_post(a, INVESTIGATE, "{\"query\":\"r\","
	    "\"environment\":\"dev\",\"reporter_id\":\"a\\\"b\","
	    "\"reporter_team\":\"t\"}"), 200);
	fixture_is(a->fixture, "SELECT submitter FROM session"
	    " WHERE query = 'r'", "{\"id\":\"a\\\"b\",\"team\":\"t\"}");
	assert_int_equal(api_post(a, INVESTIGATE, "{\"reporter_id\":\"\","
	    "\"reporter_team\":1}"), 422);
	api_is(a, "$.error.details", "{\"query\":\"required\","
	    "\"environment\":\"required\","
	    "\"reporter_id\":\"must not be empty\","
	    "\"reporter_team\":\"must be a string\"}");
}

static void
test_investigate_stream(void **state)
{
	struct api *a = *state;
	const char *body;

	assert_int_equal(api_post(a, INVESTIGATE "/stream", "{}"), 422);
	assert_null(a->reply.type);
	assert_int_equal(api_post(a, INVESTIGATE "/stream",
	    "{\"query\":\"q\",\"environment\":\"dev\"}"), 200);
	assert_string_equal(a->reply.type, "text/event-stream; charset=utf-8");
	body = buf_str(&a->reply.body);
	assert_ptr_equal(strstr(body, "data: {\"event\":"
	    "\"investigation_started\",\"incident_id\":\"T-"), body);
	assert_non_null(strstr(body, "\"}\n\ndata: {\"event\":"
	    "\"investigation_completed\",\"incident_id\":\"T-"));
	assert_int_equal(fixture_int(a->fixture,
	    "SELECT count(*) FROM session"), 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		API_TEST(test_create),
		API_TEST(test_submitter),
		API_TEST(test_refused),
		API_TEST(test_conflicting_environment),
		API_TEST(test_schema),
		API_TEST(test_apps),
		API_TEST(test_cap),
		API_TEST(test_list),
		API_TEST(test_list_by_status),
		API_TEST(test_limits),
		API_TEST(test_recent),
		API_TEST(test_investigate),
		API_TEST(test_investigate_stream),
	};

	return cmocka_run_group_tests_name("api_sessions", tests, NULL, NULL);
}
