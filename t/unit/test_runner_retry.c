/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions that failed, and are taken up again: statements 165 to 175. */
#include "runner/runner.h"

#include <stdio.h>
#include <string.h>

#include "lib/err.h"
#include "sql/session.h"
#include "t/unit/life.h"

enum { WAIT_MS = 20000 };	/* longer than a model is waited for */

#define LOOK "[{'name':'s:look','args':{'of':'a'}}]"
#define NOTIFY "[{'name':'s:notify','args':{'to':'b'}}]"
#define REASON "SELECT reason FROM session_retry"
#define PREVIEW(path) \
	"SELECT body -> '$." path "' FROM retry_object"

static const struct life_terms usual = { 0 };

/* The model of agent does not answer until its session is given up. */
static void
gives_up(struct life *l, const char *agent)
{
	for (int i = 0; i < 3; i++) {
		life_faults(l, agent, REPLY_TRANSIENT, 0, "timed out");
		life_pass(l, WAIT_MS);
	}
	life_status(l, "error");
	life_idle(l);
}

static int
retries(struct life *l, int *count)
{
	struct session_ref ref = { .why = "" };
	int rc;

	memcpy(ref.id, l->id, sizeof(ref.id));
	rc = session_retry(l->db, "ana", NULL, l->now_ms, &ref, count);
	if (rc == OK)
		life_run(l);
	return rc;
}

static void
retried(struct life *l, int want)
{
	int count = 0;

	assert_int_equal(retries(l, &count), OK);
	assert_int_equal(count, want);
}

static void
refused(struct life *l, const char *reason)
{
	struct session_ref ref = { .why = "" };
	int count;

	memcpy(ref.id, l->id, sizeof(ref.id));
	assert_int_equal(session_retry(l->db, "ana", NULL, l->now_ms, &ref,
		&count), E_CONFLICT);
	assert_string_equal(ref.why, reason);
}

/* The second agent fails after a tool that must not run twice. */
static void
come_to_error(struct life *l)
{
	life_load(l, &usual);
	life_start(l, "dev");
	life_says(l, "first", LIFE_REPLY("0.9", "success"), NULL);
	life_says(l, "second", "", NOTIFY);
	life_tool(l, "s:notify", "{'to':'b'}", "{'ok':true}");
	gives_up(l, "second");
}

/* What is journalled is not asked for again, and no tool runs twice. */
static void
test_goes_on(void **state)
{
	struct life *l = *state;
	struct job *job;

	come_to_error(l);
	life_is(l, PREVIEW("retry"), "true");
	life_is(l, PREVIEW("agent"), "'second'");
	life_is(l, PREVIEW("step"), "'model'");
	life_is(l, PREVIEW("reused"),
	    "{'turns':1,'replies':1,'tool_calls':['0']}");
	life_is(l, PREVIEW("asked_first"), "[]");
	life_is(l, PREVIEW("transient"), "true");
	life_is(l, PREVIEW("failure"), "'timed out (after 3 requests)'");
	retried(l, 1);
	life_is(l, "SELECT extra_fields FROM session", "{'retry_count':1,"
	    "'active_thread_id':'LIFE-20260101-001:retry-1'}");
	job = life_asked(l, "second");
	assert_int_equal(job->turn, 2);
	life_has(job->last_result, "'ok':true");
	job->reply.content = strdup(LIFE_REPLY("0.9", "none"));
	job->reply.tool_calls = strdup("[]");
	life_done(l, job);
	life_status(l, "needs_review");
	life_is(l, "SELECT group_concat(agent || outcome || replies)"
	    " FROM agent_run", "firstok1,secondok2");
	life_is(l, "SELECT group_concat(status || attempt) FROM tool_call",
	    "executed_with_notify1");
	life_is(l, "SELECT group_concat(kind || cause, ' ') FROM (SELECT kind,"
	    " coalesce(payload ->> 'cause', '') AS cause FROM event"
	    " WHERE kind IN ('agent_failed', 'status_changed') ORDER BY seq)",
	    "status_changedstarted agent_failed status_changedagent_failed"
	    " status_changedretry status_changeddefault_terminal_status");
	refused(l, "not in error state (status=needs_review)");
}

/* 174: also where the first agent failed; with all its tries, 168: again. */
static void
test_first_agent(void **state)
{
	struct life *l = *state;

	life_load(l, &usual);
	life_start(l, "dev");
	gives_up(l, "first");
	for (int i = 1; i <= 2; i++) {
		retried(l, i);
		refused(l, "retry already in progress");
		gives_up(l, "first");
	}
	refused(l, "max_retries_exceeded");
	life_is(l, "SELECT count(*) || group_concat(outcome) FROM agent_run",
	    "1failed");
}

/* The time that it lay there is nobody's use of a budget. */
static void
test_time(void **state)
{
	struct life *l = *state;

	come_to_error(l);
	life_pass(l, 1000000);
	retried(l, 1);
	life_is(l, "SELECT waited_ms / 1000000 FROM agent_run"
	    " ORDER BY id DESC", "1");
}

/* The runner dies right after: the next one finds it. */
static void
test_killed(void **state)
{
	struct life *l = *state;
	struct session_ref ref = { .why = "" };
	int count;

	come_to_error(l);
	memcpy(ref.id, l->id, sizeof(ref.id));
	assert_int_equal(session_retry(l->db, "ana", NULL, l->now_ms, &ref,
		&count), OK);
	life_crash(l);
	life_rise(l);
	life_run(l);
	life_asked(l, "second");
	life_crash(l);
	life_rise(l);
	life_run(l);
	life_says(l, "second", LIFE_REPLY("0.9", "none"), NULL);
	life_status(l, "needs_review");
	life_is(l, "SELECT attempt FROM tool_call", "1");
}

