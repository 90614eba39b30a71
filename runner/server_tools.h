/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tools that a server told of, as far as they can be used: copied, checked
 * and within limits. Whatever else it told is left out, and said.
 *
 *	struct server_tools tools = { .left_out = log_it, .arg = server };
 *
 *	rc = server_tools_take(&tools, spec, told, count);
 *	for (int i = 0; i < tools.count; i++)
 *		write(tools.list[i].name, ...);
 *	server_tools_free(&tools);
 */
#ifndef RUNNER_SERVER_TOOLS_H
#define RUNNER_SERVER_TOOLS_H

#include <stdbool.h>

#include "runner/mcp.h"

struct server_spec;

enum {
	SERVER_TOOLS_MAX = 512,			/* of one server */
	SERVER_TOOL_NAME_MAX = 128,		/* bytes */
	SERVER_DESCRIPTION_MAX = 16 * 1024,	/* bytes; the rest is cut */
	SERVER_SCHEMA_MAX = 256 * 1024,		/* bytes */
};

struct server_tool {
	char *name;		/* as the server knows it */
	char *description;
	char *schema;		/* byte for byte */
	bool repeatable;
};

struct server_tools {
	struct server_tool *list;
	int count;
	/* What is left out, and why; optional. */
	void (*left_out)(void *arg, const char *name, const char *why);
	void *arg;
};

/*
 * server_tools_take replaces the list. E_NOMEM: it is as before. Left out:
 * names that are no 1 to 128 printable characters of ASCII without blanks,
 * quotes, backslashes and stars, or are there already; schemas that are no
 * JSON object; what is over the limits.
 */
int server_tools_take(struct server_tools *tools,
	const struct server_spec *spec, const struct mcp_tool *told, int count);

void server_tools_free(struct server_tools *tools);

/* server_tools_find returns the tool of that name, or NULL. */
const struct server_tool *server_tools_find(const struct server_tools *tools,
	const char *name);

#endif
