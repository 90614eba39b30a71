/* SPDX-License-Identifier: Apache-2.0 */
/* The runner when the database fails it: nothing is lost, nothing twice. */
#include "runner/runner.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "runner/beat.h"
#include "t/unit/life.h"

enum {
	RETRY_MS = 250,
	STRIDE = 31,	/* of SQLite's virtual machine */
};

#define NOTIFY "[{'name':'s:notify','args':{}}]"

static const struct life_terms usual = { 0 };

/* A commit that fails takes the whole tick along. */
static void
test_commit_fails(void **state)
{
	struct life *l = *state;
	struct job *job;
	int refused = 0;

	life_load(l, &usual);
	life_start(l, "dev");
	life_says(l, "first", "", NOTIFY);
	job = life_called(l, "s:notify", "{}");
	sqlite3_commit_hook(l->db->sqlite, fixture_no_commit, &refused);
	job->result = strdup("1");
	life_done(l, job);
	assert_int_equal(refused, 1);
	life_idle(l);
	life_is(l, "SELECT status FROM tool_call", "executing");
	assert_int_equal(runner_jobs(l->runner), 1);
	life_pass(l, RETRY_MS);
	assert_int_equal(refused, 2);
	sqlite3_commit_hook(l->db->sqlite, NULL, NULL);
	life_pass(l, RETRY_MS);
	life_is(l, "SELECT status || attempt FROM tool_call",
	    "executed_with_notify1");
	assert_int_equal(life_asked(l, "first")->turn, 2);
}

static void
test_claim_fails(void **state)
{
	struct life *l = *state;
	int refused = 0;

	life_load(l, &usual);
	sqlite3_commit_hook(l->db->sqlite, fixture_no_commit, &refused);
	life_start(l, "dev");
	assert_int_equal(refused, 1);
	life_idle(l);
	life_status(l, "new");
	sqlite3_commit_hook(l->db->sqlite, NULL, NULL);
	life_pass(l, RETRY_MS);
	assert_int_equal(l->job_count, 1);
	life_asked(l, "first");
}

/* ---- the same at every point of a tick ---- */

static int
count_down(void *steps)
{
	return --*(int *)steps == 0;
}

/* One tick, in which SQLite gives up after so many steps; did it? */
static bool
tick_interrupted(struct life *l, int steps)
{
	sqlite3_progress_handler(l->db->sqlite, 1, count_down, &steps);
	runner_tick(l->runner);
	sqlite3_progress_handler(l->db->sqlite, 0, NULL, NULL);
	return steps <= 0;
}

static void
finish(struct life *l)
{
	assert_int_equal(l->job_count, 1);
	life_says(l, "first", LIFE_REPLY("1", "none"), NULL);
	life_status(l, "needs_review");
	assert_int_equal(runner_jobs(l->runner), 0);
}

static void
test_outcome_interrupted(void **state)
{
	struct life *l = *state;
	bool fired = true;
	struct job *job;

	life_load(l, &usual);
	for (int steps = 1; fired; steps += STRIDE) {
		life_start(l, "dev");
		life_says(l, "first", "", NOTIFY);
		job = life_called(l, "s:notify", "{}");
		job->result = strdup("1");
		runner_done(l->runner, job);
		fired = tick_interrupted(l, steps);
		life_pass(l, RETRY_MS);
		finish(l);
		life_is(l, "SELECT status || attempt FROM tool_call"
		    " ORDER BY id DESC", "executed_with_notify1");
	}
	life_is(l, "SELECT count(*) > 10 FROM session", "1");
	life_is(l, "SELECT (SELECT count(*) FROM message WHERE role = 'tool')"
	    " = (SELECT count(*) FROM session)", "1");
}

/* A new session, and one tick in which SQLite gives up; did it? */
static bool
start_interrupted(struct life *l, int steps)
{
	struct session_new new = { .query = "q", .environment = "dev",
	    .submitter = "{}", .extra_fields = "{}", .now_ms = l->now_ms };
	struct session_ref ref;

	assert_int_equal(session_create(l->f->db, &new, &ref), OK);
	memcpy(l->id, ref.id, sizeof(l->id));
	return tick_interrupted(l, steps);
}

static void
test_claim_interrupted(void **state)
{
	struct life *l = *state;
	bool fired = true;

	life_load(l, &usual);
	for (int steps = 1; fired; steps += STRIDE) {
		fired = start_interrupted(l, steps);
		life_pass(l, LEASE_MS);
		finish(l);
	}
	life_is(l, "SELECT count(*) > 10 FROM session", "1");
	life_is(l, "SELECT count(*) = (SELECT count(*) FROM session)"
	    " FROM agent_run", "1");
}

/* ---- replies that rows tell ---- */

