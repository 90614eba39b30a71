/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A model's reply as it comes in, piece by piece, and what it amounts to once
 * it is whole. Providers only fill it in; the rules are the same for all.
 *
 *	struct llm_reply raw;
 *	struct reply reply = { 0 };
 *
 *	llm_reply_init(&raw);
 *	buf_adds(&raw.content, "I look. ");
 *	struct llm_reply_call *call = llm_reply_call(&raw, 0, "call_1");
 *	buf_adds(&call->name, "s__look");
 *	buf_adds(&call->args, "{}");
 *	raw.done = true;
 *	llm_reply_finish(&raw, tools, 1, &reply);
 *	llm_reply_free(&raw);
 */
#ifndef RUNNER_LLM_REPLY_H
#define RUNNER_LLM_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "runner/llm_error.h"
#include "runner/llm_provider.h"

enum {
	LLM_CALLS_MAX = 128,		/* in one reply */
	LLM_CONTENT_MAX = 1024 * 1024,	/* bytes */
	LLM_ARGS_MAX = 1024 * 1024,	/* bytes, of one call */
	LLM_NAME_MAX = 1024,		/* bytes, as the model wrote it */
};

struct llm_reply_call {
	long index;		/* its place in the stream */
	struct buf id, name, args;
};

struct llm_reply {
	struct buf content, refusal;
	struct llm_reply_call *calls;
	int call_count;
	char finish[32];	/* why it ended; "": it did not */
	bool done;		/* the provider said that this was all */
	int64_t input_tokens, output_tokens;
	struct llm_error error;	/* told in the midst of it */
};

void llm_reply_init(struct llm_reply *reply);
void llm_reply_free(struct llm_reply *reply);

/*
 * llm_reply_call finds the call that a piece belongs to, or makes one: a new
 * id (NULL or "": none) on an occupied place is a new call. NULL: too many
 * of them, or out of memory.
 */
struct llm_reply_call *llm_reply_call(struct llm_reply *reply, long index,
	const char *id);

/*
 * llm_reply_finish turns it into what the runner journals: raw argument
 * text, full names of tools (those that the model was offered), or a
 * fault. Fills in out, whose texts the caller frees; E_NOMEM is a fault too.
 */
void llm_reply_finish(struct llm_reply *reply, const struct llm_tool *tools,
	int tool_count, struct reply *out);

/* llm_reply_is_whole: nothing is missing at its end. */
bool llm_reply_is_whole(const struct llm_reply *reply);

/*
 * llm_text_clean takes out what a model's inner format (harmony) leaks:
 * only its final channel stays. Works in place; true if it found any.
 */
bool llm_text_clean(char *text);

#endif
