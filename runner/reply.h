/* SPDX-License-Identifier: Apache-2.0 */
/* What came of asking a model, whatever its provider. */
#ifndef RUNNER_REPLY_H
#define RUNNER_REPLY_H

#include <stdint.h>

/* What a reply that did not come, or is of no use, asks for. */
enum reply_fault {
	REPLY_FINAL,		/* nothing: asking again would not help */
	REPLY_TRANSIENT,	/* another try: the provider failed */
	REPLY_RATE,		/* another try, later: it is asked too often */
	REPLY_HELD,		/* another time: it was not asked at all */
	REPLY_EMPTY,		/* another try: it said nothing */
	REPLY_GARBLED,		/* another try: nobody can read what it said */
	REPLY_TOO_LONG,		/* a shorter conversation: over its context */
	REPLY_SLOW,		/* nothing now: it took all the time it had */
};

/* What a model answered, or why it did not. */
struct reply {
	char *content;		/* text, "" if it only calls tools */
	/*
	 * JSON: [{"id", "name", "args": {...}}]; an "error" beside them: the
	 * call is refused with it, since its arguments were not JSON.
	 */
	char *tool_calls;
	int64_t input_tokens, output_tokens;
	char *error;		/* NULL: it answered */
	enum reply_fault fault;	/* of an error */
	int64_t wait_ms;	/* the provider's own wish; 0: none */
};

#endif
