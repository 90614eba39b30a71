/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an MCP server sends: a message or a batch. Each result is read as if
 * it were a list of tools and as if it were the result of one; whatever is
 * taken from it is valid JSON, and no header has what none can carry.
 */
#include "t/fuzz/fuzz.h"

#include <string.h>

#include "lib/err.h"
#include "lib/log.h"
#include "runner/mcp_param.h"
#include "runner/mcp_result.h"
#include "runner/mcp_tools.h"

enum { JSON_MAX = 1024 * 1024 };

static void
check_headers(const struct mcp_tool *tool, struct mcp_text args)
{
	struct mcp_text schema = { tool->schema, strlen(tool->schema) };
	struct mcp_headers headers = { .count = 0 };
	const char *c;

	mcp_param_headers(schema, args, &headers);
	for (int i = 0; i < headers.count; i++)
		for (c = headers.lines[i]; *c != '\0'; c++)
			fuzz_check(*c >= ' ' && *c <= '~');
	mcp_headers_free(&headers);
}

static void
check_tools(struct mcp_text result)
{
	struct mcp_tools tools;
	struct buf cursor;
	int rc;

	mcp_tools_init(&tools, "fuzz", true);
	buf_init(&cursor, MCP_CURSOR_MAX);
	rc = mcp_tools_page(&tools, result, &cursor);
	fuzz_check((rc == E_AGAIN) == (cursor.len > 0));
	fuzz_check(rc == OK || rc == E_AGAIN || *tools.why != '\0');
	for (int i = 0; i < tools.count; i++) {
		const struct mcp_tool *tool = &tools.list[i];

		fuzz_check(mcp_tools_find(&tools, tool->name) == tool);
		fuzz_check(strlen(tool->name) <= MCP_NAME_MAX);
		fuzz_check(json_check(tool->schema, strlen(tool->schema),
			NULL) == OK && *tool->schema == '{');
		check_headers(tool, result);
	}
	/* The same page again leads in a circle, or nowhere. */
	fuzz_check(rc != E_AGAIN ||
	    mcp_tools_page(&tools, result, &cursor) != E_AGAIN);
	mcp_tools_free(&tools);
	buf_free(&cursor);
}

static void
check_result(struct mcp_text result)
{
	bool is_error = false;
	struct buf json;

	buf_init(&json, JSON_MAX);
	if (mcp_result_json(result, &is_error, &json) == OK) {
		fuzz_check(json_check(json.data, json.len, NULL) == OK);
		fuzz_check(!is_error ||
		    strncmp(json.data, "{\"error\":\"", 10) == 0);
	}
	buf_free(&json);
}

static int
check_message(void *arg, const char *text, size_t len)
{
	struct mcp_message message;

	(void)arg;
	if (mcp_rpc_read(text, len, &message) != OK)
		return OK;
	fuzz_check(message.number >= -1);
	fuzz_check((message.kind == MCP_REQUEST ||
		message.kind == MCP_NOTIFICATION) ==
	    (message.method[0] != '\0'));
	fuzz_check(message.kind != MCP_REQUEST || message.id.text != NULL);
	if (message.kind == MCP_RESULT) {
		check_tools(message.result);
		check_result(message.result);
	}
	return OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	log_open("fuzz", LOG_NONE);
	mcp_rpc_each((const char *)data, size, check_message, NULL);
	return 0;
}
