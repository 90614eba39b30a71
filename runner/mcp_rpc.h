/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON-RPC 2.0 as the Model Context Protocol uses it: messages built and
 * read. Nothing foreign is put into a tree: it stays the text that it was,
 * so that 9007199254740993 arrives as 9007199254740993.
 *
 *	mcp_rpc_request(&out, 7, "tools/call", "\"name\":\"add\"", NULL);
 *
 *	rc = mcp_rpc_each(text, len, on_message, arg);
 *	on_message:	mcp_rpc_read(text, len, &message);
 *			if (message.kind == MCP_RESULT && message.number == 7)
 *				take(message.result);
 */
#ifndef RUNNER_MCP_RPC_H
#define RUNNER_MCP_RPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/json.h"

/* Error codes, of JSON-RPC and of the revision 2026-07-28. */
enum {
	RPC_INVALID_PARAMS = -32602,
	RPC_NO_METHOD = -32601,
	RPC_HEADER_MISMATCH = -32020,
	RPC_MISSING_CAPABILITY = -32021,
	RPC_UNSUPPORTED_VERSION = -32022,
};

enum {
	RPC_METHOD_MAX = 128,	/* bytes; a longer one is none of ours */
	RPC_REASON_MAX = 2048,	/* bytes of an error's message */
	RPC_BATCH_MAX = 256,	/* messages */
};

/* A part of somebody else's text; text NULL: there is none. */
struct mcp_text {
	const char *text;
	size_t len;
};

enum mcp_kind {
	MCP_REQUEST,		/* id, method, params */
	MCP_NOTIFICATION,	/* method, params */
	MCP_RESULT,		/* id, result */
	MCP_ERROR,		/* id (or none), code, reason, data */
};

struct mcp_message {
	enum mcp_kind kind;
	struct mcp_text id;
	int64_t number;			/* the id, if we gave it; else -1 */
	char method[RPC_METHOD_MAX + 1];
	struct mcp_text params, result, data;
	int code;
	char reason[RPC_REASON_MAX + 1];
};

/*
 * mcp_rpc_each tells the one message that text is, or those of a batch. OK,
 * E_INVALID, E_LIMIT (more than RPC_BATCH_MAX), E_NOMEM, or what told
 * returned.
 */
int mcp_rpc_each(const char *text, size_t len, json_element_told *told,
	void *arg);

/* mcp_rpc_read: OK, E_INVALID (no message) or E_NOMEM. It borrows text. */
int mcp_rpc_read(const char *text, size_t len, struct mcp_message *message);

/*
 * Each appends a message, on one line if its parts are, and returns out->rc.
 * members are those of params, and meta those of params._meta, without
 * brackets; NULL: none.
 */
int mcp_rpc_request(struct buf *out, int64_t id, const char *method,
	const char *members, const char *meta);
int mcp_rpc_notification(struct buf *out, const char *method,
	const char *members);
int mcp_rpc_result(struct buf *out, struct mcp_text id, const char *result);
int mcp_rpc_refusal(struct buf *out, struct mcp_text id, int code,
	const char *reason);

/* mcp_text_kind: what sort of value it is. */
enum json_kind mcp_text_kind(struct mcp_text value);

/* mcp_text_get: a member of an object. */
struct mcp_text mcp_text_get(struct mcp_text object, const char *key);

/* mcp_text_is: is it this string? */
bool mcp_text_is(struct mcp_text value, const char *plain);

/* mcp_text_number: the value, or missing if it is no number. */
double mcp_text_number(struct mcp_text value, double missing);

/* mcp_text_bool: the value, or missing if it is none. */
bool mcp_text_bool(struct mcp_text value, bool missing);

/*
 * mcp_text_string appends what a string says. OK; E_INVALID: it is none;
 * E_TOOBIG or E_NOMEM of out.
 */
int mcp_text_string(struct mcp_text value, struct buf *out);

/*
 * mcp_text_copy: what a string says, cut to fit; "" if it is none or memory is
 * short. OK, E_INVALID or E_NOMEM.
 */
int mcp_text_copy(struct mcp_text value, char *out, size_t size);

#endif
