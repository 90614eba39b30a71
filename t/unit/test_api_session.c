/* SPDX-License-Identifier: Apache-2.0 */
/* One session, and what every route has in common. */
#include "t/unit/api_fixture.h"

#include <stdio.h>
#include <string.h>

#include "lib/err.h"
#include "t/unit/unit.h"

#define INCIDENT "/api/v1/incidents/" ID

static const char *const session_paths[] = {
	"", "/full", "/events", "/approvals",
};

/* 32, 33: an unknown id and one that is none are the same. */
static void
test_unknown(void **state)
{
	static const char *const ids[] = {
		"T-20260101-999", "nothing", "T-20260101-001x", "'", "\"",
		"T-20260101-001%00", "\xff", "recent ",
	};
	struct api *a = *state;
	char path[128];

	fixture_sql(a->fixture, api_running);
	for (size_t i = 0; i < COUNT(ids); i++) {
		for (size_t j = 0; j < COUNT(session_paths); j++) {
			snprintf(path, sizeof(path), SESSIONS "/%s%s", ids[i],
			    session_paths[j]);
			assert_int_equal(api_get(a, path), 404);
			api_answers(a, "{\"error\":{\"code\":\"not_found\","
			    "\"message\":\"session not found\","
			    "\"details\":{}}}");
		}
		snprintf(path, sizeof(path), SESSIONS "/%s", ids[i]);
		assert_int_equal(api_ask(a, "DELETE", path, ""), 404);
		assert_int_equal(api_ask(a, "PATCH", path,
		    "{\"extra_fields\":{}}"), 404);
		assert_int_equal(api_ask(a, "PATCH", path, "{}"), 404);
	}
}

static void
test_get(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, api_running);
	assert_int_equal(api_get(a, SESSION), 200);
	api_is(a, "$.status", "in_progress");
	api_is(a, "$.created_at", "1970-01-01T00:00:00Z");
	api_is(a, "$.active_agent", "first");
	api_is(a, "$.pending_intervention", NULL);
	api_is(a, "$.extra_fields", "{\"k\":1,\"query\":\"why so slow\","
	    "\"environment\":\"dev\","
	    "\"reporter\":{\"id\":\"sam\",\"team\":\"ops\"}}");
	api_is(a, "$.version", "2");
}

static void
test_patch(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, api_running);
	assert_int_equal(api_ask(a, "PATCH", SESSION, "{\"version\":2,"
	    "\"extra_fields\":{\"k\":null,\"m\":{\"n\":9007199254740993}},"
	    "\"actor\":\"ana\"}"), 200);
	api_is(a, "$.extra_fields.m", "{\"n\":9007199254740993}");
	api_is(a, "$.extra_fields.k", NULL);
	api_is(a, "$.version", "3");
	fixture_is(a->fixture, "SELECT payload FROM event "
	    "WHERE kind = 'session.patched'", "{\"id\":\"" ID "\","
	    "\"actor\":\"ana\",\"keys\":[\"k\",\"m\"],"
	    "\"origin\":{\"via\":\"off\",\"address\":\"\"}}");
	assert_int_equal(api_ask(a, "PATCH", SESSION,
	    "{\"version\":2,\"extra_fields\":{\"x\":1}}"), 409);
	api_refused(a, "conflict", "version: is 3 now",
	    "{\"version\":\"is 3 now\"}");
	assert_int_equal(api_ask(a, "PATCH", SESSION, "{}"), 200);
	api_is(a, "$.version", "3");
	api_is(a, "$.extra_fields.x", NULL);
	fixture_sound(a->fixture);
}

static void
test_patch_refused(void **state)
{
	static const struct {
		const char *body, *message;
	} rows[] = {
		{ "{\"extra_fields\":5}", "extra_fields: must be an object" },
		{ "{\"extra_fields\":{\"query\":\"x\"}}",
		    "extra_fields: \"query\" is reserved" },
		{ "{\"extra_fields\":{\"reporter\":{}}}",
		    "extra_fields: \"reporter\" is reserved" },
		{ "{\"extra_fields\":{\"environment\":null}}",
		    "extra_fields: \"environment\" is reserved" },
		{ "{\"deleted\":1}", "deleted: must be true or false" },
		{ "{\"version\":0}", "version: must be an integer from 1 to "
		    "9007199254740991" },
		{ "{\"version\":1.5}", "version: must be an integer from 1 to "
		    "9007199254740991" },
		{ "{\"version\":\"1\"}", "version: must be an integer from 1 "
		    "to 9007199254740991" },
		{ "{\"actor\":\"\"}", "actor: must not be empty" },
		{ "{\"deleted\":true,\"extra_fields\":{}}",
		    "deleted: not together with extra_fields" },
	};
	struct api *a = *state;

	fixture_sql(a->fixture, api_running);
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (api_ask(a, "PATCH", SESSION, rows[i].body) != 422)
			fail_msg("%s was taken", rows[i].body);
		api_is(a, "$.error.message", rows[i].message);
	}
	assert_int_equal(fixture_int(a->fixture,
	    "SELECT version FROM session"), 2);
}

