/* SPDX-License-Identifier: Apache-2.0 */
/* What people decide: approvals and resume. */
#include "t/unit/api_fixture.h"

#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "t/unit/unit.h"

#define GATE SESSION "/approvals/g1"
#define APPROVE "{\"decision\":\"approve\",\"approver\":\"ana\"}"
#define REJECT "{\"decision\":\"reject\",\"approver\":\"bob\"}"

static void
start(struct api *a, const char *how)
{
	fixture_sql(a->fixture, api_running);
	fixture_sql(a->fixture, how);
}

static void
status_is(struct api *a, const char *status)
{
	fixture_is(a->fixture, "SELECT status FROM session", status);
}

/* 98, 99 */
static void
test_lists(void **state)
{
	static const char *const paths[] = {
		SESSION "/approvals", "/api/v1/approvals",
	};
	struct api *a = *state;

	assert_int_equal(api_get(a, "/api/v1/approvals"), 200);
	api_answers(a, "[]");
	fixture_sql(a->fixture, api_running);
	assert_int_equal(api_get(a, paths[0]), 200);
	api_answers(a, "[]");
	fixture_sql(a->fixture, api_waiting);
	for (size_t i = 0; i < COUNT(paths); i++) {
		assert_int_equal(api_get(a, paths[i]), 200);
		api_is(a, "$[0].gate_id", "g1");
		api_is(a, "$[0].tool_call_id", "0");
		api_is(a, "$[0].session_id", ID);
		api_is(a, "$[0].agent", "first");
		api_is(a, "$[0].tool", "s:fix");
		api_is(a, "$[0].args", "{\"n\":1}");
		api_is(a, "$[0].risk", "high");
		api_is(a, "$[0].reason", "high_risk_tool");
		api_is(a, "$[0].version", "1");
		api_is(a, "$[0].deadline", NULL);
		api_is(a, "$[0].ts", "1970-01-01T00:00:00Z");
		api_is(a, "$[1]", NULL);
	}
	assert_int_equal(api_post(a, GATE, REJECT), 200);
	for (size_t i = 0; i < COUNT(paths); i++) {
		assert_int_equal(api_get(a, paths[i]), 200);
		api_answers(a, "[]");
	}
}

/* A gate that asks for words is in the queue of all, not of tool calls. */
static void
test_list_of_words(void **state)
{
	struct api *a = *state;

	start(a, api_unsure);
	assert_int_equal(api_get(a, "/api/v1/approvals"), 200);
	api_is(a, "$[0].kind", "confidence");
	api_is(a, "$[0].agent", "first");
	api_is(a, "$[0].tool", NULL);
	assert_int_equal(api_get(a, SESSION "/approvals"), 200);
	api_answers(a, "[]");
}

/* 104; and the status has left awaiting_input when the answer is there. */
static void
test_approve(void **state)
{
	struct api *a = *state;

	start(a, api_waiting);
	assert_int_equal(api_post(a, GATE, "{\"decision\":\"approve\","
	    "\"approver\":\"ana\",\"rationale\":\"go\",\"version\":1}"), 200);
	api_is(a, "$.session_id", ID);
	api_is(a, "$.tool_call_id", "0");
	api_is(a, "$.gate_id", "g1");
	api_is(a, "$.decision", "approve");
	api_is(a, "$.approver", "ana");
	api_is(a, "$.rationale", "go");
	api_is(a, "$.open", "0");
	api_is(a, "$.status", "in_progress");
	api_is(a, "$.session.tool_calls[0].status", "approved");
	api_is(a, "$.session.tool_calls[0].approver", "ana");
	fixture_sound(a->fixture);
}

static void
test_reject(void **state)
{
	struct api *a = *state;

	start(a, api_waiting);
	assert_int_equal(api_post(a, SESSION "/approvals/0",
	    "{\"decision\":\"reject\",\"approver\":\"bob\"}"), 200);
	api_is(a, "$.rationale", NULL);
	api_is(a, "$.session.tool_calls[0].status", "rejected");
	api_is(a, "$.session.tool_calls[0].result",
	    "{\"rejected\":true,\"rationale\":null}");
	fixture_sound(a->fixture);
}

