/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a tool answered, in the words that the journal and the model get.
 * Pure.
 *
 *	buf_init(&json, max);
 *	rc = mcp_result_json(result, &is_error, &json);
 */
#ifndef RUNNER_MCP_RESULT_H
#define RUNNER_MCP_RESULT_H

#include <stdbool.h>

#include "runner/mcp_rpc.h"

/*
 * mcp_result_json writes the result of tools/call as one JSON value: its
 * structuredContent as it is; or its only text if that is a JSON object or
 * array; or {"content":[...]}, with "bytes" in place of binary data; or, of
 * an error, {"error":"..."}. OK; E_INVALID: it is none; E_TOOBIG, E_NOMEM of
 * json, which is then good for nothing.
 */
int mcp_result_json(struct mcp_text result, bool *is_error,
	struct buf *json);

/* mcp_result_error writes {"error":"..."}; returns json->rc. */
int mcp_result_error(struct buf *json, const char *why);

#endif
