/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/log.h"
#include "runner/act.h"
#include "runner/app.h"

enum {
	TRIES_MAX = 3,			/* requests for one reply */
	TRANSIENT_MS = 1500,		/* times the number of tries */
	RATE_MS = 7500,			/* the same, when asked too often */
	WAIT_MAX_MS = 60 * 60 * 1000,	/* that a provider may ask for */
	WHY_MAX = 2048,			/* bytes */
};

/* How often a reply of no use is asked for again in silence, before the
 * model is told; after that there is nothing left to try. */
static const struct nudge {
	int silent;
	const char *text;
} nudges[] = {
	[REPLY_EMPTY] = { 1, "Your last reply was empty. Go on: answer, or "
	    "call a tool." },
	[REPLY_GARBLED] = { 2, "Your last reply could not be read. Go on: "
	    "answer in plain text, or call a tool with arguments in JSON." },
};

/*
 * Sessions that failed together shall not come back together: up to a tenth
 * more, by the session's name, so that a replay waits the same.
 */
static int64_t
spread(const struct act *act, int64_t wait_ms)
{
	unsigned hash = 2166136261u ^ (unsigned)act->snap->tries;

	for (const char *c = act->snap->id; *c != '\0'; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	return wait_ms + wait_ms / 1000 * (int64_t)(hash % 100) +
	    (int64_t)(hash % 10);
}

static bool
wait(const struct act *act, const struct reply *reply, int64_t wait_ms)
{
	wait_ms = spread(act, wait_ms);
	log_info("model_waits", "session=%s agent=%s tries=%d wait_ms=%lld "
	    "why=\"%s\"", act->snap->id, act->snap->run_agent,
	    act->snap->tries, (long long)wait_ms, reply->error);
	tx_run(act->tx, Q_SESSION_LATER, "sl", act->snap->id,
	    act->now_ms + wait_ms);
	return false;
}

static enum act_failure
failure_of(const struct reply *reply)
{
	switch (reply->fault) {
	case REPLY_TRANSIENT:
	case REPLY_RATE:
	case REPLY_SLOW:
		return FAILURE_PASSING;
	case REPLY_EMPTY:
	case REPLY_GARBLED:
		return FAILURE_LASTING;
	default:
		return FAILURE_UNKNOWN;
	}
}

/* To a supervisor no answer is one that names nobody. */
static void
fail(const struct act *act, const struct reply *reply, const char *why)
{
	if (!act->snap->dispatch) {
		act_fail_as(act, failure_of(reply), why);
		return;
	}
	log_warn("dispatch_unanswered", "session=%s agent=%s why=\"%s\"",
	    act->snap->id, act->snap->run_agent, why);
	tx_run(act->tx, Q_MESSAGE_INSERT, "slsssiil", act->snap->id,
	    act->snap->run_id, "assistant", "", "[]", 0, 0, act->now_ms);
}

static void
give_up(const struct act *act, const struct reply *reply)
{
	struct buf why;

	buf_init(&why, WHY_MAX);
	buf_addf(&why, "%.1024s (after %d requests)", reply->error,
	    act->snap->tries + 1);
	fail(act, reply, buf_str(&why));
	buf_free(&why);
}

static bool
try_later(const struct act *act, const struct reply *reply, int64_t unit_ms)
{
	int tries = act->snap->tries + 1;

	if (tries >= TRIES_MAX || reply->wait_ms > WAIT_MAX_MS) {
		give_up(act, reply);
		return true;
	}
	tx_run(act->tx, Q_RUN_TRY, "l", act->snap->run_id);
	return wait(act, reply, reply->wait_ms > 0 ? reply->wait_ms :
	    unit_ms * tries);
}

static bool
try_again(const struct act *act, const struct reply *reply)
{
	const struct nudge *nudge = &nudges[reply->fault];

	if (act->snap->tries > nudge->silent) {
		give_up(act, reply);
		return true;
	}
	if (act->snap->tries == nudge->silent)
		tx_run(act->tx, Q_MESSAGE_INSERT, "slsssiil", act->snap->id,
		    act->snap->run_id, "user", nudge->text, "[]", 0, 0,
		    act->now_ms);
	tx_run(act->tx, Q_RUN_TRY, "l", act->snap->run_id);
	log_info("model_again", "session=%s agent=%s tries=%d why=\"%s\"",
	    act->snap->id, act->snap->run_agent, act->snap->tries + 1,
	    reply->error);
	return true;
}

static bool
shorten(const struct act *act, const struct reply *reply)
{
	if (act->snap->compact) {
		fail(act, reply, reply->error);
		return true;
	}
	log_info("model_compact", "session=%s agent=%s why=\"%s\"",
	    act->snap->id, act->snap->run_agent, reply->error);
	tx_run(act->tx, Q_RUN_COMPACT, "l", act->snap->run_id);
	return true;
}

bool
act_fault(const struct act *act, const struct reply *reply)
{
	switch (reply->fault) {
	case REPLY_TRANSIENT:
		return try_later(act, reply, TRANSIENT_MS);
	case REPLY_RATE:
		return try_later(act, reply, RATE_MS);
	case REPLY_HELD:
		return wait(act, reply, reply->wait_ms);
	case REPLY_EMPTY:
	case REPLY_GARBLED:
		return try_again(act, reply);
	case REPLY_TOO_LONG:
		return shorten(act, reply);
	case REPLY_FINAL:
	case REPLY_SLOW:
		break;
	}
	fail(act, reply, reply->error);
	return true;
}