/* 107, 108: late is told who was quicker; again is the same. */
static void
test_late(void **state)
{
	struct api *a = *state;
	char at[ISO_SECONDS_SIZE];

	start(a, api_waiting);
	assert_int_equal(api_post(a, GATE, APPROVE), 200);
	assert_int_equal(api_post(a, GATE, REJECT), 409);
	api_is(a, "$.error.code", "conflict");
	api_is(a, "$.error.message", "the gate is already decided");
	api_is(a, "$.error.details.decision", "approve");
	api_is(a, "$.error.details.decided_by", "ana");
	iso_seconds(fixture_int(a->fixture, "SELECT decided_at FROM gate"), at);
	api_is(a, "$.error.details.decided_at", at);
	assert_int_equal(api_post(a, SESSION "/approvals/0", REJECT), 409);
	assert_int_equal(api_post(a, GATE, APPROVE), 200);
	assert_int_equal(fixture_int(a->fixture,
	    "SELECT count(*) FROM vote"), 1);
	fixture_sound(a->fixture);
}

/* 105: what is no verdict changes nothing. */
static void
test_refused(void **state)
{
	static const struct {
		const char *path, *body;
		int status;
	} rows[] = {
		{ GATE, "{\"decision\":\"MAYBE\",\"approver\":\"a\"}", 422 },
		{ GATE, "{\"decision\":\"Approve\",\"approver\":\"a\"}", 422 },
		{ GATE, "{\"decision\":\"timeout\",\"approver\":\"a\"}", 422 },
		{ GATE, "{\"decision\":\"timeout\","
		    "\"approver\":\"system\"}", 422 },
		{ GATE, "{\"decision\":true,\"approver\":\"a\"}", 422 },
		{ GATE, "{\"decision\":\"stop\",\"approver\":\"a\"}", 422 },
		{ GATE, "{\"decision\":\"done\",\"approver\":\"a\"}", 422 },
		{ GATE, "{\"approver\":\"a\"}", 422 },
		{ GATE, "{\"decision\":\"approve\"}", 422 },
		{ GATE, "{\"decision\":\"approve\",\"approver\":\"\"}", 422 },
		{ GATE, "{\"decision\":\"approve\",\"approver\":7}", 422 },
		{ GATE, "{\"decision\":\"approve\",\"approver\":\"a\","
		    "\"rationale\":[]}", 422 },
		{ GATE, "{\"decision\":\"approve\",\"approver\":\"a\","
		    "\"version\":\"1\"}", 422 },
		{ GATE, "{\"decision\":\"approve\",\"approver\":\"a\","
		    "\"version\":2}", 409 },
		{ GATE, "{\"decision\":\"approve\","
		    "\"approver\":\"system\"}", 403 },
		{ GATE, "", 422 },
		{ GATE, "approve", 422 },
		{ SESSION "/approvals/g2", APPROVE, 404 },
		{ SESSION "/approvals/g01x", APPROVE, 404 },
		{ SESSION "/approvals/g01", APPROVE, 404 },
		{ SESSION "/approvals/00", APPROVE, 404 },
		{ SESSION "/approvals/1", APPROVE, 404 },
		{ SESSION "/approvals/-1", APPROVE, 404 },
		{ SESSION "/approvals/s:fix", APPROVE, 404 },
		{ SESSIONS "/T-20260101-002/approvals/g1", APPROVE, 404 },
		{ SESSION "/resume", "{\"decision\":\"approve\"}", 422 },
		{ SESSION "/resume", "{\"decision\":\"resume_with_input\","
		    "\"user_input\":\"no, do not run it\"}", 409 },
		{ SESSION "/resume", "{\"decision\":\"stop\"}", 409 },
		{ SESSION "/resume", "{\"decision\":\"escalate\"}", 409 },
	};
	struct api *a = *state;

	start(a, api_waiting);
	for (size_t i = 0; i < COUNT(rows); i++) {
		int status = api_post(a, rows[i].path, rows[i].body);

		if (status != rows[i].status)
			fail_msg("%s %s: %d %s", rows[i].path, rows[i].body,
			    status, buf_str(&a->reply.body));
		status_is(a, "awaiting_input");
	}
	assert_int_equal(fixture_int(a->fixture,
	    "SELECT count(*) FROM vote"), 0);
}

