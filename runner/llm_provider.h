/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kinds of providers that are asked over HTTP: one entry in a table and
 * one file each. Nothing else knows how they differ.
 *
 *	const struct llm_provider *provider = llm_provider("ollama");
 *
 *	rc = provider->url(request, &url);
 *	rc = provider->build(request, &body);
 *	... for each event of the answer, each line, or the whole body:
 *	rc = provider->take(&reply, text, len);
 */
#ifndef RUNNER_LLM_PROVIDER_H
#define RUNNER_LLM_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/tool_name.h"

struct buf;
struct json;
struct llm_reply;

/* A call of an earlier reply, and what came of it. */
struct llm_call {
	const char *id;		/* ours: unique in the session */
	char name[TOOL_NAME_SAFE_SIZE];		/* as the model knows it */
	const char *args;	/* JSON object, as the model wrote it */
	const char *result;	/* text */
};

struct llm_message {
	bool by_model;		/* else by the user */
	const char *content;
	struct llm_call *calls;
	int call_count;
};

struct llm_tool {
	const char *full_name;
	char name[TOOL_NAME_SAFE_SIZE];		/* as the model knows it */
	const char *description;
	const char *parameters;	/* JSON Schema, byte for byte as it was given */
};

/* All that a model is asked. */
struct llm_request {
	const struct json *model, *provider;	/* their configuration */
	const char *prompt;
	struct llm_message *messages;
	int message_count;
	struct llm_tool *tools;
	int tool_count;
	bool stream;
};

struct llm_provider {
	const char *kind;
	const char *key_header;		/* up to the key: "api-key: " */
	const char *key_reference;	/* where none is given; or NULL */
	bool key_needed;
	bool events;		/* streams Server-Sent Events; else lines */
	/* url: OK, E_INVALID (the configuration names none), as buf.h. */
	int (*url)(const struct llm_request *request, struct buf *out);
	/* build writes the body; as buf.h. */
	int (*build)(const struct llm_request *request, struct buf *out);
	/*
	 * take adds a piece to the reply. OK; E_INVALID: it is no JSON;
	 * E_CONFLICT: it is an error, see reply->error; E_TOOBIG; E_NOMEM.
	 */
	int (*take)(struct llm_reply *reply, const char *text, size_t len);
	/*
	 * lost, if it is not NULL, tells a whole reply to a conversation of
	 * which the provider left out a part in silence, and appends how that
	 * is known.
	 */
	bool (*lost)(const struct llm_request *request,
	    const struct llm_reply *reply, struct buf *why);
};

/* llm_provider: the one of that kind, or NULL. */
const struct llm_provider *llm_provider(const char *kind);

extern const struct llm_provider llm_openai, llm_azure, llm_ollama;

/* What the builders share: */

/* llm_add_base appends a base URL without its last slashes. */
void llm_add_base(struct buf *out, const char *base);

/* llm_add_text appends "key":"text", with the comma before it. */
void llm_add_text(struct buf *out, const char *key, const char *text);

/*
 * llm_add_members appends each member of an object as it stands, with the
 * commas before them; NULL: nothing.
 */
void llm_add_members(struct buf *out, const struct json *object);

/* Appends the members of a call after its id, with the comma before each. */
typedef void llm_put_call(struct buf *out, const struct llm_call *call,
	int index);

/*
 * llm_add_messages appends ,"messages":[...]: the prompt, what was said, and
 * each call's result behind the message that made it, named: with "tool_name".
 */
void llm_add_messages(struct buf *out, const struct llm_request *request,
	llm_put_call *put_call, bool named);

/* llm_add_tools appends ,"tools":[...] unless there are none. */
void llm_add_tools(struct buf *out, const struct llm_request *request);

/* llm_tokens: the count of that name; 0 if it is none that can be. */
int64_t llm_tokens(const struct json *usage, const char *key);

#endif
