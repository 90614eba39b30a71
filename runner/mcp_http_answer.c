/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/log.h"
#include "runner/mcp_http.h"

enum {
	RETRY_MS = 1000,	/* before a stream is taken up again */
	RETRY_MAX_MS = 60 * 1000,
	UNREACHED_MAX = 3,	/* calls in a row without a connection */
};

static bool
is_visible(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < 0x21 || *text > 0x7e)
			return false;
	return true;
}

static void
note_session(struct exchange *x, const struct http_call *http)
{
	const char *id = http_header(http, "mcp-session-id");
	struct web *w = exchange_web(x->mcp);

	if (x->call == NULL || strcmp(x->call->method, "initialize") != 0 ||
	    id == NULL)
		return;
	if (strlen(id) > MCP_SESSION_MAX || !is_visible(id)) {
		log_warn("mcp_session_ignored", "server=%s",
		    x->mcp->spec.name);
		return;
	}
	snprintf(w->session, sizeof(w->session), "%s", id);
}

static bool
is_good(int status)
{
	return status >= 200 && status < 300;
}

/* Once, before anything of the answer is looked at. */
static void
begin(struct exchange *x, struct http_call *http)
{
	const char *type = http_header(http, "content-type");

	if (x->started)
		return;
	x->started = true;
	if (!is_good(http_status(http)))
		return;
	x->failures = 0;
	x->events = type != NULL &&
	    strncasecmp(type, "text/event-stream", 17) == 0;
	note_session(x, http);
	if (x->events) {
		sse_free(&x->sse);
		sse_init(&x->sse, x->mcp->spec.message_max, exchange_event, x);
	}
}

/* Where to take it up: the last id that there was. */
static void
keep_id(struct exchange *x, const char *id)
{
	if (*id != '\0')
		snprintf(x->last_id, sizeof(x->last_id), "%s", id);
}

int
exchange_event(void *arg, const struct sse_event *event)
{
	struct exchange *x = arg;
	int rc;

	keep_id(x, event->id);
	if (event->len == 0 || (event->type[0] != '\0' &&
		strcmp(event->type, "message") != 0))
		return OK;
	rc = mcp_take(x->mcp, event->data, event->len);
	if (x->mcp->closed || (x->kind == POST_CALL && x->call == NULL))
		return E_CONFLICT;
	if (rc == E_INVALID)
		log_debug("mcp_no_message", "server=%s", x->mcp->spec.name);
	return rc == E_INVALID ? OK : rc;
}

int
exchange_data(void *arg, struct http_call *http, const char *bytes, size_t len)
{
	struct exchange *x = arg;

	begin(x, http);
	if (x->events)
		return sse_feed(&x->sse, bytes, len);
	/* The answer to what was only told is of no interest. */
	if (x->kind != POST_CALL)
		return OK;
	return buf_add(&x->body, bytes, len);
}

/* The stream ended; its events know what comes next. */
static bool
take_up(struct exchange *x)
{
	long retry_ms = x->sse.retry_ms >= 0 ? x->sse.retry_ms : RETRY_MS;

	keep_id(x, x->sse.id);
	if (x->mcp->era != MCP_LEGACY || x->last_id[0] == '\0')
		return false;
	if (retry_ms > RETRY_MAX_MS)
		retry_ms = RETRY_MAX_MS;
	x->again_at = clock_mono_ms() + retry_ms;
	mcp_wake(x->mcp);
	return true;
}

/* ---- errors ---- */

static bool
says_session(const struct mcp_message *error)
{
	return strcasestr(error->reason, "session") != NULL;
}

/*
 * The session is gone: 404 by the book, 400 with such words by the server
 * that all test with.
 */
static bool
is_lost_session(const struct exchange *x, int status,
    const struct mcp_message *error)
{
	return x->mcp->era == MCP_LEGACY && x->call->tool != NULL &&
	    exchange_web(x->mcp)->session[0] != '\0' && !x->call->renewed &&
	    (status == 404 || (status == 400 && error != NULL &&
	    says_session(error)));
}

static void
lose_session(struct exchange *x)
{
	struct mcp_call *call = x->call;
	struct web *w = exchange_web(x->mcp);

	exchange_drop(call);
	/* Unless somebody else has noticed before. */
	if (x->session != w->sessions || !x->mcp->greeted) {
		call->renewed = call->waiting = true;
		call->sent = false;
		mcp_wake(x->mcp);
		return;
	}
	w->session[0] = '\0';
	w->sessions++;
	exchange_stop_streams(x->mcp);
	mcp_renew(call);
}