/* 164: only what is finished can be deleted; it stays readable by its id. */
static void
test_delete(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, api_running);
	assert_int_equal(api_ask(a, "PATCH", SESSION, "{\"deleted\":true}"),
	    409);
	api_is(a, "$.error.message", "only a finished session can be deleted");
	assert_int_equal(api_ask(a, "PATCH", SESSION, "{\"deleted\":false}"),
	    200);
	assert_int_equal(api_ask(a, "DELETE", SESSION, ""), 204);
	assert_int_equal(api_ask(a, "PATCH", SESSION,
	    "{\"deleted\":true,\"version\":2}"), 409);
	assert_int_equal(api_ask(a, "PATCH", SESSION,
	    "{\"deleted\":true,\"version\":3}"), 200);
	api_is(a, "$.version", "4");
	assert_int_equal(api_ask(a, "PATCH", SESSION, "{\"deleted\":true}"),
	    200);
	api_is(a, "$.version", "4");
	assert_int_equal(api_get(a, SESSION), 200);
	assert_int_equal(api_ask(a, "PATCH", SESSION,
	    "{\"extra_fields\":{}}"), 409);
	fixture_sound(a->fixture);
}

/* 164 by its older path. */
static void
test_incident(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, api_running);
	assert_int_equal(api_get(a, INCIDENT), 200);
	api_is(a, "$.id", ID);
	assert_int_equal(api_ask(a, "DELETE", INCIDENT, ""), 409);
	assert_int_equal(api_ask(a, "DELETE", SESSION, ""), 204);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(api_ask(a, "DELETE", INCIDENT, ""), 200);
		api_is(a, "$.version", "4");
		api_is(a, "$.status", "stopped");
		fixture_is(a->fixture, "SELECT deleted_by FROM session", "api");
	}
	assert_int_equal(api_ask(a, "DELETE", INCIDENT "1", ""), 404);
}

/* 216 */
static void
test_lessons(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, api_running);
	assert_int_equal(api_get(a, SESSION "/lessons"), 200);
	api_answers(a, "[]");
	assert_int_equal(api_get(a, SESSION "1/lessons"), 200);
	api_answers(a, "[]");
}

/* 160 to 162: stopping is for good, and again is the same. */
static void
test_stop(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, api_running);
	fixture_sql(a->fixture, api_waiting);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(api_ask(a, "DELETE", SESSION, ""), 204);
		api_answers(a, "");
	}
	assert_int_equal(api_get(a, SESSION), 200);
	api_is(a, "$.status", "stopped");
	api_is(a, "$.tool_calls[0].status", "cancelled");
	assert_int_equal(fixture_int(a->fixture, "SELECT count(*) FROM event "
	    "WHERE kind = 'status_changed' AND payload ->> 'to' = 'stopped'"),
	    1);
	fixture_sound(a->fixture);
}

static void
test_stop_finished(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, api_running);
	fixture_sql(a->fixture, "INSERT INTO move (session_id, from_status,"
	    " to_status, cause, actor, at)"
	    " VALUES ('" ID "', 'in_progress', 'done', 'c', 'r', 30)");
	assert_int_equal(api_ask(a, "DELETE", SESSION, ""), 204);
	assert_int_equal(api_get(a, SESSION), 200);
	api_is(a, "$.status", "done");
}

/* 202 */
static void
test_full(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, api_running);
	fixture_sql(a->fixture, api_waiting);
	assert_int_equal(api_get(a, SESSION "/full"), 200);
	api_is(a, "$.session.status", "awaiting_input");
	api_is(a, "$.agents_run[0].agent", "first");
	api_is(a, "$.tool_calls[0].status", "pending_approval");
	api_is(a, "$.events[0].kind", "session.created");
	api_is(a, "$.agent_definitions.first", "{\"name\":\"first\","
	    "\"kind\":\"responsive\",\"model\":\"m\",\"tools\":[],"
	    "\"routes\":{},\"system_prompt_excerpt\":\"\"}");
	fixture_is(a->fixture, "SELECT CAST(max(seq) AS TEXT) FROM event", "8");
	api_is(a, "$.vm_seq", "8");
	api_is(a, "$.events[7].seq", "8");
	api_is(a, "$.events[8]", NULL);
}