/* 112 */
static void
test_stopped(void **state)
{
	struct api *a = *state;

	start(a, api_waiting);
	assert_int_equal(api_ask(a, "DELETE", SESSION, ""), 204);
	assert_int_equal(api_post(a, GATE, APPROVE), 409);
	api_is(a, "$.error.details.decision", "cancelled");
	assert_int_equal(api_post(a, SESSION "/approvals/0", APPROVE), 409);
	status_is(a, "stopped");
	fixture_sound(a->fixture);
}

/* 232: two open gates are never decided by a bare number. */
static void
test_two_gates(void **state)
{
	static const char second[] =
	    "INSERT INTO tool_call SELECT 2, session_id, 1, run_id, agent,"
	    " tool, 'c2', args, args_sha256, action, gate_reason, risk,"
	    " repeatable, 'planned', NULL, 0, 0, 1, 15, NULL, NULL, NULL,"
	    " NULL, NULL, NULL FROM tool_call;";
	static const char both[] =
	    "INSERT INTO gate (id, session_id, kind, reason, question,"
	    " tool_call_id, args_sha256, opened_at) SELECT id, session_id,"
	    " 'tool', 'high_risk_tool', 'Run it?', id, args_sha256, 20"
	    " FROM tool_call";
	const char *gate = strstr(api_waiting, "INSERT INTO gate");
	struct api *a = *state;
	char first[1024];

	fixture_sql(a->fixture, api_running);
	snprintf(first, sizeof(first), "%.*s", (int)(gate - api_waiting),
	    api_waiting);
	fixture_sql(a->fixture, first);
	fixture_sql(a->fixture, second);
	fixture_sql(a->fixture, both);
	assert_int_equal(api_post(a, SESSION "/approvals/0", APPROVE), 409);
	api_is(a, "$.error.message",
	    "several gates are open: name one by its gate_id");
	assert_int_equal(api_post(a, SESSION "/approvals/g2", APPROVE), 200);
	api_is(a, "$.tool_call_id", "1");
	api_is(a, "$.status", "awaiting_input");
	assert_int_equal(api_post(a, SESSION "/approvals/1", APPROVE), 409);
	api_is(a, "$.error.message",
	    "the open gate is for another tool call");
	assert_int_equal(api_post(a, SESSION "/approvals/0", REJECT), 200);
	api_is(a, "$.status", "in_progress");
	fixture_sound(a->fixture);
}

/* I11: one of two has said so, the session goes on waiting. */
static void
test_quorum(void **state)
{
	const char *gate = strstr(api_waiting, "INSERT INTO gate");
	struct api *a = *state;
	char call[1024];

	fixture_sql(a->fixture, api_running);
	snprintf(call, sizeof(call), "%.*s", (int)(gate - api_waiting),
	    api_waiting);
	fixture_sql(a->fixture, call);
	fixture_sql(a->fixture, "INSERT INTO gate (id, session_id, kind,"
	    " reason, question, tool_call_id, args_sha256, opened_at, quorum)"
	    " SELECT 1, session_id, 'tool', 'high_risk_tool', 'Run it?', id,"
	    " args_sha256, 20, 2 FROM tool_call");
	assert_int_equal(api_post(a, GATE, APPROVE), 200);
	api_is(a, "$.open", "1");
	api_is(a, "$.version", "2");
	api_is(a, "$.status", "awaiting_input");
	assert_int_equal(api_post(a, GATE, "{\"decision\":\"approve\","
	    "\"approver\":\"bob\",\"version\":2}"), 200);
	api_is(a, "$.open", "0");
	api_is(a, "$.status", "in_progress");
	fixture_sound(a->fixture);
}

