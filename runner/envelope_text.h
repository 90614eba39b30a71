/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two kinds of text that are an envelope. Only envelope.c uses this:
 *
 *	if (envelope_text_markdown(e, text))
 *		e->source = ENVELOPE_MARKDOWN;
 */
#ifndef RUNNER_ENVELOPE_TEXT_H
#define RUNNER_ENVELOPE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct envelope;

/*
 * Each fills content, rationale, confidence and signal of e if text is such
 * an envelope, and else leaves them alone. The buffers of e keep an error.
 */
bool envelope_text_json(struct envelope *e, const char *text);
bool envelope_text_markdown(struct envelope *e, const char *text);

/*
 * envelope_text_word stores the first line of text, without blanks around it
 * and in lower case; "none", "null" and "n/a" become "". word has room for
 * ENVELOPE_SIGNAL_MAX bytes, which is where it is cut, and a NUL.
 */
void envelope_text_word(char *word, const char *text, size_t len);

#endif
