/* SPDX-License-Identifier: Apache-2.0 */
/* Chat completions, as OpenAI, Azure and many others speak them. */
#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"
#include "runner/llm_provider.h"
#include "runner/llm_reply.h"

static const char *
setting(const struct json *object, const char *key, const char *missing)
{
	const char *text = json_string(json_get(object, key));

	return text != NULL && *text != '\0' ? text : missing;
}

/* A host alone means its /v1; a path is meant as it stands. */
static int
openai_url(const struct llm_request *request, struct buf *out)
{
	const char *base = setting(request->provider, "base_url", NULL);
	const char *host;

	if (base == NULL)
		return E_INVALID;
	llm_add_base(out, base);
	host = strstr(buf_str(out), "://");
	if (host != NULL && strchr(host + 3, '/') == NULL)
		buf_adds(out, "/v1");
	return buf_adds(out, "/chat/completions");
}

/* RFC 3986: what is not unreserved is escaped. */
static void
add_escaped(struct buf *out, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *text != '\0'; text++)
		if (strchr(plain, *text) != NULL)
			buf_addc(out, *text);
		else
			buf_addf(out, "%%%02X", (unsigned char)*text);
}

/* A dated version means the URL of the deployment, any other the v1 API. */
static bool
is_dated(const struct llm_request *request)
{
	const char *version = setting(request->provider, "api_version",
	    "2024-08-01-preview");

	return *version >= '0' && *version <= '9';
}

static const char *
deployment(const struct llm_request *request)
{
	return setting(request->model, "deployment",
	    setting(request->model, "model", NULL));
}

static int
azure_url(const struct llm_request *request, struct buf *out)
{
	const char *endpoint = setting(request->provider, "endpoint", NULL);
	const char *version = setting(request->provider, "api_version",
	    "2024-08-01-preview");

	if (endpoint == NULL || deployment(request) == NULL)
		return E_INVALID;
	llm_add_base(out, endpoint);
	if (is_dated(request)) {
		buf_adds(out, "/openai/deployments/");
		add_escaped(out, deployment(request));
		buf_adds(out, "/chat/completions");
	} else {
		buf_adds(out, "/openai/v1/chat/completions");
	}
	if (strcmp(version, "v1") != 0) {
		buf_adds(out, "?api-version=");
		add_escaped(out, version);
	}
	return out->rc;
}

static void
put_call(struct buf *out, const struct llm_call *call, int index)
{
	(void)index;
	buf_addf(out, ",\"type\":\"function\",\"function\":"
	    "{\"name\":\"%s\"", call->name);
	llm_add_text(out, "arguments", call->args);
	buf_addc(out, '}');
}

/* temperature: null leaves it out, as reasoning models want it. */
static void
add_settings(struct buf *out, const struct llm_request *request)
{
	const struct json *temperature = json_get(request->model,
	    "temperature");
	const struct json *max_tokens = json_get(request->model, "max_tokens");

	if (json_kind(temperature) != JSON_NULL) {
		buf_adds(out, ",\"temperature\":");
		if (temperature != NULL)
			json_print(temperature, out);
		else
			buf_addc(out, '0');
	}
	if (json_kind(max_tokens) == JSON_NUMBER)
		buf_addf(out, ",\"%s\":%.0f", setting(request->model,
			"max_tokens_field", "max_tokens"),
		    json_number(max_tokens, 0));
	if (request->stream)
		buf_adds(out, ",\"stream\":true,"
		    "\"stream_options\":{\"include_usage\":true}");
	llm_add_members(out, json_get(request->model, "options"));
}

static int
build(const struct llm_request *request, const char *model, struct buf *out)
{
	buf_adds(out, "{\"model\":");
	buf_add_json(out, model, strlen(model));
	llm_add_messages(out, request, put_call, false);
	llm_add_tools(out, request);
	add_settings(out, request);
	return buf_addc(out, '}');
}

static int
openai_build(const struct llm_request *request, struct buf *out)
{
	return build(request, setting(request->model, "model", ""), out);
}

static int
azure_build(const struct llm_request *request, struct buf *out)
{
	return build(request, deployment(request), out);
}

