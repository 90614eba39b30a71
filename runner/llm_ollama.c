/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ollama's own /api/chat: only there can the size of the context be set and
 * an error in the midst of a stream be seen.
 */
#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"
#include "runner/llm_provider.h"
#include "runner/llm_reply.h"

/* Tokens; without one the server guesses by its memory, as low as 4096. */
static const double NUM_CTX = 8192;

static int
url(const struct llm_request *request, struct buf *out)
{
	const char *base = json_string(json_get(request->provider,
		"base_url"));

	if (base == NULL || *base == '\0')
		return E_INVALID;
	llm_add_base(out, base);
	return buf_adds(out, "/api/chat");
}

static void
put_call(struct buf *out, const struct llm_call *call, int index)
{
	buf_addf(out, ",\"function\":{\"index\":%d,\"name\":\"%s\","
	    "\"arguments\":%s}", index, call->name, call->args);
}

/* These two are the request's, not options. */
static void
add_member(struct buf *out, const struct json *model, const char *key)
{
	if (json_get(model, key) == NULL)
		return;
	buf_addf(out, ",\"%s\":", key);
	json_print(json_get(model, key), out);
}

static void
add_options(struct buf *out, const struct json *model)
{
	const struct json *temperature = json_get(model, "temperature");
	double max_tokens = json_number(json_get(model, "max_tokens"), 0);

	buf_addf(out, ",\"options\":{\"num_ctx\":%.0f",
	    json_number(json_get(model, "num_ctx"), NUM_CTX));
	if (json_kind(temperature) != JSON_NULL)
		buf_addf(out, ",\"temperature\":%g",
		    json_number(temperature, 0));
	if (max_tokens > 0)
		buf_addf(out, ",\"num_predict\":%.0f", max_tokens);
	llm_add_members(out, json_get(model, "options"));
	buf_addc(out, '}');
}

static int
build(const struct llm_request *request, struct buf *out)
{
	const char *model = json_string(json_get(request->model, "model"));

	buf_adds(out, "{\"model\":");
	buf_add_json(out, model != NULL ? model : "",
	    model != NULL ? strlen(model) : 0);
	llm_add_messages(out, request, put_call, true);
	llm_add_tools(out, request);
	/* A prompt that is too long is an error, not silently cut. */
	buf_addf(out, ",\"stream\":%s,\"truncate\":false,\"shift\":false",
	    request->stream ? "true" : "false");
	add_member(out, request->model, "keep_alive");
	add_member(out, request->model, "think");
	add_options(out, request->model);
	return buf_addc(out, '}');
}

/* The arguments as they stand in the text: a tree would round numbers. */
static const char *
find_args(const char *line, size_t len, size_t position, size_t *args_len)
{
	const char *text = json_span(line, len, "message", &len);

	if (text != NULL)
		text = json_span(text, len, "tool_calls", &len);
	if (text != NULL)
		text = json_element(text, len, position, &len);
	if (text != NULL)
		text = json_span(text, len, "function", &len);
	if (text != NULL)
		text = json_span(text, len, "arguments", &len);
	*args_len = len;
	return text;
}

/* Each call comes whole, in any line; what it is numbered says nothing. */
static int
take_call(struct llm_reply *reply, const struct json *call, const char *line,
    size_t len, size_t position)
{
	const struct json *function = json_get(call, "function");
	const char *name = json_string(json_get(function, "name"));
	const struct json *args = json_get(function, "arguments");
	const char *span;
	struct llm_reply_call *made = llm_reply_call(reply,
	    reply->call_count, json_string(json_get(call, "id")));

	if (made == NULL)
		return E_TOOBIG;
	if (name != NULL)
		buf_adds(&made->name, name);
	if (json_string(args) != NULL)
		return buf_adds(&made->args, json_string(args));
	span = find_args(line, len, position, &len);
	if (span != NULL && json_kind(args) != JSON_NULL)
		buf_add(&made->args, span, len);
	return made->args.rc;
}

static int
take_message(struct llm_reply *reply, const struct json *message,
    const char *line, size_t len)
{
	const char *content = json_string(json_get(message, "content"));
	const struct json *call = json_first(json_get(message, "tool_calls"));
	size_t position = 0;
	int rc = OK;

	if (content != NULL)
		rc = buf_adds(&reply->content, content);
	for (; rc == OK && call != NULL; call = json_next(call))
		rc = take_call(reply, call, line, len, position++);
	return rc;
}

static void
take_end(struct llm_reply *reply, const struct json *line)
{
	const char *reason = json_string(json_get(line, "done_reason"));

	reply->done = true;
	reply->input_tokens = llm_tokens(line, "prompt_eval_count");
	reply->output_tokens = llm_tokens(line, "eval_count");
	snprintf(reply->finish, sizeof(reply->finish), "%s",
	    reason != NULL && *reason != '\0' ? reason : "stop");
}

static int
take(struct llm_reply *reply, const char *text, size_t len)
{
	struct json *line;
	int rc;

	if (len == 0)
		return OK;
	line = json_parse(text, len, NULL);
	if (line == NULL)
		return E_INVALID;
	if (llm_error_read(line, &reply->error))
		rc = E_CONFLICT;
	else
		rc = take_message(reply, json_get(line, "message"), text, len);
	if (rc == OK && json_bool(json_get(line, "done"), false))
		take_end(reply, line);
	json_free(line);
	return rc;
}

/* Without tools, of whose schemas a part is never read. */
static size_t
count_bytes(const struct llm_request *request)
{
	size_t count = strlen(request->prompt);

	for (int i = 0; i < request->message_count; i++) {
		const struct llm_message *message = &request->messages[i];

		count += strlen(message->content);
		for (int j = 0; j < message->call_count; j++)
			count += strlen(message->calls[j].args) +
			    strlen(message->calls[j].result);
	}
	return count;
}

/*
 * Servers that know no "truncate" drop the oldest messages, or half of all,
 * when a prompt is over num_ctx. What was read tells it: by the usual 4 bytes
 * a token the prompt does not fit, and even at 6, which no text needs, it has
 * more tokens than were counted. 0 says nothing: they leave out zeros.
 */
static bool
lost(const struct llm_request *request, const struct llm_reply *reply,
    struct buf *why)
{
	double num_ctx = json_number(json_get(request->model, "num_ctx"),
	    NUM_CTX);
	double sent = (double)count_bytes(request);
	double count = (double)reply->input_tokens;

	if (count == 0 || sent / 4 <= num_ctx || count * 6 >= sent)
		return false;
	buf_addf(why, "of about %.0f tokens it has read %.0f; num_ctx is %.0f",
	    sent / 4, count, num_ctx);
	return true;
}

const struct llm_provider llm_ollama = {
	.kind = "ollama",
	.key_header = "Authorization: Bearer ",
	.key_reference = "${OLLAMA_API_KEY}",
	.url = url,
	.build = build,
	.take = take,
	.lost = lost,
};
