/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small interface through which time and every effect on the outside
 * enter the runner. In production libuv stands behind it (world_uv.c); tests
 * bring their own and replay whole lives of sessions without a clock.
 */
#ifndef RUNNER_WORLD_H
#define RUNNER_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "runner/act.h"

struct app;
struct tool;

enum job_kind { JOB_MODEL, JOB_TOOL };

/* One effect on the outside, from its commit to that of its outcome. */
struct job {
	enum job_kind kind;
	char session_id[SESSION_ID_MAX];
	int64_t app_id;
	int64_t epoch;
	char *environment;
	char trace[TRACE_SIZE];	/* to be passed on, or "" */
	/* JOB_MODEL: what is asked; then what came of it. */
	char *model, *agent, *query, *last_result;
	int turn;		/* the model's nth reply in this turn, from 1 */
	int64_t run_id;		/* this turn */
	bool compact;		/* its messages did not fit the context */
	struct reply reply;
	/* JOB_TOOL: the same. */
	struct app *app;	/* that tool and dir belong to */
	const struct tool *tool;
	const char *dir;	/* of the application */
	char *args;
	int64_t call_id;
	int ordinal;
	char *result;		/* JSON text */
	bool is_error;
	/* Private to the runner and to the world. */
	struct job *next;
	bool written;
	bool scripted;		/* by script.c, not by llm.c: reply is there */
	int delay_ms;		/* until that is due */
	bool waits;		/* for the agent's servers, tool_servers.h */
	void *handle;
};

struct world {
	void *arg;
	/* How programs are kept apart, as beat.h; it outlives the runner. */
	const char *sandbox;
	/* now_ms returns the time, milliseconds UTC. */
	int64_t (*now_ms)(void *arg);
	/*
	 * answer fills in the outcome of a JOB_MODEL that rows alone tell, now,
	 * in the transaction that made it; false: perform it. NULL: none is.
	 */
	bool (*answer)(void *arg, struct job *job);
	/*
	 * perform starts a job and returns at once; when it is done the world
	 * fills in the outcome and calls runner_done, possibly before it
	 * returns. It never fails otherwise than by an outcome.
	 */
	void (*perform)(void *arg, struct job *job);
	/* cancel ends a job early; runner_done is called as ever. */
	void (*cancel)(void *arg, struct job *job);
	/*
	 * What the outside tells of itself, without being asked by a job,
	 * becomes rows too: after runner_hear, write adds it to the tick's
	 * group, and written is called after the commit; false: there is
	 * more.
	 */
	void (*write)(void *arg);
	bool (*written)(void *arg);
};

/* job_free frees a job; accepts NULL. */
void job_free(struct job *job);

/* Lists of jobs, by job->next; job_take_out may find that it is in none. */
void job_push(struct job **list, struct job *job);
void job_take_out(struct job **list, struct job *job);
void jobs_free(struct job **list);

/* job_fail fills in the outcome of a job that did not work. */
void job_fail(struct job *job, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
