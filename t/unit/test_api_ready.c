/* SPDX-License-Identifier: Apache-2.0 */
/* GET /ready and GET /metrics over rows that say how things are. */
#include <stdint.h>
#include <string.h>

#include "lib/log.h"
#include "t/unit/api_fixture.h"
#include "t/unit/unit.h"

/* A runner that lives, as long as the test takes. */
static const char lives[] =
    "INSERT INTO runner (name, version, sandbox, started_at, seen_at,"
    " replies, faults, input_tokens, output_tokens, results, errors)"
    " VALUES ('r\"1', '1', 'landlock', 5000,"
    " unixepoch() * 1000 + 60000, 7, 2, 1000, 90, 5, 1)";

#define SEEN "UPDATE runner SET seen_at = (unixepoch() + 1) * 1000 - "
#define WRITTEN "SELECT at FROM written"

static void
test_ready(void **state)
{
	struct api *a = *state;
	int64_t at;

	fixture_sql(a->fixture, lives);
	assert_int_equal(api_get(a, "/ready"), 200);
	api_answers(a, "{\"status\":\"ready\",\"schema\":\"ok\","
	    "\"database\":\"ok\",\"runner\":\"ok\",\"disk\":\"ok\"}");
	at = fixture_int(a->fixture, WRITTEN);
	assert_in_range(a->req.now_ms - at, 0, 1000);
	/* What was written just now is not written again. */
	fixture_sql(a->fixture, "UPDATE written SET at = at - 100");
	assert_int_equal(api_get(a, "/ready"), 200);
	assert_int_equal(fixture_int(a->fixture, WRITTEN), at - 100);
	fixture_sql(a->fixture, "UPDATE written SET at = at - 1000");
	assert_int_equal(api_get(a, "/ready"), 200);
	assert_true(fixture_int(a->fixture, WRITTEN) >= at);
	/* Nor believed from a clock that ran ahead. */
	fixture_sql(a->fixture, "UPDATE written SET at = at + 90000");
	assert_int_equal(api_get(a, "/ready"), 200);
	assert_true(fixture_int(a->fixture, WRITTEN) < at + 80000);
}

static void
test_no_runner(void **state)
{
	struct api *a = *state;

	assert_int_equal(api_get(a, "/ready"), 503);
	api_is(a, "$.error.code", "service_unavailable");
	api_is(a, "$.error.message", "runner: gave no sign of life for 15 s; "
	    "start gatehouse-runner, or look at its log");
	api_is(a, "$.error.details.runner", "gave no sign of life for 15 s; "
	    "start gatehouse-runner, or look at its log");
	api_is(a, "$.error.details.database", "ok");
	fixture_sql(a->fixture, lives);
	fixture_sql(a->fixture, SEEN "14000");
	assert_int_equal(api_get(a, "/ready"), 200);
	fixture_sql(a->fixture, SEEN "17000");
	assert_int_equal(api_get(a, "/ready"), 503);
}

static void
test_no_room(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, lives);
	a->access.free_min = INT64_MAX;
	assert_int_equal(api_get(a, "/ready"), 503);
	api_is(a, "$.error.details.runner", "ok");
	assert_non_null(strstr(buf_str(&a->reply.body),
	    "less than 8796093022208; make room"));
}

/* The schema comes first, since all else may follow from it. */
static void
test_another_schema(void **state)
{
	struct api *a = *state;

	/* A connection that was opened later would see it at once. */
	assert_int_equal(api_get(a, "/health"), 200);
	fixture_sql(a->fixture, "PRAGMA user_version = 99");
	assert_int_equal(api_get(a, "/ready"), 503);
	api_is(a, "$.error.details.schema", "is not of this program's "
	    "version; run gatehouse init, or install the newer programs");
	assert_non_null(strstr(buf_str(&a->reply.body), "\"schema: is not"));
	assert_int_equal(api_get(a, "/health"), 200);
}

static void
test_no_writing(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, lives);
	fixture_sql(a->fixture, "CREATE TRIGGER no BEFORE INSERT ON written"
	    " BEGIN SELECT RAISE(ABORT, 'denied: no'); END");
	assert_int_equal(api_get(a, "/ready"), 503);
	api_is(a, "$.error.details.database", "cannot be written (not "
	    "allowed); look at the log of gatehouse-fcgi");
}

