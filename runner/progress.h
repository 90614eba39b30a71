/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of running replies, as the models say it, for whoever listens on
 * a local socket. It is shown and forgotten: nothing of it is a row, and
 * what counts is the message that follows when the reply is whole.
 *
 *	rc = progress_open(&progress, &loop, "gatehouse.db-progress-runner");
 *	...
 *	struct progress_reply reply = { .progress = progress };
 *
 *	progress_begin(&reply, session_id, agent, run_id, 1);
 *	progress_text(&reply, "Hel", 3);	(all of it so far, each time)
 *	progress_text(&reply, "Hello", 5);
 *	progress_end(&reply, true);
 *	...
 *	progress_close(progress);
 *
 * The protocol: a stream socket, <database>-progress-<name of the runner>,
 * mode 0660; JSON objects, one in a line, both ways. A subscriber says what
 * it wants to hear of, and may say something else at any time (wish.h):
 *
 *	{"key":"KEY","sessions":["SES-20261122-001","SES-20261122-002"]}
 *	{"key":"KEY","sessions":"all"}
 *
 * KEY is what the file <socket>-key holds, mode 0640 and new with each start
 * of the runner: the sandbox keeps tools from opening files beside the
 * database, but not from connecting to sockets there.
 *
 * and is told {"subscribed":true}, then of each reply, piece by piece:
 *
 *	{"session":"SES-20261122-001","agent":"triage","run":7,"reply":2,
 *	 "at":120,"text":"It is the deploy","final":false}
 *	{"session":"SES-20261122-001","agent":"triage","run":7,"reply":2,
 *	 "end":"complete"}
 *
 * "run" is agent_run.id, "reply" counts the model's replies in that run from
 * 1, "at" the bytes of this reply before the piece. Pieces are valid UTF-8,
 * cut between characters. "complete": the reply is about to become a
 * message; "lost": there will be none, it is asked for again or has failed.
 * Either way what was shown can be dropped.
 *
 * Who subscribes to a reply that runs is first told what it has said so
 * far, PROGRESS_CATCH_UP_MAX bytes for all such replies together; where "at"
 * is beyond what one has, there is a gap, which the message will fill.
 *
 * A subscriber that reads too slowly or says something else is dropped; in
 * the latter case the last thing that it is told is {"error":"..."}.
 */
#ifndef RUNNER_PROGRESS_H
#define RUNNER_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sql/session.h"

struct progress;
struct uv_loop_s;

enum {
	PROGRESS_SUBSCRIBERS_MAX = 16,
	PROGRESS_PIECE_MAX = 16 * 1024,		/* bytes of text */
	PROGRESS_CATCH_UP_MAX = 64 * 1024,	/* the same */
	PROGRESS_AGENT_MAX = 64,		/* bytes of an agent's name */
	PROGRESS_KEY_SIZE = 33,			/* hexadecimal, and a NUL */
};

/* One reply; its memory is the caller's. */
struct progress_reply {
	struct progress *progress;	/* NULL: nobody can listen */
	/* Private. */
	struct progress_reply *next, *prev;
	const char *text;
	size_t len, shown;
	bool running;
	char session_id[SESSION_ID_MAX], agent[PROGRESS_AGENT_MAX + 1];
	int64_t run_id;
	int number;
};

/*
 * progress_open listens at path, and replaces a socket and key that are
 * there: only who holds a lock on its name may call it. E_TOOBIG: the path is
 * too long for a socket; E_IO, logged; E_NOMEM; *progress is NULL then.
 */
int progress_open(struct progress **progress, struct uv_loop_s *loop,
	const char *path);

/*
 * progress_close drops all subscribers and removes the socket; the loop must
 * turn once more. All replies must have ended. Accepts NULL.
 */
void progress_close(struct progress *progress);

/* progress_heard: does anybody listen? False for NULL. */
bool progress_heard(const struct progress *progress);

/* progress_begin: a reply is asked for; reply->progress is set. */
void progress_begin(struct progress_reply *reply, const char *session_id,
	const char *agent, int64_t run_id, int number);

/*
 * progress_text: what the reply has said so far. text is kept, not copied:
 * it must stay until the next call of this or of progress_end.
 */
void progress_text(struct progress_reply *reply, const char *text,
	size_t len);

/* progress_end: complete or lost. Harmless if it has not begun, and twice. */
void progress_end(struct progress_reply *reply, bool complete);

#endif
