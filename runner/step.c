/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/step.h"

#include <string.h>

#include "lib/json.h"
#include "runner/app.h"

static bool
has_status(const struct call *call, const char *status)
{
	return strcmp(call->status, status) == 0;
}

static struct effect
fail(const char *why)
{
	return (struct effect){ .kind = EFFECT_FAIL, .why = why };
}

/*
 * A call that was executing under an older epoch has lost its owner: nobody
 * knows whether it ran. Under our own epoch it is in flight.
 */
static struct effect
recover(const struct snapshot *snap, const struct call *call)
{
	if (call->epoch == snap->epoch)
		return (struct effect){ .kind = EFFECT_NONE };
	return (struct effect){
		.kind = call->repeatable ? EFFECT_REPLAN : EFFECT_DOUBT,
		.call = call,
	};
}

static struct effect
execute(const struct app *app, const struct call *call)
{
	const struct tool *tool = app_tool(app, call->tool);
	enum effect_kind kind;

	if (tool == NULL)
		kind = EFFECT_REFUSE;
	else
		kind = tool->session ? EFFECT_WRITE : EFFECT_RUN;
	return (struct effect){ .kind = kind, .call = call, .tool = tool };
}

/*
 * Calls that need nobody run first, in order; then all gates open together;
 * when those are decided the approved calls run. kind is EFFECT_NONE with
 * *waiting false when no call is left.
 */
static struct effect
next_call(const struct snapshot *snap, const struct app *app, bool *waiting)
{
	const struct call *gated = NULL, *approved = NULL;

	*waiting = snap->call_count > 0;
	for (int i = 0; i < snap->call_count; i++) {
		const struct call *call = &snap->calls[i];

		if (has_status(call, "executing"))
			return recover(snap, call);
		if (has_status(call, "planned") && call->gate_reason == NULL)
			return execute(app, call);
		if (has_status(call, "planned") &&
		    strcmp(call->gate_reason, "edited") == 0)
			return (struct effect){ .kind = EFFECT_CLASSIFY,
			    .agent = app_agent(app, call->agent),
			    .call = call };
		if (has_status(call, "planned") && gated == NULL)
			gated = call;
		if (has_status(call, "approved") && approved == NULL)
			approved = call;
	}
	if (gated != NULL)
		return (struct effect){ .kind = EFFECT_GATE, .call = gated };
	if (approved != NULL)
		return execute(app, approved);
	return (struct effect){ .kind = EFFECT_NONE };
}

static struct effect
continue_turn(const struct snapshot *snap, const struct app *app)
{
	struct effect effect = {
		.agent = app_agent(app, snap->run_agent),
	};

	if (effect.agent == NULL)
		return fail("the agent of the turn does not exist");
	if (snap->replied)
		effect.kind = EFFECT_END_TURN;
	else if (snap->replies < STEP_MODEL_CALLS_MAX)
		effect.kind = EFFECT_ASK;
	else
		return fail("too many model calls in one turn");
	return effect;
}

static struct effect
supervise(const struct snapshot *snap, const struct agent *agent)
{
	const struct json *config = agent->config;
	const char *strategy = json_string(json_get(config,
		"dispatch_strategy"));
	double depth = json_number(json_get(config, "max_dispatch_depth"), 3);
	bool by_rule = strategy != NULL && strcmp(strategy, "rule") == 0;

	if (snap->dispatch_depth >= depth)
		return fail("too many dispatches: max_dispatch_depth");
	return (struct effect){
		.kind = by_rule ? EFFECT_DISPATCH : EFFECT_START,
		.agent = agent,
	};
}

static struct effect
enter_node(const struct snapshot *snap, const struct app *app)
{
	const struct agent *agent;

	if (strcmp(snap->node, "__escalate__") == 0)
		return (struct effect){ .kind = snap->escalated ?
			EFFECT_ESCALATED : EFFECT_ESCALATE };
	agent = app_agent(app, snap->node);
	if (agent == NULL)
		return fail("the next agent does not exist");
	if (agent->kind == AGENT_MONITOR)
		return fail("a monitor takes no turn in a session");
	if (snap->runs >= STEP_TURNS_MAX)
		return fail("too many turns in one session");
	if (agent->kind == AGENT_SUPERVISOR)
		return supervise(snap, agent);
	return (struct effect){ .kind = EFFECT_START, .agent = agent };
}

/* Does the effect take from a budget of that name? Time, all of them do. */
static bool
takes(const struct effect *effect, const char *name)
{
	bool asks = effect->kind == EFFECT_ASK;

	if (strcmp(name, "tokens") == 0 || strcmp(name, "model_calls") == 0)
		return asks;
	return !asks || strcmp(name, "wall_time") == 0;
}

/*
 * What would begin now begins only if each budget that it takes from, the
 * session's or its agent's, has something left; if not, people are asked.
 */
static struct effect
within_budget(const struct snapshot *snap, struct effect effect)
{
	const char *agent = snap->run_agent;

	switch (effect.kind) {
	case EFFECT_ASK:
		break;
	case EFFECT_RUN:
	case EFFECT_WRITE:
	case EFFECT_REFUSE:
		/* People's own, or one that began before, within them. */
		if (effect.call->run_id == 0 || effect.call->attempt > 0)
			return effect;
		agent = effect.call->agent;
		break;
	default:
		return effect;
	}
	for (int i = 0; i < snap->use_count; i++) {
		const struct use *use = &snap->uses[i];

		if (use->used >= use->allowed && takes(&effect, use->name) &&
		    (use->agent[0] == '\0' || strcmp(use->agent, agent) == 0))
			return (struct effect){ .kind = EFFECT_BUDGET,
				.use = use };
	}
	return effect;
}

static struct effect
next(const struct snapshot *snap, const struct app *app)
{
	struct effect effect;
	bool waiting;

	/* A turn ends before its session does, unless people say finish. */
	if (strcmp(snap->node, "__end__") == 0)
		return (struct effect){ .kind = EFFECT_FINISH };
	effect = next_call(snap, app, &waiting);
	if (waiting)
		return effect;
	if (snap->run_id != 0)
		return continue_turn(snap, app);
	return enter_node(snap, app);
}

struct effect
step(const struct snapshot *snap, const struct app *app)
{
	if (!snap->in_progress)
		return (struct effect){ .kind = EFFECT_NONE };
	return within_budget(snap, next(snap, app));
}

bool
effect_is_outside(enum effect_kind kind)
{
	return kind >= EFFECT_ASK;
}
