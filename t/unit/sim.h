/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two runners that share a database and die at any point, in a world that a
 * seed decides: what models say, what people vote, when time passes, and
 * which effects of a tick still reach the outside.
 *
 *	struct sim sim;
 *
 *	sim_open(&sim, seed);
 *	for (int i = 0; i < 1000; i++)
 *		sim_step(&sim);
 *	sim_settle(&sim);
 *	sim_check(&sim);
 *	sim_close(&sim);
 *
 * A failure ends the test; sim->seed replays it.
 */
#ifndef T_UNIT_SIM_H
#define T_UNIT_SIM_H

#include "runner/runner.h"
#include "t/unit/sql_fixture.h"

enum {
	SIM_RUNNERS = 2,
	SIM_SESSIONS_MAX = 12,
	SIM_CALLS_MAX = 256,		/* of a session */
	SIM_JOBS_MAX = 64,
};

/* A process: all of this is gone when it dies. */
struct sim_runner {
	struct sim *sim;
	const char *name;
	struct db *db;			/* NULL: it is dead */
	struct runner *runner;
	struct world world;
	struct job *jobs[SIM_JOBS_MAX];
	int job_count;
	int performs_left;		/* before it dies; -1: it lives */
};

struct sim {
	uint64_t seed, random;
	int64_t now_ms;
	struct fixture *f;
	struct sim_runner runners[SIM_RUNNERS];
	int sessions;
	/* How often, by session and call. */
	int performed[SIM_SESSIONS_MAX][SIM_CALLS_MAX];
	int deaths;
};

void sim_open(struct sim *sim, uint64_t seed);
void sim_close(struct sim *sim);

/* sim_step lets one thing happen, good or bad. */
void sim_step(struct sim *sim);

/* sim_settle lets only good things happen until all sessions are over. */
void sim_settle(struct sim *sim);

/* sim_check looks for what must not have happened. */
void sim_check(struct sim *sim);

/* For the parts of it: a number below n; a failure that names the seed. */
uint64_t sim_random(struct sim *sim, uint64_t n);
void sim_require(struct sim *sim, bool holds, const char *what);

/* sim_answer makes up what comes of a job (sim_world.c). */
void sim_answer(struct sim *sim, struct job *job);

/* sim_vote decides an open gate, if there is one; whether it did. */
bool sim_vote(struct sim *sim);

#endif
