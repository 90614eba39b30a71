/* SPDX-License-Identifier: Apache-2.0 */
/* The runner when something goes wrong between it, its jobs and its rows. */
#include "runner/runner.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "t/unit/life.h"

enum { CHECK_MS = 100, RETRY_MS = 250, ORPHAN_MS = 15 * 60000 };

#define FIX "[{'name':'s:fix','args':{'n':1}}]"
#define LOOK "[{'name':'s:look','args':{'of':'it'}}]"

static const struct life_terms usual = { 0 };

/* The first agent's call of a tool, approved if it must be, runs. */
static void
come_to_call(struct life *l, const char *calls)
{
	life_load(l, &usual);
	life_start(l, "dev");
	life_says(l, "first", "", calls);
	if (l->job_count == 0)
		life_vote(l, 0, "approve");
	assert_int_equal(l->job_count, 1);
	life_is(l, "SELECT status FROM tool_call", "executing");
}

static void
stop(struct life *l)
{
	struct session_ref ref;

	memcpy(ref.id, l->id, sizeof(ref.id));
	assert_int_equal(session_stop(l->f->db, "ana", NULL, l->now_ms,
	    &ref), OK);
}

/* ---- stop ---- */

static void
test_stop_during_tool(void **state)
{
	struct life *l = *state;
	struct job *job;

	come_to_call(l, FIX);
	job = life_called(l, "s:fix", "{'n':1}");
	assert_false(life_cancelled(job));
	stop(l);
	life_pass(l, CHECK_MS);
	assert_true(life_cancelled(job));
	job_fail(job, "it was ended");
	life_done(l, job);
	life_status(l, "stopped");
	life_is(l, "SELECT status || is_error || result FROM tool_call",
	    "approved1{'error':'it was ended'}");
	life_pass(l, LEASE_MS);
	life_idle(l);
}

static void
test_stop_during_model(void **state)
{
	struct life *l = *state;
	struct job *job;

	life_load(l, &usual);
	life_start(l, "dev");
	job = life_asked(l, "first");
	stop(l);
	life_pass(l, CHECK_MS);
	assert_true(life_cancelled(job));
	job->reply.content = strdup("");
	job->reply.tool_calls = life_quote(LOOK);
	life_done(l, job);
	life_status(l, "stopped");
	life_is(l, "SELECT count(*) FROM tool_call", "0");
	life_idle(l);
}

/* ---- leases ---- */

static void
test_lease_renewed(void **state)
{
	struct life *l = *state, *other;

	come_to_call(l, FIX);
	other = life_beside(l, "other");
	for (int i = 0; i < 60; i++) {
		life_pass(other, 5000);
		life_pass(l, 5000);
	}
	life_idle(other);
	life_end(other);
	life_tool(l, "s:fix", "{'n':1}", "1");
	life_asked(l, "first");
}

/* A runner that stood still finds that another went on without it. */
static void
test_lease_lost_tool(void **state)
{
	struct life *l = *state, *other;
	struct job *job;

	come_to_call(l, FIX);
	job = life_called(l, "s:fix", "{'n':1}");
	other = life_beside(l, "other");
	life_pass(other, LEASE_MS);
	life_status(l, "awaiting_input");
	life_is(l, "SELECT kind FROM gate WHERE decision IS NULL", "in_doubt");
	life_pass(l, LEASE_MS);
	assert_true(life_cancelled(job));
	job->result = strdup("1");
	life_done(l, job);
	life_is(l, "SELECT status || attempt FROM tool_call", "in_doubt1");
	assert_int_equal(life_decide(l, 0, "done", NULL, NULL), OK);
	life_run(other);
	life_has(life_asked(other, "first")->last_result, "taken_as_done");
	life_end(other);
}

static void
test_lease_lost_repeatable(void **state)
{
	struct life *l = *state, *other;
	struct job *job;

	come_to_call(l, LOOK);
	job = life_called(l, "s:look", "{'of':'it'}");
	other = life_beside(l, "other");
	life_pass(other, LEASE_MS);
	job->result = strdup("\"old\"");
	life_done(l, job);
	life_is(l, "SELECT status || attempt FROM tool_call", "executing2");
	life_tool(other, "s:look", "{'of':'it'}", "'new'");
	life_is(l, "SELECT result FROM tool_call", "'new'");
	life_end(other);
}

