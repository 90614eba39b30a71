/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/log.h"
#include "runner/mcp_impl.h"
#include "runner/mcp_result.h"

enum {
	ROUNDS_MAX = 5,		/* of input that a call may ask for */
	INPUTS_MAX = 16,	/* in one of them */
	CHANGE_MS = 250,	/* several changes are read once */
};

/* ---- the end of a tool's call ---- */

static void
give(struct mcp_call *call, bool is_error, bool lost, const struct buf *json)
{
	struct mcp_result result = { .is_error = is_error, .lost = lost,
	    .json = buf_str(json) };

	if (json->rc != OK) {
		result.is_error = true;
		result.json = "{\"error\":\"out of memory\"}";
	}
	call->done(call->arg, &result);
}

static void
give_error(struct mcp_call *call, bool lost, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
give_error(struct mcp_call *call, bool lost, const char *format, ...)
{
	char why[MCP_WHY_MAX + RPC_REASON_MAX];
	struct buf json;
	va_list ap;

	va_start(ap, format);
	vsnprintf(why, sizeof(why), format, ap);
	va_end(ap);
	mcp_mask(call->mcp, why);
	buf_init(&json, sizeof(why) * 6 + 64);
	mcp_result_error(&json, why);
	give(call, true, lost, &json);
	buf_free(&json);
}

static void
give_result(struct mcp_call *call, struct mcp_text result)
{
	size_t max = call->mcp->spec.message_max;
	bool is_error = false;
	struct buf json;
	int rc;

	buf_init(&json, max > MCP_MESSAGE_MIN ? max : MCP_MESSAGE_MIN);
	rc = mcp_result_json(result, &is_error, &json);
	if (rc == OK)
		give(call, is_error, false, &json);
	else if (rc == E_INVALID)
		give_error(call, false, "the answer is no result of a tool");
	else
		give_error(call, false, "the result cannot be read: %s",
		    err_text(rc));
	buf_free(&json);
}

static void
give_refusal(struct mcp_call *call, const struct mcp_message *answer)
{
	struct mcp_text wanted = mcp_text_get(answer->data,
	    "requiredCapabilities");

	if (answer->code == RPC_MISSING_CAPABILITY && wanted.text != NULL)
		give_error(call, false, "%s (code %d): it wants %.*s",
		    answer->reason, answer->code,
		    (int)(wanted.len < 256 ? wanted.len : 256), wanted.text);
	else
		give_error(call, false, "%s (code %d)",
		    answer->reason[0] != '\0' ? answer->reason :
		    "the server refuses the call", answer->code);
}

void
mcp_tool_answered(struct mcp_call *call, const struct mcp_message *answer)
{
	struct mcp_text type;

	if (answer == NULL) {
		give_error(call, call->sent, "%s", call->why);
		return;
	}
	if (answer->kind == MCP_ERROR) {
		give_refusal(call, answer);
		return;
	}
	type = mcp_text_get(answer->result, "resultType");
	if (call->mcp->era == MCP_MODERN && type.text != NULL &&
	    !mcp_text_is(type, "complete"))
		give_error(call, false, "the answer is of a type that nobody "
		    "knows");
	else
		give_result(call, answer->result);
}

/* ---- a call that is not over yet ---- */

/* Answers one of the inputs that the server asks for; false: nobody does. */
static bool
answer_input(struct mcp_call *call, const struct json *input)
{
	const struct mcp_spec *spec = &call->mcp->spec;
	const char *method = json_string(json_get(input, "method"));
	struct buf params;
	int rc;

	if (spec->answer == NULL || method == NULL)
		return false;
	buf_addf(&call->more, "%s", call->more.data[call->more.len - 1] ==
	    '{' ? "" : ",");
	buf_add_json(&call->more, json_key(input), strlen(json_key(input)));
	buf_addc(&call->more, ':');
	buf_init(&params, spec->message_max);
	rc = json_print(json_get(input, "params"), &params);
	if (rc == OK)
		rc = spec->answer(spec->arg, method, buf_str(&params),
		    &call->more);
	buf_free(&params);
	return rc == OK;
}

static bool
answer_inputs(struct mcp_call *call, struct mcp_text requests)
{
	struct json *tree = json_parse(requests.text, requests.len, NULL);
	const struct json *input = json_first(tree);
	bool good = tree != NULL && json_size(tree) <= INPUTS_MAX;

	buf_adds(&call->more, "\"inputResponses\":{");
	for (; good && input != NULL; input = json_next(input))
		good = answer_input(call, input);
	buf_addc(&call->more, '}');
	json_free(tree);
	return good;
}

/* Multi round-trip requests: the same again, with what was asked for. */
static void
go_on(struct mcp_call *call, struct mcp_text result)
{
	struct mcp_text requests = mcp_text_get(result, "inputRequests");
	struct mcp_text state = mcp_text_get(result, "requestState");

	call->mcp->transport->drop(call);
	call->id = -1;
	buf_reset(&call->more);
	if (++call->rounds > ROUNDS_MAX) {
		mcp_fail(call, "the server asks for input again and again");
		return;
	}
	if (requests.text != NULL && !answer_inputs(call, requests)) {
		mcp_fail(call, "the server asks for input that nobody here "
		    "gives");
		return;
	}
	if (state.text != NULL) {
		buf_addf(&call->more, "%s\"requestState\":",
		    call->more.len > 0 ? "," : "");
		buf_add(&call->more, state.text, state.len);
	}
	if (call->more.rc != OK)
		mcp_fail(call, "what the server asks for is too large");
	else
		mcp_send(call);
}

/* The answer is not the end of it. */
static bool
goes_on(struct mcp_call *call, const struct mcp_message *answer)
{
	if (call->tool == NULL || call->mcp->era != MCP_MODERN)
		return false;
	if (answer->kind == MCP_RESULT && mcp_text_is(mcp_text_get(
		answer->result, "resultType"), "input_required")) {
		go_on(call, answer->result);
		return true;
	}
	/* Its idea of the tool's headers may be newer than ours. */
	if (answer->kind == MCP_ERROR && !call->relisted &&
	    answer->code == RPC_HEADER_MISMATCH) {
		call->mcp->transport->drop(call);
		call->id = -1;
		mcp_relist(call);
		return true;
	}
	return false;
}

static struct mcp_call *
find_call(const struct mcp *mcp, int64_t id)
{
	struct mcp_call *call = mcp->calls;

	while (call != NULL && (id < 0 || call->id != id))
		call = call->next;
	return call;
}

void
mcp_answer(struct mcp_call *call, const struct mcp_message *answer)
{
	if (!call->ending && !goes_on(call, answer))
		mcp_end(call, answer);
}

/* ---- what the server says unasked ---- */

static void
take_progress(struct mcp *mcp, struct mcp_text params)
{
	double token = mcp_text_number(mcp_text_get(params, "progressToken"),
	    -1);
	double progress = mcp_text_number(mcp_text_get(params, "progress"),
	    -1e300);
	struct mcp_call *call;

	if (!(token >= 0 && token < 1e15))
		return;
	call = find_call(mcp, (int64_t)token);
	/* What does not grow is no progress. */
	if (call == NULL || call->tool == NULL || progress <= call->progress)
		return;
	call->progress = progress;
	call->idle_at = clock_mono_ms() + call->idle_ms;
	mcp_wake(mcp);
}

static void
take_notification(struct mcp *mcp, const struct mcp_message *message)
{
	if (strcmp(message->method, "notifications/progress") == 0)
		take_progress(mcp, message->params);
	else if (strcmp(message->method,
		"notifications/tools/list_changed") == 0)
		mcp_list(mcp, clock_mono_ms() + CHANGE_MS);
	else if (strcmp(message->method,
		"notifications/subscriptions/acknowledged") == 0)
		mcp->listens = 0;
	else
		log_debug("mcp_said", "server=%s method=\"%s\"",
		    mcp->spec.name, message->method);
}

static void
answer_asked(struct mcp *mcp, const struct mcp_message *message,
    struct buf *text)
{
	struct buf params, result;
	int rc;

	buf_init(&params, mcp->spec.message_max);
	buf_init(&result, mcp->spec.message_max);
	rc = message->params.text == NULL ? buf_adds(&params, "{}") :
	    buf_add(&params, message->params.text, message->params.len);
	if (rc == OK)
		rc = mcp->spec.answer(mcp->spec.arg, message->method,
		    buf_str(&params), &result);
	if (rc == OK)
		mcp_rpc_result(text, message->id, buf_str(&result));
	else if (rc == E_NOTFOUND)
		mcp_rpc_refusal(text, message->id, RPC_NO_METHOD,
		    "method not found");
	else if (rc == E_INVALID)
		mcp_rpc_refusal(text, message->id, RPC_INVALID_PARAMS,
		    "invalid params");
	else
		mcp_rpc_refusal(text, message->id, -1, "rejected");
	buf_free(&params);
	buf_free(&result);
}

/* In 2026-07-28 a server asks nothing. */
static void
take_request(struct mcp *mcp, const struct mcp_message *message)
{
	bool legacy = mcp->era == MCP_LEGACY;
	struct buf text;

	buf_init(&text, MCP_SEND_MAX);
	if (legacy && strcmp(message->method, "ping") == 0)
		mcp_rpc_result(&text, message->id, "{}");
	else if (legacy && mcp->spec.answer != NULL)
		answer_asked(mcp, message, &text);
	else
		mcp_rpc_refusal(&text, message->id, RPC_NO_METHOD,
		    "method not found");
	if (!mcp->closed && text.rc == OK)
		mcp->transport->tell(mcp, &text, NULL);
	buf_free(&text);
}

static int
take_one(void *arg, const char *bytes, size_t len)
{
	struct mcp *mcp = arg;
	struct mcp_message message;
	struct mcp_call *call;
	int rc;

	if (mcp->closed || mcp->dead)
		return OK;
	rc = mcp_rpc_read(bytes, len, &message);
	if (rc != OK)
		return rc;
	switch (message.kind) {
	case MCP_REQUEST:
		take_request(mcp, &message);
		break;
	case MCP_NOTIFICATION:
		take_notification(mcp, &message);
		break;
	default:
		/* Of a call that has ended, or of none that ever was. */
		call = find_call(mcp, message.number);
		if (call == NULL)
			log_debug("mcp_answer_ignored", "server=%s",
			    mcp->spec.name);
		else
			mcp_answer(call, &message);
	}
	return OK;
}

int
mcp_take(struct mcp *mcp, const char *text, size_t len)
{
	return mcp_rpc_each(text, len, take_one, mcp);
}
