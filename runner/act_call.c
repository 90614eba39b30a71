/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/log.h"
#include "runner/act.h"
#include "runner/app.h"
#include "runner/args.h"
#include "runner/tool_name.h"

enum {
	PATH_MAX_BYTES = 512,	/* of a JSON path in SQLite's notation */
	ERROR_MAX = 8192,	/* of an error that the model reads */
	STRIKES_MAX = 3,	/* calls in one turn that are not JSON */
};

/* What the model asked for. */
struct request {
	const char *key;
	const char *name;
	const char *error;	/* of its arguments, or NULL */
	char *args;		/* canonical JSON text */
};

/* The first column of the first row, copied; NULL if there is none. */
static char *
ask_text(struct tx *tx, struct rows rows)
{
	char *text = NULL;

	if (rows_next(&rows))
		text = tx_copy(tx, rows_text(&rows, 0));
	rows_end(&rows);
	return text;
}

/* "session.a.b" as $."a"."b"; members are quoted, since SQLite splits on . */
static void
json_path(const char *dotted, char path[PATH_MAX_BYTES])
{
	size_t len;
	int at = snprintf(path, PATH_MAX_BYTES, "$");

	while (*dotted != '\0' && at < PATH_MAX_BYTES) {
		len = strcspn(dotted, ".");
		at += snprintf(path + at, (size_t)(PATH_MAX_BYTES - at),
		    ".\"%.*s\"", (int)len, dotted);
		dotted += len + (dotted[len] == '.');
	}
}

static bool
declares(const struct tool *tool, const char *parameter)
{
	return json_get(json_get(tool->parameters, "properties"),
	    parameter) != NULL;
}

/*
 * The framework's value beats the model's; a parameter that the tool does
 * not declare is dropped; a value that is not there is left out.
 */
static void
inject(const struct act *act, const struct tool *tool, struct request *request)
{
	const struct json *rule = json_first(act->app->injected);
	struct tx *tx = act->tx;
	char *vars = NULL, *args;
	char to[PATH_MAX_BYTES], from[PATH_MAX_BYTES];

	if (rule != NULL)
		vars = ask_text(tx, tx_query(tx, Q_SESSION_VARS, "s",
			act->snap->id));
	for (; rule != NULL && vars != NULL; rule = json_next(rule)) {
		json_path(json_key(rule), to);
		json_path(json_string(rule) + strlen("session."), from);
		if (declares(tool, json_key(rule)))
			args = ask_text(tx, tx_query(tx, Q_ARGS_INJECT, "ssss",
				request->args, to, vars, from));
		else
			args = ask_text(tx, tx_query(tx, Q_ARGS_REMOVE, "ss",
				request->args, to));
		if (args == NULL)
			break;
		free(request->args);
		request->args = args;
	}
	free(vars);
}

/* The call's own confidence argument is newer than any turn's. */
static double
newest_confidence(const struct act *act, const struct request *request)
{
	struct json_error error;
	struct json *args = json_parse(request->args, strlen(request->args),
	    &error);
	double value = json_number(json_get(args, "confidence"),
	    act->snap->confidence);

	if (args == NULL)
		tx_fail(act->tx, error.rc, "%s", error.message);
	json_free(args);
	return value;
}

static void
tell_tools(const struct act *act, const struct agent *agent, const char *name,
    struct buf *why)
{
	const struct app *app = act->app;

	buf_addf(why, "unknown tool \"%.128s\"; this agent has:", name);
	for (int i = 0; i < app->tool_count; i++)
		if (app->tools[i].present && agent_has(agent, &app->tools[i]))
			buf_addf(why, " %s", app->tools[i].name);
}

/* Tells the model what is wrong, so that it can do better; false: nothing. */
static bool
find_fault(const struct act *act, const struct agent *agent,
    const struct tool *tool, struct request *request, struct buf *why)
{
	int rc;

	if (request->error != NULL) {
		buf_adds(why, request->error);
		return true;
	}
	if (tool == NULL) {
		tell_tools(act, agent, request->name, why);
		return true;
	}
	if (request->args[0] == '{')
		inject(act, tool, request);
	rc = args_check(tool, request->args, why);
	if (rc != OK && rc != E_INVALID)
		tx_fail(act->tx, rc, "%s", err_text(rc));
	return rc != OK;
}