/* 117: somebody looked and says what became of the call. */
static void
test_in_doubt(void **state)
{
	struct api *a = *state;

	start(a, api_waiting);
	assert_int_equal(api_post(a, GATE, APPROVE), 200);
	fixture_sql(a->fixture, "UPDATE tool_call SET status = 'executing',"
	    " started_at = 30, attempt = 1;"
	    "INSERT INTO gate (id, session_id, kind, reason, question,"
	    " tool_call_id, args_sha256, opened_at) SELECT 2, session_id,"
	    " 'in_doubt', 'runner_lost', 'Did it run?', 1, args_sha256, 40"
	    " FROM tool_call");
	assert_int_equal(api_get(a, SESSION "/approvals"), 200);
	api_is(a, "$[0].kind", "in_doubt");
	api_is(a, "$[0].verdicts", "[\"done\",\"fail\",\"run_again\"]");
	assert_int_equal(api_post(a, SESSION "/approvals/g2", REJECT), 422);
	api_is(a, "$.error.details",
	    "{\"decision\":\"not one of this gate's\"}");
	assert_int_equal(api_post(a, SESSION "/approvals/g2",
	    "{\"decision\":\"done\",\"approver\":\"ana\"}"), 200);
	api_is(a, "$.session.tool_calls[0].result",
	    "{\"taken_as_done\":true,\"by\":\"ana\",\"rationale\":null}");
	api_is(a, "$.status", "in_progress");
	fixture_sound(a->fixture);
}

/* A budget is used up: more of it, the end, or the end at once. */
static void
test_budget(void **state)
{
	struct api *a = *state;

	fixture_story(a->fixture, "npt");
	fixture_sql(a->fixture, "INSERT INTO budget VALUES (1, '', 'tokens',"
	    " 4); INSERT INTO gate (session_id, kind, reason, question,"
	    " opened_at, detail) SELECT id, 'budget', 'tokens', 'More?', 20,"
	    " '{\"budget\":\"tokens\",\"agent\":null,\"limit\":4,"
	    "\"used\":5}' FROM session");
	assert_int_equal(api_get(a, SESSION "/approvals"), 200);
	api_is(a, "$[0].kind", "budget");
	api_is(a, "$[0].detail.used", "5");
	api_is(a, "$[0].verdicts", "[\"finish\",\"raise\",\"stop\"]");
	assert_int_equal(api_post(a, GATE, APPROVE), 422);
	assert_int_equal(api_post(a, GATE, "{\"decision\":\"finish\","
	    "\"approver\":\"ana\",\"amount\":1}"), 422);
	api_is(a, "$.error.details", "{\"amount\":\"goes with raise\"}");
	assert_int_equal(api_post(a, GATE, "{\"decision\":\"raise\","
	    "\"approver\":\"ana\",\"amount\":7}"), 200);
	api_is(a, "$.status", "in_progress");
	fixture_is(a->fixture, "SELECT allowed FROM budget_use", "12");
	fixture_sound(a->fixture);
}

/* 156 */
static void
test_approve_words(void **state)
{
	struct api *a = *state;

	start(a, api_unsure);
	assert_int_equal(api_post(a, GATE, APPROVE), 409);
	api_is(a, "$.error.message",
	    "the gate asks for input: answer it with resume");
	status_is(a, "awaiting_input");
}

/* 149 */
static void
test_resume_with_input(void **state)
{
	struct api *a = *state;

	start(a, api_unsure);
	assert_int_equal(api_post(a, SESSION "/resume",
	    "{\"decision\":\"resume_with_input\",\"user_input\":\" look at "
	    "the cache \",\"actor\":\"ana\"}"), 200);
	api_is(a, "$.decision", "resume_with_input");
	api_is(a, "$.gate_id", "g1");
	api_is(a, "$.tool_call_id", NULL);
	api_is(a, "$.status", "in_progress");
	api_is(a, "$.session.user_inputs", "[\"look at the cache\"]");
	api_is(a, "$.session.pending_intervention", NULL);
	assert_int_equal(api_post(a, SESSION "/resume",
	    "{\"decision\":\"stop\"}"), 409);
	api_is(a, "$.error.message",
	    "not_awaiting_input (status=in_progress)");
	fixture_sound(a->fixture);
}

