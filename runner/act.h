/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Effects on rows: what step() decided, written inside the transaction that
 * it read from. Nothing here waits or reaches outside the database.
 */
#ifndef RUNNER_ACT_H
#define RUNNER_ACT_H

#include <stdint.h>

#include "runner/reply.h"
#include "runner/step.h"
#include "sql/tx.h"

struct act {
	struct tx *tx;
	const struct app *app;
	const struct snapshot *snap;
	int64_t now_ms;
};

/* act_effect does one effect on rows; errors stick to the transaction. */
void act_effect(const struct act *act, const struct effect *effect);

/*
 * act_reply journals the reply of the open turn's model and plans each tool
 * call that it asks for: injected arguments first, then policy. False: the
 * session waits and must be left alone now (act_fault).
 */
bool act_reply(const struct act *act, const struct reply *reply);

/* The rest is for the files of act_*.c. */

/* What a failure is, to who thinks of trying once more (session_retry). */
enum act_failure {
	FAILURE_LASTING,	/* the same again would fail the same */
	FAILURE_PASSING,	/* somebody outside was away or busy */
	FAILURE_UNKNOWN,
};

/*
 * act_fail ends the open turn, if any, as failed, and the session in error:
 * it would fail again. act_fail_as does it for a failure of any kind.
 */
void act_fail(const struct act *act, const char *why);
void act_fail_as(const struct act *act, enum act_failure failure,
	const char *why);

/*
 * act_fault deals with a reply's error: tries again, at once (true) or later
 * (false: ready_at is set and the lease given up), or fails the session; to
 * a supervisor it becomes a reply that names nobody.
 */
bool act_fault(const struct act *act, const struct reply *reply);

/* act_move inserts a status move of the session by the runner. */
void act_move(const struct act *act, const char *to, const char *cause);

/* act_node sets the agent that comes next. */
void act_node(const struct act *act, const char *node);

void act_end_turn(const struct act *act, const struct agent *agent);
void act_dispatch(const struct act *act, const struct agent *agent);
/* act_budget asks people about a budget that is used up. */
void act_budget(const struct act *act, const struct use *use);

void act_finish(const struct act *act);
void act_escalate(const struct act *act);
void act_escalated(const struct act *act);
void act_write(const struct act *act, const struct call *call,
	const struct tool *tool);
void act_refuse(const struct act *act, const struct call *call);

/* act_classify decides anew whether a call that people edited needs them. */
void act_classify(const struct act *act, const struct agent *agent,
	const struct call *call);

/*
 * act_start_call marks a call as executing and returns true; false if its
 * arguments are not those that it was planned or approved with: the session
 * has then failed.
 */
bool act_start_call(const struct act *act, const struct call *call);

/* act_end_call records the outcome of an executing call: JSON text. */
void act_end_call(const struct act *act, int64_t call_id, const char *result,
	bool is_error);

#endif