/* 172: it may come to a gate. */
static void
test_pauses(void **state)
{
	struct life *l = *state;

	come_to_error(l);
	retried(l, 1);
	life_says(l, "second", "", "[{'name':'s:fix','args':{'n':1}}]");
	life_status(l, "awaiting_input");
	refused(l, "not in error state (status=awaiting_input)");
}

/* A call that may have run is asked about before anything else happens. */
static void
test_doubt(void **state)
{
	struct life *l = *state;

	life_load(l, &usual);
	life_start(l, "dev");
	life_says(l, "first", "", NOTIFY);
	life_called(l, "s:notify", "{'to':'b'}");
	life_crash(l);
	fixture_sql(l->f, "INSERT INTO move (session_id, from_status,"
	    " to_status, cause, actor, transient, at) SELECT id, status,"
	    " 'error', 'test', 'eve', 1, updated_at FROM session");
	life_rise(l);
	life_is(l, PREVIEW("asked_first"), "['0']");
	retried(l, 1);
	life_status(l, "awaiting_input");
	life_is(l, "SELECT kind FROM gate", "in_doubt");
	life_idle(l);
	life_vote(l, 0, "done");
	life_says(l, "first", LIFE_REPLY("0.9", "none"), NULL);
	life_status(l, "needs_review");
	life_is(l, "SELECT group_concat(attempt) FROM tool_call", "1");
}

/* 165, 175: how a failure is remembered. */
static void
test_failures(void **state)
{
	static const struct {
		enum reply_fault fault;
		int times;
		const char *transient, *reason;
	} rows[] = {
		{ REPLY_TRANSIENT, 3, "1", "auto_retry" },
		{ REPLY_RATE, 3, "1", "auto_retry" },
		{ REPLY_SLOW, 1, "1", "auto_retry" },
		{ REPLY_FINAL, 1, "unknown", "permanent_error" },
		{ REPLY_TOO_LONG, 2, "unknown", "permanent_error" },
		{ REPLY_EMPTY, 3, "0", "permanent_error" },
		{ REPLY_GARBLED, 4, "0", "permanent_error" },
	};
	struct life *l = *state;

	life_load(l, &usual);
	for (size_t i = 0; i < COUNT(rows); i++) {
		life_start(l, "dev");
		for (int n = 0; n < rows[i].times; n++) {
			life_faults(l, "first", rows[i].fault, 0, "why");
			life_pass(l, WAIT_MS);
		}
		life_status(l, "error");
		life_is(l, "SELECT coalesce(transient, 'unknown') FROM move"
		    " ORDER BY id DESC", rows[i].transient);
		life_is(l, REASON " ORDER BY id DESC", rows[i].reason);
	}
	life_start(l, "dev");
	life_says(l, "first", "no envelope", NULL);
	life_is(l, REASON " ORDER BY id DESC", "permanent_error");
	refused(l, "permanent_error");
}

/* The version that it began with goes on, whatever is loaded since. */
static void
test_loaded_since(void **state)
{
	struct life *l = *state;

	come_to_error(l);
	fixture_sql(l->f, "INSERT INTO app (id, name, version, digest, dir,"
	    " config, session_prefix, entry_agent, default_status,"
	    " escalate_status, escalation_teams, gate_timeout_ms,"
	    " gate_on_timeout, gate_quorum, submitter_may_approve, loaded_at)"
	    " VALUES (2, 'life', 2, 'e', '/', '{\"orchestrator\":"
	    "{\"retry_policy\":{\"max_retries\":0}}}', 'LIFE', 'other',"
	    " 'resolved', 'resolved', '[]', 1, 'timeout', 1, 1, 1)");
	life_is(l, PREVIEW("app_version"), "1");
	retried(l, 1);
	life_says(l, "second", LIFE_REPLY("0.9", "none"), NULL);
	life_status(l, "needs_review");
}

/* As many run as may: it must wait, and nothing has changed. */
static void
test_no_room(void **state)
{
	struct life *l = *state;
	char failed[SESSION_ID_MAX];
	int count;

	life_load(l, &(struct life_terms){ .config =
	    "{'runtime':{'max_concurrent_sessions':1}}" });
	life_start(l, "dev");
	gives_up(l, "first");
	memcpy(failed, l->id, sizeof(failed));
	life_start(l, "dev");
	memcpy(l->id, failed, sizeof(failed));
	assert_int_equal(retries(l, &count), E_LIMIT);
	life_status(l, "error");
	life_is(l, "SELECT attempt FROM session", "0");
	life_says(l, "first", LIFE_REPLY("0.9", "none"), NULL);
	retried(l, 1);
}

static void
test_unknown(void **state)
{
	struct life *l = *state;
	int count;

	snprintf(l->id, sizeof(l->id), "LIFE-20260101-001");
	assert_int_equal(retries(l, &count), E_NOTFOUND);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		LIFE_TEST(test_goes_on),
		LIFE_TEST(test_first_agent),
		LIFE_TEST(test_time),
		LIFE_TEST(test_killed),
		LIFE_TEST(test_pauses),
		LIFE_TEST(test_doubt),
		LIFE_TEST(test_failures),
		LIFE_TEST(test_loaded_since),
		LIFE_TEST(test_no_room),
		LIFE_TEST(test_unknown),
	};

	return cmocka_run_group_tests_name("runner_retry", tests, NULL, NULL);
}
