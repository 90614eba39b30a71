/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What to do next for a session: a pure function of its rows. First run,
 * resume after a decision, retry and recovery after a crash are this same
 * function on different rows.
 *
 *	struct snapshot snap;
 *
 *	snapshot_read(&tx, id, &snap);
 *	struct effect effect = step(&snap, app);
 *	...
 *	snapshot_free(&snap);
 */
#ifndef RUNNER_STEP_H
#define RUNNER_STEP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/trace.h"
#include "sql/session.h"

struct app;
struct agent;
struct tool;

/* Bounds that end what would never end by itself, whatever its budgets. */
enum {
	STEP_MODEL_CALLS_MAX = 25,	/* in one turn */
	STEP_TURNS_MAX = 100,		/* in one session */
};

/* What is used of a budget: of the session's, or of one agent's turns in it. */
struct use {
	char *agent;		/* "": the session's */
	char *name;		/* tokens, model_calls, tool_calls, wall_time */
	int64_t amount;		/* as configured; wall_time: seconds */
	int64_t allowed;	/* by now */
	int64_t used;
};

/* A tool call that has not ended. */
struct call {
	int64_t id;
	int64_t run_id;		/* 0: made by the framework */
	int64_t epoch;
	int ordinal;
	int attempt;		/* times started */
	bool repeatable;
	char *agent, *tool, *status, *args, *args_sha256;
	char *gate_reason;	/* why people must decide, or NULL */
};

/* The rows of one session that decide what comes next. */
struct snapshot {
	char id[SESSION_ID_MAX];
	int64_t app_id;
	int64_t epoch;
	bool in_progress;
	char *node, *environment, *query;
	char trace[TRACE_SIZE];	/* or "" */
	int dispatch_depth;
	int runs;		/* turns so far, the open one included */
	double confidence;	/* the newest known, or NAN */
	/* The open turn, if run_id is not 0. */
	int64_t run_id;
	bool dispatch;		/* a supervisor's */
	char *run_agent;
	int replies;		/* of the model in this turn */
	bool replied;		/* its newest message is the model's */
	int tries;		/* failed since the model last answered */
	bool compact;		/* its messages did not fit the context */
	bool escalated;		/* the framework's call for it has ended */
	bool escalation_failed;
	struct call *calls;
	int call_count;
	struct use *uses;	/* of all budgets that there are */
	int use_count;
};

enum effect_kind {
	/* Nothing: somebody else's turn, or over. */
	EFFECT_NONE,
	/* Effects on rows, done at once in the same transaction. */
	EFFECT_START,		/* begin a turn of agent */
	EFFECT_GATE,		/* open gates for all gated calls */
	EFFECT_BUDGET,		/* use is all that was allowed: ask */
	EFFECT_CLASSIFY,	/* people edited call: ask the policy again */
	EFFECT_DOUBT,		/* call may have run: ask */
	EFFECT_REPLAN,		/* call may run again: its tool allows it */
	EFFECT_END_TURN,	/* read the reply, route */
	EFFECT_DISPATCH,	/* supervisor by rule */
	EFFECT_ESCALATE,	/* plan the framework's escalation call */
	EFFECT_ESCALATED,	/* and finish after it */
	EFFECT_WRITE,		/* a session tool: call */
	EFFECT_REFUSE,		/* call's tool is gone: answer with an error */
	EFFECT_FINISH,		/* infer the final status */
	EFFECT_FAIL,		/* why says what failed */
	/* Effects on the world, performed after the commit. */
	EFFECT_ASK,		/* call the model of agent */
	EFFECT_RUN,		/* run call's program */
};

struct effect {
	enum effect_kind kind;
	const struct agent *agent;
	const struct call *call;
	const struct tool *tool;
	const struct use *use;
	const char *why;	/* static text */
};

/* step decides; what it returns points into snap and app. */
struct effect step(const struct snapshot *snap, const struct app *app);

/* effect_is_outside tells effects on the world from those on rows. */
bool effect_is_outside(enum effect_kind kind);

#endif
