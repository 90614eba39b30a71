/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One server that tells its tools itself, kept going: started, and started
 * again after it failed, later each time; its calls queued, within its
 * concurrency and its clocks. Whatever it does, a call ends, and nobody else
 * notices.
 *
 *	server = tool_server_open(&terms, &row);
 *	...
 *	tool_server_call(server, job);	(terms.done follows, maybe at once)
 *	tool_server_cancel(job);
 *	tool_server_close(server);
 */
#ifndef RUNNER_TOOL_SERVER_H
#define RUNNER_TOOL_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "runner/server_spec.h"
#include "runner/server_tools.h"

struct job;
struct uv_loop_s;

enum tool_server_state { SERVER_STARTING, SERVER_AVAILABLE,
	SERVER_UNAVAILABLE };

/* What all servers have in common; must outlive them. */
struct tool_server_terms {
	struct uv_loop_s *loop;
	struct http *http;
	int retry_ms;		/* after the first failure; then twice that */
	int retry_max_ms;
	/* The state or the tools are others than before. */
	void (*changed)(void *arg);
	/* A job has its outcome. */
	void (*done)(void *arg, struct job *job);
	void *arg;
};

/* How it does; read it, and clear what was dealt with. */
struct tool_server {
	char *name;
	enum tool_server_state state;
	char *reason;			/* why it is not available, or NULL */
	const char *protocol;		/* NULL as long as none is spoken */
	int64_t since_ms;		/* of the state, UTC */
	int tries;			/* failed since it was available */
	bool settled;			/* the first try has ended */
	bool state_changed, tools_changed;
	struct server_tools tools;	/* the newest list */
	int calls;			/* that it has, queued ones included */
	/* Private. */
	const struct tool_server_terms *terms;
	struct tool_server_own *own;
};

/* tool_server_open starts it. NULL: out of memory. */
struct tool_server *tool_server_open(const struct tool_server_terms *terms,
	const struct server_row *row);

/*
 * tool_server_call performs a JOB_TOOL. It waits as long as the server's
 * timeout for one that is not available, and for max_timeout while others
 * run; but if the server failed SERVER_TRIES times it fails at once.
 * job->handle is ours until done. terms.done may be called at once.
 */
enum { SERVER_TRIES = 3 };
void tool_server_call(struct tool_server *server, struct job *job);

/* tool_server_cancel ends a call early; done is called as ever. */
void tool_server_cancel(struct job *job);

/*
 * tool_server_close ends it, and its calls without a word; the loop must
 * turn on until the program is gone. Accepts NULL.
 */
void tool_server_close(struct tool_server *server);

/* tool_server_state_name: "starting", "available", "unavailable". */
const char *tool_server_state_name(enum tool_server_state state);

#endif
