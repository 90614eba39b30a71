/* SPDX-License-Identifier: Apache-2.0 */
/* The runner, at gates: calls that people decide. */
#include "runner/runner.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "t/unit/life.h"

static const int64_t WINDOW_MS = 3600000;	/* of a gate, in life_app.c */

static const struct life_terms usual = { 0 };

#define FIX "[{'name':'s:fix','args':{'n':1}}]"

/* The first agent asks for the risky call. */
static void
come_to_gate(struct life *l, const struct life_terms *terms)
{
	life_load(l, terms);
	life_start(l, "dev");
	life_says(l, "first", "I fix it", FIX);
	life_status(l, "awaiting_input");
	life_idle(l);
}

/* Somebody else wrote while the voter waited for the file, or the clock was
 * set back: the vote comes after what is there, and counts. */
static void
test_approve_late(void **state)
{
	struct life *l = *state;

	come_to_gate(l, &usual);
	l->now_ms += 5;
	fixture_sql(l->f, "INSERT INTO event (session_id, kind, payload, ts)"
	    " SELECT id, 'session.patched', '{}', updated_at + 9"
	    " FROM session");
	life_vote(l, 0, "approve");
	life_is(l, "SELECT v.at - e.ts FROM vote v, event e"
	    " WHERE e.kind = 'session.patched'", "0");
	fixture_sound(l->f);
}

static void
test_approve(void **state)
{
	struct life *l = *state;

	come_to_gate(l, &usual);
	life_is(l, "SELECT status FROM tool_call", "pending_approval");
	life_is(l, "SELECT owner IS NULL AND ready_at IS NULL FROM session",
	    "1");
	life_is(l, "SELECT group_concat(kind, ' ') FROM (SELECT kind"
	    " FROM event ORDER BY seq)",
	    "session.created status_changed session.status_changed"
	    " agent_started session.agent_running"
	    " gate_fired status_changed session.status_changed");
	life_is(l, "SELECT payload ->> 'cause' || ' ' || (payload ->> 'to')"
	    " FROM event WHERE kind = 'status_changed' ORDER BY seq DESC",
	    "gate_paused awaiting_input");
	life_vote(l, 0, "approve");
	life_status(l, "in_progress");
	life_tool(l, "s:fix", "{'n':1}", "{'ok':true}");
	life_is(l, "SELECT status || approver || approval_rationale || attempt"
	    " || result FROM tool_call",
	    "approvedanahas her reasons1{'ok':true}");
	life_says(l, "first", LIFE_REPLY("0.9", "none"), NULL);
	life_status(l, "needs_review");
	life_idle(l);
}

static void
test_reject(void **state)
{
	struct life *l = *state;
	struct job *job;

	come_to_gate(l, &usual);
	life_vote(l, 0, "reject");
	life_is(l, "SELECT status || attempt FROM tool_call", "rejected0");
	job = life_asked(l, "first");
	assert_int_equal(job->turn, 2);
	life_has(job->last_result, "'rejected':true");
	life_has(job->last_result, "has her reasons");
	job->reply.content = strdup(LIFE_REPLY("0.9", "none"));
	job->reply.tool_calls = strdup("[]");
	life_done(l, job);
	life_status(l, "needs_review");
}

/* At the limit, not before; the session goes on by itself. */
static void
test_timeout(void **state)
{
	struct life *l = *state;

	come_to_gate(l, &usual);
	life_pass(l, WINDOW_MS - 1);
	life_status(l, "awaiting_input");
	life_pass(l, 1);
	life_is(l, "SELECT status || approver || attempt FROM tool_call",
	    "timeoutsystem0");
	life_has(life_asked(l, "first")->last_result, "'timeout':true");
}

static void
test_timeout_rejects(void **state)
{
	struct life *l = *state;

	come_to_gate(l, &(struct life_terms){ .on_timeout = "reject" });
	life_pass(l, WINDOW_MS);
	life_is(l, "SELECT status || approver FROM tool_call",
	    "rejectedsystem");
	life_has(life_asked(l, "first")->last_result, "'rejected':true");
}

