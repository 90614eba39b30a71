/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/act.h"

#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/expr.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/log.h"
#include "runner/app.h"
#include "runner/brief.h"

enum {
	QUESTION_MAX = 512,		/* bytes */
	FAILURE_MAX = 128 * 1024,	/* of the longest error, as JSON */
};

void
act_move(const struct act *act, const char *to, const char *cause)
{
	tx_run(act->tx, Q_SESSION_MOVE, "ssssl", act->snap->id, to, cause,
	    "runner", act->now_ms);
}

void
act_node(const struct act *act, const char *node)
{
	tx_run(act->tx, Q_SESSION_NODE, "ssil", act->snap->id, node,
	    act->snap->dispatch_depth, act->now_ms);
}

static void
move_to_error(const struct act *act, enum act_failure failure)
{
	bool known = failure != FAILURE_UNKNOWN;

	tx_run(act->tx, Q_SESSION_MOVE, known ? "sssslni" : "ssssl",
	    act->snap->id, "error", "agent_failed", "runner", act->now_ms,
	    failure == FAILURE_PASSING);
}

void
act_fail(const struct act *act, const char *why)
{
	act_fail_as(act, FAILURE_LASTING, why);
}

void
act_fail_as(const struct act *act, enum act_failure failure, const char *why)
{
	struct buf summary, fields;

	log_warn("session_failed", "session=%s why=\"%s\"", act->snap->id,
	    why);
	buf_init(&summary, FAILURE_MAX);
	buf_addf(&summary, "agent failed: %s", why);
	buf_init(&fields, FAILURE_MAX);
	buf_adds(&fields, "{\"failure\":");
	buf_add_json(&fields, why, strlen(why));
	buf_addc(&fields, '}');
	if (summary.rc != OK || fields.rc != OK)
		tx_fail(act->tx, E_NOMEM, "%s", err_text(E_NOMEM));
	if (act->snap->run_id != 0)
		tx_run(act->tx, Q_RUN_END, "llssnnnn", act->snap->run_id,
		    act->now_ms, "failed", buf_str(&summary));
	tx_run(act->tx, Q_SESSION_MERGE_FIELDS, "ssl", act->snap->id,
	    buf_str(&fields), act->now_ms);
	move_to_error(act, failure);
	buf_free(&summary);
	buf_free(&fields);
}

static void
start_turn(const struct act *act, const struct agent *agent)
{
	bool dispatch = agent->kind == AGENT_SUPERVISOR;
	struct buf brief;
	int64_t run_id;

	buf_init(&brief, BRIEF_MAX);
	if (dispatch)
		tx_run(act->tx, Q_SESSION_NODE, "ssil", act->snap->id,
		    agent->name, act->snap->dispatch_depth + 1, act->now_ms);
	brief_write(act->tx, act->snap->id, &brief);
	run_id = tx_insert(act->tx, Q_RUN_INSERT, "sssll", act->snap->id,
	    agent->name, dispatch ? "dispatch" : "responsive",
	    act->snap->epoch, act->now_ms);
	tx_run(act->tx, Q_MESSAGE_INSERT, "slsssiil", act->snap->id, run_id,
	    "user", buf_str(&brief), "[]", 0, 0, act->now_ms);
	buf_free(&brief);
}

/* One gate for each call that people must decide, all in this commit. */
static void
open_gates(const struct act *act)
{
	const struct snapshot *snap = act->snap;
	char question[QUESTION_MAX];

	for (int i = 0; i < snap->call_count; i++) {
		const struct call *call = &snap->calls[i];

		if (call->gate_reason == NULL ||
		    strcmp(call->status, "planned") != 0)
			continue;
		snprintf(question, sizeof(question), "Run %s in %s for %s?",
		    call->tool, snap->environment, snap->id);
		tx_run(act->tx, Q_GATE_INSERT, "ssssslsl", snap->id, "tool",
		    call->gate_reason, question, "{}", call->id,
		    call->args_sha256, act->now_ms);
		log_info("gate_opened", "session=%s tool=%s reason=%s",
		    snap->id, call->tool, call->gate_reason);
	}
}

