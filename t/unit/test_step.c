/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/step.h"

#include <string.h>

#include "lib/json.h"
#include "runner/app.h"
#include "t/unit/unit.h"

enum { CALLS_MAX = 4, USES_MAX = 3, EPOCH = 7 };

/* A call; with GATED one that people decide. */
#define CALL(name, ...) { .status = name, ##__VA_ARGS__ }
#define GATED .gate = "high_risk_tool"

static const char *const kind_names[] = {
	[EFFECT_NONE] = "nothing", [EFFECT_START] = "start",
	[EFFECT_GATE] = "gate", [EFFECT_DOUBT] = "doubt",
	[EFFECT_BUDGET] = "budget",
	[EFFECT_REPLAN] = "replan", [EFFECT_END_TURN] = "end turn",
	[EFFECT_DISPATCH] = "dispatch", [EFFECT_ESCALATE] = "escalate",
	[EFFECT_ESCALATED] = "escalated", [EFFECT_WRITE] = "write",
	[EFFECT_REFUSE] = "refuse", [EFFECT_FINISH] = "finish",
	[EFFECT_FAIL] = "fail", [EFFECT_ASK] = "ask", [EFFECT_RUN] = "run",
};

/* The rows of a session, and what is to be done about them. */
struct row {
	const char *name;
	const char *node;	/* "first" */
	const char *turn;	/* the agent of the open turn */
	bool over;		/* the session is not in progress */
	bool replied, escalated;
	int replies, turns, depth;
	struct {
		const char *status;
		const char *gate;	/* why people must decide */
		const char *tool;	/* "s:run" */
		bool repeatable;
		bool old;		/* its epoch is not the session's */
		int attempt;
		bool framework;		/* no agent's */
	} calls[CALLS_MAX];
	struct {
		const char *agent;	/* "": the session's */
		const char *name;
		int allowed, used;
	} uses[USES_MAX];
	enum effect_kind kind;
	int call;		/* number of the call it is about, from 1 */
	int use;		/* the same of a budget */
	const char *agent, *why;
};

static const struct row calls[] = {
	{ .name = "a call that needs nobody", .turn = "first", .replied = true,
	    .calls = { CALL("planned") }, .kind = EFFECT_RUN, .call = 1 },
	{ .name = "in order", .turn = "first", .replied = true,
	    .calls = { CALL("planned"), CALL("planned") },
	    .kind = EFFECT_RUN, .call = 1 },
	{ .name = "before a gate that comes first", .turn = "first",
	    .calls = { CALL("planned", GATED), CALL("planned") },
	    .kind = EFFECT_RUN, .call = 2 },
	{ .name = "before an approved one", .turn = "first",
	    .calls = { CALL("approved", GATED), CALL("planned") },
	    .kind = EFFECT_RUN, .call = 2 },
	{ .name = "then the gates", .turn = "first",
	    .calls = { CALL("planned", GATED), CALL("planned", GATED) },
	    .kind = EFFECT_GATE, .call = 1 },
	{ .name = "before an approved one, too", .turn = "first",
	    .calls = { CALL("approved", GATED), CALL("planned", GATED) },
	    .kind = EFFECT_GATE, .call = 2 },
	{ .name = "then the approved", .turn = "first",
	    .calls = { CALL("approved", GATED), CALL("approved", GATED) },
	    .kind = EFFECT_RUN, .call = 1 },
	{ .name = "not while a gate is open", .turn = "first",
	    .calls = { CALL("pending_approval", GATED) }, .kind = EFFECT_NONE },
	{ .name = "not while one is in doubt", .turn = "first",
	    .calls = { CALL("in_doubt") }, .kind = EFFECT_NONE },
	{ .name = "what runs already", .turn = "first",
	    .calls = { CALL("executing"), CALL("planned") },
	    .kind = EFFECT_NONE },
	{ .name = "what ran and may run again", .turn = "first",
	    .calls = { CALL("executing", .repeatable = true, .old = true) },
	    .kind = EFFECT_REPLAN, .call = 1 },
	{ .name = "what may have run", .turn = "first",
	    .calls = { CALL("executing", .old = true), CALL("planned") },
	    .kind = EFFECT_DOUBT, .call = 1 },
	{ .name = "what was approved and may have run", .turn = "first",
	    .calls = { CALL("approved", GATED),
		CALL("executing", GATED, .old = true) },
	    .kind = EFFECT_DOUBT, .call = 2 },
	{ .name = "an old plan is no doubt", .turn = "first",
	    .calls = { CALL("planned", .old = true) },
	    .kind = EFFECT_RUN, .call = 1 },
	{ .name = "a session tool", .turn = "first",
	    .calls = { CALL("planned", .tool = "s:note") },
	    .kind = EFFECT_WRITE, .call = 1 },
	{ .name = "an approved session tool", .turn = "first",
	    .calls = { CALL("approved", GATED, .tool = "s:note") },
	    .kind = EFFECT_WRITE, .call = 1 },
	{ .name = "a gate before a session tool", .turn = "first",
	    .calls = { CALL("planned", GATED, .tool = "s:note") },
	    .kind = EFFECT_GATE, .call = 1 },
	{ .name = "a tool that is gone", .turn = "first",
	    .calls = { CALL("planned", .tool = "s:gone") },
	    .kind = EFFECT_REFUSE, .call = 1 },
	{ .name = "a call of the framework", .node = "__escalate__",
	    .calls = { CALL("planned") }, .kind = EFFECT_RUN, .call = 1 },
	{ .name = "calls of a session that is over", .turn = "first",
	    .over = true, .calls = { CALL("planned"), CALL("approved", GATED),
		CALL("executing", .old = true) }, .kind = EFFECT_NONE },
};

