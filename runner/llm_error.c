/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "runner/llm_error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "lib/json.h"
#include "lib/utf8.h"

static void
copy(char *to, size_t size, const char *text)
{
	size_t len = utf8_cut(text, strlen(text), size - 1);

	memcpy(to, text, len);
	to[len] = '\0';
}

/* A code is a word or, with some servers, a number. */
static void
copy_word(char *to, size_t size, const struct json *value)
{
	if (json_kind(value) == JSON_NUMBER)
		snprintf(to, size, "%.0f", json_number(value, 0));
	else if (json_string(value) != NULL)
		copy(to, size, json_string(value));
}

static void
take(const struct json *object, struct llm_error *error)
{
	const struct json *inner = json_get(object, "innererror");

	error->told = true;
	copy_word(error->message, sizeof(error->message),
	    json_get(object, "message"));
	copy_word(error->type, sizeof(error->type), json_get(object, "type"));
	copy_word(error->code, sizeof(error->code), json_get(object, "code"));
	if (error->code[0] == '\0')
		copy_word(error->code, sizeof(error->code),
		    json_get(inner, "code"));
}

bool
llm_error_read(const struct json *body, struct llm_error *error)
{
	const struct json *inner = json_get(body, "error");
	const char *object = json_string(json_get(body, "object"));

	if (json_kind(inner) == JSON_OBJECT)
		take(inner, error);
	else if (json_string(inner) != NULL && *json_string(inner) != '\0') {
		error->told = true;
		copy(error->message, sizeof(error->message),
		    json_string(inner));
	} else if (object != NULL && strcmp(object, "error") == 0)
		take(body, error);
	return error->told;
}

static bool
has_any(const char *text, const char *const *parts)
{
	for (; *parts != NULL; parts++)
		if (strcasestr(text, *parts) != NULL)
			return true;
	return false;
}

/* The texts differ between servers and between their versions. */
static bool
is_too_long(int status, const struct llm_error *error)
{
	static const char *const texts[] = {
		"maximum context length", "context length",
		"exceeds the available context", "context size",
		"context window", "prompt is too long", "too many tokens",
		"input length", NULL
	};

	if (status == 413 ||
	    strcmp(error->code, "context_length_exceeded") == 0 ||
	    strcmp(error->type, "exceed_context_size_error") == 0)
		return true;
	return (status == 0 || status == 400 || status == 500) &&
	    has_any(error->message, texts);
}

/* Money does not come back by waiting. */
static bool
is_quota(const struct llm_error *error)
{
	static const char *const words[] = {
		"quota", "credit", "billing", "spend", NULL
	};

	return has_any(error->code, words) || has_any(error->type, words);
}

bool
llm_error_is_filter(const struct llm_error *error)
{
	return strcmp(error->code, "content_filter") == 0 ||
	    strcmp(error->code, "ResponsibleAIPolicyViolation") == 0;
}

enum reply_fault
llm_error_fault(int status, const struct llm_error *error)
{
	long code = strtol(error->code, NULL, 10);

	/* An error in a stream comes under 200; its code may be a status. */
	if (status >= 200 && status < 300)
		status = code >= 400 && code < 600 ? (int)code : 0;
	if (is_too_long(status, error))
		return REPLY_TOO_LONG;
	if (strstr(error->message, "error parsing tool call") != NULL)
		return REPLY_GARBLED;	/* Ollama: the model's own mistake */
	if (is_quota(error) || llm_error_is_filter(error))
		return REPLY_FINAL;
	if (status == 429 || has_any(error->code,
		(const char *const[]){ "rate_limit", NULL }))
		return REPLY_RATE;
	if (status == 0 || status == 408 || status == 409 || status >= 500)
		return REPLY_TRANSIENT;
	return REPLY_FINAL;
}

static int64_t
seconds(const char *text, int64_t now_ms)
{
	struct tm tm = { 0 };
	char *end;
	double value = strtod(text, &end);

	if (end != text && *end == '\0')
		return isfinite(value) && value > 0 && value < 1e9 ?
		    (int64_t)ceil(value * 1000) : 0;
	end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	return end != NULL ? (int64_t)timegm(&tm) * 1000 - now_ms : 0;
}

int64_t
llm_error_wait_ms(const char *retry_after_ms, const char *retry_after,
    int64_t now_ms)
{
	int64_t wait_ms = 0;
	char *end;
	double value;

	if (retry_after_ms != NULL) {
		value = strtod(retry_after_ms, &end);
		if (end != retry_after_ms && isfinite(value) && value > 0 &&
		    value < 1e12)
			wait_ms = (int64_t)ceil(value);
	}
	if (wait_ms == 0 && retry_after != NULL)
		wait_ms = seconds(retry_after, now_ms);
	return wait_ms > 0 ? wait_ms : 0;
}
