/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One session, one transaction: read the rows, step, write, step again, until
 * the outside is needed or nothing is left to do.
 */
#ifndef RUNNER_ADVANCE_H
#define RUNNER_ADVANCE_H

#include "runner/world.h"

struct tx;

/* The applications that were read so far, and who answers for them. */
struct apps {
	struct app **list;
	int count;
	bool (*answer)(void *arg, struct job *job);	/* as world.h */
	void *arg;
};

void apps_close(struct apps *apps);

/* apps_forget: the application's rows have changed; read them again. */
void apps_forget(struct apps *apps, int64_t id);

/* A session that was just claimed. */
struct claim {
	char session_id[SESSION_ID_MAX];
	int64_t epoch;
	bool is_new;		/* never ran: it moves to in_progress */
};

/*
 * advance_claim takes a claimed session on. Returns the job to perform once
 * the transaction is committed, or NULL; errors stick to tx.
 */
struct job *advance_claim(struct tx *tx, struct apps *apps,
	const struct claim *claim, int64_t now_ms);

/*
 * advance_job writes the outcome of a job, under the lease that it began
 * with, and takes its session on as advance_claim does. If the lease is
 * gone, an executed tool's outcome is still recorded if its row waits for
 * it, and a model's reply is dropped.
 */
struct job *advance_job(struct tx *tx, struct apps *apps, const char *owner,
	const struct job *job, int64_t now_ms);

/*
 * advance_leave writes the outcome of a tool, drops a model's reply, and
 * leaves the session to whoever claims it next.
 */
void advance_leave(struct tx *tx, const char *owner, const struct job *job,
	int64_t now_ms);

/*
 * advance_fail ends a claimed session in error. job: an outcome to record
 * first, or NULL.
 */
void advance_fail(struct tx *tx, const struct claim *claim,
	const struct job *job, const char *why, int64_t now_ms);

#endif