static void
open_doubt(const struct act *act, const struct call *call)
{
	char question[QUESTION_MAX];

	snprintf(question, sizeof(question), "%s may have run already for %s. "
	    "Run it again, take it as done, or take it as failed?",
	    call->tool, act->snap->id);
	tx_run(act->tx, Q_GATE_INSERT, "ssssslsl", act->snap->id, "in_doubt",
	    "in_doubt", question, "{}", call->id, call->args_sha256,
	    act->now_ms);
	log_warn("call_in_doubt", "session=%s tool=%s call=%d", act->snap->id,
	    call->tool, call->ordinal);
}

/* What has no value here does not hold. Loading has parsed it before. */
static bool
rule_holds(struct tx *tx, const struct json *rule, const struct json *vars)
{
	struct expr *expr;
	struct buf why;
	bool holds = false;
	int rc = E_NOMEM;

	buf_init(&why, QUESTION_MAX);
	expr = expr_parse(json_string(json_get(rule, "when")),
	    expr_session_names, &why);
	if (expr != NULL)
		rc = expr_eval(expr, vars, &holds, NULL);
	if (rc == E_NOMEM)
		tx_fail(tx, rc, "%s", err_text(rc));
	expr_free(expr);
	buf_free(&why);
	return holds;
}

/* The target of the first rule that holds, else the first subordinate. */
static const char *
choose_target(const struct act *act, const struct agent *agent,
    const struct json *vars)
{
	const struct json *rule = json_first(json_get(agent->config,
		"dispatch_rules"));

	while (rule != NULL && !rule_holds(act->tx, rule, vars))
		rule = json_next(rule);
	return json_string(rule != NULL ? json_get(rule, "target") :
	    json_first(json_get(agent->config, "subordinates")));
}

static struct json *
read_vars(const struct act *act)
{
	struct rows rows = tx_query(act->tx, Q_SESSION_VARS_FULL, "s",
	    act->snap->id);
	struct json_error error = { .rc = OK };
	struct json *vars = NULL;

	if (rows_next(&rows))
		vars = json_parse(rows_str(&rows, 0),
		    strlen(rows_str(&rows, 0)), &error);
	rows_end(&rows);
	if (error.rc == E_NOMEM)
		tx_fail(act->tx, E_NOMEM, "%s", err_text(E_NOMEM));
	return vars;
}

void
act_dispatch(const struct act *act, const struct agent *agent)
{
	struct json *vars = read_vars(act);
	const char *target = choose_target(act, agent, vars);

	log_info("dispatched", "session=%s supervisor=%s target=%s",
	    act->snap->id, agent->name, target);
	tx_run(act->tx, Q_SESSION_NODE, "ssil", act->snap->id, target,
	    act->snap->dispatch_depth + 1, act->now_ms);
	json_free(vars);
}

void
act_effect(const struct act *act, const struct effect *effect)
{
	switch (effect->kind) {
	case EFFECT_START:
		start_turn(act, effect->agent);
		break;
	case EFFECT_GATE:
		open_gates(act);
		break;
	case EFFECT_BUDGET:
		act_budget(act, effect->use);
		break;
	case EFFECT_DOUBT:
		open_doubt(act, effect->call);
		break;
	case EFFECT_CLASSIFY:
		act_classify(act, effect->agent, effect->call);
		break;
	case EFFECT_REPLAN:
		tx_run(act->tx, Q_CALL_REPLAN, "ll", effect->call->id,
		    act->snap->epoch);
		break;
	case EFFECT_END_TURN:
		act_end_turn(act, effect->agent);
		break;
	case EFFECT_DISPATCH:
		act_dispatch(act, effect->agent);
		break;
	case EFFECT_ESCALATE:
		act_escalate(act);
		break;
	case EFFECT_ESCALATED:
		act_escalated(act);
		break;
	case EFFECT_WRITE:
		act_write(act, effect->call, effect->tool);
		break;
	case EFFECT_REFUSE:
		act_refuse(act, effect->call);
		break;
	case EFFECT_FINISH:
		act_finish(act);
		break;
	case EFFECT_FAIL:
		act_fail(act, effect->why);
		break;
	case EFFECT_NONE:
	case EFFECT_ASK:
	case EFFECT_RUN:
		break;
	}
}