/* 187, 188, 191: no loss and no duplicate between pages. */
static void
test_events(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, api_running);
	assert_int_equal(api_get(a, SESSION "/events"), 200);
	api_is(a, "$.events[0]", "{\"seq\":1,\"session_id\":\"" ID "\","
	    "\"kind\":\"session.created\",\"payload\":{\"id\":\"" ID "\","
	    "\"status\":\"new\",\"label\":\"why so slow\","
	    "\"created_at\":\"1970-01-01T00:00:00Z\","
	    "\"updated_at\":\"1970-01-01T00:00:00Z\","
	    "\"actor\":\"sam\",\"origin\":null},"
	    "\"ts\":\"1970-01-01T00:00:00.010000+00:00\"}");
	api_is(a, "$.next_since", "5");
	api_is(a, "$.more", "0");
	assert_int_equal(api_get(a, SESSION "/events?limit=2"), 200);
	api_is(a, "$.events[1].seq", "2");
	api_is(a, "$.events[2]", NULL);
	api_is(a, "$.next_since", "2");
	api_is(a, "$.more", "1");
	assert_int_equal(api_get(a, SESSION "/events?since=2&limit=3"), 200);
	api_is(a, "$.events[0].seq", "3");
	api_is(a, "$.next_since", "5");
	api_is(a, "$.more", "0");
	assert_int_equal(api_get(a, SESSION "/events?since=77"), 200);
	api_answers(a, "{\"events\":[],\"next_since\":77,\"more\":false}");
	assert_int_equal(api_get(a, SESSION "/events?since=x"), 422);
	assert_int_equal(api_get(a, SESSION "/events?since=-1"), 422);
	assert_int_equal(api_get(a, SESSION "/events?limit=501"), 422);
}

static void
test_other_sessions_events(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, api_running);
	assert_int_equal(api_post(a, SESSIONS,
	    "{\"query\":\"other\",\"environment\":\"dev\"}"), 201);
	assert_int_equal(api_get(a, SESSION "/events"), 200);
	api_is(a, "$.events[5]", NULL);
	api_is(a, "$.next_since", "5");
}

static void
test_paths(void **state)
{
	struct api *a = *state;

	assert_int_equal(api_get(a, "/health"), 200);
	api_answers(a, "{\"status\":\"ok\"}");
	assert_int_equal(api_post(a, "/api/v1/nothing", "{}"), 404);
	api_refused(a, "not_found", "no such path", "{}");
	assert_int_equal(api_ask(a, "PUT", SESSIONS, ""), 405);
	api_refused(a, "http_error", "method not allowed", "{}");
	assert_string_equal(a->reply.allow, "GET, HEAD, POST, OPTIONS");
	assert_int_equal(api_get(a, SESSIONS "/recent/events"), 404);
	assert_string_equal(a->reply.allow, "");
}

/* 37: what went wrong inside stays inside. */
static void
test_internal(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, api_running);
	fixture_sql(a->fixture, "DROP VIEW session_object");
	assert_int_equal(api_get(a, SESSION), 500);
	api_answers(a, "{\"error\":{\"code\":\"internal_error\","
	    "\"message\":\"internal error\",\"details\":{}}}");
	assert_int_equal(api_get(a, SESSION "/full"), 500);
	assert_int_equal(api_get(a, SESSIONS), 200);
}

/* An answer has a bound, whatever is in the database. */
static void
test_too_large(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, api_running);
	assert_int_equal(api_get(a, SESSION), 200);
	a->reply.body.max = 400;
	assert_int_equal(api_get(a, SESSION), 500);
	api_refused(a, "internal_error",
	    "the answer would be larger than 64 MiB", "{}");
	assert_int_equal(api_get(a, "/health"), 200);
}

static void
test_read_only(void **state)
{
	struct api *a = *state;
	struct buf head;

	fixture_sql(a->fixture, api_running);
	fixture_sql(a->fixture, "PRAGMA query_only = ON");
	assert_int_equal(api_ask(a, "DELETE", SESSION, ""), 503);
	api_is(a, "$.error.code", "service_unavailable");
	buf_init(&head, 1024);
	reply_head(&a->reply, 503, &head);
	assert_non_null(strstr(buf_str(&head), "\r\nRetry-After: 1\r\n"));
	buf_free(&head);
	assert_int_equal(api_get(a, SESSION), 200);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		API_TEST(test_unknown),
		API_TEST(test_get),
		API_TEST(test_patch),
		API_TEST(test_patch_refused),
		API_TEST(test_delete),
		API_TEST(test_incident),
		API_TEST(test_lessons),
		API_TEST(test_stop),
		API_TEST(test_stop_finished),
		API_TEST(test_full),
		API_TEST(test_events),
		API_TEST(test_other_sessions_events),
		API_TEST(test_paths),
		API_TEST(test_internal),
		API_TEST(test_too_large),
		API_TEST(test_read_only),
	};

	return cmocka_run_group_tests_name("api_session", tests, NULL, NULL);
}
