/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the MCP client share, and nobody else includes.
 *
 *	mcp.c		the interface, clocks, calls in flight
 *	mcp_spec.c	what the owner said
 *	mcp_start.c	which era, handshake, the list of tools
 *	mcp_take.c	what the server sends; the end of a tool's call
 *	mcp_stdio.c	\ how messages travel
 *	mcp_http.c	/
 *
 * A message that comes in calls up (mcp_take, mcp_fail, mcp_down); one that
 * goes out calls down, through the transport. After anything that may have
 * told the owner something, mcp->closed says whether it closed the client:
 * its memory stays until the loop turns, but nothing else may be done.
 */
#ifndef RUNNER_MCP_IMPL_H
#define RUNNER_MCP_IMPL_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "lib/buf.h"
#include "lib/trace.h"
#include "runner/mcp.h"
#include "runner/mcp_param.h"
#include "runner/mcp_rpc.h"
#include "runner/mcp_tools.h"

#define MCP_MODERN_VERSION "2026-07-28"
#define MCP_LEGACY_VERSION "2025-11-25"
#define MCP_NEVER INT64_MAX

enum {
	MCP_WHY_MAX = 1024,		/* bytes of a reason */
	MCP_VERSION_MAX = 32,
	MCP_MESSAGE_MIN = 64 * 1024,	/* room for what is not a result */
	MCP_SEND_MAX = 32 * 1024 * 1024,	/* bytes of one message */
};

/* One request, over all its tries. */
struct mcp_call {
	struct mcp *mcp;
	struct mcp_call *next, *prev;
	const char *method;
	char *members;			/* of params, without _meta */
	char *tool, *args;		/* of tools/call */
	char trace[TRACE_SIZE];		/* or "" */
	struct buf more;		/* members that the server asked for */
	int64_t id;			/* of this try; -1: not sent yet */
	int idle_ms;			/* 0: no clock */
	int64_t idle_at, end_at;	/* by when: monotonic, or MCP_NEVER */
	double progress;		/* the highest told */
	int rounds;			/* of input that the server asked for */
	bool relisted, renewed;		/* was tried again once, for that */
	bool waiting;			/* to be sent when it is ready */
	bool cancelled;
	bool sent;			/* it may have reached the server */
	bool ending;			/* fails as soon as the loop turns */
	char why[MCP_WHY_MAX];
	void *transport;		/* the transport's own */
	/*
	 * The end: an answer of kind MCP_RESULT or MCP_ERROR, or NULL and
	 * why. The call is gone afterwards.
	 */
	void (*answered)(struct mcp_call *call,
		const struct mcp_message *answer);
	void (*done)(void *arg, const struct mcp_result *result);
	void *arg;
};

/* How messages travel. What fails arrives at mcp_fail or mcp_down. */
struct mcp_transport {
	/* Starts it: OK or E_NOMEM. */
	int (*open)(struct mcp *mcp);
	/* Sends a request; the text is on one line. */
	void (*send)(struct mcp_call *call, const struct buf *text);
	/*
	 * Sends a notification, or the answer to a request; told (or NULL)
	 * is called when the server has it, or never will.
	 */
	void (*tell)(struct mcp *mcp, const struct buf *text,
		void (*told)(struct mcp *mcp));
	/* The call has ended: nothing more about it is wanted. */
	void (*drop)(struct mcp_call *call);
	/* The handshake is over: listens for what comes unasked. */
	void (*listen)(struct mcp *mcp);
	/* The time of its own next step, or MCP_NEVER; and that step. */
	int64_t (*due)(const struct mcp *mcp);
	void (*step)(struct mcp *mcp, int64_t now);
	/* Ends it; what takes longer goes on without mcp. */
	void (*close)(struct mcp *mcp);
	void (*free)(struct mcp *mcp);
};

extern const struct mcp_transport mcp_stdio;
extern const struct mcp_transport mcp_http;

struct mcp {
	struct mcp_spec spec;		/* with texts of its own */
	uv_loop_t *loop;
	struct http *http;
	uv_timer_t timer;
	const struct mcp_transport *transport;
	void *state;			/* the transport's */
	struct mcp_call *calls;
	int64_t next_id;

	enum mcp_era era;		/* that is spoken; MCP_AUTO: not yet */
	char version[MCP_VERSION_MAX + 1];	/* agreed on, or "" */
	bool refused_once;		/* with an unsupported version */
	bool has_tools, tells_changes;	/* the server's capabilities */
	bool greeted;			/* the handshake is over */
	bool ready;			/* it has told its tools */
	int64_t start_at;		/* by when it must have */

	struct mcp_tools tools, fresh;	/* the list, and one being read */
	bool listing;
	int64_t relist_at;		/* when to read it again */
	int64_t listed;			/* when it was asked for last */
	int64_t listen_at;		/* when to subscribe again */
	int listens;			/* in a row that came to nothing */

	bool dead, told_dead;
	char why[MCP_WHY_MAX];
	bool closed;
};

/* ---- mcp.c ---- */

/*
 * mcp_ask sends a request of our own: members as in mcp_rpc.h, copied.
 * idle_ms 0: it may take for ever. Without memory it is the end of mcp.
 */
struct mcp_call *mcp_ask(struct mcp *mcp, const char *method,
	const char *members, int idle_ms,
	void (*answered)(struct mcp_call *, const struct mcp_message *));

/* mcp_send sends a call, under a new id. */
void mcp_send(struct mcp_call *call);

/* mcp_tell sends a notification; told as for the transport. */
void mcp_tell(struct mcp *mcp, const char *method, const char *members,
	void (*told)(struct mcp *mcp));

/* mcp_fail ends a call soon; the first reason counts. */
void mcp_fail(struct mcp_call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* mcp_down: it is of no use any more; the owner is told soon. */
void mcp_down(struct mcp *mcp, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* mcp_end ends a call with an answer, or NULL and its why. */
void mcp_end(struct mcp_call *call, const struct mcp_message *answer);

/* mcp_wake: a time changed. */
void mcp_wake(struct mcp *mcp);

/* ---- mcp_spec.c ---- */

/* mcp_spec_copy: false when out of memory; mcp_spec_free in any case. */
bool mcp_spec_copy(struct mcp_spec *to, const struct mcp_spec *from);
void mcp_spec_free(struct mcp_spec *spec);

/* mcp_mask writes stars over the secrets of the spec. */
void mcp_mask(const struct mcp *mcp, char *text);

/* ---- mcp_start.c ---- */

/* mcp_start finds out the era and goes on to the first list. */
void mcp_start(struct mcp *mcp);

/* mcp_renew: the session is lost; a new one, then call once more. */
void mcp_renew(struct mcp_call *call);

/* mcp_list reads the tools (again), soon. */
void mcp_list(struct mcp *mcp, int64_t at);

/* mcp_relist reads the tools now, and then sends call once more. */
void mcp_relist(struct mcp_call *call);

/* mcp_start_step does what is due. */
void mcp_start_step(struct mcp *mcp, int64_t now);

/* ---- mcp_take.c ---- */

/*
 * mcp_take takes what the server sent: a message or a batch. E_INVALID: it is
 * none; E_LIMIT, E_NOMEM. Anything else has been dealt with.
 */
int mcp_take(struct mcp *mcp, const char *text, size_t len);

/* mcp_answer: this is the answer, unless the call goes on with it. */
void mcp_answer(struct mcp_call *call, const struct mcp_message *answer);

/* mcp_tool_answered is how the call of a tool ends. */
void mcp_tool_answered(struct mcp_call *call,
	const struct mcp_message *answer);

#endif
