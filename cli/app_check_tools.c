/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/app_check.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
	TIMEOUT_MS = 30 * 1000, TIMEOUT_MAX_MS = 600 * 1000,
	MEMORY_MB = 512, MEMORY_MIN_MB = 16, MEMORY_MAX_MB = 64 * 1024,
	OUTPUT_KB = 1024, OUTPUT_MAX_KB = 16 * 1024,
};

void
app_check_program(struct app *app, const struct conf *program)
{
	const char *path = program->text;

	if (*path == '\0')
		conf_error(program, &app->errors, "must not be empty");
	if (strchr(path, '/') == NULL)
		return;
	path = app_path(app, path);
	if (access(path, X_OK) != 0)
		conf_error(program, &app->errors, "cannot run \"%s\": %s",
		    path, strerror(errno));
}

/* Directories or files that exist, by absolute path. */
static const struct conf *
check_paths(struct app *app, const struct conf *paths, const char *key)
{
	const struct conf *list = app_texts(app, paths, key), *item;
	int count = 0;

	for (item = conf_first(list); item != NULL; item = item->next) {
		if (item->text[0] != '/')
			conf_error(item, &app->errors,
			    "must be an absolute path");
		else if (access(item->text, F_OK) != 0)
			conf_error(item, &app->errors, "cannot find \"%s\": "
			    "%s", item->text, strerror(errno));
		if (++count == APP_PATHS_MAX + 1)
			conf_error(item, &app->errors, "more than %d paths",
			    APP_PATHS_MAX);
	}
	return list;
}

const char *
app_check_paths(struct app *app, const struct conf *node)
{
	static const char *const keys[] = { "read", "write", NULL };
	const struct conf *paths = conf_map(node, "paths", &app->errors);
	const struct conf *read, *write;

	conf_strict(paths, keys, &app->errors);
	read = check_paths(app, paths, "read");
	write = check_paths(app, paths, "write");
	return app_format(app, "{\"read\":%s,\"write\":%s}",
	    read != NULL ? app_json(app, read) : "[]",
	    write != NULL ? app_json(app, write) : "[]");
}

static const char *
check_command(struct app *app, const struct conf *node)
{
	static const char *const keys[] = {
		"name", "description", "parameters", "command", "read_only",
		"idempotent", "timeout", "memory_mb", "output_kb", "paths",
		NULL
	};
	const struct conf *command = app_texts(app, node, "command");
	int64_t timeout_ms, memory_mb, output_kb;

	conf_strict(node, keys, &app->errors);
	conf_require(node, "command", &app->errors);
	if (command != NULL && command->first != NULL)
		app_check_program(app, command->first);
	else if (command != NULL)
		conf_error(command, &app->errors, "must name a program");
	timeout_ms = conf_ms(node, "timeout", TIMEOUT_MS, 1, TIMEOUT_MAX_MS,
	    &app->errors);
	memory_mb = conf_int(node, "memory_mb", MEMORY_MB, MEMORY_MIN_MB,
	    MEMORY_MAX_MB, &app->errors);
	output_kb = conf_int(node, "output_kb", OUTPUT_KB, 1, OUTPUT_MAX_KB,
	    &app->errors);
	return app_format(app, "{\"command\":%s,\"timeout\":%lld.%03lld,"
	    "\"memory_mb\":%lld,\"output_kb\":%lld,\"paths\":%s}",
	    app_json(app, command), (long long)timeout_ms / 1000,
	    (long long)timeout_ms % 1000, (long long)memory_mb,
	    (long long)output_kb, app_check_paths(app, node));
}

/* A session tool writes the session's own rows; no program is run. */
static const char *
check_session(struct app *app, const struct conf *node)
{
	static const char *const keys[] = {
		"name", "description", "parameters", "write", "from", NULL
	};
	static const char *const writes[] = {
		"nothing", "extra_fields", "findings", NULL
	};
	const struct conf *from = conf_get(node, "from"), *properties;
	const char *name = conf_str(node, "from", NULL, &app->errors);
	int write = conf_choice(node, "write", writes, 0, &app->errors);

	conf_strict(node, keys, &app->errors);
	properties = conf_get(conf_get(node, "parameters"), "properties");
	if (name != NULL && conf_get(properties, name) == NULL)
		conf_error(from, &app->errors, "no parameter \"%s\"", name);
	if (name != NULL && write == 0)
		conf_error(from, &app->errors, "nothing is written");
	return app_format(app, "{\"write\":\"%s\",\"from\":%s}", writes[write],
	    app_json(app, name != NULL ? from : NULL));
}

static const char *
tool_name(struct app *app, const struct app_server *server,
    const struct conf *node)
{
	const char *name = app_text(app, node, "name");

	node = conf_get(node, "name");
	if (name == NULL)
		return NULL;
	if (!app_is_word(name, "A-Za-z0-9_", "A-Za-z0-9_.-", 64))
		conf_error(node, &app->errors, "\"%s\" is no tool name: "
		    "[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}", name);
	for (int i = 0; i < app->tool_count; i++)
		if (app->tools[i].server == server &&
		    strcmp(app->tools[i].bare, name) == 0)
			conf_error(node, &app->errors,
			    "a second tool \"%s\" on this server", name);
	return name;
}

static const char *
check_parameters(struct app *app, const struct conf *node)
{
	const struct conf *parameters;

	parameters = conf_map(node, "parameters", &app->errors);
	if (parameters == NULL)
		return "{\"type\":\"object\",\"properties\":{}}";
	app_check_schema(app, parameters);
	return app_json(app, parameters);
}

static void
check_tool(struct app *app, const struct app_server *server,
    const struct conf *node, const char *transport)
{
	bool command = strcmp(transport, "command") == 0;
	const char *name;
	struct app_tool *tool;

	if (!conf_expect(node, CONF_MAP, &app->errors) ||
	    !app_room(app, node, app->tool_count, APP_TOOLS_MAX))
		return;
	name = tool_name(app, server, node);
	if (name == NULL)
		return;
	tool = &app->tools[app->tool_count++];
	*tool = (struct app_tool){ .server = server, .bare = name,
	    .transport = transport,
	    .name = app_format(app, "%s:%s", server->name, name),
	    .description = conf_str(node, "description", "", &app->errors),
	    .parameters = check_parameters(app, node),
	    .config = command ? check_command(app, node) :
	    check_session(app, node) };
	if (conf_bool(node, "read_only", false, &app->errors))
		tool->repeatable = true;
	if (conf_bool(node, "idempotent", false, &app->errors))
		tool->repeatable = true;
}

void
app_check_tools(struct app *app, const struct app_server *server,
    const char *transport)
{
	const struct conf *tool;

	conf_require(server->node, "tools", &app->errors);
	tool = conf_first(conf_list(server->node, "tools", &app->errors));
	for (; tool != NULL; tool = tool->next)
		check_tool(app, server, tool, transport);
}
