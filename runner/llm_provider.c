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
llm_add_base(struct buf *out, const char *base)
{
	size_t len = strlen(base);

	while (len > 0 && base[len - 1] == '/')
		len--;
	buf_add(out, base, len);
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

static void
add_message(struct buf *out, const struct llm_message *message,
    llm_put_call *put_call)
{
	buf_addf(out, ",{\"role\":\"%s\"",
	    message->by_model ? "assistant" : "user");
	llm_add_text(out, "content", message->content);
	for (int i = 0; i < message->call_count; i++) {
		const struct llm_call *call = &message->calls[i];

		buf_adds(out, i == 0 ? ",\"tool_calls\":[{\"id\":" :
		    ",{\"id\":");
		buf_add_json(out, call->id, strlen(call->id));
		put_call(out, call, i);
		buf_addc(out, '}');
	}
	buf_adds(out, message->call_count > 0 ? "]}" : "}");
}

static void
add_results(struct buf *out, const struct llm_message *message, bool named)
{
	for (int i = 0; i < message->call_count; i++) {
		const struct llm_call *call = &message->calls[i];

		buf_adds(out, ",{\"role\":\"tool\"");
		if (named)
			llm_add_text(out, "tool_name", call->name);
		llm_add_text(out, "tool_call_id", call->id);
		llm_add_text(out, "content", call->result);
		buf_addc(out, '}');
	}
}

void
llm_add_messages(struct buf *out, const struct llm_request *request,
    llm_put_call *put_call, bool named)
{
	buf_adds(out, ",\"messages\":[{\"role\":\"system\"");
	llm_add_text(out, "content", request->prompt);
	buf_addc(out, '}');
	for (int i = 0; i < request->message_count; i++) {
		add_message(out, &request->messages[i], put_call);
		add_results(out, &request->messages[i], named);
	}
	buf_addc(out, ']');
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

int64_t
llm_tokens(const struct json *usage, const char *key)
{
	double count = json_number(json_get(usage, key), 0);

	return count > 0 && count < 1e9 ? (int64_t)count : 0;
}
