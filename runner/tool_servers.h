/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The servers that tell their tools themselves, of every application that is
 * in use: those of the newest versions run from the start, those of an older
 * one while its sessions need them. What they tell becomes rows in the
 * runner's tick.
 *
 *	struct tool_servers_terms terms = { .loop = loop, .http = http,
 *	    .db = db, .runner = "runner", .box = &box, .heard = hear,
 *	    .done = deliver, .arg = uv };
 *	struct tool_servers *servers = tool_servers_open(&terms);
 *
 *	if (!tool_servers_wait(servers, job, ask))
 *		ask(uv, job);			(a model, of its agent's tools)
 *	tool_servers_call(servers, job);	(a tool of a server)
 *	tool_servers_cancel(job);		(either)
 *
 *	in the tick after terms.heard:
 *		tool_servers_write(servers);	within the group
 *		tool_servers_written(servers);	after the commit
 *
 *	tool_servers_close(servers);
 *
 * Two runners of one database each have their own servers, and rows of
 * tool_server_state under their own names. Rows of tool they share: whoever
 * heard last has written them, and writes only what differs.
 */
#ifndef RUNNER_TOOL_SERVERS_H
#define RUNNER_TOOL_SERVERS_H

#include <stdbool.h>
#include <stdint.h>

struct db;
struct http;
struct job;
struct sandbox;
struct tool_servers;
struct uv_loop_s;

struct tool_servers_terms {
	struct uv_loop_s *loop;
	struct http *http;		/* must stay until all is over */
	struct db *db;			/* DB_WRITE */
	const char *runner;		/* the name that its rows carry */
	const struct sandbox *box;	/* of any program */
	/* 0: half a second; a minute; a minute, then an old version's end */
	int retry_ms, retry_max_ms, idle_ms;
	/* There is something to write. */
	void (*heard)(void *arg);
	/* The rows of this application's tools are others than before. */
	void (*changed)(void *arg, int64_t app_id);
	/* A JOB_TOOL, or a JOB_MODEL that was cancelled, has its outcome. */
	void (*done)(void *arg, struct job *job);
	void *arg;
};

/* tool_servers_open: NULL when out of memory. terms are copied. */
struct tool_servers *tool_servers_open(const struct tool_servers_terms *terms);

/*
 * tool_servers_close drops all calls without a word and removes this
 * runner's rows; the loop must turn on until the programs are gone.
 */
void tool_servers_close(struct tool_servers *servers);

/*
 * tool_servers_wait: a model should not be asked before its agent's servers
 * told of their tools, or failed to. True: go is called with terms.arg and
 * the job when that is so, at most the longest start_timeout later.
 */
bool tool_servers_wait(struct tool_servers *servers, struct job *job,
	void (*go)(void *arg, struct job *job));

/*
 * tool_servers_ready: does nothing stand in the way, without that any server
 * is started for it? Else tool_servers_wait tells more.
 */
bool tool_servers_ready(struct tool_servers *servers, const struct job *job);

/* tool_servers_call performs a JOB_TOOL whose tool a server told of. */
void tool_servers_call(struct tool_servers *servers, struct job *job);

/* tool_servers_cancel ends it early; terms.done is called as ever. */
void tool_servers_cancel(struct tool_servers *servers, struct job *job);

/* See above. tool_servers_written: false: there is more to write. */
void tool_servers_write(struct tool_servers *servers);
bool tool_servers_written(struct tool_servers *servers);

#endif
