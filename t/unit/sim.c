/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "sql/session.h"
#include "t/unit/life.h"

enum {
	ROUNDS_MAX = 1000,	/* until all must be over */
	WINDOW_MS = 3600000,	/* of a gate, in life_app.c */
	ORPHANS_MS = 30 * 60000,
};

uint64_t
sim_random(struct sim *sim, uint64_t n)
{
	uint64_t z = sim->random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (z ^ z >> 31) % n;
}

void
sim_require(struct sim *sim, bool holds, const char *what)
{
	if (!holds)
		fail_msg("seed %llu: %s", (unsigned long long)sim->seed, what);
}

/* The first integer of a query; ?1 is id. */
static int64_t
ask(struct sim *sim, const char *query, int64_t id)
{
	sqlite3_stmt *stmt = NULL;
	int64_t value;

	sqlite3_prepare_v2(sim->f->db->sqlite, query, -1, &stmt, NULL);
	sqlite3_bind_int64(stmt, 1, id);
	sim_require(sim, sqlite3_step(stmt) == SQLITE_ROW, query);
	value = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return value;
}

/* ---- the world of a runner ---- */

static int64_t
now_ms(void *arg)
{
	return ((struct sim_runner *)arg)->sim->now_ms;
}

/* How often a call was performed. */
static int *
performed(struct sim *sim, int64_t call_id)
{
	int64_t session = call_id >> 20, call = call_id & 0xfffff;

	sim_require(sim, session < SIM_SESSIONS_MAX && call < SIM_CALLS_MAX,
	    "too many calls");
	return &sim->performed[session][call];
}

/* What starts has its row, its approval, and was not started before. */
static void
look_at_call(struct sim *sim, const struct job *job)
{
	int times = ++*performed(sim, job->call_id);

	sim_require(sim, ask(sim, "SELECT status = 'executing' AND epoch ="
	    " (SELECT epoch FROM session WHERE id = session_id)"
	    " FROM tool_call WHERE id = ?1", job->call_id),
	    "a tool starts without its row");
	sim_require(sim, ask(sim, "SELECT gate_reason IS NULL OR EXISTS ("
	    " SELECT 1 FROM gate g JOIN vote v ON v.gate_id = g.id"
	    " WHERE g.tool_call_id = c.id AND v.verdict = 'approve'"
	    " AND g.args_sha256 = sha256(c.args))"
	    " FROM tool_call c WHERE id = ?1", job->call_id),
	    "a tool starts without approval");
	sim_require(sim, times <= 1 + ask(sim, "SELECT CASE WHEN"
	    " repeatable THEN 1000 ELSE (SELECT count(*) FROM gate g"
	    " WHERE g.tool_call_id = c.id AND g.decision = 'run_again') END"
	    " FROM tool_call c WHERE id = ?1", job->call_id),
	    "a tool runs twice");
}

static void
perform(void *arg, struct job *job)
{
	struct sim_runner *r = arg;

	if (r->performs_left == 0)
		return;		/* it died before it came to this */
	if (r->performs_left > 0)
		r->performs_left--;
	if (job->kind == JOB_TOOL)
		look_at_call(r->sim, job);
	sim_require(r->sim, r->job_count < SIM_JOBS_MAX, "too many jobs");
	r->jobs[r->job_count++] = job;
}

/* Some replies are known at once. */
static bool
answer(void *arg, struct job *job)
{
	struct sim_runner *r = arg;

	if (sim_random(r->sim, 3) > 0)
		return false;
	sim_answer(r->sim, job);
	return true;
}

static void
cancel(void *arg, struct job *job)
{
	(void)arg;
	(void)job;	/* programs are slow to end, and some never do */
}

/* ---- processes ---- */

static void
start(struct sim_runner *r)
{
	char why[DB_WHY_MAX];
	int rc = db_open(&r->db, r->sim->f->path, DB_WRITE, why);

	sim_require(r->sim, rc == OK, why);
	db_exec(r->db, "PRAGMA synchronous = OFF");
	rc = runner_open(&r->runner, r->db, r->name, &r->world);
	sim_require(r->sim, rc == OK, "cannot open a runner");
	r->performs_left = -1;
}

static void
die(struct sim_runner *r)
{
	if (r->db == NULL)
		return;
	runner_close(r->runner);
	db_close(r->db);
	r->db = NULL;
	r->job_count = 0;
	r->sim->deaths++;
}

static void
tick(struct sim_runner *r)
{
	if (r->db == NULL)
		start(r);
	runner_tick(r->runner);
}

/* Dies in a tick: before its commit, or after it and some of the effects. */
static void
die_in_tick(struct sim_runner *r)
{
	if (r->db == NULL)
		start(r);
	if (sim_random(r->sim, 2) == 0)
		sqlite3_commit_hook(r->db->sqlite, fixture_no_commit, NULL);
	else
		r->performs_left = (int)sim_random(r->sim, 3);
	runner_tick(r->runner);
	die(r);
}

static void
end_job(struct sim_runner *r)
{
	struct job *job;
	uint64_t at;

	if (r->job_count == 0)
		return;
	at = sim_random(r->sim, (uint64_t)r->job_count);
	job = r->jobs[at];
	r->jobs[at] = r->jobs[--r->job_count];
	sim_answer(r->sim, job);
	runner_done(r->runner, job);
}

/* ---- the life of all ---- */