/* The runner is away while the window closes. */
static void
test_timeout_later(void **state)
{
	struct life *l = *state;

	come_to_gate(l, &usual);
	life_crash(l);
	l->now_ms += 5 * WINDOW_MS;
	assert_int_equal(life_decide(l, 0, "approve", NULL, NULL),
	    E_CONFLICT);
	life_rise(l);
	life_run(l);
	life_is(l, "SELECT status FROM tool_call", "timeout");
	life_asked(l, "first");
}

/* An expired gate that cannot be closed holds up nobody, nor the machine. */
static void
test_timeout_refused(void **state)
{
	struct life *l = *state;

	come_to_gate(l, &usual);
	fixture_sql(l->f, "CREATE TRIGGER broken BEFORE INSERT ON vote BEGIN"
	    " SELECT RAISE(ABORT, 'invalid: broken'); END");
	life_pass(l, WINDOW_MS);
	life_start(l, "dev");
	life_pass(l, 250);
	life_asked(l, "first");
	fixture_sql(l->f, "DROP TRIGGER broken");
	life_pass(l, 250);
	life_is(l, "SELECT status FROM tool_call", "timeout");
}

/* Both gates at once; nothing runs until both are decided. */
static void
test_two_gates(void **state)
{
	struct life *l = *state;
	struct job *job;

	life_load(l, &usual);
	life_start(l, "dev");
	life_says(l, "first", "", "[{'name':'s:fix','args':{'n':1}},"
	    "{'name':'s:fix','args':{'n':2}}]");
	life_is(l, "SELECT count(*) FROM gate WHERE decision IS NULL", "2");
	life_is(l, "SELECT count(*) FROM move WHERE to_status ="
	    " 'awaiting_input'", "1");
	life_vote(l, 1, "approve");
	life_status(l, "awaiting_input");
	life_idle(l);
	life_vote(l, 0, "reject");
	life_status(l, "in_progress");
	life_tool(l, "s:fix", "{'n':2}", "'done'");
	life_is(l, "SELECT group_concat(status) FROM (SELECT status"
	    " FROM tool_call ORDER BY ordinal)", "rejected,approved");
	job = life_asked(l, "first");
	assert_int_equal(job->turn, 2);
	assert_string_equal(job->last_result, "\"done\"");
}

/* One at a time, in the order in which they were asked for. */
static void
test_two_approved(void **state)
{
	struct life *l = *state;

	life_load(l, &usual);
	life_start(l, "dev");
	life_says(l, "first", "", "[{'name':'s:fix','args':{'n':1}},"
	    "{'name':'s:fix','args':{'n':2}}]");
	life_vote(l, 1, "approve");
	life_vote(l, 0, "approve");
	assert_int_equal(l->job_count, 1);
	life_tool(l, "s:fix", "{'n':1}", "1");
	life_tool(l, "s:fix", "{'n':2}", "2");
	life_asked(l, "first");
}

static void
test_free_calls_first(void **state)
{
	struct life *l = *state;

	life_load(l, &usual);
	life_start(l, "dev");
	life_says(l, "first", "", "[{'name':'s:fix','args':{'n':1}},"
	    "{'name':'s:look'}]");
	life_status(l, "in_progress");
	life_is(l, "SELECT count(*) FROM gate", "0");
	life_tool(l, "s:look", "{}", "{}");
	life_status(l, "awaiting_input");
	life_is(l, "SELECT group_concat(status) FROM (SELECT status"
	    " FROM tool_call ORDER BY ordinal)", "pending_approval,executed");
}

static void
test_gate_again(void **state)
{
	struct life *l = *state;

	come_to_gate(l, &usual);
	life_vote(l, 0, "approve");
	life_tool(l, "s:fix", "{'n':1}", "{}");
	life_says(l, "first", "once more", FIX);
	life_status(l, "awaiting_input");
	life_is(l, "SELECT status FROM tool_call WHERE ordinal = 1",
	    "pending_approval");
	life_vote(l, 1, "reject");
	life_asked(l, "first");
	life_is(l, "SELECT count(*) FROM tool_call WHERE attempt > 0", "1");
}

