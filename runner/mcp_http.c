/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streamable HTTP. Each message of ours is a POST of its own; what comes
 * back is JSON or a stream of events. In the legacy era a stream that breaks
 * is taken up again by GET, there is a session, and one GET stays open for
 * what the server says unasked.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/log.h"
#include "runner/mcp_http.h"

enum {
	CONNECT_MS = 10 * 1000,
	TELL_MS = 30 * 1000,
	DELETE_MS = 5 * 1000,
	SILENT_MS = 5 * 1000,	/* some are mute when taken up once only */
	TELLS_MAX = 32,		/* at once */
};

/* ---- exchanges ---- */

static struct exchange *
make_exchange(struct mcp *mcp, enum exchange_kind kind, struct mcp_call *call)
{
	struct exchange *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return NULL;
	*x = (struct exchange){ .mcp = mcp, .kind = kind, .call = call,
	    .again_at = MCP_NEVER, .session = exchange_web(mcp)->sessions };
	buf_init(&x->body, mcp->spec.message_max);
	sse_init(&x->sse, mcp->spec.message_max, exchange_event, x);
	x->next = exchange_web(mcp)->exchanges;
	if (x->next != NULL)
		x->next->prev = x;
	exchange_web(mcp)->exchanges = x;
	if (kind == POST_TELL)
		exchange_web(mcp)->tells++;
	if (call != NULL)
		call->transport = x;
	return x;
}

void
exchange_free(struct exchange *x)
{
	if (x->prev != NULL)
		x->prev->next = x->next;
	else
		exchange_web(x->mcp)->exchanges = x->next;
	if (x->next != NULL)
		x->next->prev = x->prev;
	if (x->kind == POST_TELL)
		exchange_web(x->mcp)->tells--;
	if (x->call != NULL)
		x->call->transport = NULL;
	sse_free(&x->sse);
	buf_free(&x->body);
	free(x);
}

void
exchange_drop(struct mcp_call *call)
{
	struct exchange *x = call->transport;

	if (x == NULL)
		return;
	call->transport = NULL;
	x->call = NULL;
	if (x->http != NULL)
		http_cancel(x->http);
	else if (x->again_at != MCP_NEVER)
		exchange_free(x);
	/* Otherwise it is just ending by itself. */
}

void
exchange_stop_streams(struct mcp *mcp)
{
	struct exchange *x = exchange_web(mcp)->exchanges, *next;

	for (; x != NULL; x = next) {
		next = x->next;
		if (x->kind == GET_STREAM && x->http != NULL)
			http_cancel(x->http);
		else if (x->kind == GET_STREAM && x->again_at != MCP_NEVER)
			exchange_free(x);
	}
}

/* ---- requests ---- */

static void
add_given(const struct mcp *mcp, struct mcp_headers *headers)
{
	const char *const *given = mcp->spec.headers;

	for (; *given != NULL; given++)
		mcp_headers_line(headers, *given);
	/* What was agreed on; before that, what is asked for. */
	if (mcp->era == MCP_MODERN)
		mcp_headers_add(headers, "MCP-Protocol-Version",
		    MCP_MODERN_VERSION);
	else if (mcp->version[0] != '\0')
		mcp_headers_add(headers, "MCP-Protocol-Version",
		    mcp->version);
	if (exchange_web(mcp)->session[0] != '\0')
		mcp_headers_add(headers, "Mcp-Session-Id",
		    exchange_web(mcp)->session);
}

static void
add_modern(const struct mcp_call *call, struct mcp_headers *headers)
{
	const struct mcp *mcp = call->mcp;
	const struct mcp_tool *tool;

	if (mcp->era != MCP_MODERN)
		return;
	mcp_headers_add(headers, "Mcp-Method", call->method);
	if (call->tool == NULL)
		return;
	mcp_headers_text(headers, "Mcp-Name", call->tool, strlen(call->tool));
	tool = mcp_tools_find(&mcp->tools, call->tool);
	if (tool != NULL)
		mcp_param_headers((struct mcp_text){ tool->schema,
		    strlen(tool->schema) }, (struct mcp_text){ call->args,
		    strlen(call->args) }, headers);
}

static struct http_call *
start(struct exchange *x, struct http_spec *spec, struct mcp_headers *headers)
{
	struct http_call *http = NULL;

	spec->url = x->mcp->spec.url;
	spec->connect_ms = CONNECT_MS;
	/* A stream may say much; each of its messages has its limit. */
	spec->body_max = SIZE_MAX;
	spec->data = exchange_data;
	spec->done = exchange_done;
	spec->arg = x;
	if (headers->rc == OK) {
		spec->headers = headers->lines;
		http = http_start(x->mcp->http, spec);
	}
	return http;
}

static void
post(struct exchange *x, const struct buf *text, int total_ms)
{
	struct mcp_headers headers = { .count = 0 };
	struct http_spec spec = { .method = "POST", .body = buf_str(text),
	    .body_len = text->len, .total_ms = total_ms };

	mcp_headers_line(&headers, "Content-Type: application/json");
	mcp_headers_line(&headers,
	    "Accept: application/json, text/event-stream");
	add_given(x->mcp, &headers);
	if (x->call != NULL)
		add_modern(x->call, &headers);
	if (x->call != NULL && x->call->trace[0] != '\0')
		mcp_headers_add(&headers, "traceparent", x->call->trace);
	x->http = start(x, &spec, &headers);
	if (x->http == NULL && x->call != NULL)
		mcp_fail(x->call, "cannot send the request: %s",
		    err_text(headers.rc != OK ? headers.rc : E_NOMEM));
	mcp_headers_free(&headers);
	if (x->http == NULL)
		exchange_free(x);
}

