/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/log.h"
#include "runner/advance.h"
#include "runner/app.h"
#include "runner/beat.h"
#include "runner/search.h"
#include "sql/tx.h"

enum {
	CLAIM_MAX = 64,		/* sessions taken in one tick */
	JOBS_MAX = 10000,	/* in flight */
	RETRY_MS = 250,		/* after a commit that failed */
	CHECK_MS = 100,		/* between looks for stopped sessions */
	ORPHAN_MS = 15 * 60000,	/* no tool runs so long: its owner is dead */
	OWNER_MAX = 64,
};

struct runner {
	struct db *db;
	const struct world *world;
	char owner[OWNER_MAX];
	struct apps apps;
	struct job *running;	/* with the world */
	struct job *done;	/* back, outcome not yet committed */
	struct job *planned;	/* to perform after the commit */
	int running_count;
	struct beat beat;
	int64_t renew_at, orphans_at, check_at;
	int64_t expire_at, claim_at;	/* not before: it failed just now */
	struct search search;
	bool draining;
	bool heard;		/* the world has something to write */
};

/* What the world answers at once counts like what comes back from it. */
static bool
answer(void *arg, struct job *job)
{
	struct runner *runner = arg;
	const struct world *world = runner->world;

	if (world->answer == NULL || !world->answer(world->arg, job))
		return false;
	beat_count(&runner->beat, job);
	return true;
}

int
runner_open(struct runner **out, struct db *db, const char *owner,
    const struct world *world)
{
	struct runner *runner = calloc(1, sizeof(*runner));
	int64_t now_ms = world->now_ms(world->arg);
	struct tx tx = TX(db);
	int rc, taken = 0;

	*out = NULL;
	if (runner == NULL)
		return E_NOMEM;
	runner->db = db;
	runner->world = world;
	runner->apps.answer = answer;
	runner->apps.arg = runner;
	snprintf(runner->owner, sizeof(runner->owner), "%s", owner);
	runner->search.at_ms = world->now_ms(world->arg) + SEARCH_MS;
	while (tx_loop(&tx))
		taken = tx_run(&tx, Q_SESSION_TAKEOVER, "sl", owner, now_ms);
	rc = tx.rc != OK ? tx.rc : beat_start(&runner->beat, db,
	    runner->owner, world->sandbox, now_ms);
	if (rc != OK) {
		free(runner);
		return rc;
	}
	if (taken > 0)
		log_info("sessions_taken_over", "count=%d", taken);
	*out = runner;
	return OK;
}

void
runner_close(struct runner *runner)
{
	if (runner == NULL)
		return;
	jobs_free(&runner->running);
	jobs_free(&runner->done);
	jobs_free(&runner->planned);
	apps_close(&runner->apps);
	free(runner);
}

int
runner_jobs(const struct runner *runner)
{
	int count = runner->running_count;

	for (struct job *job = runner->done; job != NULL; job = job->next)
		count++;
	return count;
}

void
runner_done(struct runner *runner, struct job *job)
{
	job_take_out(&runner->running, job);
	runner->running_count--;
	beat_count(&runner->beat, job);
	job_push(&runner->done, job);
}

/*
 * The database refuses what a session would do next, and would refuse it for
 * ever. Everything else is a failure of the whole system, and passes.
 */
static bool
is_refusal(int rc)
{
	return rc == E_CONFLICT || rc == E_INVALID || rc == E_DENIED ||
	    rc == E_NOTFOUND || rc == E_TOOBIG || rc == E_MISUSE;
}

static const char *
reason(const struct tx *tx)
{
	return tx->why[0] != '\0' ? tx->why : err_text(tx->rc);
}

static void
give_up(struct runner *runner, const struct claim *claim,
    const struct job *job, const struct tx *refused, int64_t now_ms)
{
	struct tx tx = TX(runner->db);

	while (tx_loop(&tx))
		advance_fail(&tx, claim, job, reason(refused), now_ms);
	if (tx.rc != OK)
		log_error("session_not_failed", "session=%s why=\"%s\"",
		    claim->session_id, reason(&tx));
}

static void
give_up_job(struct runner *runner, const struct job *job,
    const struct tx *refused, int64_t now_ms)
{
	struct claim claim = { .epoch = job->epoch };

	memcpy(claim.session_id, job->session_id, sizeof(claim.session_id));
	give_up(runner, &claim, job, refused, now_ms);
}