/* What "WWW-Authenticate" wants; RFC 6750, section 3. */
static void
refuse_access(struct exchange *x, struct http_call *http, int status)
{
	const char *wants = http_header(http, "www-authenticate");
	char why[512];

	snprintf(why, sizeof(why), "status %d: it does not let us in; look at "
	    "the headers in its configuration%s%s", status,
	    wants != NULL ? "; it wants " : "", wants != NULL ? wants : "");
	if (status == 401)
		mcp_down(x->mcp, "%s", why);
	else
		mcp_fail(x->call, "%s", why);
}

static void
refuse(struct exchange *x, struct http_call *http, int status)
{
	struct mcp_message message;
	bool told = mcp_rpc_read(buf_str(&x->body), x->body.len, &message) ==
	    OK && message.kind == MCP_ERROR;

	x->call->sent = false;
	if (is_lost_session(x, status, told ? &message : NULL))
		lose_session(x);
	else if (status == 401 || (status == 403 && !told))
		refuse_access(x, http, status);
	else if (told)
		mcp_answer(x->call, &message);
	else if (status >= 300 && status < 400)
		mcp_fail(x->call, "status %d: it redirects, which is not "
		    "followed", status);
	else
		mcp_fail(x->call, "status %d", status);
}

/* ---- the end of an exchange ---- */

static void
finish_whole(struct exchange *x, struct http_call *http, int status)
{
	int rc;

	begin(x, http);
	exchange_web(x->mcp)->unreached = 0;
	if (!is_good(status)) {
		if (x->resumed)
			mcp_fail(x->call, "the answer was cut off, and cannot "
			    "be taken up: status %d", status);
		else
			refuse(x, http, status);
		return;
	}
	rc = x->events ? sse_end(&x->sse) :
	    mcp_take(x->mcp, buf_str(&x->body), x->body.len);
	if (x->mcp->closed || x->call == NULL ||
	    (x->events && take_up(x)))
		return;
	if (x->events)
		mcp_fail(x->call, "the answer was cut off");
	else
		mcp_fail(x->call, rc != OK ? "the answer is no message of the "
		    "protocol" : "the answer is not to this request");
}

static void
finish_broken(struct exchange *x, const struct http_result *result)
{
	struct web *w = exchange_web(x->mcp);

	if (result->end == HTTP_STOPPED && result->rc == E_TOOBIG) {
		mcp_fail(x->call, "the answer is larger than %zu bytes",
		    x->mcp->spec.message_max);
		return;
	}
	if (x->resumed || x->events) {
		if (!take_up(x))
			mcp_fail(x->call, "the answer was cut off: %s",
			    result->why);
		return;
	}
	x->call->sent = result->sent;
	mcp_fail(x->call, "%s", result->why);
	if (!result->sent && (++w->unreached == UNREACHED_MAX ||
		!x->mcp->ready))
		mcp_down(x->mcp, "it cannot be reached: %s", result->why);
}

/* The stream for what comes unasked: 4xx means that there is none. */
static void
finish_stream(struct exchange *x, const struct http_result *result)
{
	int64_t wait;

	if (result->status >= 400 && result->status < 500)
		return;
	keep_id(x, x->sse.id);
	wait = x->sse.retry_ms >= 0 && x->sse.retry_ms < RETRY_MAX_MS ?
	    x->sse.retry_ms : RETRY_MS;
	for (int i = 0; i < x->failures && wait < RETRY_MAX_MS; i++)
		wait = wait * 2 + 1;
	x->failures++;
	x->again_at = clock_mono_ms() + wait;
	mcp_wake(x->mcp);
}

void
exchange_done(void *arg, struct http_call *http,
    const struct http_result *result)
{
	struct exchange *x = arg;

	int sessions = exchange_web(x->mcp)->sessions;

	x->http = NULL;
	if (x->kind == GET_STREAM && x->session == sessions)
		finish_stream(x, result);
	else if (x->call != NULL && result->end == HTTP_DONE)
		finish_whole(x, http, result->status);
	else if (x->call != NULL)
		finish_broken(x, result);
	else if (x->told != NULL)
		x->told(x->mcp);
	if (x->again_at == MCP_NEVER)
		exchange_free(x);
}