static void
start_get(struct exchange *x)
{
	struct mcp_headers headers = { .count = 0 };
	struct http_spec spec = { .method = "GET" };

	if (x->kind == POST_CALL)
		spec.first_ms = spec.idle_ms = SILENT_MS;
	x->again_at = MCP_NEVER;
	x->started = x->events = false;
	x->resumed = true;
	buf_reset(&x->body);
	mcp_headers_line(&headers, "Accept: text/event-stream");
	add_given(x->mcp, &headers);
	if (x->last_id[0] != '\0')
		mcp_headers_add(&headers, "Last-Event-ID", x->last_id);
	x->http = start(x, &spec, &headers);
	if (x->http == NULL && x->call != NULL)
		mcp_fail(x->call, "cannot take up the answer: %s",
		    err_text(headers.rc != OK ? headers.rc : E_NOMEM));
	mcp_headers_free(&headers);
	if (x->http == NULL)
		exchange_free(x);
}

/* ---- the transport ---- */

static int
web_open(struct mcp *mcp)
{
	mcp->state = calloc(1, sizeof(struct web));
	return mcp->state != NULL ? OK : E_NOMEM;
}

static void
web_send(struct mcp_call *call, const struct buf *text)
{
	struct exchange *x;

	/* A new session has no name yet. */
	if (strcmp(call->method, "initialize") == 0)
		exchange_web(call->mcp)->session[0] = '\0';
	x = make_exchange(call->mcp, POST_CALL, call);
	call->sent = true;
	if (x != NULL)
		post(x, text, 0);
	else
		mcp_fail(call, "%s", err_text(E_NOMEM));
}

static void
web_tell(struct mcp *mcp, const struct buf *text,
    void (*told)(struct mcp *mcp))
{
	struct exchange *x = NULL;

	/* In 2026-07-28 the end of a stream says it all. */
	if (mcp->era == MCP_MODERN)
		return;
	if (exchange_web(mcp)->tells < TELLS_MAX)
		x = make_exchange(mcp, POST_TELL, NULL);
	if (x != NULL) {
		x->told = told;
		post(x, text, TELL_MS);
	} else {
		log_debug("mcp_not_told", "server=%s", mcp->spec.name);
	}
}

static void
web_listen(struct mcp *mcp)
{
	struct exchange *x;

	if (mcp->era != MCP_LEGACY ||
	    (!mcp->tells_changes && mcp->spec.capabilities == NULL))
		return;
	x = make_exchange(mcp, GET_STREAM, NULL);
	if (x != NULL)
		start_get(x);
}

static int64_t
web_due(const struct mcp *mcp)
{
	const struct exchange *x = exchange_web(mcp)->exchanges;
	int64_t at = MCP_NEVER;

	for (; x != NULL; x = x->next)
		if (x->again_at < at)
			at = x->again_at;
	return at;
}

static void
web_step(struct mcp *mcp, int64_t now)
{
	struct exchange *x = exchange_web(mcp)->exchanges, *next;

	for (; x != NULL; x = next) {
		next = x->next;
		if (x->again_at <= now)
			start_get(x);
	}
}

static int
ignore_data(void *arg, struct http_call *http, const char *bytes, size_t len)
{
	(void)arg;
	(void)http;
	(void)bytes;
	(void)len;
	return OK;
}

static void
ignore_end(void *arg, struct http_call *http, const struct http_result *result)
{
	(void)arg;
	(void)http;
	(void)result;
}

/* The session goes; whatever the server thinks of that. */
static void
end_session(struct mcp *mcp)
{
	struct mcp_headers headers = { .count = 0 };
	struct http_spec spec = { .method = "DELETE", .url = mcp->spec.url,
	    .connect_ms = CONNECT_MS, .total_ms = DELETE_MS,
	    .body_max = MCP_MESSAGE_MIN, .data = ignore_data,
	    .done = ignore_end };

	add_given(mcp, &headers);
	spec.headers = headers.lines;
	if (headers.rc == OK)
		http_start(mcp->http, &spec);
	mcp_headers_free(&headers);
}

static void
web_close(struct mcp *mcp)
{
	struct exchange *x;

	if (mcp->state == NULL)
		return;
	for (x = exchange_web(mcp)->exchanges; x != NULL; x = x->next) {
		x->call = NULL;
		if (x->http != NULL)
			http_abandon(x->http);
		x->http = NULL;
	}
	if (exchange_web(mcp)->session[0] != '\0')
		end_session(mcp);
}

static void
web_free(struct mcp *mcp)
{
	struct exchange *x = mcp->state == NULL ? NULL :
	    exchange_web(mcp)->exchanges, *next;

	for (; x != NULL; x = next) {
		next = x->next;
		exchange_free(x);
	}
	free(mcp->state);
}

const struct mcp_transport mcp_http = {
	.open = web_open,
	.send = web_send,
	.tell = web_tell,
	.drop = exchange_drop,
	.listen = web_listen,
	.due = web_due,
	.step = web_step,
	.close = web_close,
	.free = web_free,
};
