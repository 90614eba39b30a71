/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/llm_provider.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/json.h"

const struct llm_provider *
llm_provider(const char *kind)
{
	static const struct llm_provider *const providers[] = {
		&llm_openai, &llm_azure, &llm_ollama
	};

	for (size_t i = 0; i < sizeof(providers) / sizeof(providers[0]); i++)
		if (strcmp(providers[i]->kind, kind) == 0)
			return providers[i];
	return NULL;
}

void
llm_add_text(struct buf *out, const char *key, const char *text)
{
	buf_addf(out, ",\"%s\":", key);
	buf_add_json(out, text, strlen(text));
}

void
llm_add_members(struct buf *out, const struct json *object)
{
	const struct json *member = json_first(object);

	for (; member != NULL; member = json_next(member)) {
		buf_addc(out, ',');
		buf_add_json(out, json_key(member), strlen(json_key(member)));
		buf_addc(out, ':');
		json_print(member, out);
	}
}

void
llm_add_tools(struct buf *out, const struct llm_request *request)
{
	if (request->tool_count == 0)
		return;
	buf_adds(out, ",\"tools\":");
	for (int i = 0; i < request->tool_count; i++) {
		const struct llm_tool *tool = &request->tools[i];

		buf_addc(out, i == 0 ? '[' : ',');
		buf_addf(out, "{\"type\":\"function\",\"function\":"
		    "{\"name\":\"%s\"", tool->name);
		llm_add_text(out, "description", tool->description);
		buf_adds(out, ",\"parameters\":");
		buf_adds(out, tool->parameters);
		buf_adds(out, "}}");
	}
	buf_addc(out, ']');
}
