/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/app_check.h"

#include <string.h>

/* Those that every new app row brings (sql/triggers/). */
static void
add_framework(struct app *app)
{
	static const struct app_status framework[] = {
		{ .name = "new" }, { .name = "in_progress" },
		{ .name = "awaiting_input" },
		{ .name = "error", .terminal = true },
		{ .name = "stopped", .terminal = true },
		{ .name = "duplicate", .terminal = true },
	};

	app->status_count = sizeof(framework) / sizeof(framework[0]);
	memcpy(app->statuses, framework, sizeof(framework));
	for (int i = 0; i < app->status_count; i++)
		app->statuses[i].framework = true;
}

static void
add_status(struct app *app, const struct conf *node, bool terminal,
    const char *kind)
{
	struct app_status *status = app_status(app, node->key);

	if (status != NULL && status->terminal != terminal)
		conf_error(node, &app->errors, "this status of the framework "
		    "is %sterminal", status->terminal ? "" : "not ");
	if (status == NULL) {
		if (!app_room(app, node, app->status_count, APP_STATUSES_MAX))
			return;
		status = &app->statuses[app->status_count++];
		*status = (struct app_status){ .name = node->key,
		    .kind = kind, .terminal = terminal };
	}
	status->declared = true;
}

static void
check_status(struct app *app, const struct conf *node)
{
	static const char *const keys[] = { "name", "terminal", "kind", NULL };
	static const char *const kinds[] = {
		"success", "failure", "escalation", "needs_review", "pending",
		NULL
	};
	const char *name;
	bool terminal;
	int kind;

	if (!app_is_word(node->key, "a-z", "a-z0-9_", 32))
		conf_error(node, &app->errors, "\"%s\" is no status name: "
		    "[a-z][a-z0-9_]{0,31}", node->key);
	if (!conf_expect(node, CONF_MAP, &app->errors))
		return;
	conf_strict(node, keys, &app->errors);
	name = conf_str(node, "name", node->key, &app->errors);
	if (strcmp(name, node->key) != 0)
		conf_warn(node, &app->warnings, "is called \"%s\", not \"%s\"",
		    node->key, name);
	conf_require(node, "terminal", &app->errors);
	conf_require(node, "kind", &app->errors);
	terminal = conf_bool(node, "terminal", false, &app->errors);
	kind = conf_choice(node, "kind", kinds, 0, &app->errors);
	add_status(app, node, terminal, kinds[kind]);
}

/* The status that a text names if it is declared and terminal, or NULL. */
static const struct app_status *
check_end(struct app *app, const struct conf *node, const char *name)
{
	const struct app_status *status = app_status(app, name);

	if (status == NULL || !status->declared)
		conf_error(node, &app->errors, "unknown status \"%s\"", name);
	else if (!status->terminal)
		conf_error(node, &app->errors, "status \"%s\" is not terminal",
		    name);
	else
		return status;
	return NULL;
}

static void
check_rule(struct app *app, const struct conf *rule)
{
	static const char *const keys[] = {
		"tool_name", "status", "extract_fields", "match_args", NULL
	};
	const struct conf *node;
	const char *tool, *status;

	if (!conf_expect(rule, CONF_MAP, &app->errors))
		return;
	conf_strict(rule, keys, &app->errors);
	tool = app_text(app, rule, "tool_name");
	if (tool != NULL)
		app_check_tool(app, conf_get(rule, "tool_name"), tool);
	status = app_text(app, rule, "status");
	if (status != NULL)
		check_end(app, conf_get(rule, "status"), status);
	node = conf_first(conf_map(rule, "extract_fields", &app->errors));
	for (; node != NULL; node = node->next)
		if (conf_expect(node, CONF_LIST, &app->errors))
			app_texts(app, node->parent, node->key);
	node = conf_first(conf_map(rule, "match_args", &app->errors));
	for (; node != NULL; node = node->next)
		conf_text(node, &app->errors);
}

/* Two names of one tool: the same, or one of them without its server. */
static bool
same_tool(const char *a, const char *b)
{
	const char *bare_a = strchr(a, ':'), *bare_b = strchr(b, ':');

	return strcmp(a, b) == 0 ||
	    (bare_a != NULL && strcmp(bare_a + 1, b) == 0) ||
	    (bare_b != NULL && strcmp(a, bare_b + 1) == 0);
}

/* The first rule for the tool that a person's escalation calls. */
static const struct conf *
find_escalation(const struct app *app, const struct conf *rules)
{
	const struct conf *rule, *tool, *status;

	if (app->escalate_tool == NULL)
		return NULL;
	for (rule = conf_first(rules); rule != NULL; rule = rule->next) {
		tool = conf_get(rule, "tool_name");
		status = conf_get(rule, "status");
		if (tool != NULL && tool->text != NULL && status != NULL &&
		    status->text != NULL &&
		    same_tool(tool->text, app->escalate_tool))
			return status;
	}
	return NULL;
}

/* Escalating leads out of awaiting_input, which not every status allows. */
static void
check_escalation(struct app *app, const struct conf *orchestrator)
{
	const struct app_status *status;
	const struct conf *node;

	app->escalate_team = conf_str(orchestrator,
	    "escalate_action_default_team", NULL, &app->errors);
	app->escalate_tool = conf_str(orchestrator,
	    "escalate_action_tool_name", NULL, &app->errors);
	if (app->escalate_tool != NULL)
		app_check_tool(app, conf_get(orchestrator,
		    "escalate_action_tool_name"), app->escalate_tool);
	node = find_escalation(app, conf_get(orchestrator, "terminal_tools"));
	app->escalate_status = node != NULL ? node->text : app->default_status;
	if (node == NULL)
		node = conf_get(orchestrator, "default_terminal_status");
	status = app_status(app, app->escalate_status);
	if (node != NULL && status != NULL && status->framework)
		conf_error(node, &app->errors, "an escalated session cannot "
		    "end as \"%s\"; declare a status for it", status->name);
}

/* Without any status a session that is done waits for somebody to look. */
static void
check_no_statuses(struct app *app, const struct conf *orchestrator)
{
	static const char *const keys[] = {
		"default_terminal_status", "terminal_tools", NULL
	};
	const struct conf *node;

	for (int i = 0; keys[i] != NULL; i++) {
		node = conf_get(orchestrator, keys[i]);
		if (!conf_is_null(node) &&
		    (node->kind == CONF_SCALAR || node->first != NULL))
			conf_error(node, &app->errors,
			    "needs \"statuses\", and there are none");
	}
	app->default_status = "needs_review";
	app->statuses[app->status_count++] = (struct app_status){
	    .name = "needs_review", .kind = "needs_review", .terminal = true,
	    .declared = true };
}

void
app_check_statuses(struct app *app, const struct conf *orchestrator)
{
	const struct conf *statuses, *node;

	add_framework(app);
	statuses = conf_map(orchestrator, "statuses", &app->errors);
	for (node = conf_first(statuses); node != NULL; node = node->next)
		check_status(app, node);
	if (conf_first(statuses) == NULL) {
		check_no_statuses(app, orchestrator);
	} else {
		app->default_status = app_text(app, orchestrator,
		    "default_terminal_status");
		if (app->default_status != NULL)
			check_end(app, conf_get(orchestrator,
			    "default_terminal_status"), app->default_status);
		else
			app->default_status = "";
		node = conf_first(conf_list(orchestrator, "terminal_tools",
		    &app->errors));
		for (; node != NULL; node = node->next)
			check_rule(app, node);
	}
	check_escalation(app, orchestrator);
}