/* Writes one outcome and, unless the runner ends, what follows from it. */
static void
write_outcome(struct runner *runner, struct job *job, int64_t now_ms)
{
	struct tx tx = TX(runner->db);
	struct job *next = NULL;

	while (tx_loop(&tx)) {
		job_free(next);
		next = NULL;
		if (runner->draining)
			advance_leave(&tx, runner->owner, job, now_ms);
		else
			next = advance_job(&tx, &runner->apps, runner->owner,
			    job, now_ms);
	}
	job->written = tx.rc == OK || is_refusal(tx.rc);
	if (tx.rc == OK && next != NULL) {
		job_push(&runner->planned, next);
		return;
	}
	job_free(next);
	if (tx.rc != OK)
		log_warn("outcome_not_written", "session=%s again=%d "
		    "why=\"%s\"", job->session_id, !job->written,
		    reason(&tx));
	if (is_refusal(tx.rc))
		give_up_job(runner, job, &tx, now_ms);
}

/* After the commit: what is written is over; true if something is left. */
static bool
sweep_outcomes(struct runner *runner)
{
	struct job **at = &runner->done, *job;

	while ((job = *at) != NULL) {
		if (!job->written) {
			at = &job->next;
			continue;
		}
		*at = job->next;
		job_free(job);
	}
	return runner->done != NULL;
}

static void
expire(struct runner *runner, int64_t gate_id, int64_t now_ms)
{
	struct tx tx = TX(runner->db);

	while (tx_loop(&tx))
		tx_run(&tx, Q_VOTE_INSERT, "lisssnnl", gate_id, 0, "timeout",
		    "system", "approval window expired", now_ms);
	if (tx.rc == OK) {
		log_info("gate_expired", "gate=g%lld", (long long)gate_id);
		return;
	}
	log_warn("gate_not_expired", "gate=g%lld why=\"%s\"",
	    (long long)gate_id, reason(&tx));
	runner->expire_at = now_ms + RETRY_MS;
}

static void
expire_gates(struct runner *runner, int64_t now_ms)
{
	int64_t due[100];
	int count = 0;
	struct rows rows = db_query(runner->db, Q_GATE_DUE, "l", now_ms);

	while (count < 100 && rows_next(&rows))
		due[count++] = rows_int(&rows, 0);
	rows_end(&rows);
	for (int i = 0; i < count; i++)
		expire(runner, due[i], now_ms);
}

/* Takes a claimed session as far as it goes without the outside. */
static void
start_session(struct runner *runner, const struct claim *claim, int64_t now_ms)
{
	struct tx tx = TX(runner->db);
	struct job *next = NULL;

	while (tx_loop(&tx)) {
		job_free(next);
		next = advance_claim(&tx, &runner->apps, claim, now_ms);
	}
	if (tx.rc == OK && next != NULL) {
		job_push(&runner->planned, next);
		return;
	}
	job_free(next);
	if (tx.rc != OK)
		log_warn("session_not_advanced", "session=%s why=\"%s\"",
		    claim->session_id, reason(&tx));
	if (is_refusal(tx.rc))
		give_up(runner, claim, NULL, &tx, now_ms);
}

static void
claim_sessions(struct runner *runner, int64_t now_ms)
{
	struct claim claims[CLAIM_MAX];
	struct tx tx = TX(runner->db);
	struct rows rows;
	int count = 0;

	while (tx_loop(&tx)) {
		count = 0;
		rows = tx_query(&tx, Q_SESSION_CLAIM, "slli", runner->owner,
		    now_ms, now_ms + LEASE_MS, CLAIM_MAX);
		while (rows_next(&rows)) {
			struct claim *claim = &claims[count++];

			snprintf(claim->session_id, sizeof(claim->session_id),
			    "%s", rows_str(&rows, 0));
			claim->epoch = rows_int(&rows, 1);
			claim->is_new = rows_int(&rows, 2) != 0;
		}
		rows_end(&rows);
	}
	if (tx.rc != OK) {
		log_warn("claim_failed", "why=\"%s\"", reason(&tx));
		runner->claim_at = now_ms + RETRY_MS;
		return;
	}
	for (int i = 0; i < count; i++)
		start_session(runner, &claims[i], now_ms);
}

/* Keeps the leases of running jobs. */
static void
renew_leases(struct runner *runner, int64_t now_ms)
{
	struct job *job;

	if (now_ms < runner->renew_at)
		return;
	runner->renew_at = now_ms + LEASE_MS / 3;
	for (job = runner->running; job != NULL; job = job->next) {
		struct tx tx = TX(runner->db);

		while (tx_loop(&tx))
			tx_run(&tx, Q_SESSION_FENCE, "ssll", job->session_id,
			    runner->owner, job->epoch, now_ms + LEASE_MS);
	}
}

/* Nobody waits for what a session that is over, or another's, still does. */
static void
cancel_unwanted(struct runner *runner, int64_t now_ms)
{
	struct job *job, *next;
	struct rows rows;
	bool live;
	int rc;

	if (now_ms < runner->check_at)
		return;
	runner->check_at = now_ms + CHECK_MS;
	for (job = runner->running; job != NULL; job = next) {
		next = job->next;
		rows = db_query(runner->db, Q_SESSION_LIVE, "sl",
		    job->session_id, job->epoch);
		live = rows_next(&rows);
		rc = rows_end(&rows);
		if (rc == OK && !live)
			runner->world->cancel(runner->world->arg, job);
	}
}

