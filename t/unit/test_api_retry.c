/* SPDX-License-Identifier: Apache-2.0 */
/* POST /sessions/{id}/retry and its preview: statements 165 to 173. */
#include "t/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "t/unit/api_fixture.h"

#define PREVIEW SESSION "/retry/preview"
#define REFUSAL "{\"retry\":false,\"reason\":\"permanent_error\"}"
#define STREAM "text/event-stream"
#define STARTED \
	"data: {\"event\":\"retry_started\",\"incident_id\":\"" ID "\",\"ts\":"
#define ENDED \
	"data: {\"event\":\"retry_completed\",\"incident_id\":\"" ID "\"," \
	"\"ts\":"

static void
broken(struct api *a, const char *transient)
{
	char text[256];

	fixture_story(a->fixture, "np");
	snprintf(text, sizeof(text), "INSERT INTO move (session_id,"
	    " from_status, to_status, cause, actor, transient, at) VALUES ('"
	    ID "', 'in_progress', 'error', 'agent_failed', 'runner', %s, 60)",
	    transient);
	fixture_sql(a->fixture, text);
}

static void
has(struct api *a, const char *part)
{
	if (strstr(buf_str(&a->reply.body), part) == NULL)
		fail_msg("\"%s\" is not in %s", part,
		    buf_str(&a->reply.body));
}

static void
test_retry(void **state)
{
	struct api *a = *state;

	broken(a, "1");
	assert_int_equal(api_get(a, PREVIEW), 200);
	api_is(a, "$.retry", "1");
	api_is(a, "$.reason", "auto_retry");
	api_is(a, "$.step", "turn");
	assert_int_equal(api_post(a, SESSION "/retry", ""), 200);
	api_is(a, "$.session_id", ID);
	api_is(a, "$.status", "in_progress");
	api_is(a, "$.retry_count", "1");
	api_is(a, "$.session.extra_fields.retry_count", "1");
	fixture_is(a->fixture, "SELECT cause || actor FROM move"
	    " ORDER BY id DESC LIMIT 1", "retryapi");
	assert_int_equal(api_post(a, SESSION "/retry", ""), 409);
	api_refused(a, "conflict", "retry already in progress", "{}");
	assert_int_equal(api_get(a, PREVIEW), 200);
	api_is(a, "$.reason", "permanent_error");
}

static void
test_refused(void **state)
{
	struct api *a = *state;

	broken(a, "0");
	assert_int_equal(api_post(a, SESSION "/retry", ""), 409);
	api_refused(a, "conflict", "permanent_error", "{}");
	fixture_is(a->fixture, "SELECT status || attempt FROM session",
	    "error0");
	assert_int_equal(api_post(a, SESSION "1/retry", ""), 404);
	api_refused(a, "not_found", "session not found", "{}");
}

/* Nobody knows of the one, and the other can be none's name. */
static void
test_preview_of_none(void **state)
{
	struct api *a = *state;

	assert_int_equal(api_get(a, PREVIEW), 200);
	api_answers(a, REFUSAL);
	assert_int_equal(api_get(a, SESSIONS "/x/retry/preview"), 404);
	assert_int_equal(api_get(a, SESSIONS "/T-20260101-00'/retry/preview"),
	    404);
}

/* There is no agent whose turn it would be. */
static void
test_preview_of_finished(void **state)
{
	struct api *a = *state;

	fixture_story(a->fixture, "npt");
	assert_int_equal(api_get(a, PREVIEW), 200);
	api_is(a, "$.agent", "first");
	api_is(a, "$.step", "turn");
	for (int i = 0; i < 2; i++) {
		fixture_sql(a->fixture, i == 0 ?
		    "UPDATE session SET node = '__end__'" :
		    "UPDATE session SET node = '__escalate__'");
		assert_int_equal(api_get(a, PREVIEW), 200);
		api_is(a, "$.reason", "permanent_error");
		api_is(a, "$.agent", NULL);
		api_is(a, "$.step", NULL);
	}
}

static void
test_stream(void **state)
{
	struct api *a = *state;

	a->accept = STREAM;
	broken(a, "1");
	assert_int_equal(api_post(a, SESSION "/retry", ""), 200);
	assert_string_equal(a->reply.type, STREAM "; charset=utf-8");
	assert_int_equal(strncmp(a->reply.body.data, STARTED,
		sizeof(STARTED) - 1), 0);
	has(a, ",\"retry_count\":1}\n\n" ENDED);
	has(a, ",\"status\":\"in_progress\"}\n\n");
	assert_int_equal(api_post(a, SESSION "/retry", ""), 200);
	has(a, "\"retry_rejected\"");
	has(a, ",\"reason\":\"retry already in progress\"}\n\n");
	assert_int_equal(api_post(a, SESSION "1/retry", ""), 200);
	has(a, ",\"reason\":\"session not found\"}\n\n");
}

/* A refusal that is a stream takes no key either. */
static void
test_key(void **state)
{
	struct api *a = *state;

	a->accept = STREAM;
	fixture_story(a->fixture, "n");
	api_bring(a, "HTTP_IDEMPOTENCY_KEY", "k");
	assert_int_equal(api_post(a, SESSION "/retry", ""), 200);
	has(a, "not in error state (status=new)");
	fixture_sql(a->fixture, "INSERT INTO move (session_id, from_status,"
	    " to_status, cause, actor, transient, at) VALUES ('" ID "', 'new',"
	    " 'error', 'agent_failed', 'runner', 1, 60)");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(api_post(a, SESSION "/retry", ""), 200);
		has(a, "retry_started");
	}
	fixture_is(a->fixture, "SELECT attempt FROM session", "1");
}

/* What can be said before the stream begins is said as to anybody. */
static void
test_no_room(void **state)
{
	struct api *a = *state;

	a->accept = STREAM;
	broken(a, "1");
	fixture_sql(a->fixture, "DROP TRIGGER app_fixed; UPDATE app SET config"
	    " = '{\"runtime\":{\"max_concurrent_sessions\":0}}'");
	assert_int_equal(api_post(a, SESSION "/retry", ""), 429);
	api_refused(a, "rate_limited", "0 sessions run already", "{}");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		API_TEST(test_retry),
		API_TEST(test_refused),
		API_TEST(test_preview_of_none),
		API_TEST(test_preview_of_finished),
		API_TEST(test_stream),
		API_TEST(test_key),
		API_TEST(test_no_room),
	};

	return cmocka_run_group_tests_name("api_retry", tests, NULL, NULL);
}
