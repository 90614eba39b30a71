/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/advance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/log.h"
#include "runner/app.h"
#include "runner/runner.h"
#include "runner/snapshot.h"
#include "sql/tx.h"

/* A bound on row effects in one transaction; the next one goes on. */
enum { STEPS_MAX = 64 };

void
apps_close(struct apps *apps)
{
	for (int i = 0; i < apps->count; i++)
		app_close(apps->list[i]);
	free(apps->list);
	memset(apps, 0, sizeof(*apps));
}

void
apps_forget(struct apps *apps, int64_t id)
{
	for (int i = 0; i < apps->count; i++)
		if (apps->list[i]->id == id) {
			app_close(apps->list[i]);
			apps->list[i] = apps->list[--apps->count];
			return;
		}
}

static const struct app *
find_app(struct tx *tx, struct apps *apps, int64_t id)
{
	struct app **grown;
	int rc;

	for (int i = 0; i < apps->count; i++)
		if (apps->list[i]->id == id)
			return apps->list[i];
	grown = realloc(apps->list,
	    (size_t)(apps->count + 1) * sizeof(*grown));
	if (grown == NULL) {
		tx_fail(tx, E_NOMEM, "%s", err_text(E_NOMEM));
		return NULL;
	}
	apps->list = grown;
	rc = app_open(&grown[apps->count], tx->db, id);
	if (rc != OK) {
		tx_fail(tx, rc, "cannot read the application");
		return NULL;
	}
	return grown[apps->count++];
}

static char *
last_result(struct tx *tx, int64_t run_id)
{
	struct rows rows = tx_query(tx, Q_RUN_LAST_RESULT, "l", run_id);
	char *text = tx_copy(tx, rows_next(&rows) ? rows_str(&rows, 0) : "");

	rows_end(&rows);
	return text;
}

static void
describe_model(struct tx *tx, const struct snapshot *snap,
    const struct agent *agent, struct job *job)
{
	job->kind = JOB_MODEL;
	job->model = tx_copy(tx, agent->model != NULL ? agent->model : "");
	job->agent = tx_copy(tx, agent->name);
	job->query = tx_copy(tx, snap->query);
	job->turn = snap->replies + 1;
	job->run_id = snap->run_id;
	job->compact = snap->compact;
	job->last_result = last_result(tx, snap->run_id);
}

static void
describe_tool(struct tx *tx, const struct app *app,
    const struct effect *effect, struct job *job)
{
	job->kind = JOB_TOOL;
	job->app = app_hold(app);
	job->tool = effect->tool;
	job->dir = app->dir;
	job->call_id = effect->call->id;
	job->ordinal = effect->call->ordinal;
	job->args = tx_copy(tx, effect->call->args);
}

static struct job *
make_job(const struct act *act, const struct effect *effect)
{
	struct job *job = calloc(1, sizeof(*job));

	if (job == NULL) {
		tx_fail(act->tx, E_NOMEM, "%s", err_text(E_NOMEM));
		return NULL;
	}
	memcpy(job->session_id, act->snap->id, sizeof(job->session_id));
	memcpy(job->trace, act->snap->trace, sizeof(job->trace));
	job->app_id = act->app->id;
	job->epoch = act->snap->epoch;
	job->environment = tx_copy(act->tx, act->snap->environment);
	if (effect->kind == EFFECT_ASK)
		describe_model(act->tx, act->snap, effect->agent, job);
	else
		describe_tool(act->tx, act->app, effect, job);
	return job;
}

/*
 * A reply that rows tell needs no commit before it is asked for, since nothing
 * outside happens, and no second one for what follows from it.
 */
static bool
take_answer(const struct act *act, const struct apps *apps, struct job **job)
{
	bool more;

	if (act->tx->rc != OK || (*job)->kind != JOB_MODEL ||
	    !apps->answer(apps->arg, *job))
		return false;
	more = act_reply(act, &(*job)->reply);
	job_free(*job);
	*job = NULL;
	return more;
}

/* One step; true if another one may follow. */
static bool
advance_once(const struct act *act, const struct apps *apps, struct job **job)
{
	struct effect effect = step(act->snap, act->app);

	if (effect.kind == EFFECT_NONE)
		return false;
	if (!effect_is_outside(effect.kind)) {
		act_effect(act, &effect);
		return true;
	}
	if (effect.kind == EFFECT_RUN && !act_start_call(act, effect.call))
		return false;
	*job = make_job(act, &effect);
	return *job != NULL && take_answer(act, apps, job);
}

