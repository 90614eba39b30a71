/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "runner/mcp.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/log.h"
#include "runner/mcp_impl.h"

/* ---- calls ---- */

static void
free_call(struct mcp_call *call)
{
	free(call->members);
	free(call->tool);
	free(call->args);
	buf_free(&call->more);
	free(call);
}

static void
unlink_call(struct mcp_call *call)
{
	if (call->prev != NULL)
		call->prev->next = call->next;
	else
		call->mcp->calls = call->next;
	if (call->next != NULL)
		call->next->prev = call->prev;
	call->next = call->prev = NULL;
}

void
mcp_end(struct mcp_call *call, const struct mcp_message *answer)
{
	unlink_call(call);
	call->mcp->transport->drop(call);
	if (answer == NULL)
		mcp_mask(call->mcp, call->why);
	call->answered(call, answer);
	free_call(call);
}

void
mcp_fail(struct mcp_call *call, const char *format, ...)
{
	va_list ap;

	if (call->ending)
		return;
	va_start(ap, format);
	vsnprintf(call->why, sizeof(call->why), format, ap);
	va_end(ap);
	call->ending = true;
	mcp_wake(call->mcp);
}

void
mcp_down(struct mcp *mcp, const char *format, ...)
{
	va_list ap;

	if (mcp->dead)
		return;
	va_start(ap, format);
	vsnprintf(mcp->why, sizeof(mcp->why), format, ap);
	va_end(ap);
	mcp->dead = true;
	mcp_wake(mcp);
}

/* What goes into params._meta. */
static int
add_meta(const struct mcp_call *call, struct buf *meta)
{
	const struct mcp *mcp = call->mcp;

	if (call->tool != NULL)
		buf_addf(meta, "\"progressToken\":%lld%s", (long long)call->id,
		    mcp->era == MCP_LEGACY && call->trace[0] == '\0' ? "" :
		    ",");
	if (call->trace[0] != '\0')
		buf_addf(meta, "\"traceparent\":\"%s\"%s", call->trace,
		    mcp->era == MCP_LEGACY ? "" : ",");
	if (mcp->era == MCP_LEGACY)
		return meta->rc;
	buf_adds(meta, "\"io.modelcontextprotocol/protocolVersion\":\""
	    MCP_MODERN_VERSION "\",\"io.modelcontextprotocol/clientInfo\":"
	    "{\"name\":\"gatehouse\",\"version\":\"" PACKAGE_VERSION "\"},"
	    "\"io.modelcontextprotocol/clientCapabilities\":");
	return buf_adds(meta, mcp->spec.capabilities != NULL ?
	    mcp->spec.capabilities : "{}");
}

/* Builds the request of this try. */
static int
build(const struct mcp_call *call, struct buf *text)
{
	struct buf meta, members;
	int rc;

	buf_init(&meta, MCP_SEND_MAX);
	buf_init(&members, MCP_SEND_MAX);
	add_meta(call, &meta);
	buf_adds(&members, call->members);
	if (call->more.len > 0)
		buf_addf(&members, ",%s", buf_str(&call->more));
	rc = meta.rc != OK ? meta.rc : members.rc;
	if (rc == OK)
		rc = mcp_rpc_request(text, call->id, call->method,
		    buf_str(&members), meta.len > 0 ? buf_str(&meta) : NULL);
	buf_free(&meta);
	buf_free(&members);
	return rc;
}

void
mcp_send(struct mcp_call *call)
{
	struct mcp *mcp = call->mcp;
	struct buf text;
	int rc;

	call->id = mcp->next_id++;
	call->waiting = false;
	call->idle_at = call->idle_ms > 0 ? clock_mono_ms() + call->idle_ms :
	    MCP_NEVER;
	buf_init(&text, MCP_SEND_MAX);
	rc = build(call, &text);
	if (rc == OK)
		mcp->transport->send(call, &text);
	else
		mcp_fail(call, "cannot build the request: %s", err_text(rc));
	buf_free(&text);
	mcp_wake(mcp);
}

void
mcp_tell(struct mcp *mcp, const char *method, const char *members,
    void (*told)(struct mcp *mcp))
{
	struct buf text;

	buf_init(&text, MCP_MESSAGE_MIN);
	if (mcp_rpc_notification(&text, method, members) == OK)
		mcp->transport->tell(mcp, &text, told);
	buf_free(&text);
}