/* 150 to 153 */
static void
test_resume_otherwise(void **state)
{
	struct api *a = *state;

	start(a, api_unsure);
	assert_int_equal(api_post(a, SESSION "/resume",
	    "{\"decision\":\"resume_with_input\",\"user_input\":\" \\n\"}"),
	    422);
	api_is(a, "$.error.details", "{\"user_input\":\"must not be blank\"}");
	assert_int_equal(api_post(a, SESSION "/resume",
	    "{\"decision\":\"escalate\",\"team\":\"cooks\"}"), 409);
	api_is(a, "$.error.details", "{\"team\":\"not an escalation team\"}");
	status_is(a, "awaiting_input");
	assert_int_equal(api_post(a, SESSION "/resume",
	    "{\"decision\":\"escalate\",\"team\":\"net\"}"), 200);
	api_is(a, "$.status", "escalated");
	api_is(a, "$.approver", "operator");
	api_is(a, "$.session.extra_fields.escalated_to", "net");
	fixture_sound(a->fixture);
}

static const char *
frame(struct api *a, int number)
{
	const char *at = buf_str(&a->reply.body);

	for (; number > 0 && at != NULL; number--) {
		at = strstr(at, "\n\n");
		at = at != NULL ? at + 2 : NULL;
	}
	return at != NULL ? at : "";
}

static void
frame_has(struct api *a, int number, const char *text)
{
	const char *at = frame(a, number), *end = strstr(at, "\n\n");
	const char *found = strstr(at, text);

	if (strncmp(at, "data: {", 7) != 0 || found == NULL || found > end)
		fail_msg("no %s in frame %d of %s", text, number,
		    buf_str(&a->reply.body));
}

/* 150, 152, 157, 158: the same as frames. */
static void
test_stream(void **state)
{
	struct api *a = *state;

	start(a, api_unsure);
	a->accept = "text/event-stream";
	assert_int_equal(api_post(a, SESSION "/resume",
	    "{\"decision\":\"escalate\",\"team\":\"cooks\"}"), 200);
	assert_string_equal(a->reply.type, "text/event-stream; charset=utf-8");
	frame_has(a, 0, "\"event\":\"resume_started\"");
	frame_has(a, 0, "\"incident_id\":\"" ID "\"");
	frame_has(a, 0, "\"action\":\"escalate\"");
	frame_has(a, 1, "\"event\":\"resume_rejected\"");
	assert_int_equal(api_post(a, SESSION "/resume",
	    "{\"decision\":\"resume_with_input\"}"), 200);
	frame_has(a, 1, "\"error\":{\"code\":\"resume_failed\"");
	assert_int_equal(api_post(a, SESSION "/resume",
	    "{\"decision\":\"stop\"}"), 200);
	frame_has(a, 1, "\"event\":\"resume_completed\"");
	frame_has(a, 1, "\"status\":\"stopped\"");
	assert_string_equal(frame(a, 2), "");
	assert_int_equal(api_post(a, SESSION "/resume",
	    "{\"decision\":\"stop\"}"), 200);
	frame_has(a, 1, "\"reason\":\"not_awaiting_input (status=stopped)\"");
	assert_int_equal(api_post(a, SESSIONS "/a\"b/resume",
	    "{\"decision\":\"stop\"}"), 200);
	frame_has(a, 0, "\"incident_id\":\"a\\\"b\"");
	frame_has(a, 1, "\"error\":{\"code\":\"resume_failed\","
	    "\"message\":\"not found\",\"details\":{}}");
	assert_int_equal(api_post(a, SESSION "/resume",
	    "{\"decision\":\"maybe\"}"), 422);
	assert_null(a->reply.type);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		API_TEST(test_lists),
		API_TEST(test_list_of_words),
		API_TEST(test_approve),
		API_TEST(test_reject),
		API_TEST(test_late),
		API_TEST(test_refused),
		API_TEST(test_stopped),
		API_TEST(test_two_gates),
		API_TEST(test_quorum),
		API_TEST(test_in_doubt),
		API_TEST(test_budget),
		API_TEST(test_approve_words),
		API_TEST(test_resume_with_input),
		API_TEST(test_resume_otherwise),
		API_TEST(test_stream),
	};

	return cmocka_run_group_tests_name("api_gates", tests, NULL, NULL);
}