static struct job *
advance(struct tx *tx, struct apps *apps, const char *session_id,
    int64_t now_ms)
{
	struct job *job = NULL;
	bool more = true;

	for (int i = 0; i < STEPS_MAX && more && tx->rc == OK; i++) {
		struct snapshot snap;
		struct act act = { .tx = tx, .snap = &snap, .now_ms = now_ms };

		snapshot_read(tx, session_id, &snap);
		if (tx->rc == OK)
			act.app = find_app(tx, apps, snap.app_id);
		if (tx->rc == OK && act.app->budgeted)
			snapshot_read_uses(tx, &snap, now_ms);
		more = tx->rc == OK && advance_once(&act, apps, &job);
		snapshot_free(&snap);
	}
	if (more)
		tx_run(tx, Q_SESSION_AGAIN, "sl", session_id, now_ms);
	return job;
}

static void
begin(struct tx *tx, const struct claim *claim, int64_t now_ms)
{
	if (claim->is_new)
		tx_run(tx, Q_SESSION_MOVE, "ssssl", claim->session_id,
		    "in_progress", "started", "runner", now_ms);
}

struct job *
advance_claim(struct tx *tx, struct apps *apps, const struct claim *claim,
    int64_t now_ms)
{
	begin(tx, claim, now_ms);
	return advance(tx, apps, claim->session_id, now_ms);
}

/* Only if the row still waits for it: its epoch says so, not the lease. */
static void
record_call(struct tx *tx, const struct job *job, int64_t now_ms)
{
	if (job->kind == JOB_TOOL)
		tx_run(tx, Q_CALL_END, "llsil", job->call_id, job->epoch,
		    job->result != NULL ? job->result :
		    "{\"error\":\"out of memory\"}", job->is_error ||
		    job->result == NULL, now_ms);
}

/* False: the session waits. */
static bool
record_reply(struct tx *tx, struct apps *apps, const struct job *job,
    int64_t now_ms)
{
	struct snapshot snap;
	struct act act = { .tx = tx, .snap = &snap, .now_ms = now_ms };
	bool goes_on = true;

	snapshot_read(tx, job->session_id, &snap);
	act.app = find_app(tx, apps, job->app_id);
	if (tx->rc == OK)
		goes_on = act_reply(&act, &job->reply);
	snapshot_free(&snap);
	return goes_on;
}

/* Keeps the lease until then; false: it is gone. */
static bool
hold_lease(struct tx *tx, const char *owner, const struct job *job,
    int64_t until_ms)
{
	if (tx_run(tx, Q_SESSION_FENCE, "ssll", job->session_id, owner,
		job->epoch, until_ms) == 1)
		return true;
	if (tx->rc == OK)
		log_info("lease_lost", "session=%s epoch=%lld",
		    job->session_id, (long long)job->epoch);
	return false;
}

struct job *
advance_job(struct tx *tx, struct apps *apps, const char *owner,
    const struct job *job, int64_t now_ms)
{
	record_call(tx, job, now_ms);
	if (!hold_lease(tx, owner, job, now_ms + LEASE_MS))
		return NULL;
	if (job->kind == JOB_MODEL && !record_reply(tx, apps, job, now_ms))
		return NULL;
	return advance(tx, apps, job->session_id, now_ms);
}

void
advance_leave(struct tx *tx, const char *owner, const struct job *job,
    int64_t now_ms)
{
	record_call(tx, job, now_ms);
	hold_lease(tx, owner, job, now_ms);
}

void
advance_fail(struct tx *tx, const struct claim *claim, const struct job *job,
    const char *why, int64_t now_ms)
{
	struct snapshot snap;
	struct act act = { .tx = tx, .snap = &snap, .now_ms = now_ms };

	begin(tx, claim, now_ms);
	if (job != NULL)
		record_call(tx, job, now_ms);
	snapshot_read(tx, claim->session_id, &snap);
	if (tx->rc == OK && snap.in_progress && snap.epoch == claim->epoch)
		act_fail(&act, why);
	snapshot_free(&snap);
}
