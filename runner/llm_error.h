/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a provider says when it does not answer, and what that means: is it of
 * use to ask again, and when? Pure.
 *
 *	struct llm_error error = { 0 };
 *
 *	llm_error_read(body, &error);
 *	fault = llm_error_fault(status, &error);
 */
#ifndef RUNNER_LLM_ERROR_H
#define RUNNER_LLM_ERROR_H

#include <stdbool.h>
#include <stdint.h>

#include "runner/reply.h"

struct json;

struct llm_error {
	bool told;
	char code[64], type[64];
	char message[512];	/* cut at a character's end */
};

/*
 * llm_error_read fills in the error that a body, or an event of a stream,
 * holds in any of the shapes in use; false: it holds none.
 */
bool llm_error_read(const struct json *body, struct llm_error *error);

/* llm_error_fault: status is 0 for an error below HTTP. */
enum reply_fault llm_error_fault(int status, const struct llm_error *error);

/* llm_error_is_filter: did a content filter refuse the prompt? */
bool llm_error_is_filter(const struct llm_error *error);

/*
 * llm_error_wait_ms: how long the answer's headers (each may be NULL) ask to
 * wait. 0: they do not say.
 */
int64_t llm_error_wait_ms(const char *retry_after_ms, const char *retry_after,
	int64_t now_ms);

#endif
