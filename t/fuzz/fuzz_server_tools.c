/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tools that a server tells of: the lines of the input are name, description
 * and schema, again and again. What is taken can be a row and a name for a
 * model: a name without what JSON paths and patterns use, a schema that is an
 * object; and no name twice.
 */
#include <config.h>

#include "t/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/json.h"
#include "runner/server_spec.h"
#include "runner/server_tools.h"
#include "runner/tool_name.h"

enum { TOLD_MAX = 64 };

static const char config[] = "{\"url\":\"http://h\",\"start_ms\":1,"
    "\"call_ms\":1,\"call_max_ms\":1,\"concurrency\":1,\"output_kb\":1,"
    "\"trust_hints\":true,\"tools\":{\"a\":false}}";

static struct server_spec *
open_spec(void)
{
	static const struct server_row row = { .name = "s",
	    .transport = "http", .config = config, .dir = "/" };
	struct server_spec *spec;
	struct buf why;

	buf_init(&why, SERVER_WHY_MAX);
	fuzz_check(server_spec_open(&spec, &row, &why) == OK);
	return spec;
}

static void
check(const struct server_tools *tools, int n)
{
	const struct server_tool *tool = &tools->list[n];
	char full[SERVER_TOOL_NAME_MAX + 3], safe[TOOL_NAME_SAFE_SIZE];
	struct json *schema;

	fuzz_check(tool->name[0] != '\0' &&
	    strlen(tool->name) <= SERVER_TOOL_NAME_MAX);
	fuzz_check(strpbrk(tool->name, "\"'\\* \t\n") == NULL);
	fuzz_check(server_tools_find(tools, tool->name) == tool);
	fuzz_check(strlen(tool->description) <= SERVER_DESCRIPTION_MAX);
	schema = json_parse(tool->schema, strlen(tool->schema), NULL);
	fuzz_check(json_kind(schema) == JSON_OBJECT);
	fuzz_check(strcmp(tool->name, "a") == 0 ? !tool->repeatable :
	    tool->repeatable);
	snprintf(full, sizeof(full), "s:%s", tool->name);
	fuzz_check(strcmp(tool_name_bare(full), tool->name) == 0);
	tool_name_safe(full, safe);
	fuzz_check(*safe != '\0');
	json_free(schema);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), *rest = text;
	struct mcp_tool told[TOLD_MAX];
	struct server_tools tools = { 0 };
	struct server_spec *spec = open_spec();
	int count = 0;

	while (count < TOLD_MAX && rest != NULL) {
		const char *name = strsep(&rest, "\n");
		const char *description = strsep(&rest, "\n");
		const char *schema = strsep(&rest, "\n");

		if (description == NULL || schema == NULL)
			break;
		told[count++] = (struct mcp_tool){ .name = name,
		    .title = "", .description = description,
		    .schema = schema, .read_only = true };
	}
	fuzz_check(server_tools_take(&tools, spec, told, count) == OK);
	fuzz_check(tools.count <= count);
	for (int i = 0; i < tools.count; i++)
		check(&tools, i);
	server_tools_free(&tools);
	server_spec_close(spec);
	free(text);
	return 0;
}
