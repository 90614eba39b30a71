/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/app_check.h"

#include <string.h>

#include "lib/err.h"

/* Appends a tool's full name to the JSON list, once. */
static void
grant(struct app *app, struct buf *list, const char *name)
{
	struct buf quoted;

	buf_init(&quoted, APP_JSON_MAX);
	buf_add_json(&quoted, name, strlen(name));
	if (quoted.rc != OK)
		app->errors.rc = E_NOMEM;
	else if (list->len == 1 || strstr(buf_str(list), quoted.data) == NULL)
		buf_addf(list, "%s%s", list->len > 1 ? "," : "", quoted.data);
	buf_free(&quoted);
}

/*
 * Grants the tools called name on the server ("local": on any of those whose
 * tools stand in the configuration; "*": all of them); returns how many there
 * are.
 */
static int
grant_named(struct app *app, struct buf *list, const char *server,
    const char *name)
{
	bool local = strcmp(server, "local") == 0;
	int count = 0;

	for (int i = 0; i < app->tool_count; i++) {
		const struct app_tool *tool = &app->tools[i];

		if ((!local && strcmp(tool->server->name, server) != 0) ||
		    (strcmp(name, "*") != 0 && strcmp(name, tool->bare) != 0))
			continue;
		grant(app, list, tool->name);
		count++;
	}
	return count;
}

static void
check_tool(struct app *app, const struct conf *item, const char *server,
    struct buf *list)
{
	const struct app_server *given = app_server(app, server);
	bool all = strcmp(item->text, "*") == 0;
	int count;

	if (all && (item->parent->first != item || item->next != NULL)) {
		conf_error(item, &app->errors, "\"*\" stands alone");
		return;
	}
	if (given != NULL && given->config != NULL) {
		/* What it has it tells when it runs; "*" is all of that. */
		grant(app, list, app_format(app, "%s:%s", server, item->text));
		return;
	}
	count = grant_named(app, list, server, item->text);
	if (count == 0 && !all)
		conf_error(item, &app->errors, "unknown tool \"%s\" on server "
		    "\"%s\"", item->text, server);
	if (count > 1 && !all)
		conf_error(item, &app->errors, "ambiguous: %d servers have a "
		    "tool \"%s\"; name the server", count, item->text);
}

static void
check_server(struct app *app, const struct conf *node, struct buf *list)
{
	const struct app_server *server = app_server(app, node->key);
	const struct conf *items, *item;

	if (strcmp(node->key, "local") != 0 && server == NULL) {
		conf_error(node, &app->errors, "unknown server \"%s\"",
		    node->key);
		return;
	}
	if (server != NULL && !server->enabled) {
		conf_error(node, &app->errors, "server \"%s\" is disabled",
		    node->key);
		return;
	}
	if (!conf_expect(node, CONF_LIST, &app->errors))
		return;
	if (node->first == NULL)
		conf_error(node, &app->errors, "must not be empty");
	items = app_texts(app, node->parent, node->key);
	for (item = conf_first(items); item != NULL; item = item->next)
		check_tool(app, item, node->key, list);
}

void
app_check_agent_tools(struct app *app, struct app_agent *agent)
{
	const struct conf *node;
	struct buf list;

	buf_init(&list, APP_JSON_MAX);
	buf_addc(&list, '[');
	node = conf_first(conf_map(agent->root, "tools", &app->errors));
	for (; node != NULL; node = node->next)
		check_server(app, node, &list);
	buf_addc(&list, ']');
	agent->tools = app_keep(app, &list);
}

/* Only the first rule for a signal is ever followed. */
static void
check_repeated(struct app *app, const struct conf *route, const char *when)
{
	const struct conf *other, *node;

	for (other = route->parent->first; other != route;
	    other = other->next) {
		node = conf_get(other, "when");
		if (node != NULL && node->kind == CONF_SCALAR &&
		    strcmp(node->text, when) == 0) {
			conf_warn(conf_get(route, "when"), &app->warnings,
			    "never followed: there is a route for \"%s\" "
			    "before it", when);
			return;
		}
	}
}

static void
check_route(struct app *app, const struct conf *route)
{
	static const char *const keys[] = { "when", "next", "gate", NULL };
	const char *when;

	if (!conf_expect(route, CONF_MAP, &app->errors))
		return;
	conf_lenient(route, keys, &app->warnings);
	when = app_text(app, route, "when");	/* next: app_check_graph */
	if (when != NULL)
		check_repeated(app, route, when);
}

void
app_check_routes(struct app *app, struct app_agent *agent)
{
	const struct conf *routes, *route;

	routes = conf_list(agent->root, "routes", &app->errors);
	for (route = conf_first(routes); route != NULL; route = route->next)
		check_route(app, route);
	if (routes != NULL)
		agent->routes = app_json(app, routes);
}
