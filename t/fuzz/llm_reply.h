/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A provider's reply parser on any bytes: whatever comes, the outcome is a
 * fault, or text that is UTF-8 and calls that are JSON.
 */
#ifndef T_FUZZ_LLM_REPLY_H
#define T_FUZZ_LLM_REPLY_H

#include "t/fuzz/fuzz.h"

#include <string.h>

#include "lib/err.h"
#include "lib/json.h"
#include "lib/utf8.h"
#include "runner/llm_reply.h"

static inline void
fuzz_outcome(struct llm_reply *raw)
{
	static const struct llm_tool tool = { .full_name = "s:t",
	    .name = "s__t" };
	struct reply reply = { 0 };
	const char *calls;

	llm_reply_finish(raw, &tool, 1, &reply);
	calls = reply.tool_calls;
	if (reply.error == NULL) {
		fuzz_check(utf8_valid(reply.content, strlen(reply.content)));
		fuzz_check(json_check(calls, strlen(calls), NULL) == OK);
	}
	fuzz_check(raw->call_count <= LLM_CALLS_MAX);
	free(reply.content);
	free(reply.tool_calls);
	free(reply.error);
}

/* Each line is one event. */
static inline int
fuzz_reply(const struct llm_provider *provider, const uint8_t *data,
    size_t size)
{
	const char *text = (const char *)data, *end;
	struct llm_reply raw;
	char *line;
	size_t len;
	int rc = OK;

	llm_reply_init(&raw);
	while (rc == OK && size > 0) {
		end = memchr(text, '\n', size);
		len = end != NULL ? (size_t)(end - text) : size;
		line = strndup(text, len);
		rc = provider->take(&raw, line, strlen(line));
		free(line);
		len += end != NULL;
		text += len;
		size -= len;
	}
	fuzz_check(rc == OK || rc == E_INVALID || rc == E_CONFLICT ||
	    rc == E_TOOBIG);
	fuzz_check((rc == E_CONFLICT) == raw.error.told);
	if (rc == OK)
		fuzz_outcome(&raw);
	llm_reply_free(&raw);
	return 0;
}

#endif
