/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/app_check.h"

#include <string.h>

#include "lib/err.h"
#include "lib/expr.h"

static const char *const kinds[] = {
	[KIND_RESPONSIVE] = "responsive",
	[KIND_SUPERVISOR] = "supervisor",
	[KIND_MONITOR] = "monitor",
	NULL
};

/* Which kinds a key belongs to. */
enum { R = 1 << KIND_RESPONSIVE, S = 1 << KIND_SUPERVISOR,
	M = 1 << KIND_MONITOR };

static const struct {
	const char *name;
	int kinds;
} skill_keys[] = {
	{ "description", R | S | M }, { "kind", R | S | M },
	{ "budget", R | S },
	{ "model", R | S | M }, { "tools", R | M }, { "routes", R },
	{ "system_prompt", R }, { "stub_response", R },
	{ "subordinates", S }, { "dispatch_strategy", S },
	{ "dispatch_prompt", S }, { "dispatch_rules", S },
	{ "max_dispatch_depth", S }, { "runner", S },
	{ "schedule", M }, { "observe", M }, { "emit_signal_when", M },
	{ "trigger_target", M }, { "tick_timeout_seconds", M },
};

static void
check_key(struct app *app, const struct app_agent *agent,
    const struct conf *node)
{
	if (strcmp(node->key, "name") == 0) {
		conf_error(node, &app->errors, "an agent's name is that of "
		    "its directory, \"%s\"", agent->name);
		return;
	}
	for (size_t i = 0; i < sizeof(skill_keys) / sizeof(skill_keys[0]); i++)
		if (strcmp(node->key, skill_keys[i].name) == 0) {
			if ((skill_keys[i].kinds & 1 << agent->kind) == 0)
				conf_error(node, &app->errors, "not for a %s",
				    kinds[agent->kind]);
			return;
		}
	conf_warn(node, &app->warnings, "unknown key");
}

/* Without it the agent would fail; but it may be that nobody ever calls it. */
static void
check_address(struct app *app, const struct app_agent *agent,
    const struct app_model *model)
{
	const struct conf *provider = model->provider->node;
	const char *kind = model->provider->kind, *missing = NULL;

	if (strcmp(kind, "openai_compat") == 0 &&
	    conf_is_null(conf_get(provider, "base_url")))
		missing = "base_url";
	else if (strcmp(kind, "azure_openai") == 0 &&
	    conf_is_null(conf_get(provider, "endpoint")))
		missing = "endpoint";
	else if (strcmp(kind, "azure_openai") == 0 &&
	    conf_is_null(conf_get(model->node, "deployment")) &&
	    conf_is_null(conf_get(model->node, "model")))
		missing = "deployment";
	if (missing != NULL)
		conf_warn(agent->root, &app->warnings, "model \"%s\" cannot be "
		    "asked: there is no \"%s\"", model->name, missing);
}

static void
check_model(struct app *app, struct app_agent *agent)
{
	const struct conf *node = conf_get(agent->root, "model");
	const char *name = conf_str(agent->root, "model", NULL, &app->errors);
	struct app_model *model;

	if (name == NULL && !conf_is_null(node))
		return;		/* complained about */
	if (name != NULL && app_model(app, name) == NULL) {
		conf_error(node, &app->errors, "unknown model \"%s\"", name);
		return;
	}
	if (!agent->calls_model || app->default_model == NULL)
		return;
	agent->model = name != NULL ? name : app->default_model;
	model = app_model(app, agent->model);
	if (model == NULL || model->provider == NULL)
		return;
	check_address(app, agent, model);
}

static void
check_expression(struct app *app, const struct conf *map, const char *key,
    const char *const *names)
{
	const char *text = app_text(app, map, key);
	struct buf why;

	if (text == NULL)
		return;
	buf_init(&why, 4096);
	expr_free(expr_parse(text, names, &why));
	if (why.rc != OK || strcmp(buf_str(&why), err_text(E_NOMEM)) == 0)
		app->errors.rc = E_NOMEM;
	else if (why.len > 0)
		conf_error(conf_get(map, key), &app->errors, "%s",
		    buf_str(&why));
	buf_free(&why);
}

static void
check_prompt(struct app *app, const struct app_agent *agent)
{
	const struct conf *node = conf_get(agent->root, "system_prompt");

	if (agent->prompt_files == 0)
		conf_error(agent->root, &app->errors,
		    "no prompt: there is no .md file in \"%s\"", agent->dir);
	if (node != NULL)
		conf_warn(node, &app->warnings,
		    "not used: the prompt is in the .md files");
	conf_str(agent->root, "stub_response", NULL, &app->errors);
}