/* The answer to a call that is not run. */
static char *
refusal(const struct act *act, const struct buf *why)
{
	struct buf json;

	buf_init(&json, 2 * ERROR_MAX);
	buf_adds(&json, "{\"error\":");
	buf_add_json(&json, buf_str(why), why->len);
	buf_addc(&json, '}');
	if (json.rc == OK && why->len > 0)
		return json.data;
	json.rc = E_NOMEM;
	tx_fail(act->tx, json.rc, "%s", err_text(json.rc));
	buf_free(&json);
	return NULL;
}

static void
insert_call(const struct act *act, const char *agent, int64_t run_id,
    const struct tool *tool, const struct request *request,
    enum policy_action action, enum policy_reason reason, const char *refused)
{
	tx_run(act->tx, Q_CALL_INSERT, "slsssssssisll", act->snap->id, run_id,
	    agent, tool != NULL ? tool->name : request->name, request->key,
	    request->args, policy_action_name(action),
	    reason == POLICY_FREE ? NULL : policy_reason_name(reason),
	    policy_risk_name(action), tool != NULL && tool->repeatable,
	    refused, act->snap->epoch, act->now_ms);
}

/* After the framework's arguments are in: the policy must see them. */
static enum policy_reason
classify(const struct act *act, const struct tool *tool,
    const struct request *request, enum policy_action *action)
{
	const struct policy *policy = &act->app->policy;
	const char *environment = act->snap->environment;

	*action = policy_action(policy, tool->name, environment);
	return policy_gate(policy, *action, environment,
	    newest_confidence(act, request));
}

static void
plan(const struct act *act, const struct agent *agent, struct request *request)
{
	const struct tool *tool = app_tool(act->app, request->name);
	enum policy_action action = POLICY_AUTO;
	enum policy_reason reason = POLICY_FREE;
	char *refused = NULL;
	struct buf why;

	if (tool != NULL && (!tool->present || !agent_has(agent, tool)))
		tool = NULL;
	buf_init(&why, ERROR_MAX);
	if (find_fault(act, agent, tool, request, &why))
		refused = refusal(act, &why);
	else
		reason = classify(act, tool, request, &action);
	insert_call(act, agent->name, act->snap->run_id, tool, request, action,
	    reason, refused);
	free(refused);
	buf_free(&why);
}

static void
plan_all(const struct act *act, const struct agent *agent,
    const char *tool_calls)
{
	struct rows rows = tx_query(act->tx, Q_REPLY_CALLS, "s", tool_calls);

	while (rows_next(&rows)) {
		struct request request = {
			.key = rows_str(&rows, 0),
			.name = rows_str(&rows, 1),
			.args = tx_copy(act->tx, rows_str(&rows, 2)),
			.error = rows_text(&rows, 3),
		};

		if (request.args != NULL)
			plan(act, agent, &request);
		free(request.args);
	}
	rows_end(&rows);
}

/* Calls of this turn whose arguments were not JSON. */
static int
count_strikes(const struct act *act)
{
	struct rows rows = tx_query(act->tx, Q_RUN_STRIKES, "l",
	    act->snap->run_id);
	int count = rows_next(&rows) ? (int)rows_int(&rows, 0) : 0;

	rows_end(&rows);
	return count;
}

bool
act_reply(const struct act *act, const struct reply *reply)
{
	const struct agent *agent = app_agent(act->app, act->snap->run_agent);

	if (reply->error != NULL)
		return act_fault(act, reply);
	if (agent == NULL) {
		act_fail(act, "the agent of the turn does not exist");
		return true;
	}
	tx_run(act->tx, Q_MESSAGE_INSERT, "slsssiil", act->snap->id,
	    act->snap->run_id, "assistant", reply->content, reply->tool_calls,
	    (int)reply->input_tokens, (int)reply->output_tokens, act->now_ms);
	if (count_strikes(act) < STRIKES_MAX)
		plan_all(act, agent, reply->tool_calls);
	else
		act_fail(act, "the model wrote arguments that are not JSON "
		    "again and again");
	return true;
}