static const struct row turns[] = {
	{ .name = "a turn begins", .turn = "first",
	    .kind = EFFECT_ASK, .agent = "first" },
	{ .name = "a tool has answered", .turn = "first", .replies = 1,
	    .kind = EFFECT_ASK, .agent = "first" },
	{ .name = "the last call of the model", .turn = "first",
	    .replies = STEP_MODEL_CALLS_MAX - 1,
	    .kind = EFFECT_ASK, .agent = "first" },
	{ .name = "too many", .turn = "first", .replies = STEP_MODEL_CALLS_MAX,
	    .kind = EFFECT_FAIL, .why = "too many model calls in one turn" },
	{ .name = "the model has said all", .turn = "first", .replies = 1,
	    .replied = true, .kind = EFFECT_END_TURN, .agent = "first" },
	{ .name = "with its last call", .turn = "first",
	    .replies = STEP_MODEL_CALLS_MAX, .replied = true,
	    .kind = EFFECT_END_TURN, .agent = "first" },
	{ .name = "a supervisor asks", .turn = "judge",
	    .kind = EFFECT_ASK, .agent = "judge" },
	{ .name = "a supervisor has heard", .turn = "judge", .replies = 1,
	    .replied = true, .kind = EFFECT_END_TURN, .agent = "judge" },
	{ .name = "the turn's agent, not the next", .turn = "first",
	    .node = "boss", .kind = EFFECT_ASK, .agent = "first" },
	{ .name = "an agent that is gone", .turn = "nobody",
	    .kind = EFFECT_FAIL,
	    .why = "the agent of the turn does not exist" },
	{ .name = "a turn of a session that is over", .turn = "first",
	    .over = true, .kind = EFFECT_NONE },
};

static const struct row nodes[] = {
	{ .name = "an agent", .kind = EFFECT_START, .agent = "first" },
	{ .name = "the last turn", .turns = STEP_TURNS_MAX - 1,
	    .kind = EFFECT_START, .agent = "first" },
	{ .name = "too many turns", .turns = STEP_TURNS_MAX,
	    .kind = EFFECT_FAIL, .why = "too many turns in one session" },
	{ .name = "too many turns, but over", .turns = STEP_TURNS_MAX,
	    .node = "__end__", .kind = EFFECT_FINISH },
	{ .name = "a supervisor by rule", .node = "boss", .depth = 2,
	    .kind = EFFECT_DISPATCH, .agent = "boss" },
	{ .name = "too deep", .node = "boss", .depth = 3, .kind = EFFECT_FAIL,
	    .why = "too many dispatches: max_dispatch_depth" },
	{ .name = "a supervisor by model", .node = "judge",
	    .kind = EFFECT_START, .agent = "judge" },
	{ .name = "its own depth", .node = "judge", .depth = 1,
	    .kind = EFFECT_FAIL,
	    .why = "too many dispatches: max_dispatch_depth" },
	{ .name = "depth means nothing to others", .depth = 99,
	    .kind = EFFECT_START, .agent = "first" },
	{ .name = "a monitor", .node = "watch", .kind = EFFECT_FAIL,
	    .why = "a monitor takes no turn in a session" },
	{ .name = "nobody", .node = "nobody", .kind = EFFECT_FAIL,
	    .why = "the next agent does not exist" },
	{ .name = "the end", .node = "__end__", .kind = EFFECT_FINISH },
	{ .name = "escalation", .node = "__escalate__",
	    .kind = EFFECT_ESCALATE },
	{ .name = "after it", .node = "__escalate__", .escalated = true,
	    .kind = EFFECT_ESCALATED },
	{ .name = "the end of a session that is over", .node = "__end__",
	    .over = true, .kind = EFFECT_NONE },
};