/* Calls that were running for a finished session when their owner died. */
static void
settle_orphans(struct runner *runner, int64_t now_ms)
{
	struct tx tx = TX(runner->db);

	if (now_ms < runner->orphans_at)
		return;
	runner->orphans_at = now_ms + ORPHAN_MS / 3;
	while (tx_loop(&tx))
		tx_run(&tx, Q_CALL_ORPHANS, "ll", now_ms, now_ms - ORPHAN_MS);
}

static void
perform_planned(struct runner *runner)
{
	struct job *job;

	while ((job = runner->planned) != NULL) {
		runner->planned = job->next;
		job_push(&runner->running, job);
		runner->running_count++;
		runner->world->perform(runner->world->arg, job);
	}
}

/* The time that a query tells, but not before another. */
static int64_t
ask_time(struct db *db, enum query query, int64_t not_before)
{
	struct rows rows = db_query(db, query, "");
	int64_t at = INT64_MAX;

	if (rows_next(&rows) && !rows_null(&rows, 0))
		at = rows_int(&rows, 0);
	rows_end(&rows);
	return at > not_before ? at : not_before;
}

static bool
may_claim(const struct runner *runner)
{
	return !runner->draining && runner->running_count < JOBS_MAX;
}

/* The time of the next thing to do that the rows know of. */
static int64_t
next_due(const struct runner *runner)
{
	int64_t due = ask_time(runner->db, Q_GATE_NEXT_DEADLINE,
	    runner->expire_at), ready;

	if (may_claim(runner)) {
		ready = ask_time(runner->db, Q_SESSION_NEXT_READY,
		    runner->claim_at);
		due = ready < due ? ready : due;
	}
	if (runner->running != NULL && runner->renew_at < due)
		due = runner->renew_at;
	return runner->orphans_at < due ? runner->orphans_at : due;
}

/* Waits for other processes, once and not in each transaction. */
static int
open_group(struct runner *runner)
{
	struct tx tx = TX(runner->db);

	db_hold(runner->db);
	while (tx_loop(&tx))
		;
	return tx.rc;
}

/* Everything that one group commits. */
static int
write_all(struct runner *runner, int64_t now_ms)
{
	struct job *job;
	int rc = open_group(runner);

	if (rc != OK) {
		db_release(runner->db);
		return rc;
	}
	for (job = runner->done; job != NULL; job = job->next)
		write_outcome(runner, job, now_ms);
	if (beat_is_due(&runner->beat, now_ms))
		beat_again(&runner->beat, now_ms);
	if (runner->heard)
		runner->world->write(runner->world->arg);
	renew_leases(runner, now_ms);
	settle_orphans(runner, now_ms);
	if (now_ms >= runner->expire_at)
		expire_gates(runner, now_ms);
	if (now_ms >= runner->claim_at && may_claim(runner))
		claim_sessions(runner, now_ms);
	return db_release(runner->db);
}

static int
wait_ms(const struct runner *runner)
{
	int64_t due, now_ms;

	if (runner->done != NULL)
		return 0;
	due = next_due(runner);
	now_ms = runner->world->now_ms(runner->world->arg);
	if (due <= now_ms)
		return 0;
	return due - now_ms < POLL_MS ? (int)(due - now_ms) : POLL_MS;
}

int
runner_tick(struct runner *runner)
{
	int64_t now_ms = runner->world->now_ms(runner->world->arg);
	bool left;
	int rc;

	cancel_unwanted(runner, now_ms);
	search_fill(&runner->search, runner->db, now_ms);
	/* A beat alone is no work, so that a quiet runner rests. */
	if (runner->done == NULL && next_due(runner) > now_ms &&
	    !beat_is_due(&runner->beat, now_ms) && !runner->heard)
		return wait_ms(runner);
	rc = write_all(runner, now_ms);
	if (rc != OK) {
		jobs_free(&runner->planned);
		log_error("tick_failed", "error=\"%s\"", err_text(rc));
		return RETRY_MS;
	}
	left = sweep_outcomes(runner);
	perform_planned(runner);
	if (runner->heard)
		runner->heard = !runner->world->written(runner->world->arg);
	return left ? RETRY_MS : wait_ms(runner);
}

void
runner_hear(struct runner *runner)
{
	runner->heard = true;
}

void
runner_forget(struct runner *runner, int64_t app_id)
{
	apps_forget(&runner->apps, app_id);
}

void
runner_drain(struct runner *runner)
{
	struct job *job, *next;

	runner->draining = true;
	for (job = runner->running; job != NULL; job = next) {
		next = job->next;
		if (job->kind == JOB_MODEL)
			runner->world->cancel(runner->world->arg, job);
	}
}