static struct mcp_call *
make_call(struct mcp *mcp, const char *method, const char *members)
{
	struct mcp_call *call = calloc(1, sizeof(*call));

	if (call == NULL)
		return NULL;
	*call = (struct mcp_call){ .mcp = mcp, .method = method, .id = -1,
	    .idle_at = MCP_NEVER, .end_at = MCP_NEVER, .progress = -1e300 };
	buf_init(&call->more, MCP_SEND_MAX);
	call->members = strdup(members);
	if (call->members == NULL) {
		free(call);
		return NULL;
	}
	call->next = mcp->calls;
	if (call->next != NULL)
		call->next->prev = call;
	mcp->calls = call;
	return call;
}

struct mcp_call *
mcp_ask(struct mcp *mcp, const char *method, const char *members, int idle_ms,
    void (*answered)(struct mcp_call *, const struct mcp_message *))
{
	struct mcp_call *call = make_call(mcp, method, members);

	if (call == NULL) {
		mcp_down(mcp, "%s", err_text(E_NOMEM));
		return NULL;
	}
	call->idle_ms = idle_ms;
	call->answered = answered;
	mcp_send(call);
	return call;
}

/* The members of a tool's call; line ends in args become blanks. */
static char *
tool_members(const char *tool, const char *args)
{
	struct buf members;

	buf_init(&members, MCP_SEND_MAX);
	buf_adds(&members, "\"name\":");
	buf_add_json(&members, tool, strlen(tool));
	buf_addf(&members, ",\"arguments\":%s", args);
	if (members.rc != OK) {
		buf_free(&members);
		return NULL;
	}
	for (size_t i = 0; i < members.len; i++)
		if (members.data[i] == '\n' || members.data[i] == '\r')
			members.data[i] = ' ';
	return members.data;
}

static bool
is_object(const char *args)
{
	return args[strspn(args, " \t\r\n")] == '{' &&
	    json_check(args, strlen(args), NULL) == OK;
}

bool
mcp_takes_calls(const struct mcp *mcp)
{
	return mcp->ready && !mcp->dead && !mcp->closed;
}

struct mcp_call *
mcp_call(struct mcp *mcp, const char *tool, const char *args,
    const char *trace,
    void (*done)(void *arg, const struct mcp_result *result), void *arg)
{
	bool good = is_object(args);
	char *members = tool_members(tool, good ? args : "{}");
	struct mcp_call *call;

	if (members == NULL)
		return NULL;
	call = make_call(mcp, "tools/call", members);
	free(members);
	if (call == NULL)
		return NULL;
	call->answered = mcp_tool_answered;
	call->done = done;
	call->arg = arg;
	call->idle_ms = mcp->spec.call_ms;
	call->end_at = clock_mono_ms() + mcp->spec.call_max_ms;
	snprintf(call->trace, sizeof(call->trace), "%s", trace);
	call->tool = strdup(tool);
	call->args = strdup(args);
	if (call->tool == NULL || call->args == NULL) {
		unlink_call(call);
		free_call(call);
		return NULL;
	}
	if (!good)
		mcp_fail(call, "the arguments are no JSON object");
	else if (!mcp_takes_calls(mcp))
		mcp_fail(call, "the server is not available%s%s",
		    mcp->dead ? ": " : "", mcp->why);
	else if (!mcp->greeted)
		call->waiting = true;
	else
		mcp_send(call);
	return call;
}

void
mcp_call_cancel(struct mcp_call *call)
{
	call->cancelled = true;
	mcp_fail(call, "cancelled");
}

/* ---- time ---- */

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
call_due(const struct mcp_call *call)
{
	const struct mcp *mcp = call->mcp;

	if (call->ending || (call->waiting && mcp->greeted && !mcp->listing))
		return 0;
	return call->waiting ? call->end_at :
	    earlier(call->idle_at, call->end_at);
}

static int64_t
due(const struct mcp *mcp)
{
	const struct mcp_call *call = mcp->calls;
	int64_t at = MCP_NEVER;

	for (; call != NULL; call = call->next)
		at = earlier(at, call_due(call));
	if (mcp->dead)
		return mcp->told_dead ? at : 0;
	if (!mcp->ready || !mcp->greeted)
		at = earlier(at, mcp->start_at);
	if (mcp->greeted && !mcp->listing)
		at = earlier(at, mcp->relist_at);
	at = earlier(at, mcp->listen_at);
	return earlier(at, mcp->transport->due(mcp));
}

static void on_time(uv_timer_t *timer);

void
mcp_wake(struct mcp *mcp)
{
	int64_t at, now;

	if (mcp->closed)
		return;
	at = due(mcp);
	now = clock_mono_ms();
	if (at == MCP_NEVER)
		uv_timer_stop(&mcp->timer);
	else
		uv_timer_start(&mcp->timer, on_time,
		    at > now ? (uint64_t)(at - now) : 0, 0);
}