/* A line of GET /metrics. */
static void
tells(struct api *a, const char *line)
{
	const char *text = buf_str(&a->reply.body), *at = strstr(text, line);

	if (at == NULL || at == text || at[-1] != '\n' ||
	    at[strlen(line)] != '\n')
		fail_msg("no line %s in\n%s", line, text);
}

static void
test_metrics(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, lives);
	fixture_sql(a->fixture, api_running);
	fixture_sql(a->fixture, api_waiting);
	assert_int_equal(api_get(a, "/metrics"), 200);
	assert_string_equal(a->reply.type,
	    "text/plain; version=0.0.4; charset=utf-8");
	tells(a, "gatehouse_sessions{app=\"test\",status=\"awaiting_input\"}"
	    " 1");
	tells(a, "gatehouse_sessions{app=\"test\",status=\"new\"} 0");
	tells(a, "gatehouse_open_gates{kind=\"tool\",age=\"1d-\"} 1");
	tells(a, "gatehouse_open_gates{kind=\"tool\",age=\"0-5m\"} 0");
	tells(a, "gatehouse_open_gates{kind=\"budget\",age=\"1d-\"} 0");
	tells(a, "gatehouse_runner_lag_seconds 0");
	tells(a, "gatehouse_runner_start_time_seconds{runner=\"r\\\"1\"} 5");
	tells(a, "gatehouse_model_calls_total{runner=\"r\\\"1\","
	    "outcome=\"ok\"} 7");
	tells(a, "gatehouse_model_calls_total{runner=\"r\\\"1\","
	    "outcome=\"failed\"} 2");
	tells(a, "gatehouse_model_tokens_total{runner=\"r\\\"1\","
	    "direction=\"input\"} 1000");
	tells(a, "gatehouse_model_tokens_total{runner=\"r\\\"1\","
	    "direction=\"output\"} 90");
	tells(a, "gatehouse_tool_calls_total{runner=\"r\\\"1\","
	    "outcome=\"ok\"} 5");
	tells(a, "gatehouse_tool_calls_total{runner=\"r\\\"1\","
	    "outcome=\"failed\"} 1");
}

/* Ages lie between their bounds; what is ready in the future is not late. */
static void
test_ages(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, api_running);
	assert_int_equal(api_get(a, "/metrics"), 200);
	assert_null(strstr(buf_str(&a->reply.body),
	    "gatehouse_runner_lag_seconds 0\n"));
	tells(a, "gatehouse_oldest_open_gate_seconds 0");
	fixture_sql(a->fixture, "UPDATE session SET ready_at ="
	    " unixepoch() * 1000 + 60000");
	assert_int_equal(api_get(a, "/metrics"), 200);
	tells(a, "gatehouse_runner_lag_seconds 0");
	fixture_sql(a->fixture, "INSERT INTO gate (id, session_id, kind,"
	    " reason, question, opened_at) VALUES (1, '" ID "', 'confidence',"
	    " 'r', 'q', unixepoch() * 1000 - 3000000)");
	assert_int_equal(api_get(a, "/metrics"), 200);
	tells(a, "gatehouse_open_gates{kind=\"confidence\",age=\"5m-1h\"} 1");
	tells(a, "gatehouse_open_gates{kind=\"confidence\",age=\"0-5m\"} 0");
	tells(a, "gatehouse_open_gates{kind=\"confidence\",age=\"1h-1d\"} 0");
}

/* Figures are those of all applications. */
static void
test_who_may(void **state)
{
	struct api *a = *state;
	char header[96];

	assert_int_equal(api_get(a, "/metrics"), 401);
	assert_int_equal(api_get(a, "/ready"), 503);
	api_bring(a, "HTTP_AUTHORIZATION", api_token(a, "viewer@test",
	    header));
	assert_int_equal(api_get(a, "/metrics"), 403);
	api_bring(a, "HTTP_AUTHORIZATION", api_token(a, "viewer", header));
	assert_int_equal(api_get(a, "/metrics"), 200);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		API_TEST(test_ready),
		API_TEST(test_no_runner),
		API_TEST(test_no_room),
		API_TEST(test_another_schema),
		API_TEST(test_no_writing),
		API_TEST(test_metrics),
		API_TEST(test_ages),
		API_STRICT_TEST(test_who_may),
	};

	log_open("test", LOG_NONE);
	return cmocka_run_group_tests_name("api_ready", tests, NULL, NULL);
}
