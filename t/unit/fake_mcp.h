/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In place of runner/mcp.h's client: clients that the test plays itself.
 *
 *	server = tool_server_open(&terms, &row);
 *	uv_run(&loop, UV_RUN_NOWAIT);
 *	fake_mcp_ready(fake_mcp_newest(), (struct mcp_tool[]){ ... }, 1);
 *	tool_server_call(server, job);
 *	assert_string_equal(fake_mcp_call(0)->args, "{}");
 *	fake_mcp_answer(0, "{\"n\":1}", false);
 */
#ifndef T_UNIT_FAKE_MCP_H
#define T_UNIT_FAKE_MCP_H

#include "runner/mcp.h"

struct mcp_call {
	struct mcp_call *next;
	struct mcp *mcp;
	char tool[160], args[256];
	void (*done)(void *arg, const struct mcp_result *result);
	void *arg;
};

/* How many were opened, and how many are still open; the newest one. */
int fake_mcp_opened(void);
int fake_mcp_open_now(void);
struct mcp *fake_mcp_newest(void);

/* The newest that is open and has this name, or NULL. */
struct mcp *fake_mcp_called(const char *name);

/* What it was opened with; env and headers are as mcp_open was given them. */
const char *fake_mcp_value(const struct mcp *mcp, int n);
const struct mcp_spec *fake_mcp_spec(const struct mcp *mcp);

/* fake_mcp_full: the next mcp_open, and mcp_call, find no memory. */
void fake_mcp_full(bool full);

/* The client says so; fake_mcp_down ends its calls first, as lost. */
void fake_mcp_ready(struct mcp *mcp, const struct mcp_tool *tools, int count);
void fake_mcp_down(struct mcp *mcp, const char *why);

/* The nth call in flight of all clients, oldest first; NULL: none. */
struct mcp_call *fake_mcp_call(int n);
void fake_mcp_answer(int n, const char *json, bool is_error);

#endif
