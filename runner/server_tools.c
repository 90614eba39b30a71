/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/server_tools.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/json.h"
#include "lib/utf8.h"
#include "runner/server_spec.h"

/* A star would stand for all tools; quotes belong to JSON and its paths. */
static bool
is_name(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > SERVER_TOOL_NAME_MAX)
		return false;
	for (; *name != '\0'; name++)
		if (*name <= ' ' || *name > '~' || strchr("\"'\\*", *name))
			return false;
	return true;
}

static const char *
problem(const struct server_tools *tools, const struct mcp_tool *told)
{
	size_t len = strlen(told->schema);

	if (!is_name(told->name))
		return "this is no usable name";
	if (server_tools_find(tools, told->name) != NULL)
		return "there is another one of that name";
	if (tools->count == SERVER_TOOLS_MAX)
		return "the server has too many";
	if (len > SERVER_SCHEMA_MAX)
		return "its schema is too large";
	if (json_check(told->schema, len, NULL) != OK ||
	    told->schema[strspn(told->schema, " \t\r\n")] != '{')
		return "its schema is no JSON object";
	return NULL;
}

static void
free_tool(struct server_tool *tool)
{
	free(tool->name);
	free(tool->description);
	free(tool->schema);
}

static int
add(struct server_tools *tools, const struct server_spec *spec,
    const struct mcp_tool *told)
{
	const char *text = *told->description != '\0' ? told->description :
	    told->title;
	struct server_tool tool = {
		.name = strdup(told->name),
		.description = strndup(text, utf8_cut(text, strlen(text),
			SERVER_DESCRIPTION_MAX)),
		.schema = strdup(told->schema),
		.repeatable = server_spec_repeatable(spec, told),
	};

	if (tool.name == NULL || tool.description == NULL ||
	    tool.schema == NULL) {
		free_tool(&tool);
		return E_NOMEM;
	}
	tools->list[tools->count++] = tool;
	return OK;
}

int
server_tools_take(struct server_tools *tools, const struct server_spec *spec,
    const struct mcp_tool *told, int count)
{
	struct server_tools taken = { .left_out = tools->left_out,
	    .arg = tools->arg };
	int max = count < SERVER_TOOLS_MAX ? count : SERVER_TOOLS_MAX;
	const char *why;

	taken.list = calloc((size_t)max + 1, sizeof(*taken.list));
	if (taken.list == NULL)
		return E_NOMEM;
	for (int i = 0; i < count; i++) {
		why = problem(&taken, &told[i]);
		if (why != NULL && taken.left_out != NULL)
			taken.left_out(taken.arg, told[i].name, why);
		if (why == NULL && add(&taken, spec, &told[i]) != OK) {
			server_tools_free(&taken);
			return E_NOMEM;
		}
	}
	server_tools_free(tools);
	*tools = taken;
	return OK;
}

void
server_tools_free(struct server_tools *tools)
{
	for (int i = 0; i < tools->count; i++)
		free_tool(&tools->list[i]);
	free(tools->list);
	tools->list = NULL;
	tools->count = 0;
}

const struct server_tool *
server_tools_find(const struct server_tools *tools, const char *name)
{
	for (int i = 0; i < tools->count; i++)
		if (strcmp(tools->list[i].name, name) == 0)
			return &tools->list[i];
	return NULL;
}
