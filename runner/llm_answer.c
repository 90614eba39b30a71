/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/llm_answer.h"

#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/json.h"
#include "runner/world.h"

enum {
	PIECE_MAX = 4 * 1024 * 1024,	/* bytes: one event, line or body */
	WHY_MAX = 2048,
};

static int
on_event(void *arg, const struct sse_event *event)
{
	struct llm_answer *answer = arg;

	return answer->provider->take(&answer->reply, event->data, event->len);
}

static int
on_line(void *arg, const char *line, size_t len)
{
	struct llm_answer *answer = arg;

	return answer->provider->take(&answer->reply, line, len);
}

void
llm_answer_init(struct llm_answer *answer, const struct llm_provider *provider,
    const char *name, struct job *job)
{
	memset(answer, 0, sizeof(*answer));
	answer->provider = provider;
	answer->name = name;
	answer->job = job;
	llm_reply_init(&answer->reply);
	buf_init(&answer->body, PIECE_MAX);
	sse_init(&answer->sse, PIECE_MAX, on_event, answer);
	lines_init(&answer->lines, PIECE_MAX, on_line, answer);
}

void
llm_answer_free(struct llm_answer *answer)
{
	llm_reply_free(&answer->reply);
	sse_free(&answer->sse);
	lines_free(&answer->lines);
	buf_free(&answer->body);
}