/* Stop wins over a later approval. */
static void
test_stop_at_gate(void **state)
{
	struct life *l = *state;
	struct session_ref ref;

	come_to_gate(l, &usual);
	memcpy(ref.id, l->id, sizeof(ref.id));
	assert_int_equal(session_stop(l->f->db, "ana", NULL, l->now_ms,
	    &ref), OK);
	life_pass(l, 2 * WINDOW_MS);
	life_status(l, "stopped");
	life_is(l, "SELECT status FROM tool_call", "cancelled");
	life_idle(l);
}

/* ---- policy ---- */

/* What becomes of a call of s:notify, which is of medium risk. */
static void
notify(struct life *l, const char *config, const char *environment)
{
	life_load(l, &(struct life_terms){ .config = config });
	life_start(l, environment);
	life_says(l, "first", "", "[{'name':'notify','args':{}}]");
}

static void
test_notify(void **state)
{
	struct life *l = *state;

	notify(l, NULL, "dev");
	life_tool(l, "s:notify", "{}", "{}");
	life_is(l, "SELECT status || risk || agent FROM tool_call",
	    "executed_with_notifymediumfirst");
}

static void
test_gated_environment(void **state)
{
	struct life *l = *state;

	notify(l, NULL, "production");
	life_status(l, "awaiting_input");
	life_is(l, "SELECT reason FROM gate", "gated_env");
	life_vote(l, 0, "approve");
	life_tool(l, "s:notify", "{}", "{}");
	life_is(l, "SELECT status || risk FROM tool_call", "approvedmedium");
}

static void
test_production_override(void **state)
{
	struct life *l = *state;

	notify(l, "{'runtime':{'gateway':{'prod_overrides':{"
	    "'prod_environments':['prod'],"
	    "'resolution_trigger_tools':['s:*']}}}}", "prod");
	life_is(l, "SELECT reason || risk FROM gate"
	    " JOIN tool_call c ON c.id = tool_call_id", "high_risk_toolhigh");
}

static void
test_no_gateway(void **state)
{
	struct life *l = *state;

	life_load(l, &(struct life_terms){ .config =
	    "{'runtime':{'gateway':null}}" });
	life_start(l, "production");
	life_says(l, "first", "", FIX);
	life_tool(l, "s:fix", "{'n':1}", "{}");
	life_is(l, "SELECT status || risk FROM tool_call", "executedlow");
}

/* The confidence of the turn before, then of the call itself. */
static void
test_low_confidence(void **state)
{
	struct life *l = *state;

	life_load(l, &usual);
	life_start(l, "dev");
	life_says(l, "first", LIFE_REPLY("0.6", "success"), NULL);
	life_says(l, "second", "", "[{'name':'s:notify'},{'name':'s:look'},"
	    "{'name':'s:notify','args':{'confidence':0.7}}]");
	life_tool(l, "s:look", "{}", "{}");
	life_tool(l, "s:notify", "{'confidence':0.7}", "{}");
	life_status(l, "awaiting_input");
	life_is(l, "SELECT reason FROM gate", "low_confidence");
	life_is(l, "SELECT status FROM tool_call WHERE ordinal = 0",
	    "pending_approval");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		LIFE_TEST(test_approve),
		LIFE_TEST(test_approve_late),
		LIFE_TEST(test_reject),
		LIFE_TEST(test_timeout),
		LIFE_TEST(test_timeout_rejects),
		LIFE_TEST(test_timeout_later),
		LIFE_TEST(test_timeout_refused),
		LIFE_TEST(test_two_gates),
		LIFE_TEST(test_two_approved),
		LIFE_TEST(test_free_calls_first),
		LIFE_TEST(test_gate_again),
		LIFE_TEST(test_stop_at_gate),
		LIFE_TEST(test_notify),
		LIFE_TEST(test_gated_environment),
		LIFE_TEST(test_production_override),
		LIFE_TEST(test_no_gateway),
		LIFE_TEST(test_low_confidence),
	};

	return cmocka_run_group_tests_name("runner", tests, NULL, NULL);
}
