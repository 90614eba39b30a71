/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/app.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/json.h"
#include "lib/log.h"
#include "runner/args.h"
#include "runner/tool_name.h"
#include "sql/db.h"

/* framework.confidence_threshold, contract of the configuration. */
static const double CONFIDENCE_THRESHOLD = 0.75;

static char *
copy(const struct rows *rows, int column, int *rc)
{
	const char *text = rows_text(rows, column);
	char *copied = text != NULL ? strdup(text) : NULL;

	if (copied == NULL && text != NULL)
		*rc = E_NOMEM;
	return copied;
}

static struct json *
parse(const struct rows *rows, int column, int *rc)
{
	const char *text = rows_str(rows, column);
	struct json_error error;
	struct json *value = json_parse_exact(text, strlen(text), &error);

	if (value == NULL)
		*rc = error.rc;
	return value;
}

/* Makes room for one more element and returns it zeroed, or NULL. */
static void *
append(void **array, int *count, size_t size)
{
	char *grown = realloc(*array, (size_t)(*count + 1) * size);

	if (grown == NULL)
		return NULL;
	*array = grown;
	memset(grown + (size_t)*count * size, 0, size);
	return grown + (size_t)(*count)++ * size;
}

static int
read_agent(struct app *app, const struct rows *rows)
{
	struct agent *agent = append((void **)&app->agents, &app->agent_count,
	    sizeof(*agent));
	const char *kind = rows_str(rows, 1);
	int rc = OK;

	if (agent == NULL)
		return E_NOMEM;
	agent->name = copy(rows, 0, &rc);
	agent->kind = strcmp(kind, "supervisor") == 0 ? AGENT_SUPERVISOR :
	    strcmp(kind, "monitor") == 0 ? AGENT_MONITOR : AGENT_RESPONSIVE;
	agent->model = copy(rows, 2, &rc);
	agent->prompt = copy(rows, 3, &rc);
	agent->tools = parse(rows, 4, &rc);
	agent->routes = parse(rows, 5, &rc);
	agent->config = parse(rows, 6, &rc);
	return rc;
}

static int
read_tool(struct app *app, const struct rows *rows)
{
	struct tool *tool = append((void **)&app->tools, &app->tool_count,
	    sizeof(*tool));
	const char *transport = rows_str(rows, 1);
	int rc = OK;

	if (tool == NULL)
		return E_NOMEM;
	tool->name = copy(rows, 0, &rc);
	tool->session = strcmp(transport, "session") == 0;
	if (!tool->session && strcmp(transport, "command") != 0)
		tool->server = copy(rows, 5, &rc);
	tool->present = rows_int(rows, 6) != 0;
	tool->parameters = parse(rows, 2, &rc);
	tool->repeatable = rows_int(rows, 3) != 0;
	tool->config = parse(rows, 4, &rc);
	tool->write = json_string(json_get(tool->config, "write"));
	tool->from = json_string(json_get(tool->config, "from"));
	/* Of the others load has made sure. */
	if (rc == OK && tool->server != NULL && tool->present)
		args_warn(tool);
	return rc;
}

static int
read_app(struct app *app, const struct rows *rows)
{
	const struct json *framework;
	int rc = OK;

	app->config = parse(rows, 0, &rc);
	app->escalate_tool = copy(rows, 1, &rc);
	app->escalate_status = copy(rows, 2, &rc);
	app->dir = copy(rows, 3, &rc);
	app->teams = parse(rows, 4, &rc);
	app->default_status = copy(rows, 5, &rc);
	app->budgeted = rows_int(rows, 6) != 0;
	if (rc == OK)
		rc = policy_init(&app->policy, app->config);
	framework = json_get(app->config, "framework");
	app->confidence_threshold = json_number(json_get(framework,
		"confidence_threshold"), CONFIDENCE_THRESHOLD);
	app->injected = json_get(json_get(app->config, "orchestrator"),
	    "injected_args");
	return rc;
}

/* Reads each row of a query about the application. */
static int
read_all(struct app *app, struct db *db, enum query query,
    int (*read)(struct app *app, const struct rows *rows))
{
	struct rows rows = db_query(db, query, "l", app->id);
	int rc = OK, end;

	while (rc == OK && rows_next(&rows))
		rc = read(app, &rows);
	end = rows_end(&rows);
	return rc != OK ? rc : end;
}

int
app_open(struct app **out, struct db *db, int64_t id)
{
	struct app *app = calloc(1, sizeof(*app));
	int rc;

	*out = NULL;
	if (app == NULL)
		return E_NOMEM;
	app->holders = 1;
	app->id = id;
	rc = read_all(app, db, Q_APP_READ, read_app);
	if (rc == OK && app->config == NULL)
		rc = E_NOTFOUND;
	if (rc == OK)
		rc = read_all(app, db, Q_APP_AGENTS, read_agent);
	if (rc == OK)
		rc = read_all(app, db, Q_APP_TOOLS, read_tool);
	if (rc == OK) {
		*out = app;
		return OK;
	}
	log_error("app_unreadable", "app_id=%lld error=\"%s\"", (long long)id,
	    err_text(rc));
	app_close(app);
	return rc;
}

struct app *
app_hold(const struct app *app)
{
	struct app *held = (struct app *)app;

	held->holders++;
	return held;
}

void
app_close(struct app *app)
{
	if (app == NULL || --app->holders > 0)
		return;
	for (int i = 0; i < app->agent_count; i++) {
		free(app->agents[i].name);
		free(app->agents[i].model);
		free(app->agents[i].prompt);
		json_free(app->agents[i].tools);
		json_free(app->agents[i].routes);
		json_free(app->agents[i].config);
	}
	for (int i = 0; i < app->tool_count; i++) {
		free(app->tools[i].name);
		free(app->tools[i].server);
		json_free(app->tools[i].parameters);
		json_free(app->tools[i].config);
	}
	free(app->agents);
	free(app->tools);
	json_free(app->config);
	json_free(app->teams);
	free(app->dir);
	free(app->default_status);
	free(app->escalate_tool);
	free(app->escalate_status);
	free(app);
}

const struct agent *
app_agent(const struct app *app, const char *name)
{
	for (int i = 0; i < app->agent_count; i++)
		if (strcmp(app->agents[i].name, name) == 0)
			return &app->agents[i];
	return NULL;
}

bool
agent_has(const struct agent *agent, const struct tool *tool)
{
	const struct json *item = json_first(agent->tools);
	size_t len = tool->server != NULL ? strlen(tool->server) : 0;
	const char *name;

	for (; item != NULL; item = json_next(item)) {
		name = json_string(item);
		if (strcmp(name, tool->name) == 0 || (len > 0 &&
			strncmp(name, tool->server, len) == 0 &&
			strcmp(name + len, ":*") == 0))
			return true;
	}
	return false;
}

const struct tool *
app_tool(const struct app *app, const char *name)
{
	const struct tool *found = NULL;

	for (int i = 0; i < app->tool_count; i++) {
		if (strcmp(app->tools[i].name, name) == 0)
			return &app->tools[i];
		if (!app->tools[i].present ||
		    !tool_name_is(app->tools[i].name, name))
			continue;
		if (found != NULL)
			return NULL;
		found = &app->tools[i];
	}
	return found;
}
