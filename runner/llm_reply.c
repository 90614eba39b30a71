/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/llm_reply.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/json.h"
#include "lib/utf8.h"

enum {
	CALLS_TEXT_MAX = 16 * 1024 * 1024,	/* bytes, of all calls */
	WRITTEN_MAX = 2048,	/* of broken arguments that is kept */
};

static const char blank[] = " \t\r\n";

void
llm_reply_init(struct llm_reply *reply)
{
	memset(reply, 0, sizeof(*reply));
	buf_init(&reply->content, LLM_CONTENT_MAX);
	buf_init(&reply->refusal, LLM_CONTENT_MAX);
}

void
llm_reply_free(struct llm_reply *reply)
{
	for (int i = 0; i < reply->call_count; i++) {
		buf_free(&reply->calls[i].id);
		buf_free(&reply->calls[i].name);
		buf_free(&reply->calls[i].args);
	}
	free(reply->calls);
	buf_free(&reply->content);
	buf_free(&reply->refusal);
	memset(reply, 0, sizeof(*reply));
}

static struct llm_reply_call *
add_call(struct llm_reply *reply, long index, const char *id)
{
	struct llm_reply_call *grown;

	if (reply->call_count == LLM_CALLS_MAX)
		return NULL;
	grown = realloc(reply->calls,
	    (size_t)(reply->call_count + 1) * sizeof(*grown));
	if (grown == NULL)
		return NULL;
	reply->calls = grown;
	grown += reply->call_count++;
	grown->index = index;
	buf_init(&grown->id, LLM_NAME_MAX);
	buf_init(&grown->name, LLM_NAME_MAX);
	buf_init(&grown->args, LLM_ARGS_MAX);
	if (id != NULL)
		buf_adds(&grown->id, id);
	return grown;
}

struct llm_reply_call *
llm_reply_call(struct llm_reply *reply, long index, const char *id)
{
	struct llm_reply_call *call;

	for (int i = reply->call_count - 1; i >= 0; i--) {
		call = &reply->calls[i];
		if (call->index != index)
			continue;
		if (id == NULL || *id == '\0' ||
		    strcmp(buf_str(&call->id), id) == 0)
			return call;
		break;
	}
	return add_call(reply, index, id);
}

bool
llm_reply_is_whole(const struct llm_reply *reply)
{
	return reply->done && reply->finish[0] != '\0' && !reply->error.told;
}

static bool
is_blank(const char *text)
{
	return text[strspn(text, blank)] == '\0';
}

/* Without the blanks at its ends and what a harmony model adds to it. */
static void
clean_name(struct buf *name)
{
	char *text = name->data, *tail;
	size_t len;

	if (text == NULL)
		return;
	tail = strstr(text, "<|");
	if (tail != NULL)
		*tail = '\0';
	for (len = strlen(text); len > 0; len--)
		if (strchr(blank, text[len - 1]) == NULL)
			break;
	text[len] = '\0';
	len = strspn(text, blank);
	if (strncmp(text + len, "functions.", strlen("functions.")) == 0)
		len += strlen("functions.");
	memmove(text, text + len, strlen(text + len) + 1);
}

/* The full name; what fits none, or two, stays as the model wrote it. */
static const char *
full_name(const char *written, const struct llm_tool *tools, int count)
{
	const char *found = NULL;

	for (int i = 0; i < count; i++) {
		if (strcmp(tools[i].name, written) != 0)
			continue;
		if (found != NULL)
			return written;
		found = tools[i].full_name;
	}
	return found != NULL ? found : written;
}

/* The arguments, or {} with what is wrong and the start of what was said. */
static void
write_args(const struct llm_reply *reply, const struct buf *args,
    struct buf *out)
{
	const char *text = buf_str(args);
	struct json_error error;
	struct buf why;

	buf_adds(out, ",\"args\":");
	if (is_blank(text)) {
		buf_adds(out, "{}");
		return;
	}
	if (json_check(text, args->len, &error) == OK) {
		buf_add(out, text, args->len);
		return;
	}
	buf_init(&why, 512);
	buf_addf(&why, "arguments are not valid JSON: %s at byte %zu",
	    error.message, error.offset);
	if (strcmp(reply->finish, "length") == 0)
		buf_adds(&why, "; the reply was cut at its length limit");
	buf_adds(out, "{},\"error\":");
	buf_add_json(out, buf_str(&why), why.len);
	buf_adds(out, ",\"written\":");
	buf_add_json(out, text, utf8_cut(text, args->len, WRITTEN_MAX));
	buf_free(&why);
}

static char *
write_calls(struct llm_reply *reply, const struct llm_tool *tools, int count)
{
	struct buf out;
	const char *name;

	buf_init(&out, CALLS_TEXT_MAX);
	buf_addc(&out, '[');
	for (int i = 0; i < reply->call_count; i++) {
		struct llm_reply_call *call = &reply->calls[i];

		clean_name(&call->name);
		name = full_name(buf_str(&call->name), tools, count);
		buf_adds(&out, i > 0 ? ",{\"id\":" : "{\"id\":");
		buf_add_json(&out, buf_str(&call->id), call->id.len);
		buf_adds(&out, ",\"name\":");
		buf_add_json(&out, name, strlen(name));
		write_args(reply, &call->args, &out);
		buf_addc(&out, '}');
	}
	buf_addc(&out, ']');
	if (out.rc != OK)
		buf_free(&out);
	return out.data;
}

static void
fault(struct reply *out, enum reply_fault kind, const char *why,
    const char *detail)
{
	struct buf text;

	buf_init(&text, 1024);
	buf_adds(&text, why);
	if (detail[0] != '\0') {
		buf_adds(&text, ": ");
		buf_add(&text, detail, utf8_cut(detail, strlen(detail), 512));
	}
	out->fault = kind;
	out->error = text.data != NULL ? text.data : strdup(why);
}

void
llm_reply_finish(struct llm_reply *reply, const struct llm_tool *tools,
    int count, struct reply *out)
{
	bool cut = strcmp(reply->finish, "length") == 0, leaked;

	out->input_tokens = reply->input_tokens;
	out->output_tokens = reply->output_tokens;
	if (!llm_reply_is_whole(reply)) {
		fault(out, REPLY_TRANSIENT, "the reply was cut off", "");
		return;
	}
	if (reply->refusal.len > 0) {
		fault(out, REPLY_FINAL, "the model refused",
		    buf_str(&reply->refusal));
		return;
	}
	if (strcmp(reply->finish, "content_filter") == 0) {
		fault(out, REPLY_FINAL, "refused: the provider's content "
		    "filter stopped the reply", "");
		return;
	}
	if (cut && reply->call_count == 0) {
		fault(out, REPLY_FINAL, "the reply was cut at its length "
		    "limit (max_tokens, num_predict or the context)", "");
		return;
	}
	leaked = reply->content.len > 0 && llm_text_clean(reply->content.data);
	if (reply->call_count == 0 && is_blank(buf_str(&reply->content))) {
		fault(out, leaked ? REPLY_GARBLED : REPLY_EMPTY, leaked ?
		    "garbled_reply: the model leaked its inner format" :
		    "empty_reply: the model said nothing", "");
		return;
	}
	out->content = strdup(buf_str(&reply->content));
	out->tool_calls = write_calls(reply, tools, count);
	if (out->content == NULL || out->tool_calls == NULL)
		fault(out, REPLY_FINAL, "the reply is too large", "");
}
