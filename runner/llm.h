/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Models behind HTTP: asks them, within the limits of their providers, and
 * turns what comes back into the outcome of a JOB_MODEL.
 *
 *	struct llm *llm = llm_open(loop, db, progress, deliver, uv);
 *
 *	llm_ask(llm, job);	(deliver(uv, job) follows, maybe at once)
 *	llm_cancel(job);
 *	llm_close(llm);
 */
#ifndef RUNNER_LLM_H
#define RUNNER_LLM_H

#include "runner/world.h"

struct db;
struct llm;
struct progress;
struct uv_loop_s;

/*
 * llm_open: NULL when out of memory. db, loop and progress (or NULL: nobody
 * hears the text of running replies) stay the caller's.
 */
struct llm *llm_open(struct uv_loop_s *loop, struct db *db,
	struct progress *progress,
	void (*done)(void *arg, struct job *job), void *arg);

/* llm_close drops all calls without a word; the loop must turn once more. */
void llm_close(struct llm *llm);

/*
 * llm_ask asks the model of a job, now or when its provider's limits allow
 * it, and calls done with the outcome. job->handle is ours until then.
 */
void llm_ask(struct llm *llm, struct job *job);

/* llm_cancel ends it early; done is called as ever, with REPLY_HELD. */
void llm_cancel(struct job *job);

#endif