/* Nobody waits for it any more, and the server may want to know. */
static void
tell_cancelled(const struct mcp_call *call)
{
	char members[MCP_WHY_MAX + 64];

	if (!call->cancelled || !call->sent || !call->mcp->greeted)
		return;
	snprintf(members, sizeof(members), "\"requestId\":%lld,"
	    "\"reason\":\"%s\"", (long long)call->id, call->why);
	mcp_tell(call->mcp, "notifications/cancelled", members, NULL);
}

static void
end_or_send(struct mcp_call *call, int64_t now)
{
	bool all = call->end_at <= now;

	if (!call->ending && call->waiting && !all) {
		mcp_send(call);
		return;
	}
	if (!call->ending) {
		call->cancelled = true;
		mcp_fail(call, "timed out after %g s %s",
		    (all ? call->mcp->spec.call_max_ms : call->idle_ms) /
		    1000.0, all ? "in all" : "without an answer");
	}
	tell_cancelled(call);
	mcp_end(call, NULL);
}

static void
tell_dead(struct mcp *mcp)
{
	if (mcp->told_dead)
		return;
	mcp->told_dead = true;
	mcp_mask(mcp, mcp->why);
	log_warn("mcp_down", "server=%s why=\"%s\"", mcp->spec.name,
	    mcp->why);
	mcp->spec.down(mcp->spec.arg, mcp->why);
}

/* One thing at a time, as each may tell the owner, who may close. */
static void
on_time(uv_timer_t *timer)
{
	struct mcp *mcp = timer->data;
	struct mcp_call *call = mcp->calls;
	int64_t now = clock_mono_ms();

	if (mcp->dead)
		for (; call != NULL; call = call->next)
			mcp_fail(call, "the server is gone: %s", mcp->why);
	call = mcp->calls;
	while (call != NULL && call_due(call) > now)
		call = call->next;
	if (call != NULL)
		end_or_send(call, now);
	else if (mcp->dead)
		tell_dead(mcp);
	else
		mcp_start_step(mcp, now);
	if (!mcp->closed && !mcp->dead)
		mcp->transport->step(mcp, now);
	mcp_wake(mcp);
}

/* ---- the whole ---- */

const char *
mcp_version(const struct mcp *mcp)
{
	return mcp->version[0] != '\0' ? mcp->version : NULL;
}

enum mcp_era
mcp_found(const struct mcp *mcp)
{
	return mcp->version[0] != '\0' ? mcp->era : MCP_AUTO;
}

static void
free_mcp(struct mcp *mcp)
{
	if (mcp->transport != NULL)
		mcp->transport->free(mcp);
	mcp_tools_free(&mcp->tools);
	mcp_tools_free(&mcp->fresh);
	mcp_spec_free(&mcp->spec);
	free(mcp);
}

static void
on_closed(uv_handle_t *handle)
{
	free_mcp(handle->data);
}

void
mcp_close(struct mcp *mcp)
{
	struct mcp_call *call, *next;

	if (mcp == NULL || mcp->closed)
		return;
	mcp->transport->close(mcp);
	mcp->closed = true;
	for (call = mcp->calls; call != NULL; call = next) {
		next = call->next;
		free_call(call);
	}
	mcp->calls = NULL;
	uv_close((uv_handle_t *)&mcp->timer, on_closed);
}

struct mcp *
mcp_open(struct uv_loop_s *loop, struct http *http,
    const struct mcp_spec *spec)
{
	struct mcp *mcp = calloc(1, sizeof(*mcp));

	if (mcp == NULL)
		return NULL;
	if (!mcp_spec_copy(&mcp->spec, spec)) {
		free_mcp(mcp);
		return NULL;
	}
	mcp->loop = loop;
	mcp->http = http;
	mcp->next_id = 1;
	mcp->relist_at = mcp->listen_at = MCP_NEVER;
	mcp->start_at = clock_mono_ms() + spec->start_ms;
	mcp->transport = spec->url != NULL ? &mcp_http : &mcp_stdio;
	mcp_tools_init(&mcp->tools, mcp->spec.name, false);
	mcp_tools_init(&mcp->fresh, mcp->spec.name, false);
	uv_timer_init(loop, &mcp->timer);
	mcp->timer.data = mcp;
	if (mcp->transport->open(mcp) != OK) {
		mcp_close(mcp);
		return NULL;
	}
	if (!mcp->dead)
		mcp_start(mcp);
	return mcp;
}
