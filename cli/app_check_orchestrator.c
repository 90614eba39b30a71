/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/app_check.h"

#include <stddef.h>
#include <string.h>

enum { TIMEOUT_MS = 120 * 1000, TIMEOUT_MAX_MS = 600 * 1000 };

static void
check_tool_names(struct app *app, const struct conf *orchestrator,
    const char *key)
{
	const struct conf *item;

	item = conf_first(app_texts(app, orchestrator, key));
	for (; item != NULL; item = item->next)
		app_check_tool(app, item, item->text);
}

static void
check_injected(struct app *app, const struct conf *orchestrator)
{
	static const char letters[] = "A-Za-z_", more[] = "A-Za-z0-9_";
	const struct conf *node;
	const char *path;

	node = conf_first(conf_map(orchestrator, "injected_args",
	    &app->errors));
	for (; node != NULL; node = node->next) {
		if (!app_is_word(node->key, letters, more, 64))
			conf_error(node, &app->errors,
			    "\"%s\" is no parameter name", node->key);
		path = conf_text(node, &app->errors);
		if (path != NULL && (strncmp(path, "session.", 8) != 0 ||
		    !app_is_word(path, letters, "A-Za-z0-9_.", 256) ||
		    strstr(path, "..") != NULL ||
		    path[strlen(path) - 1] == '.'))
			conf_error(node, &app->errors, "\"%s\" is no path "
			    "that begins with \"session.\"", path);
	}
}

static void
check_gate_policy(struct app *app, const struct conf *policy)
{
	static const char *const keys[] = {
		"confidence_threshold", "gated_environments",
		"gated_risk_actions", NULL
	};
	static const char *const actions[] = {
		"auto", "notify", "approve", NULL
	};
	const struct conf *item;
	int i;

	conf_strict(policy, keys, &app->errors);
	conf_num(policy, "confidence_threshold", 0.7, 0, 1, &app->errors);
	app_check_plain(app, policy, keys);
	app_check_environments(app, app_texts(app, policy,
	    "gated_environments"));
	item = conf_first(app_texts(app, policy, "gated_risk_actions"));
	for (; item != NULL; item = item->next) {
		for (i = 0; actions[i] != NULL; i++)
			if (strcmp(item->text, actions[i]) == 0)
				break;
		if (actions[i] == NULL)
			conf_warn(item, &app->warnings, "no action \"%s\"; "
			    "there are auto, notify and approve", item->text);
	}
}

static void
check_retry_policy(struct app *app, const struct conf *policy)
{
	static const char *const keys[] = {
		"max_retries", "retry_on_transient",
		"retry_low_confidence_threshold", NULL
	};

	conf_strict(policy, keys, &app->errors);
	conf_int(policy, "max_retries", 2, 0, 10, &app->errors);
	conf_bool(policy, "retry_on_transient", true, &app->errors);
	app_check_plain(app, policy, keys);
	conf_num(policy, "retry_low_confidence_threshold", 0.4, 0, 1,
	    &app->errors);
}

static void
check_overrides(struct app *app, const struct conf *orchestrator)
{
	const struct conf *node;

	node = conf_get(orchestrator, "state_overrides_schema");
	if (conf_is_null(node))
		return;
	if (node->kind == CONF_SCALAR)
		app_refuse_python(app, orchestrator, "state_overrides_schema",
		    "write the JSON Schema itself");
	else
		app_check_schema(app, node);
}

void
app_check_orchestrator(struct app *app)
{
	static const char *const keys[] = {
		"entry_agent", "signals", "terminal_tools", "statuses",
		"default_terminal_status", "patch_tools",
		"harvest_terminal_tools", "mcp_servers",
		"escalate_action_tool_name", "escalate_action_default_team",
		"state_overrides_schema", "injected_args", "gate_policy",
		"retry_policy", "default_llm_request_timeout", NULL
	};
	struct buf *errors = &app->errors;
	const struct conf *orchestrator, *node;

	orchestrator = conf_map(app->root, "orchestrator", errors);
	conf_strict(orchestrator, keys, errors);
	app_check_statuses(app, orchestrator);
	app_texts(app, orchestrator, "signals");
	check_tool_names(app, orchestrator, "patch_tools");
	check_tool_names(app, orchestrator, "harvest_terminal_tools");
	node = app_texts(app, orchestrator, "mcp_servers");
	if (conf_first(node) != NULL)
		conf_error(node, errors, "Python modules are not loaded; "
		    "declare the tools under \"mcp.servers\"");
	check_overrides(app, orchestrator);
	check_injected(app, orchestrator);
	check_gate_policy(app, conf_map(orchestrator, "gate_policy", errors));
	check_retry_policy(app, conf_map(orchestrator, "retry_policy",
	    errors));
	conf_ms(orchestrator, "default_llm_request_timeout", TIMEOUT_MS, 1,
	    TIMEOUT_MAX_MS, errors);
	app->entry_agent = conf_str(orchestrator, "entry_agent", "intake",
	    errors);
}
