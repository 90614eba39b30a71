/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a model is asked, rebuilt from rows: the agent's prompt, its tools,
 * and the messages of the open turn with the calls that they asked for.
 *
 *	struct llm_texts *texts = NULL;
 *	struct llm_request request = { .model = ..., .provider = ... };
 *
 *	rc = llm_request_read(db, job, &request, &texts);
 *	...
 *	llm_request_free(&request, texts);
 */
#ifndef RUNNER_LLM_REQUEST_H
#define RUNNER_LLM_REQUEST_H

#include "runner/llm_provider.h"

enum {
	LLM_RESULT_MAX = 96 * 1024,	/* bytes of one result that are shown */
	LLM_COMPACT_MAX = 2 * 1024,	/* the same, if room is short */
};

struct db;
struct job;
struct llm_texts;

/*
 * llm_request_read fills in all but the configuration. Longer results are
 * cut and say so. As sql/db.h; E_NOMEM. Free in any case.
 */
int llm_request_read(struct db *db, const struct job *job,
	struct llm_request *request, struct llm_texts **texts);

void llm_request_free(struct llm_request *request, struct llm_texts *texts);

#endif
