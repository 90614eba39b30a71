/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop: take what is ready, decide, write, and only then act outside.
 *
 *	rc = runner_open(&runner, db, "runner", &world);
 *	for (;;)
 *		wait_for(runner_tick(runner));	(or a hint, or a job's end)
 *	runner_close(runner);
 *
 * One thread. A tick commits all that is known in one group: outcomes of
 * jobs, expired gates, claimed sessions; then it performs the effects that
 * followed. A process that dies anywhere in between loses nothing: the rows
 * say what is to do.
 */
#ifndef RUNNER_RUNNER_H
#define RUNNER_RUNNER_H

#include "runner/world.h"

struct runner;

enum {
	LEASE_MS = 30000,	/* a claim's, and its renewals' */
	POLL_MS = 250,		/* the longest wait when a hint is lost */
};

/*
 * runner_open takes back the sessions that owner had when it died. db is a
 * DB_WRITE connection and stays the caller's, as does world. As sql/tx.h.
 */
int runner_open(struct runner **runner, struct db *db, const char *owner,
	const struct world *world);

/*
 * runner_tick does all that can be done now. Returns the milliseconds that
 * it may take until the next tick, 0 to POLL_MS.
 */
int runner_tick(struct runner *runner);

/* runner_done takes a job back from the world, with its outcome. */
void runner_done(struct runner *runner, struct job *job);

/* runner_hear: the world has something to write. */
void runner_hear(struct runner *runner);

/* runner_forget: the rows of that application's tools have changed. */
void runner_forget(struct runner *runner, int64_t app_id);

/*
 * runner_drain makes the runner end: it claims and performs nothing new, and
 * cancels calls of models. Running tools may end; what they lead to is left
 * to the next start.
 */
void runner_drain(struct runner *runner);

/* runner_jobs returns how many jobs run or have an outcome to be written. */
int runner_jobs(const struct runner *runner);

void runner_close(struct runner *runner);

#endif