static const struct row budgets[] = {
	{ .name = "something is left", .turn = "first",
	    .uses = { { "", "tokens", 5, 4 }, { "first", "tokens", 5, 4 } },
	    .kind = EFFECT_ASK, .agent = "first" },
	{ .name = "nothing is left", .turn = "first",
	    .uses = { { "", "tokens", 5, 5 } },
	    .kind = EFFECT_BUDGET, .use = 1 },
	{ .name = "more than that", .turn = "first",
	    .uses = { { "", "model_calls", 5, 4 }, { "", "tokens", 5, 6 } },
	    .kind = EFFECT_BUDGET, .use = 2 },
	{ .name = "the agent's", .turn = "first",
	    .uses = { { "", "tokens", 9, 5 }, { "other", "tokens", 5, 5 },
		{ "first", "model_calls", 5, 5 } },
	    .kind = EFFECT_BUDGET, .use = 3 },
	{ .name = "another agent's", .turn = "first",
	    .uses = { { "other", "tokens", 5, 5 } },
	    .kind = EFFECT_ASK, .agent = "first" },
	{ .name = "no tool may be called, the model may", .turn = "first",
	    .uses = { { "", "tool_calls", 5, 5 } },
	    .kind = EFFECT_ASK, .agent = "first" },
	{ .name = "time is everybody's: the model", .turn = "first",
	    .uses = { { "", "wall_time", 5, 5 } },
	    .kind = EFFECT_BUDGET, .use = 1 },
	{ .name = "a tool", .turn = "first", .calls = { CALL("planned") },
	    .uses = { { "", "wall_time", 5, 5 } },
	    .kind = EFFECT_BUDGET, .use = 1 },
	{ .name = "several at once, one after the other", .turn = "first",
	    .uses = { { "", "model_calls", 5, 5 }, { "", "tokens", 5, 5 } },
	    .kind = EFFECT_BUDGET, .use = 1 },
	{ .name = "no tool may be called", .turn = "first",
	    .calls = { CALL("planned") },
	    .uses = { { "", "tool_calls", 5, 5 } },
	    .kind = EFFECT_BUDGET, .use = 1 },
	{ .name = "of the call's agent", .turn = "first",
	    .calls = { CALL("planned") },
	    .uses = { { "other", "tool_calls", 5, 5 },
		{ "first", "tool_calls", 5, 5 } },
	    .kind = EFFECT_BUDGET, .use = 2 },
	{ .name = "an approved one", .turn = "first",
	    .calls = { CALL("approved", GATED) },
	    .uses = { { "", "tool_calls", 5, 5 } },
	    .kind = EFFECT_BUDGET, .use = 1 },
	{ .name = "a session tool", .turn = "first",
	    .calls = { CALL("planned", .tool = "s:note") },
	    .uses = { { "", "tool_calls", 5, 5 } },
	    .kind = EFFECT_BUDGET, .use = 1 },
	{ .name = "one that is gone", .turn = "first",
	    .calls = { CALL("planned", .tool = "s:gone") },
	    .uses = { { "", "tool_calls", 5, 5 } },
	    .kind = EFFECT_BUDGET, .use = 1 },
	{ .name = "a question takes nothing", .turn = "first",
	    .calls = { CALL("planned", GATED) },
	    .uses = { { "", "tool_calls", 5, 5 } },
	    .kind = EFFECT_GATE, .call = 1 },
	{ .name = "what was asked for is still called", .turn = "first",
	    .calls = { CALL("planned") },
	    .uses = { { "", "tokens", 5, 5 }, { "", "model_calls", 5, 5 } },
	    .kind = EFFECT_RUN, .call = 1 },
	{ .name = "one that began before", .turn = "first",
	    .calls = { CALL("planned", .attempt = 1) },
	    .uses = { { "", "tool_calls", 5, 5 } },
	    .kind = EFFECT_RUN, .call = 1 },
	{ .name = "one that a person wants", .node = "__escalate__",
	    .calls = { CALL("planned", .framework = true) },
	    .uses = { { "", "tool_calls", 5, 5 } },
	    .kind = EFFECT_RUN, .call = 1 },
	{ .name = "what has been said counts", .turn = "first",
	    .replied = true, .uses = { { "", "tokens", 5, 5 } },
	    .kind = EFFECT_END_TURN, .agent = "first" },
	{ .name = "a turn may begin", .uses = { { "", "tokens", 5, 5 } },
	    .kind = EFFECT_START, .agent = "first" },
	{ .name = "the end takes nothing", .node = "__end__",
	    .uses = { { "", "wall_time", 5, 5 } }, .kind = EFFECT_FINISH },
	{ .name = "people said finish", .node = "__end__", .turn = "first",
	    .calls = { CALL("planned") },
	    .uses = { { "", "tool_calls", 5, 5 } }, .kind = EFFECT_FINISH },
};