static bool
ask_to_fix(void *arg, struct job *job)
{
	(void)arg;
	job->reply.content = strdup("");
	job->reply.tool_calls = life_quote("[{'name':'s:fix','args':{}}]");
	return true;
}

static int
count(void *arg)
{
	++*(int *)arg;
	return 0;
}

/* From the claim to the gate in one commit; a program has one of its own. */
static void
test_answered(void **state)
{
	struct life *l = *state;
	int commits = 0;

	life_load(l, &usual);
	l->world.answer = ask_to_fix;
	sqlite3_commit_hook(l->db->sqlite, count, &commits);
	life_start(l, "dev");
	life_status(l, "awaiting_input");
	assert_int_equal(commits, 1);
	life_idle(l);
	life_vote(l, 0, "approve");
	assert_int_equal(commits, 2);
	life_is(l, "SELECT status FROM tool_call", "executing");
	life_tool(l, "s:fix", "{}", "1");
	life_status(l, "awaiting_input");
	assert_int_equal(commits, 3);
	life_pass(l, BEAT_MS);
	life_is(l, "SELECT replies || results FROM runner", "21");
}

static void
test_answer_interrupted(void **state)
{
	struct life *l = *state;
	bool fired = true;

	life_load(l, &usual);
	l->world.answer = ask_to_fix;
	for (int steps = 1; fired; steps += STRIDE) {
		fired = start_interrupted(l, steps);
		life_pass(l, LEASE_MS);
		life_status(l, "awaiting_input");
		life_is(l, "SELECT (SELECT count(*) FROM gate"
		    " WHERE session_id = s.id) || (SELECT group_concat(role)"
		    " FROM message WHERE session_id = s.id)"
		    " FROM session s ORDER BY num DESC", "1user,assistant");
	}
	life_is(l, "SELECT count(*) > 10 FROM session", "1");
}

/* ---- what the database refuses for good ---- */

static void
test_reply_refused(void **state)
{
	static const char *const calls[] = { "no json", "['no object']" };
	struct life *l = *state;

	life_load(l, &usual);
	for (size_t i = 0; i < COUNT(calls); i++) {
		life_start(l, "dev");
		life_says(l, "first", "", calls[i]);
		life_status(l, "error");
		assert_int_equal(runner_jobs(l->runner), 0);
	}
	life_is(l, "SELECT count(*) FROM agent_run WHERE outcome = 'failed'",
	    "2");
	life_is(l, "SELECT count(*) FROM message WHERE role = 'assistant'",
	    "0");
}

/* Its tool has run: that is known, and the session ends in error. */
static void
test_next_refused(void **state)
{
	struct life *l = *state;

	life_load(l, &usual);
	life_start(l, "dev");
	life_says(l, "first", "", "[{'name':'s:look'},"
	    "{'name':'s:fix','args':{}}]");
	fixture_sql(l->f, "CREATE TRIGGER broken BEFORE INSERT ON gate BEGIN"
	    " SELECT RAISE(ABORT, 'invalid: broken'); END");
	life_tool(l, "s:look", "{}", "1");
	life_status(l, "error");
	life_is(l, "SELECT extra_fields ->> 'failure' FROM session", "broken");
	life_is(l, "SELECT group_concat(status) FROM (SELECT status"
	    " FROM tool_call ORDER BY ordinal)", "executed,cancelled");
}

/* It rests in between, and tries again. */
static void
test_claim_refused(void **state)
{
	struct life *l = *state;

	life_load(l, &usual);
	fixture_sql(l->f, "CREATE TRIGGER broken BEFORE UPDATE OF owner"
	    " ON session BEGIN SELECT RAISE(ABORT, 'invalid: broken'); END");
	life_start(l, "dev");
	life_status(l, "new");
	fixture_sql(l->f, "DROP TRIGGER broken");
	life_pass(l, RETRY_MS);
	life_asked(l, "first");
}

static void
test_start_refused(void **state)
{
	struct life *l = *state;

	life_load(l, &(struct life_terms){ .config =
	    "{'runtime':{'gateway':{'policy':{'s:fix':'deadly'}}}}" });
	life_start(l, "dev");
	life_status(l, "error");
	life_is(l, "SELECT group_concat(to_status) FROM (SELECT to_status"
	    " FROM move ORDER BY id)", "in_progress,error");
	life_idle(l);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		LIFE_TEST(test_commit_fails),
		LIFE_TEST(test_claim_fails),
		LIFE_TEST(test_outcome_interrupted),
		LIFE_TEST(test_claim_interrupted),
		LIFE_TEST(test_answered),
		LIFE_TEST(test_answer_interrupted),
		LIFE_TEST(test_reply_refused),
		LIFE_TEST(test_next_refused),
		LIFE_TEST(test_claim_refused),
		LIFE_TEST(test_start_refused),
	};

	return cmocka_run_group_tests_name("runner_commit", tests, NULL, NULL);
}