bool
act_start_call(const struct act *act, const struct call *call)
{
	if (tx_run(act->tx, Q_CALL_START, "lll", call->id, act->snap->epoch,
		act->now_ms) == 1)
		return true;
	if (act->tx->rc == OK)
		act_fail(act, "the arguments of a tool call are not those "
		    "that its digest stands for");
	return false;
}

void
act_end_call(const struct act *act, int64_t call_id, const char *result,
    bool is_error)
{
	tx_run(act->tx, Q_CALL_END, "llsil", call_id, act->snap->epoch, result,
	    is_error, act->now_ms);
}

/* What a session tool writes: its arguments, or the object in one of them. */
static char *
part_to_write(const struct act *act, const struct call *call,
    const struct tool *tool)
{
	char path[PATH_MAX_BYTES] = "$";

	if (tool->from != NULL)
		json_path(tool->from, path);
	return ask_text(act->tx, tx_query(act->tx, Q_ARGS_PART, "ss",
		call->args, path));
}

void
act_write(const struct act *act, const struct call *call,
    const struct tool *tool)
{
	const char *write = tool->write != NULL ? tool->write : "nothing";
	char *part;

	if (!act_start_call(act, call))
		return;
	part = part_to_write(act, call, tool);
	if (part == NULL) {
		act_end_call(act, call->id,
		    "{\"error\":\"there is no object to write\"}", true);
		return;
	}
	if (strcmp(write, "extra_fields") == 0)
		tx_run(act->tx, Q_SESSION_MERGE_FIELDS, "ssl", act->snap->id,
		    part, act->now_ms);
	else if (strcmp(write, "findings") == 0)
		tx_run(act->tx, Q_SESSION_MERGE_FINDING, "sssl", act->snap->id,
		    call->agent, part, act->now_ms);
	act_end_call(act, call->id, "{\"ok\":true}", false);
	free(part);
}

void
act_classify(const struct act *act, const struct agent *agent,
    const struct call *call)
{
	const struct tool *tool = app_tool(act->app, call->tool);
	struct request request = { .name = call->tool };
	enum policy_action action;
	enum policy_reason reason;

	if (tool == NULL || agent == NULL) {
		act_fail(act, "the tool or the agent of an edited call does "
		    "not exist");
		return;
	}
	request.args = tx_copy(act->tx, call->args);
	if (request.args == NULL)
		return;
	inject(act, tool, &request);
	reason = classify(act, tool, &request, &action);
	tx_run(act->tx, Q_CALL_CLASSIFY, "lssssl", call->id, request.args,
	    policy_action_name(action), reason == POLICY_FREE ? NULL :
	    policy_reason_name(reason), policy_risk_name(action),
	    act->snap->epoch);
	free(request.args);
}

void
act_refuse(const struct act *act, const struct call *call)
{
	if (act_start_call(act, call))
		act_end_call(act, call->id,
		    "{\"error\":\"the tool does not exist\"}", true);
}

/* Plans the call that a person's escalation asks for; no policy applies. */
void
act_escalate(const struct act *act)
{
	const struct tool *tool = app_tool(act->app, act->app->escalate_tool);
	struct request request = { .key = "escalate", .name =
	    act->app->escalate_tool };
	char *refused;
	struct buf why;

	if (tool == NULL) {
		act_fail(act, "escalate_action_tool_name names no tool");
		return;
	}
	request.args = ask_text(act->tx, tx_query(act->tx, Q_ESCALATE_ARGS,
		"s", act->snap->id));
	if (request.args == NULL) {
		if (act->tx->rc == OK)
			act_fail(act, "nobody escalated");
		return;
	}
	buf_init(&why, ERROR_MAX);
	refused = find_fault(act, NULL, tool, &request, &why) ?
	    refusal(act, &why) : NULL;
	insert_call(act, "orchestrator", 0, tool, &request, POLICY_AUTO,
	    POLICY_FREE, refused);
	free(refused);
	buf_free(&why);
	free(request.args);
}

void
act_escalated(const struct act *act)
{
	if (act->snap->escalation_failed)
		act_fail(act, "the escalation tool failed");
	else
		act_move(act, act->app->escalate_status, "escalate");
}