static struct agent agents[] = {
	{ .name = (char *)"first", .kind = AGENT_RESPONSIVE },
	{ .name = (char *)"boss", .kind = AGENT_SUPERVISOR },
	{ .name = (char *)"judge", .kind = AGENT_SUPERVISOR },
	{ .name = (char *)"watch", .kind = AGENT_MONITOR },
};

static struct tool tools[] = {
	{ .name = (char *)"s:run" },
	{ .name = (char *)"s:note", .session = true },
};

static const struct app app = {
	.agents = agents, .agent_count = COUNT(agents),
	.tools = tools, .tool_count = COUNT(tools),
};

static int
set_up(void **state)
{
	static const char *const configs[COUNT(agents)] = {
		"{}", "{\"dispatch_strategy\":\"rule\"}",
		"{\"max_dispatch_depth\":1}", "{}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(agents); i++)
		agents[i].config = json_parse(configs[i], strlen(configs[i]),
		    NULL);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(agents); i++)
		json_free(agents[i].config);
	return 0;
}

/* The calls of a row as the snapshot has them; returns their number. */
static int
lay_out_calls(const struct row *row, struct call *list)
{
	int count = 0;

	for (; count < CALLS_MAX && row->calls[count].status != NULL; count++)
		list[count] = (struct call){
			.id = 100 + count,
			.ordinal = count,
			.tool = (char *)(row->calls[count].tool != NULL ?
			    row->calls[count].tool : "s:run"),
			.status = (char *)row->calls[count].status,
			.gate_reason = (char *)row->calls[count].gate,
			.agent = (char *)"first",
			.run_id = row->calls[count].framework ? 0 : 1,
			.attempt = row->calls[count].attempt,
			.repeatable = row->calls[count].repeatable,
			.epoch = row->calls[count].old ? EPOCH - 1 : EPOCH,
		};
	return count;
}

static int
lay_out_uses(const struct row *row, struct use *list)
{
	int count = 0;

	for (; count < USES_MAX && row->uses[count].name != NULL; count++)
		list[count] = (struct use){
			.agent = (char *)row->uses[count].agent,
			.name = (char *)row->uses[count].name,
			.allowed = row->uses[count].allowed,
			.used = row->uses[count].used,
		};
	return count;
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void
check(const struct row *row)
{
	struct call list[CALLS_MAX];
	struct use uses[USES_MAX];
	struct snapshot snap = {
		.epoch = EPOCH,
		.in_progress = !row->over,
		.node = (char *)(row->node != NULL ? row->node : "first"),
		.dispatch_depth = row->depth,
		.runs = row->turns,
		.run_id = row->turn != NULL ? 1 : 0,
		.run_agent = (char *)row->turn,
		.replies = row->replies,
		.replied = row->replied,
		.escalated = row->escalated,
		.calls = list,
		.call_count = lay_out_calls(row, list),
		.uses = uses,
		.use_count = lay_out_uses(row, uses),
	};
	struct effect effect = step(&snap, &app);
	const struct call *call = row->call > 0 ? &list[row->call - 1] : NULL;

	if (effect.kind != row->kind)
		fail_msg("%s: %s, not %s", row->name, kind_names[effect.kind],
		    kind_names[row->kind]);
	if (effect.call != call)
		fail_msg("%s: another call", row->name);
	if (effect.use != (row->use > 0 ? &uses[row->use - 1] : NULL))
		fail_msg("%s: another budget", row->name);
	if (!same_text(effect.why, row->why))
		fail_msg("%s: \"%s\"", row->name, effect.why);
	if (row->agent != NULL &&
	    !same_text(effect.agent != NULL ? effect.agent->name : NULL,
		row->agent))
		fail_msg("%s: another agent", row->name);
	if ((row->kind == EFFECT_RUN || row->kind == EFFECT_WRITE) &&
	    (effect.tool == NULL || call == NULL ||
		strcmp(effect.tool->name, call->tool) != 0))
		fail_msg("%s: another tool", row->name);
}

static void
test_calls(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(calls); i++)
		check(&calls[i]);
}

static void
test_turns(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(turns); i++)
		check(&turns[i]);
}

static void
test_nodes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(nodes); i++)
		check(&nodes[i]);
}

static void
test_budgets(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(budgets); i++)
		check(&budgets[i]);
}

/* What reaches outside waits for the commit; nothing else may. */
static void
test_outside(void **state)
{
	(void)state;
	for (int kind = 0; kind < (int)COUNT(kind_names); kind++)
		assert_int_equal(effect_is_outside((enum effect_kind)kind),
		    kind == EFFECT_ASK || kind == EFFECT_RUN);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_budgets),
		cmocka_unit_test(test_outside),
	};

	return cmocka_run_group_tests_name("step", tests, set_up, tear_down);
}
