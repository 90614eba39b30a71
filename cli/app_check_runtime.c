/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/app_check.h"

#include <string.h>

#include "lib/glob.h"

enum {
	TIMEOUT_MS = 3600 * 1000,
	GRACE_MAX_MS = 3600 * 1000,
	SESSIONS_MAX = 1000000,
};

/* 30 days: the longest that a gate waits. */
static const int64_t timeout_max_ms = 30LL * 24 * 3600 * 1000;

static void
check_policy(struct app *app, const struct conf *policy)
{
	static const char *const risks[] = { "low", "medium", "high", NULL };
	const struct conf *node;

	for (node = conf_first(policy); node != NULL; node = node->next) {
		/* A misspelt name would leave its tool without a gate. */
		app_check_tool(app, node, node->key);
		if (conf_is_null(node))
			conf_error(node, &app->errors, "must not be empty");
		conf_choice(policy, node->key, risks, 0, &app->errors);
	}
}

/* The full name in the policy comes before the bare one. */
static void
set_risks(struct app *app, const struct conf *policy)
{
	const struct conf *node;

	for (int i = 0; i < app->tool_count; i++) {
		node = conf_get(policy, app->tools[i].name);
		if (node == NULL)
			node = conf_get(policy, app->tools[i].bare);
		app->tools[i].risk = node != NULL ? node->text : NULL;
	}
}

static void
check_pattern(struct app *app, const struct conf *pattern)
{
	for (int i = 0; i < app->tool_count; i++)
		if (glob_match(pattern->text, app->tools[i].name) ||
		    glob_match(pattern->text, app->tools[i].bare))
			return;
	if (!app_tells(app))
		conf_warn(pattern, &app->warnings, "\"%s\" fits no tool",
		    pattern->text);
}

static void
check_overrides(struct app *app, const struct conf *overrides)
{
	static const char *const keys[] = {
		"prod_environments", "resolution_trigger_tools", NULL
	};
	const struct conf *item;

	conf_lenient(overrides, keys, &app->warnings);
	app_check_environments(app, app_texts(app, overrides,
	    "prod_environments"));
	item = conf_first(app_texts(app, overrides,
	    "resolution_trigger_tools"));
	for (; item != NULL; item = item->next)
		check_pattern(app, item);
}

/* By risk, or by a tool's full name; both are looked up in the database. */
static void
check_subject(struct app *app, const struct conf *node)
{
	static const char *const risks[] = { "low", "medium", "high" };

	for (int i = 0; i < 3; i++)
		if (strcmp(node->key, risks[i]) == 0)
			return;
	if (strchr(node->key, ':') == NULL)
		conf_error(node, &app->errors, "must be low, medium, high, or "
		    "the full name of a tool");
	else
		app_check_tool(app, node, node->key);
}

static void
check_approvers(struct app *app, const struct conf *approvers)
{
	const struct conf *node;

	for (node = conf_first(approvers); node != NULL; node = node->next) {
		check_subject(app, node);
		if (conf_first(app_texts(app, approvers, node->key)) == NULL)
			conf_error(node, &app->errors,
			    "must name roles or people");
	}
}

static void
check_friction(struct app *app, const struct conf *friction)
{
	static const char *const words[] = { "none", "confirm", "type", NULL };
	const struct conf *node;

	for (node = conf_first(friction); node != NULL; node = node->next) {
		check_subject(app, node);
		conf_choice(friction, node->key, words, 0, &app->errors);
	}
}

static void
check_gateway(struct app *app, const struct conf *gateway)
{
	static const char *const keys[] = {
		"policy", "notify_channel", "prod_overrides",
		"approval_timeout_seconds", "on_timeout", "quorum",
		"submitter_may_approve", "approvers", "grace_seconds",
		"friction", NULL
	};
	static const char *const on_timeout[] = { "timeout", "reject", NULL };
	struct buf *errors = &app->errors;
	const struct conf *policy = conf_map(gateway, "policy", errors);

	conf_lenient(gateway, keys, &app->warnings);
	check_policy(app, policy);
	set_risks(app, policy);
	conf_str(gateway, "notify_channel", NULL, errors);
	check_overrides(app, conf_map(gateway, "prod_overrides", errors));
	app->gate_timeout_ms = conf_ms(gateway, "approval_timeout_seconds",
	    TIMEOUT_MS, 1, timeout_max_ms, errors);
	app->gate_on_timeout = on_timeout[conf_choice(gateway, "on_timeout",
	    on_timeout, 0, errors)];
	app->gate_quorum = (int)conf_int(gateway, "quorum", 1, 1, 10, errors);
	app->submitter_may_approve = conf_bool(gateway,
	    "submitter_may_approve", true, errors);
	check_approvers(app, conf_map(gateway, "approvers", errors));
	check_friction(app, conf_map(gateway, "friction", errors));
	conf_ms(gateway, "grace_seconds", 0, 0, GRACE_MAX_MS, errors);
}

void
app_check_runtime(struct app *app)
{
	static const char *const keys[] = {
		"state_class", "framework_app_config_path",
		"dedup_config_path", "environments_provider_path",
		"max_concurrent_sessions", "gateway", "budget", NULL
	};
	const struct conf *runtime;

	runtime = conf_map(app->root, "runtime", &app->errors);
	conf_lenient(runtime, keys, &app->warnings);
	app_refuse_python(app, runtime, "state_class",
	    "what an application adds to a session is in its extra fields");
	app_refuse_python(app, runtime, "framework_app_config_path",
	    "write the values under \"framework\"");
	app_refuse_python(app, runtime, "dedup_config_path",
	    "write the values under \"dedup\"");
	app_refuse_python(app, runtime, "environments_provider_path",
	    "list them under \"environments\"");
	conf_int(runtime, "max_concurrent_sessions", 8, 1, SESSIONS_MAX,
	    &app->errors);
	app_check_budget(app, runtime, "");
	check_gateway(app, conf_map(runtime, "gateway", &app->errors));
}