static void
start_session(struct sim *sim)
{
	struct session_new new = { .query = "it is slow", .environment =
	    sim_random(sim, 4) == 0 ? "production" : "dev",
	    .submitter = "{\"id\":\"sam\"}", .extra_fields = "{}",
	    .now_ms = sim->now_ms };
	struct session_ref ref;

	if (sim->sessions == SIM_SESSIONS_MAX)
		return;
	sim->sessions++;
	sim_require(sim, session_create(sim->f->db, &new, &ref) == OK,
	    ref.why);
}

static void
stop_session(struct sim *sim)
{
	struct session_ref ref;

	if (sim->sessions == 0)
		return;
	snprintf(ref.id, sizeof(ref.id), "LIFE-20260101-%03d",
	    1 + (int)sim_random(sim, (uint64_t)sim->sessions));
	sim_require(sim, session_stop(sim->f->db, "ana", NULL, sim->now_ms,
	    &ref) == OK, ref.why);
}

/* Mostly a moment, now and then longer than a lease, or a gate's window. */
static void
pass_time(struct sim *sim)
{
	uint64_t kind = sim_random(sim, 60);

	if (kind == 0)
		sim->now_ms += WINDOW_MS;
	else if (kind < 4)
		sim->now_ms += LEASE_MS + 1;
	else
		sim->now_ms += (int64_t)sim_random(sim, 2000);
}

void
sim_step(struct sim *sim)
{
	struct sim_runner *r = &sim->runners[sim_random(sim, SIM_RUNNERS)];
	uint64_t what = sim_random(sim, 100);

	if (what < 40)
		tick(r);
	else if (what < 65)
		end_job(r);
	else if (what < 75)
		pass_time(sim);
	else if (what < 84)
		sim_vote(sim);
	else if (what < 89)
		start_session(sim);
	else if (what < 94)
		die_in_tick(r);
	else if (what < 99)
		die(r);
	else if (sim_random(sim, 4) == 0)
		stop_session(sim);
}

void
sim_settle(struct sim *sim)
{
	int rounds = 0;

	while (ask(sim, "SELECT count(*) FROM session WHERE status IN"
	    " ('new', 'in_progress', 'awaiting_input')", 0) > 0) {
		for (int i = 0; i < SIM_RUNNERS; i++) {
			tick(&sim->runners[i]);
			while (sim->runners[i].job_count > 0)
				end_job(&sim->runners[i]);
		}
		while (sim_vote(sim))
			;
		sim->now_ms += 1000;
		sim_require(sim, ++rounds < ROUNDS_MAX,
		    "sessions that never end");
	}
	sim->now_ms += ORPHANS_MS;
	for (int i = 0; i < SIM_RUNNERS; i++)
		tick(&sim->runners[i]);
}

void
sim_check(struct sim *sim)
{
	int64_t id = 0;

	sim_require(sim, ask(sim, "SELECT count(*) = ?1 FROM session",
	    sim->sessions), "a session is missing");
	sim_require(sim, ask(sim, "SELECT count(*) = 0 FROM tool_call"
	    " WHERE ended_at IS NULL", 0), "a call never ended");
	sim_require(sim, ask(sim, "SELECT count(*) = 0 FROM agent_run"
	    " WHERE ended_at IS NULL", 0), "a turn never ended");
	sim_require(sim, ask(sim, "SELECT count(*) = 0 FROM tool_call"
	    " WHERE result ->> 'call' <> id", 0),
	    "a call has the result of another");
	while ((id = ask(sim, "SELECT min(id) FROM tool_call WHERE id > ?1",
	    id)) > 0) {
		sim_require(sim, *performed(sim, id) <= ask(sim,
		    "SELECT attempt FROM tool_call WHERE id = ?1", id),
		    "a tool started without a trace");
		sim_require(sim, *performed(sim, id) > 0 || ask(sim,
		    "SELECT result ->> 'call' IS NULL FROM tool_call"
		    " WHERE id = ?1", id), "a result without a run");
	}
	fixture_sound(sim->f);
}

void
sim_open(struct sim *sim, uint64_t seed)
{
	static const char *const names[SIM_RUNNERS] = { "one", "two" };
	char why[DB_WHY_MAX];
	void *f = NULL;

	memset(sim, 0, sizeof(*sim));
	sim->seed = sim->random = seed;
	sim->now_ms = INT64_C(1767225600000);	/* 2026-01-01 */
	assert_int_equal(fixture_dir(&f), 0);
	sim->f = f;
	if (db_open(&sim->f->db, sim->f->path, DB_CREATE, why) != OK)
		fail_msg("%s", why);
	fixture_sql(sim->f, "PRAGMA synchronous = OFF");
	life_load(&(struct life){ .f = sim->f }, &(struct life_terms){
	    .entry = "unsure", .escalate_tool = "e:page" });
	fixture_sql(sim->f, "INSERT INTO budget VALUES (1, '', 'model_calls',"
	    " 6), (1, '', 'tool_calls', 5), (1, 'unsure', 'tool_calls', 3),"
	    " (1, 'second', 'wall_time', 600)");
	for (int i = 0; i < SIM_RUNNERS; i++) {
		struct sim_runner *r = &sim->runners[i];

		r->sim = sim;
		r->name = names[i];
		r->world = (struct world){ .arg = r, .now_ms = now_ms,
		    .answer = answer, .perform = perform, .cancel = cancel };
	}
}

void
sim_close(struct sim *sim)
{
	void *f = sim->f;

	for (int i = 0; i < SIM_RUNNERS; i++)
		die(&sim->runners[i]);
	fixture_close(&f);
}