/* Text, or with some servers a list of parts of which some are text. */
static int
take_text(struct buf *to, const struct json *value)
{
	const struct json *part = json_first(value);

	if (json_string(value) != NULL)
		return buf_adds(to, json_string(value));
	if (json_kind(value) == JSON_ARRAY)
		for (; part != NULL; part = json_next(part))
			if (json_string(json_get(part, "text")) != NULL)
				buf_adds(to, json_string(json_get(part,
					"text")));
	return to->rc;
}

/*
 * Pieces belong together by their index. Servers that give none send each
 * call whole: a name where there is one already begins the next.
 */
static int
take_call(struct llm_reply *reply, const struct json *piece, long position)
{
	const struct json *function = json_get(piece, "function");
	const struct json *index = json_get(piece, "index");
	const char *name = json_string(json_get(function, "name"));
	const char *args = json_string(json_get(function, "arguments"));
	double place = json_number(index, (double)position);
	struct llm_reply_call *call;

	if (place < 0 || place > 1000000)
		place = (double)position;
	call = llm_reply_call(reply, (long)place,
	    json_string(json_get(piece, "id")));
	if (call != NULL && index == NULL && call->name.len > 0 &&
	    name != NULL && *name != '\0' &&
	    json_string(json_get(piece, "id")) == NULL) {
		call->index = -1;
		call = llm_reply_call(reply, (long)place, NULL);
	}
	if (call == NULL)
		return E_TOOBIG;
	/* Some repeat the name in every piece. */
	if (name != NULL && strcmp(buf_str(&call->name), name) != 0)
		buf_adds(&call->name, name);
	if (args != NULL)
		buf_adds(&call->args, args);
	return call->name.rc != OK ? call->name.rc : call->args.rc;
}

static int
take_choice(struct llm_reply *reply, const struct json *choice)
{
	const struct json *said = json_get(choice, "delta"), *call;
	const char *finish = json_string(json_get(choice, "finish_reason"));
	bool whole = json_get(choice, "message") != NULL;
	long position = 0;
	int rc;

	if (whole)
		said = json_get(choice, "message");
	rc = take_text(&reply->content, json_get(said, "content"));
	if (rc == OK)
		rc = take_text(&reply->refusal, json_get(said, "refusal"));
	call = json_first(json_get(said, "tool_calls"));
	for (; rc == OK && call != NULL; call = json_next(call))
		rc = take_call(reply, call, position++);
	if (whole) {
		reply->done = true;
		finish = finish != NULL ? finish : "stop";
	}
	if (finish != NULL)
		snprintf(reply->finish, sizeof(reply->finish), "%s", finish);
	return rc;
}

static int
take_chunk(struct llm_reply *reply, const struct json *chunk)
{
	const struct json *usage = json_get(chunk, "usage");
	const struct json *choice = json_first(json_get(chunk, "choices"));

	if (llm_error_read(chunk, &reply->error))
		return E_CONFLICT;
	if (json_kind(usage) == JSON_OBJECT) {
		reply->input_tokens = llm_tokens(usage, "prompt_tokens");
		reply->output_tokens = llm_tokens(usage, "completion_tokens");
	}
	/* There may be none: usage, or what Azure says of the prompt. */
	return choice != NULL ? take_choice(reply, choice) : OK;
}

static int
take(struct llm_reply *reply, const char *text, size_t len)
{
	struct json *chunk;
	int rc;

	if (len == 0)
		return OK;
	if (strncmp(text, "[DONE]", strlen("[DONE]")) == 0) {
		reply->done = true;
		return OK;
	}
	chunk = json_parse(text, len, NULL);
	if (chunk == NULL)
		return E_INVALID;
	rc = take_chunk(reply, chunk);
	json_free(chunk);
	return rc;
}

const struct llm_provider llm_openai = {
	.kind = "openai_compat",
	.key_header = "Authorization: Bearer ",
	.events = true,
	.url = openai_url,
	.build = openai_build,
	.take = take,
};

const struct llm_provider llm_azure = {
	.kind = "azure_openai",
	.key_header = "api-key: ",
	.key_reference = "${AZURE_OPENAI_KEY}",
	.key_needed = true,
	.events = true,
	.url = azure_url,
	.build = azure_build,
	.take = take,
};
