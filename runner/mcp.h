/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client of one server of the Model Context Protocol: a program over
 * stdin and stdout, or a URL (Streamable HTTP); of either era of the
 * protocol, found out by itself (revision 2026-07-28, or 2025-03-26 to
 * 2025-11-25). Whatever the server does, the loop goes on, and each call
 * ends once. It knows no rows and no policy and starts nothing again: that
 * is for its owner.
 *
 *	struct mcp_spec spec = { .name = "files", .argv = argv, .env = env,
 *	    .dir = dir, .start_ms = 30000, .call_ms = 60000,
 *	    .call_max_ms = 600000, .message_max = 4 * 1024 * 1024,
 *	    .memory_max = 1024 * 1024 * 1024, .ready = on_ready,
 *	    .down = on_down, .arg = server };
 *	struct mcp *mcp = mcp_open(loop, http, &spec);
 *
 *	on_ready:	keep the tools
 *	later:		call = mcp_call(mcp, "read", args, "", on_done, job);
 *	on_done:	job ends with result->json
 *	on_down:	mcp_close(mcp); open another one after a while
 */
#ifndef RUNNER_MCP_H
#define RUNNER_MCP_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"

struct uv_loop_s;
struct http;
struct sandbox;
struct mcp;
struct mcp_call;

enum mcp_era {
	MCP_AUTO,		/* ask */
	MCP_LEGACY,		/* up to 2025-11-25: initialize */
	MCP_MODERN,		/* 2026-07-28: server/discover */
};

/* All texts are copied with the tool's table; valid until ready is over. */
struct mcp_tool {
	const char *name;
	const char *title, *description;	/* "" where there is none */
	const char *schema;		/* inputSchema, byte for byte */
	const char *output_schema;	/* likewise, or NULL */
	/* Hints, and nobody says that they are true. */
	bool read_only, idempotent, destructive;
};

struct mcp_result {
	bool is_error;
	bool lost;		/* an error, and nobody knows if it ran */
	/*
	 * For the journal and the model: valid JSON, at most about the
	 * spec's message_max. What is structured stays as it is; content is
	 * {"content":[...]} with the size in place of binary data; an error
	 * is {"error":"..."}. Valid until done returns.
	 */
	const char *json;
};

/*
 * Everything is copied by mcp_open, and so are the texts it points to.
 * Times in milliseconds, sizes in bytes; none may be 0, except memory_max
 * with a URL.
 */
struct mcp_spec {
	const char *name;		/* in the log */
	/* A program: NULL-ended lists; env is all of its environment. */
	const char *const *argv, *const *env;
	const char *dir;
	const struct sandbox *sandbox;	/* until mcp_open returns; or NULL */
	/*
	 * Or a URL, with "Name: value" to be sent with every request,
	 * NULL-ended or NULL. They are secrets: never in a log or an error.
	 */
	const char *url;
	const char *const *headers;
	enum mcp_era era;
	int start_ms;			/* to the first whole list of tools */
	int call_ms;			/* of a call, without any progress */
	int call_max_ms;		/* of a call in all */
	size_t message_max;		/* of one message from the server */
	size_t memory_max;		/* of the program's address space */
	/*
	 * The tools: when the server is ready, and whenever they are others
	 * than before.
	 */
	void (*ready)(void *arg, const struct mcp_tool *tools, int count);
	/*
	 * It is of no use any more: the program ended, it cannot be reached,
	 * it speaks no protocol of ours. Calls have been ended before. At
	 * most once, and the owner closes it, then or later.
	 */
	void (*down)(void *arg, const char *why);
	/*
	 * What the server may ask the client for, as the capabilities say
	 * (a JSON object; NULL: nothing, and then answer is not needed).
	 * answer appends the result to out, a JSON object, and returns OK;
	 * anything else refuses.
	 */
	const char *capabilities;
	int (*answer)(void *arg, const char *method, const char *params,
		struct buf *out);
	void *arg;
};

/*
 * mcp_open starts to talk to a server. NULL: out of memory. Everything else
 * that can go wrong arrives at down, from the loop. http is not needed for a
 * program, and must stay until mcp_close.
 */
struct mcp *mcp_open(struct uv_loop_s *loop, struct http *http,
	const struct mcp_spec *spec);

/*
 * mcp_call calls a tool. args is a JSON object and sent byte for byte; trace
 * is which trace the call is part of (lib/trace.h), or "". done is called
 * exactly once, from the loop, unless mcp_close comes first; call is gone
 * when it returns. NULL: out of memory, done is not called.
 */
struct mcp_call *mcp_call(struct mcp *mcp, const char *tool, const char *args,
	const char *trace,
	void (*done)(void *arg, const struct mcp_result *result), void *arg);

/*
 * mcp_takes_calls: ready has been called, and it is not about to be told
 * that the server is down, which follows the end of all calls.
 */
bool mcp_takes_calls(const struct mcp *mcp);

/* mcp_call_cancel ends a call: done is called soon. Not after done. */
void mcp_call_cancel(struct mcp_call *call);

/*
 * mcp_version: the revision of the protocol that is spoken, "2025-11-25";
 * NULL as long as none is agreed on. mcp_found: its era, else MCP_AUTO.
 */
const char *mcp_version(const struct mcp *mcp);
enum mcp_era mcp_found(const struct mcp *mcp);

/*
 * mcp_close ends calls, and the session, without a word: no callback comes
 * after it. The loop does the rest: a program's stdin is closed, a second
 * later its group gets TERM, and a second after that KILL. May be called
 * within any callback; accepts NULL.
 */
void mcp_close(struct mcp *mcp);

#endif
