/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/app_check.h"

#include <stddef.h>
#include <string.h>

static const char *const transports[] = {
	"command", "session", "in_process", "stdio", "http", "sse", NULL
};

enum transport {
	TRANSPORT_COMMAND, TRANSPORT_SESSION, TRANSPORT_IN_PROCESS,
	TRANSPORT_STDIO, TRANSPORT_HTTP, TRANSPORT_SSE
};

static void
check_transport(struct app *app, struct app_server *server, int transport)
{
	const struct conf *node = conf_get(server->node, "transport");

	switch (transport) {
	case TRANSPORT_COMMAND:
	case TRANSPORT_SESSION:
		app_check_tools(app, server, transports[transport]);
		break;
	case TRANSPORT_STDIO:
	case TRANSPORT_HTTP:
		app_check_told(app, server, transports[transport]);
		break;
	case TRANSPORT_IN_PROCESS:
		conf_error(node, &app->errors, "in_process is Python code, "
		    "which is not run; use \"transport: command\" with a "
		    "program for each tool");
		break;
	default:
		conf_error(node, &app->errors, "sse is the transport of 2024, "
		    "which servers have replaced; use \"transport: http\" "
		    "with the address of its successor, often .../mcp");
		break;
	}
}

static const char *
server_name(struct app *app, const struct conf *server)
{
	const struct conf *node = conf_get(server, "name");
	const char *name = app_text(app, server, "name");

	if (name == NULL)
		return NULL;
	if (!app_is_word(name, "A-Za-z0-9", "A-Za-z0-9_.-", 64))
		conf_error(node, &app->errors, "\"%s\" is no server name: "
		    "[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", name);
	else if (strcmp(name, "local") == 0)
		conf_error(node, &app->errors, "\"local\" stands for all "
		    "servers of command and session");
	else if (app_server(app, name) != NULL)
		conf_error(node, &app->errors, "a second server \"%s\"", name);
	return name;
}

static void
check_server(struct app *app, const struct conf *node)
{
	static const char *const keys[] = {
		"name", "transport", "category", "enabled", "module",
		"command", "url", "headers", "tools", "env", "era",
		"start_timeout", "timeout", "max_timeout", "concurrency",
		"memory_mb", "output_kb", "trust_hints", "paths", NULL
	};
	struct app_server *server;
	const char *name, *category;
	int transport;

	if (!conf_expect(node, CONF_MAP, &app->errors) ||
	    !app_room(app, node, app->server_count, APP_SERVERS_MAX))
		return;
	conf_lenient(node, keys, &app->warnings);
	name = server_name(app, node);
	category = app_text(app, node, "category");
	conf_require(node, "transport", &app->errors);
	transport = conf_choice(node, "transport", transports, -1,
	    &app->errors);
	conf_str(node, "module", NULL, &app->errors);
	conf_str(node, "url", NULL, &app->errors);
	app_texts(app, node, "command");
	conf_map(node, "headers", &app->errors);
	server = &app->servers[app->server_count++];
	*server = (struct app_server){ .node = node,
	    .name = name != NULL ? name : "",
	    .category = category != NULL ? category : "",
	    .enabled = conf_bool(node, "enabled", true, &app->errors) };
	if (server->enabled && transport >= 0)
		check_transport(app, server, transport);
}

void
app_check_mcp(struct app *app)
{
	static const char *const keys[] = { "servers", NULL };
	const struct conf *mcp, *server;

	conf_require(app->root, "mcp", &app->errors);
	mcp = conf_map(app->root, "mcp", &app->errors);
	conf_lenient(mcp, keys, &app->warnings);
	server = conf_first(conf_list(mcp, "servers", &app->errors));
	for (; server != NULL; server = server->next)
		check_server(app, server);
}
