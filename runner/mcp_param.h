/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arguments that a tool wants to have as HTTP headers, too: "x-mcp-header"
 * in its schema (revision 2026-07-28). Pure.
 *
 *	if (mcp_param_check(schema, &why) != OK)
 *		hide the tool and log why
 *	mcp_param_headers(schema, args, &headers);
 *	...
 *	mcp_headers_free(&headers);
 */
#ifndef RUNNER_MCP_PARAM_H
#define RUNNER_MCP_PARAM_H

#include "runner/mcp_rpc.h"

enum {
	MCP_PARAMS_MAX = 32,		/* of a tool */
	MCP_HEADER_NAME_MAX = 64,	/* bytes */
	MCP_HEADERS_MAX = 80,		/* lines of a request */
	MCP_HEADER_MAX = 32 * 1024,	/* bytes of a line */
};

/* "Name: value" or "Name;", NULL-ended, for http.h. */
struct mcp_headers {
	const char *lines[MCP_HEADERS_MAX + 1];
	int count;
	int rc;			/* OK, or the first error */
};

/*
 * mcp_param_check: OK; E_INVALID: an annotation that no client may follow,
 * *why says which; E_NOMEM.
 */
int mcp_param_check(struct mcp_text schema, const char **why);

/*
 * mcp_param_headers adds "Mcp-Param-NAME: value" for each annotated argument
 * that is there and not null. schema has passed mcp_param_check. Returns
 * headers->rc.
 */
int mcp_param_headers(struct mcp_text schema, struct mcp_text args,
	struct mcp_headers *headers);

/*
 * Each adds a line and returns headers->rc: OK, E_NOMEM, E_LIMIT (too many)
 * or E_TOOBIG (too long). mcp_headers_text takes any text as value, and
 * writes what no header can carry as "=?base64?...?=".
 */
int mcp_headers_add(struct mcp_headers *headers, const char *name,
	const char *value);
int mcp_headers_text(struct mcp_headers *headers, const char *name,
	const char *value, size_t len);

/* mcp_headers_line adds "Name: value" as it is. */
int mcp_headers_line(struct mcp_headers *headers, const char *line);

/* mcp_headers_free leaves it empty and usable again. */
void mcp_headers_free(struct mcp_headers *headers);

#endif
