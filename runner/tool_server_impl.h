/* SPDX-License-Identifier: Apache-2.0 */
/* What tool_server.c, the server, and tool_calls.c, its calls, share. */
#ifndef RUNNER_TOOL_SERVER_IMPL_H
#define RUNNER_TOOL_SERVER_IMPL_H

#include <uv.h>

#include "runner/tool_server.h"

/* A call, from its job to its end. */
struct served {
	struct served *next, *prev;
	struct tool_server *server;
	struct job *job;		/* NULL: cancelled while it waited */
	struct mcp_call *call;		/* NULL: it waits for its turn */
	int64_t since_ms;		/* by the monotonic clock */
};

struct tool_server_own {
	struct server_row row;		/* its texts are here */
	char *transport, *config, *dir;
	struct server_spec *spec;	/* of this start, or NULL */
	struct mcp *mcp;
	struct served *first, *last;	/* that wait, oldest first */
	struct served *sent;		/* to the server */
	int sent_count;
	int64_t up_ms;			/* available since, monotonic */
	uv_timer_t retry, queue;
	int closing;			/* timers not yet closed */
};

/* tool_server_reason: why it is not available. */
const char *tool_server_reason(const struct tool_server *server);

/* tool_calls_init: no calls, and a timer that the server closes. */
void tool_calls_init(struct tool_server *server);

/*
 * tool_calls_go_on serves all calls that can be, after the server's state
 * has changed.
 */
void tool_calls_go_on(struct tool_server *server);

/* tool_calls_drop forgets all calls without a word. */
void tool_calls_drop(struct tool_server *server);

#endif