void
llm_fail(struct llm_answer *answer, enum reply_fault fault,
    const char *format, ...)
{
	char why[WHY_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(why, sizeof(why), format, ap);
	va_end(ap);
	answer->job->reply.fault = fault;
	job_fail(answer->job, "provider %s: %s", answer->name, why);
}

static enum llm_framing
find_framing(const struct llm_answer *answer, const struct http_call *call)
{
	const char *type = http_header(call, "content-type");
	int status = http_status(call);

	if (status < 200 || status >= 300)
		return LLM_BODY;
	if (!answer->provider->events)
		return LLM_LINES;
	/* Whoever cannot stream sends it whole. */
	return type != NULL && strstr(type, "text/event-stream") != NULL ?
	    LLM_EVENTS : LLM_BODY;
}

int
llm_answer_data(struct llm_answer *answer, struct http_call *call,
    const char *bytes, size_t len)
{
	if (answer->framing == LLM_UNKNOWN)
		answer->framing = find_framing(answer, call);
	if (answer->framing == LLM_EVENTS)
		return sse_feed(&answer->sse, bytes, len);
	if (answer->framing == LLM_LINES)
		return lines_feed(&answer->lines, bytes, len);
	return buf_add(&answer->body, bytes, len);
}

/* What a stream may still have to say; E_CONFLICT: an error. */
static int
end_framing(struct llm_answer *answer)
{
	if (answer->framing == LLM_EVENTS)
		return sse_end(&answer->sse);
	if (answer->framing == LLM_LINES)
		return lines_end(&answer->lines);
	return answer->provider->take(&answer->reply, buf_str(&answer->body),
	    answer->body.len);
}

static void
tell_refusal(struct llm_answer *answer, int status)
{
	struct llm_error *error = &answer->reply.error;
	enum reply_fault fault = llm_error_fault(status, error);
	const char *message = error->message[0] != '\0' ? error->message :
	    "no reason is given";

	if (fault == REPLY_TOO_LONG)
		llm_fail(answer, fault, "the conversation is too long "
		    "for the model's context: %s", message);
	else if (llm_error_is_filter(error))
		llm_fail(answer, fault, "refused: %s", message);
	else if (status >= 200 && status < 300)
		llm_fail(answer, fault, "error in the midst of the "
		    "reply: %s", message);
	else
		llm_fail(answer, fault, "status %d: %s", status, message);
}

static void
take_error_body(struct llm_answer *answer)
{
	struct json *body = json_parse(buf_str(&answer->body), answer->body.len,
	    NULL);

	llm_error_read(body, &answer->reply.error);
	json_free(body);
}

/* The headers of an error beat what we would think of it. */
static void
take_headers(struct llm_answer *answer, const struct http_call *call)
{
	struct reply *reply = &answer->job->reply;
	const char *retry = http_header(call, "x-should-retry");

	reply->wait_ms = llm_error_wait_ms(http_header(call, "retry-after-ms"),
	    http_header(call, "retry-after"), clock_ms());
	if (retry == NULL)
		return;
	if (strcmp(retry, "false") == 0 && (reply->fault == REPLY_TRANSIENT ||
	    reply->fault == REPLY_RATE))
		reply->fault = REPLY_FINAL;
	else if (strcmp(retry, "true") == 0 && reply->fault == REPLY_FINAL)
		reply->fault = REPLY_TRANSIENT;
}

/* The reading of an answer came to an end that is not its own. */
static void
tell_stop(struct llm_answer *answer, int status, int rc)
{
	if (rc == E_CONFLICT)
		tell_refusal(answer, status);
	else if (rc == E_TOOBIG)
		llm_fail(answer, REPLY_FINAL, "the reply is too large");
	else
		llm_fail(answer, REPLY_TRANSIENT,
		    "the reply cannot be read: %s", err_text(rc));
}

/* True, and the job has failed: this is no answer to what was asked. */
static bool
is_lost(struct llm_answer *answer)
{
	struct buf why;
	bool found;

	if (answer->provider->lost == NULL ||
	    !llm_reply_is_whole(&answer->reply))
		return false;
	buf_init(&why, WHY_MAX);
	found = answer->provider->lost(answer->request, &answer->reply, &why);
	if (found)
		llm_fail(answer, REPLY_TOO_LONG, "the conversation is too long "
		    "for the model's context: %s", buf_str(&why));
	buf_free(&why);
	return found;
}

static void
finish_whole(struct llm_answer *answer, const struct http_call *call,
    int status)
{
	struct reply *reply = &answer->job->reply;
	int rc;

	if (status < 200 || status >= 300) {
		take_error_body(answer);
		tell_refusal(answer, status);
		take_headers(answer, call);
		return;
	}
	rc = end_framing(answer);
	if (rc != OK) {
		tell_stop(answer, status, rc);
		return;
	}
	if (is_lost(answer))
		return;
	llm_reply_finish(&answer->reply, answer->request->tools,
	    answer->request->tool_count, reply);
	if (reply->error != NULL)
		llm_fail(answer, reply->fault, "%s", reply->error);
}

static void
finish_other(struct llm_answer *answer, const struct http_result *result)
{
	switch (result->end) {
	case HTTP_SLOW_FIRST:
	case HTTP_SLOW_TOTAL:
		llm_fail(answer, REPLY_SLOW, "%s", result->why);
		break;
	case HTTP_FLOOD:
	case HTTP_UNUSABLE:
		llm_fail(answer, REPLY_FINAL, "%s", result->why);
		break;
	case HTTP_STOPPED:
		tell_stop(answer, result->status, result->rc);
		break;
	case HTTP_CANCELLED:
		llm_fail(answer, REPLY_HELD, "cancelled");
		break;
	default:
		llm_fail(answer, REPLY_TRANSIENT, "%s", result->why);
		break;
	}
}

static enum throttle_outcome
judge(const struct llm_answer *answer, const struct http_result *result)
{
	enum reply_fault fault = answer->job->reply.fault;

	if (result->end == HTTP_CANCELLED)
		return THROTTLE_UNKNOWN;
	if (answer->job->reply.error == NULL || fault == REPLY_RATE ||
	    fault == REPLY_GARBLED || fault == REPLY_TOO_LONG ||
	    fault == REPLY_EMPTY)
		return THROTTLE_ANSWERED;
	if (fault == REPLY_TRANSIENT || result->end == HTTP_SLOW_FIRST ||
	    result->end == HTTP_SLOW_TOTAL)
		return THROTTLE_DOWN;
	return THROTTLE_ANSWERED;
}

enum throttle_outcome
llm_answer_finish(struct llm_answer *answer, struct http_call *call,
    const struct http_result *result)
{
	/* A server that forgets the end of HTTP has still said all. */
	if (result->end == HTTP_DONE || (result->end != HTTP_CANCELLED &&
		llm_reply_is_whole(&answer->reply)))
		finish_whole(answer, call, result->status);
	else
		finish_other(answer, result);
	return judge(answer, result);
}
