/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/app_check.h"

#include <string.h>

/* DIR's own name is the application's, unless it says another. */
static void
check_name(struct app *app)
{
	const char *base = strrchr(app->dir_absolute, '/');
	const struct conf *node = conf_get(app->root, "name");

	app->name = conf_str(app->root, "name", base != NULL ? base + 1 : "",
	    &app->errors);
	if (app_is_word(app->name, "a-z", "a-z0-9_-", 32))
		return;
	conf_error(node != NULL ? node : app->root, &app->errors,
	    "\"%s\" is no application name: [a-z][a-z0-9_-]{0,31}%s", app->name,
	    node != NULL ? "" : "; give one as \"name\"");
}

void
app_check(struct app *app)
{
	static const char *const keys[] = {
		"name", "llm", "mcp", "storage", "paths", "orchestrator",
		"runtime", "ui", "api", "framework", "dedup", "environments",
		"triggers", NULL
	};
	/* Rows of their own; and they may hold keys that must stay secret. */
	static const char *const elsewhere[] = { "llm", "mcp", NULL };

	if (app->root == NULL ||
	    !conf_expect(app->root, CONF_MAP, &app->errors))
		return;
	conf_lenient(app->root, keys, &app->warnings);
	check_name(app);
	app_texts(app, app->root, "environments");
	app_read_skills(app);
	app_check_mcp(app);
	app_check_llm(app);
	app_check_orchestrator(app);
	app_check_runtime(app);
	app_check_framework(app);
	app_check_triggers(app);
	app_check_ui(app);
	app_check_agents(app);
	app_check_graph(app);
	app->config = app_json_without(app, app->root, elsewhere);
}