/* The same runner, but it has claimed the session a second time. */
static void
test_lease_lost_to_itself(void **state)
{
	struct life *l = *state;
	struct job *old, *new;

	life_load(l, &usual);
	life_start(l, "dev");
	old = life_asked(l, "first");
	fixture_sql(l->f, "UPDATE session SET ready_at = created_at");
	life_run(l);
	new = life_asked(l, "first");
	assert_int_equal(new->epoch, old->epoch + 1);
	old->reply.content = strdup("too late");
	old->reply.tool_calls = life_quote(LOOK);
	life_done(l, old);
	life_idle(l);
	new->reply.content = strdup(LIFE_REPLY("1", "none"));
	new->reply.tool_calls = strdup("[]");
	life_done(l, new);
	life_status(l, "needs_review");
	life_is(l, "SELECT count(*) FROM tool_call", "0");
}

static void
test_lease_lost_model(void **state)
{
	struct life *l = *state, *other;
	struct job *job;

	life_load(l, &usual);
	life_start(l, "dev");
	job = life_asked(l, "first");
	other = life_beside(l, "other");
	life_pass(other, LEASE_MS);
	job->reply.content = strdup("too late");
	job->reply.tool_calls = life_quote(LOOK);
	life_done(l, job);
	life_idle(l);
	life_is(l, "SELECT count(*) FROM message WHERE role = 'assistant'",
	    "0");
	life_says(other, "first", LIFE_REPLY("1", "none"), NULL);
	life_status(l, "needs_review");
	life_end(other);
}

/* ---- restarts ---- */

/* Nobody waits for the lease of a runner that is back. */
static void
test_takeover(void **state)
{
	struct life *l = *state;

	come_to_call(l, LOOK);
	life_crash(l);
	life_rise(l);
	life_run(l);
	life_tool(l, "s:look", "{'of':'it'}", "1");
	life_is(l, "SELECT attempt FROM tool_call", "2");
	life_crash(l);
	life_rise(l);
	life_run(l);
	assert_int_equal(life_asked(l, "first")->turn, 2);
}

static void
come_to_doubt(struct life *l)
{
	come_to_call(l, FIX);
	life_crash(l);
	life_rise(l);
	life_run(l);
	life_idle(l);
	life_status(l, "awaiting_input");
	life_is(l, "SELECT kind || reason FROM gate WHERE decision IS NULL",
	    "in_doubtin_doubt");
}

static void
test_run_again(void **state)
{
	struct life *l = *state;

	come_to_doubt(l);
	life_vote(l, 0, "run_again");
	life_tool(l, "s:fix", "{'n':1}", "1");
	life_is(l, "SELECT status || attempt FROM tool_call", "approved2");
	life_asked(l, "first");
}

static void
test_taken_as_done(void **state)
{
	struct life *l = *state;

	come_to_doubt(l);
	life_vote(l, 0, "done");
	life_has(life_asked(l, "first")->last_result, "taken_as_done");
	life_is(l, "SELECT status || is_error || attempt FROM tool_call",
	    "approved01");
}

static void
test_taken_as_failed(void **state)
{
	struct life *l = *state;

	come_to_doubt(l);
	life_vote(l, 0, "fail");
	life_has(life_asked(l, "first")->last_result, "taken as failed");
	life_is(l, "SELECT is_error || attempt FROM tool_call", "11");
}

/* What nobody saw end, of a session that nobody goes on with. */
static void
test_orphan(void **state)
{
	struct life *l = *state;

	come_to_call(l, FIX);
	life_crash(l);
	stop(l);
	life_rise(l);
	life_pass(l, ORPHAN_MS - 1);
	life_is(l, "SELECT status FROM tool_call", "executing");
	life_pass(l, ORPHAN_MS / 2);
	life_is(l, "SELECT status FROM tool_call", "in_doubt");
	life_is(l, "SELECT ended_at IS NOT NULL FROM tool_call", "1");
	life_status(l, "stopped");
}

/* ---- the end of the runner ---- */