static void
check_rule(struct app *app, const struct app_agent *agent,
    const struct conf *rule)
{
	static const char *const keys[] = { "when", "target", NULL };
	const struct conf *node;
	const char *target;

	if (!conf_expect(rule, CONF_MAP, &app->errors))
		return;
	conf_lenient(rule, keys, &app->warnings);
	check_expression(app, rule, "when", expr_session_names);
	target = app_text(app, rule, "target");
	node = conf_get(agent->root, "subordinates");
	if (target != NULL && node != NULL && node->kind == CONF_LIST &&
	    !app_has_text(node, target))
		conf_error(conf_get(rule, "target"), &app->errors,
		    "\"%s\" is not among the subordinates", target);
}

static void
check_dispatch(struct app *app, struct app_agent *agent)
{
	static const char *const strategies[] = { "llm", "rule", NULL };
	const struct conf *root = agent->root, *rules, *rule;
	struct buf *errors = &app->errors;
	const char *prompt;

	prompt = conf_str(root, "dispatch_prompt", NULL, errors);
	rules = conf_list(root, "dispatch_rules", errors);
	for (rule = conf_first(rules); rule != NULL; rule = rule->next)
		check_rule(app, agent, rule);
	agent->calls_model = conf_choice(root, "dispatch_strategy",
	    strategies, 0, errors) == 0;
	agent->prompt = prompt != NULL ? prompt : "";
	if (agent->calls_model)
		app_text(app, root, "dispatch_prompt");
	else if (conf_first(rules) == NULL)
		conf_error(rules != NULL ? rules : root, errors,
		    "\"dispatch_rules\" is missing, which the rule strategy "
		    "needs");
}

static void
check_supervisor(struct app *app, struct app_agent *agent)
{
	static const char *const numbers[] = { "max_dispatch_depth", NULL };
	const struct conf *list;

	conf_require(agent->root, "subordinates", &app->errors);
	list = app_texts(app, agent->root, "subordinates");
	if (list != NULL && list->first == NULL)
		conf_error(list, &app->errors, "must not be empty");
	else if (list != NULL)
		agent->subordinates = app_json(app, list);
	check_dispatch(app, agent);
	conf_int(agent->root, "max_dispatch_depth", 3, 1, 10, &app->errors);
	app_check_plain(app, agent->root, numbers);
	app_refuse_python(app, agent->root, "runner",
	    "leave it out: the rules or the model dispatch");
}

static void
check_monitor(struct app *app, struct app_agent *agent)
{
	const struct conf *root = agent->root, *list, *item;
	const char *schedule;

	agent->prompt = "";
	schedule = app_text(app, root, "schedule");
	if (schedule != NULL && !app_is_cron(schedule))
		conf_error(conf_get(root, "schedule"), &app->errors,
		    "\"%s\" is no schedule of five fields", schedule);
	conf_require(root, "observe", &app->errors);
	list = app_texts(app, root, "observe");
	if (list != NULL && list->first == NULL)
		conf_error(list, &app->errors, "must not be empty");
	for (item = conf_first(list); item != NULL; item = item->next)
		app_check_tool(app, item, item->text);
	check_expression(app, root, "emit_signal_when", expr_monitor_names);
	app_text(app, root, "trigger_target");
	conf_ms(root, "tick_timeout_seconds", 30000, 1, 3600000,
	    &app->errors);
	conf_warn(root, &app->warnings, "a monitor is not run by this version");
}

static void
check_agent(struct app *app, struct app_agent *agent)
{
	const struct conf *node;
	const char *description;

	agent->kind = (enum app_kind)conf_choice(agent->root, "kind", kinds,
	    KIND_RESPONSIVE, &app->errors);
	for (node = agent->root->first; node != NULL; node = node->next)
		check_key(app, agent, node);
	description = app_text(app, agent->root, "description");
	if (description != NULL)
		agent->description = description;
	if (agent->kind == KIND_RESPONSIVE) {
		agent->calls_model = true;
		check_prompt(app, agent);
		app_check_routes(app, agent);
	} else if (agent->kind == KIND_SUPERVISOR) {
		check_supervisor(app, agent);
	} else {
		check_monitor(app, agent);
	}
	if (agent->kind != KIND_SUPERVISOR)
		app_check_agent_tools(app, agent);
	check_model(app, agent);
	if (agent->calls_model)
		app_check_budget(app, agent->root, agent->name);
	else if (agent->kind == KIND_SUPERVISOR &&
	    conf_get(agent->root, "budget") != NULL)
		conf_error(conf_get(agent->root, "budget"), &app->errors,
		    "not for a supervisor by rule, which asks no model");
	agent->config = app_json(app, agent->root);
}

void
app_check_agents(struct app *app)
{
	for (int i = 0; i < app->agent_count; i++)
		if (app->agents[i].root != NULL)
			check_agent(app, &app->agents[i]);
}
