/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The envelope of a finished turn: what the agent says, how sure it is and
 * why, and the signal that routes on. Agents state it in several ways; the
 * first of these that holds is taken:
 *
 *	JSON		a text that is exactly {content, confidence,
 *			confidence_rationale, signal}; newest text first
 *	markdown	a text with the headings Response and Confidence
 *			(`0.85 — why`), and perhaps Signal; newest first
 *	tool arguments	a call with confidence and a rationale; newest first
 *	tool calls	any call at all: confidence 0.30
 *
 * Then calls that ran are harvested, oldest first: a terminal tool's own
 * confidence and rationale win and its signal is `success`; a patch tool's
 * (inside its argument patch) too, until a terminal tool has run, and its
 * signal always.
 *
 *	struct envelope e;
 *	int rc = envelope_read(&e, app_config, &turn);
 *
 *	if (rc == OK && e.disagrees)
 *		log_warn("confidence_differs", ...);
 *	if (rc == OK)
 *		rc = record_run(buf_str(&e.content), e.confidence, e.signal);
 *	envelope_free(&e);
 */
#ifndef RUNNER_ENVELOPE_H
#define RUNNER_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"

#define ENVELOPE_TEXT_MAX (1024 * 1024)	/* bytes of content or rationale */
#define ENVELOPE_SIGNAL_MAX 63		/* bytes; a longer signal is cut */

struct json;

/* One tool call that the model asked for in this turn. */
struct envelope_call {
	const char *tool;	/* full or bare name */
	const char *args;	/* JSON text */
	bool ran;		/* ended without error; not refused */
};

/* A turn, oldest first. */
struct envelope_turn {
	const char *const *texts;	/* of the assistant's messages */
	size_t text_count;
	const struct envelope_call *calls;
	size_t call_count;
};

enum envelope_source {
	ENVELOPE_JSON,
	ENVELOPE_MARKDOWN,
	ENVELOPE_TOOL_ARGS,
	ENVELOPE_TOOL_CALL,
};

struct envelope {
	enum envelope_source source;
	double confidence;		/* 0 to 1 */
	double stated;			/* the source's, before the harvest */
	bool disagrees;			/* the two differ by more than 0.05 */
	struct buf content;
	struct buf rationale;
	char signal[ENVELOPE_SIGNAL_MAX + 1];	/* lower case; "": none */
};

/*
 * envelope_read reads a turn as the application's orchestrator keys
 * terminal_tools, harvest_terminal_tools, patch_tools and signals say. Call
 * envelope_free whatever it returns. E_NOTFOUND: there is no envelope, the
 * agent failed. E_TOOBIG: ENVELOPE_TEXT_MAX passed. E_NOMEM.
 */
int envelope_read(struct envelope *e, const struct json *app_config,
    const struct envelope_turn *turn);
void envelope_free(struct envelope *e);

#endif
