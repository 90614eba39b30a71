/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tools of a server, put together from the pages of tools/list. Pure but
 * for the log, where each tool that is left out is named.
 *
 *	mcp_tools_init(&tools, "files", true);
 *	while ((rc = mcp_tools_page(&tools, result, &cursor)) == E_AGAIN)
 *		result = ask_for_the_page_after(buf_str(&cursor));
 *	if (rc == OK)
 *		use(tools.list, tools.count);
 *	else
 *		complain(tools.why);
 *	mcp_tools_free(&tools);
 */
#ifndef RUNNER_MCP_TOOLS_H
#define RUNNER_MCP_TOOLS_H

#include "runner/mcp.h"
#include "runner/mcp_rpc.h"

enum {
	MCP_PAGES_MAX = 64,
	MCP_TOOLS_MAX = 1024,
	MCP_SCHEMA_MAX = 128 * 1024,		/* bytes */
	MCP_SCHEMAS_MAX = 8 * 1024 * 1024,	/* of all tools together */
	MCP_NAME_MAX = 128,			/* bytes; longer: left out */
	MCP_TITLE_MAX = 256,			/* bytes; cut */
	MCP_DESCRIPTION_MAX = 16 * 1024,	/* bytes; cut */
	MCP_CURSOR_MAX = 4096,			/* bytes, as JSON */
};

struct mcp_tools {
	struct mcp_tool *list;		/* in the server's order */
	int count;
	const char *server;		/* for the log, borrowed */
	bool headers;			/* x-mcp-header matters */
	bool quiet;			/* what is left out was named before */
	long long ttl_ms;		/* until it is stale; 0: not known */
	const char *why;		/* of the last error, static */
	/* Its own. */
	int cap, pages;
	size_t bytes;
	char *cursors[MCP_PAGES_MAX];	/* all that have been */
};

/* mcp_tools_init makes an empty table; no allocation. */
void mcp_tools_init(struct mcp_tools *tools, const char *server,
	bool headers);
void mcp_tools_free(struct mcp_tools *tools);

/*
 * mcp_tools_page adds a page, the result of tools/list. OK: it was the last
 * one. E_AGAIN: cursor, emptied before, holds that of the next one as JSON.
 * E_INVALID, E_LIMIT or E_NOMEM, and then why tells more.
 */
int mcp_tools_page(struct mcp_tools *tools, struct mcp_text result,
	struct buf *cursor);

/* mcp_tools_find: the tool of that name, or NULL. */
const struct mcp_tool *mcp_tools_find(const struct mcp_tools *tools,
	const char *name);

/* mcp_tools_same: would nobody see a difference? */
bool mcp_tools_same(const struct mcp_tools *a, const struct mcp_tools *b);

#endif
