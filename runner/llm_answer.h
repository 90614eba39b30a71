/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes back over HTTP when a model was asked, from its first byte to
 * the outcome of the job.
 *
 *	struct llm_answer answer;
 *
 *	llm_answer_init(&answer, provider, "openai", job);
 *	answer.request = &request;
 *	... as the callbacks of an http call, with &answer:
 *	llm_answer_data(&answer, call, bytes, len);
 *	outcome = llm_answer_finish(&answer, call, result);
 *	llm_answer_free(&answer);
 */
#ifndef RUNNER_LLM_ANSWER_H
#define RUNNER_LLM_ANSWER_H

#include "lib/http.h"
#include "lib/sse.h"
#include "runner/llm_reply.h"
#include "runner/throttle.h"

struct job;

/* How its bytes come, which is known with its headers. */
enum llm_framing { LLM_UNKNOWN, LLM_EVENTS, LLM_LINES, LLM_BODY };

struct llm_answer {
	const struct llm_provider *provider;
	const char *name;		/* of the provider, for messages */
	const struct llm_request *request;
	struct job *job;
	/* Private. */
	struct llm_reply reply;
	enum llm_framing framing;
	struct sse sse;
	struct lines lines;
	struct buf body;
};

void llm_answer_init(struct llm_answer *answer,
	const struct llm_provider *provider, const char *name,
	struct job *job);
void llm_answer_free(struct llm_answer *answer);

/* llm_answer_data takes a piece; a result other than OK ends the call. */
int llm_answer_data(struct llm_answer *answer, struct http_call *call,
	const char *bytes, size_t len);

/*
 * llm_answer_finish fills in the outcome of the job. Returns
 * what that says of the provider.
 */
enum throttle_outcome llm_answer_finish(struct llm_answer *answer,
	struct http_call *call, const struct http_result *result);

/* llm_fail fills in an outcome that says "provider NAME: ...". */
void llm_fail(struct llm_answer *answer, enum reply_fault fault,
	const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