/* What runs may end; what it leads to is for the next runner. */
static void
test_drain_tool(void **state)
{
	struct life *l = *state;
	struct job *job;

	come_to_call(l, FIX);
	job = life_called(l, "s:fix", "{'n':1}");
	runner_drain(l->runner);
	assert_false(life_cancelled(job));
	assert_int_equal(runner_jobs(l->runner), 1);
	job->result = strdup("1");
	life_done(l, job);
	assert_int_equal(runner_jobs(l->runner), 0);
	life_is(l, "SELECT status FROM tool_call", "approved");
	life_pass(l, LEASE_MS);
	life_idle(l);
	life_crash(l);
	life_rise(l);
	life_run(l);
	assert_int_equal(life_asked(l, "first")->turn, 2);
}

static void
test_drain_model(void **state)
{
	struct life *l = *state, *other;
	struct job *job;

	life_load(l, &usual);
	life_start(l, "dev");
	job = life_asked(l, "first");
	runner_drain(l->runner);
	assert_true(life_cancelled(job));
	job_fail(job, "it was ended");
	life_done(l, job);
	life_status(l, "in_progress");
	life_idle(l);
	other = life_beside(l, "other");
	life_run(other);
	assert_int_equal(life_asked(other, "first")->turn, 1);
	life_end(other);
}

/* Sessions that come now are for the next runner. */
static void
test_drain_claims(void **state)
{
	struct life *l = *state;

	life_load(l, &usual);
	runner_drain(l->runner);
	life_start(l, "dev");
	life_status(l, "new");
	life_idle(l);
}

/* ---- arguments behind the runner's back ---- */

static void
tamper(struct life *l, const char *update)
{
	life_load(l, &usual);
	life_start(l, "dev");
	life_says(l, "first", "", FIX);
	assert_int_equal(life_decide(l, 0, "approve", NULL, NULL), OK);
	fixture_sql(l->f, "DROP TRIGGER tool_call_edited;"
	    "DROP TRIGGER tool_call_over");
	fixture_sql(l->f, update);
	life_run(l);
	life_idle(l);
	life_status(l, "error");
	life_is(l, "SELECT status || attempt FROM tool_call", "cancelled0");
	/* Not what it was, but sound again for the end of the test. */
	fixture_sql(l->f, "UPDATE tool_call SET args = '{\"n\":1}',"
	    " args_sha256 = (SELECT args_sha256 FROM gate)");
}

static void
test_other_arguments(void **state)
{
	tamper(*state, "UPDATE tool_call SET args = '{\"n\":2}'");
}

static void
test_other_digest(void **state)
{
	tamper(*state, "UPDATE tool_call SET args = '{\"n\":2}',"
	    " args_sha256 = sha256('{\"n\":2}')");
}

/* Not even an error could be kept: the call ends all the same. */
static void
test_result_without_memory(void **state)
{
	struct life *l = *state;
	struct job *job;

	life_load(l, &(struct life_terms){ .entry = "first" });
	life_start(l, "dev");
	life_says(l, "first", "", "[{'name':'s:look','args':{}}]");
	job = life_called(l, "s:look", "{}");
	life_done(l, job);
	life_is(l, "SELECT result || is_error FROM tool_call",
	    "{\"error\":\"out of memory\"}1");
	life_says(l, "first", LIFE_REPLY("0.9", "none"), NULL);
	life_status(l, "needs_review");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		LIFE_TEST(test_result_without_memory),
		LIFE_TEST(test_stop_during_tool),
		LIFE_TEST(test_stop_during_model),
		LIFE_TEST(test_lease_renewed),
		LIFE_TEST(test_lease_lost_tool),
		LIFE_TEST(test_lease_lost_repeatable),
		LIFE_TEST(test_lease_lost_to_itself),
		LIFE_TEST(test_lease_lost_model),
		LIFE_TEST(test_takeover),
		LIFE_TEST(test_run_again),
		LIFE_TEST(test_taken_as_done),
		LIFE_TEST(test_taken_as_failed),
		LIFE_TEST(test_orphan),
		LIFE_TEST(test_drain_tool),
		LIFE_TEST(test_drain_model),
		LIFE_TEST(test_drain_claims),
		LIFE_TEST(test_other_arguments),
		LIFE_TEST(test_other_digest),
	};

	return cmocka_run_group_tests_name("runner_fault", tests, NULL, NULL);
}
