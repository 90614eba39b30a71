/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a server nobody knows to its list of tools:
 *
 *	server/discover --answered--> modern -----------------> tools/list
 *	       |                                                 ^   pages
 *	       +--anything else--> initialize --> initialized ---+
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/log.h"
#include "runner/mcp_impl.h"

enum {
	PROBE_MS = 4000,	/* one of the past may say nothing at all */
	CHANGE_MS = 250,	/* several changes are read once */
	CHANGES_MS = 2000,	/* and however many there are, not more often */
	STALE_MS = 60 * 1000,	/* a list is not refreshed more often */
	LISTEN_MS = 1000,	/* doubled each time it comes to nothing */
	LISTEN_MAX_MS = 60 * 1000,
};

static void initialize(struct mcp *mcp);
static void next_page(struct mcp *mcp, const char *members);

/* ---- subscriptions, 2026-07-28 ---- */

static void
on_listen_ended(struct mcp_call *call, const struct mcp_message *answer)
{
	struct mcp *mcp = call->mcp;
	int64_t wait = LISTEN_MS;

	if (answer != NULL && answer->kind == MCP_ERROR) {
		log_info("mcp_listens_not", "server=%s why=\"%s\"",
		    mcp->spec.name, answer->reason);
		return;
	}
	for (int i = 0; i < mcp->listens && wait < LISTEN_MAX_MS; i++)
		wait *= 2;
	mcp->listens++;
	mcp->listen_at = clock_mono_ms() + wait;
	/* What changed in between nobody told. */
	mcp_list(mcp, mcp->listen_at);
}

static void
subscribe(struct mcp *mcp)
{
	mcp->listen_at = MCP_NEVER;
	mcp_ask(mcp, "subscriptions/listen",
	    "\"notifications\":{\"toolsListChanged\":true}", 0,
	    on_listen_ended);
}

/* ---- the list of tools ---- */

static void
tell_ready(struct mcp *mcp)
{
	bool first = !mcp->ready;

	mcp->ready = true;
	if (first)
		log_info("mcp_ready", "server=%s version=%s tools=%d",
		    mcp->spec.name, mcp->version, mcp->tools.count);
	if (first && mcp->era == MCP_MODERN && mcp->tells_changes)
		subscribe(mcp);
	mcp->spec.ready(mcp->spec.arg, mcp->tools.list, mcp->tools.count);
}

/* The list is whole: is it another one than before? */
static void
finish_list(struct mcp *mcp)
{
	struct mcp_tools old = mcp->tools;
	long long ttl_ms = mcp->fresh.ttl_ms;
	bool same = mcp->ready && mcp_tools_same(&old, &mcp->fresh);

	mcp->listing = false;
	mcp_wake(mcp);
	mcp->tools = mcp->fresh;
	mcp_tools_init(&mcp->fresh, mcp->spec.name, mcp->tools.headers);
	if (ttl_ms > 0 && !mcp->tells_changes)
		mcp_list(mcp, clock_mono_ms() +
		    (ttl_ms > STALE_MS ? ttl_ms : STALE_MS));
	if (!same)
		tell_ready(mcp);
	/* Whoever closed it within ready still reads them. */
	mcp_tools_free(&old);
}

static void
list_failed(struct mcp *mcp, const char *why)
{
	mcp->listing = false;
	mcp_wake(mcp);
	mcp_tools_free(&mcp->fresh);
	if (!mcp->ready)
		mcp_down(mcp, "cannot list its tools: %s", why);
	else
		log_warn("mcp_list_failed", "server=%s why=\"%s\"",
		    mcp->spec.name, why);
}

static void
on_page(struct mcp_call *call, const struct mcp_message *answer)
{
	struct mcp *mcp = call->mcp;
	struct buf cursor, members;
	int rc;

	if (answer == NULL || answer->kind == MCP_ERROR) {
		if (answer != NULL && !mcp->has_tools && !mcp->ready)
			finish_list(mcp);
		else
			list_failed(mcp, answer == NULL ? call->why :
			    answer->reason);
		return;
	}
	buf_init(&cursor, MCP_CURSOR_MAX);
	buf_init(&members, MCP_CURSOR_MAX + 64);
	rc = mcp_tools_page(&mcp->fresh, answer->result, &cursor);
	if (rc == OK) {
		finish_list(mcp);
	} else if (rc != E_AGAIN) {
		list_failed(mcp, mcp->fresh.why);
	} else {
		buf_addf(&members, "\"cursor\":%s", buf_str(&cursor));
		next_page(mcp, buf_str(&members));
	}
	buf_free(&cursor);
	buf_free(&members);
}

static void
next_page(struct mcp *mcp, const char *members)
{
	/* The first one has until start_at. */
	mcp_ask(mcp, "tools/list", members, mcp->ready ? mcp->spec.call_ms : 0,
	    on_page);
}

static void
start_list(struct mcp *mcp)
{
	mcp->relist_at = MCP_NEVER;
	mcp->listing = true;
	mcp->listed = clock_mono_ms();
	mcp_tools_free(&mcp->fresh);
	mcp_tools_init(&mcp->fresh, mcp->spec.name,
	    mcp->era == MCP_MODERN && mcp->spec.url != NULL);
	mcp->fresh.quiet = mcp->ready;
	next_page(mcp, "");
}

void
mcp_list(struct mcp *mcp, int64_t at)
{
	if (at < mcp->listed + CHANGES_MS)
		at = mcp->listed + CHANGES_MS;
	if (at < mcp->relist_at)
		mcp->relist_at = at;
	mcp_wake(mcp);
}

void
mcp_relist(struct mcp_call *call)
{
	call->relisted = call->waiting = true;
	call->sent = false;
	if (!call->mcp->listing)
		start_list(call->mcp);
}

void
mcp_start_step(struct mcp *mcp, int64_t now)
{
	if ((!mcp->ready || !mcp->greeted) && mcp->start_at <= now) {
		mcp_down(mcp, "it was not ready after %g s",
		    mcp->spec.start_ms / 1000.0);
		return;
	}
	if (mcp->greeted && !mcp->listing && mcp->relist_at <= now)
		start_list(mcp);
	if (mcp->listen_at <= now)
		subscribe(mcp);
}

/* ---- the handshake ---- */

static void
take_capabilities(struct mcp *mcp, struct mcp_text result)
{
	struct mcp_text tools = mcp_text_get(mcp_text_get(result,
		"capabilities"), "tools");

	mcp->has_tools = mcp_text_kind(tools) == JSON_OBJECT;
	mcp->tells_changes = mcp_text_bool(mcp_text_get(tools, "listChanged"),
	    false);
}

static void
log_server(const struct mcp *mcp, struct mcp_text info)
{
	char name[128], version[64];

	mcp_text_copy(mcp_text_get(info, "name"), name, sizeof(name));
	mcp_text_copy(mcp_text_get(info, "version"), version,
	    sizeof(version));
	log_debug("mcp_greeted", "server=%s version=%s name=\"%s\" "
	    "release=\"%s\"", mcp->spec.name, mcp->version, name, version);
}

/* After the first handshake come the tools; after another, whoever waits. */
static void
greet(struct mcp *mcp)
{
	mcp->greeted = true;
	mcp_wake(mcp);
	mcp->transport->listen(mcp);
	if (!mcp->ready)
		start_list(mcp);
	else
		mcp_list(mcp, clock_mono_ms() + CHANGE_MS);
}

static bool
is_known(const char *version)
{
	static const char *const known[] = { MCP_LEGACY_VERSION, "2025-06-18",
		"2025-03-26", "2024-11-05" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i], version) == 0)
			return true;
	return false;
}

static void
on_initialized(struct mcp_call *call, const struct mcp_message *answer)
{
	struct mcp *mcp = call->mcp;
	char version[MCP_VERSION_MAX + 1];

	if (answer == NULL || answer->kind == MCP_ERROR) {
		mcp_down(mcp, "it refuses to initialize: %s",
		    answer == NULL ? call->why : answer->reason);
		return;
	}
	mcp_text_copy(mcp_text_get(answer->result, "protocolVersion"),
	    version, sizeof(version));
	if (!is_known(version)) {
		mcp_down(mcp, "it speaks version \"%s\" of the protocol, "
		    "which is none of ours", version);
		return;
	}
	snprintf(mcp->version, sizeof(mcp->version), "%s", version);
	take_capabilities(mcp, answer->result);
	log_server(mcp, mcp_text_get(answer->result, "serverInfo"));
	/* In HTTP what follows could overtake it. */
	mcp_tell(mcp, "notifications/initialized", NULL, greet);
}

static void
initialize(struct mcp *mcp)
{
	const char *capabilities = mcp->spec.capabilities;
	struct buf members;

	mcp->era = MCP_LEGACY;
	buf_init(&members, MCP_MESSAGE_MIN);
	buf_addf(&members, "\"protocolVersion\":\"" MCP_LEGACY_VERSION "\","
	    "\"capabilities\":%s,\"clientInfo\":{\"name\":\"gatehouse\","
	    "\"version\":\"" PACKAGE_VERSION "\"}",
	    capabilities != NULL ? capabilities : "{}");
	if (members.rc == OK)
		mcp_ask(mcp, "initialize", buf_str(&members), 0,
		    on_initialized);
	else
		mcp_down(mcp, "cannot initialize: %s", err_text(members.rc));
	buf_free(&members);
}

void
mcp_renew(struct mcp_call *call)
{
	struct mcp *mcp = call->mcp;

	call->renewed = call->waiting = true;
	call->sent = false;
	if (mcp->greeted) {
		log_info("mcp_session_lost", "server=%s", mcp->spec.name);
		mcp->greeted = false;
		mcp->start_at = clock_mono_ms() + mcp->spec.start_ms;
		initialize(mcp);
	}
	mcp_wake(mcp);
}

/* ---- which era? ---- */

struct versions {
	bool modern, legacy;
};

static int
note_version(void *arg, const char *text, size_t len)
{
	struct versions *versions = arg;
	char version[MCP_VERSION_MAX + 1];

	mcp_text_copy((struct mcp_text){ text, len }, version,
	    sizeof(version));
	versions->modern |= strcmp(version, MCP_MODERN_VERSION) == 0;
	versions->legacy |= is_known(version);
	return OK;
}

static void discover(struct mcp *mcp);

/* It is modern, or at least knows what that is. */
static void
choose(struct mcp *mcp, struct versions versions)
{
	if (versions.modern) {
		snprintf(mcp->version, sizeof(mcp->version), "%s",
		    MCP_MODERN_VERSION);
		greet(mcp);
	} else if (versions.legacy && mcp->spec.era != MCP_MODERN) {
		initialize(mcp);
	} else {
		mcp_down(mcp, "it speaks no version of the protocol that is "
		    "ours");
	}
}

/* Refused in a way that only a modern server knows. */
static void
take_refusal(struct mcp *mcp, const struct mcp_message *answer)
{
	struct mcp_text list = mcp_text_get(answer->data, "supported");
	struct versions versions = { false, false };

	if (answer->code != RPC_UNSUPPORTED_VERSION ||
	    mcp_text_kind(list) != JSON_ARRAY) {
		mcp_down(mcp, "it refuses us: %s", answer->reason);
		return;
	}
	json_elements(list.text, list.len, note_version, &versions);
	if (!versions.modern) {
		choose(mcp, versions);
	} else if (!mcp->refused_once) {
		mcp->refused_once = true;
		discover(mcp);
	} else {
		mcp_down(mcp, "it refuses a version that it supports");
	}
}

static bool
is_modern_refusal(const struct mcp_message *answer)
{
	return answer->kind == MCP_ERROR &&
	    (answer->code == RPC_UNSUPPORTED_VERSION ||
	    answer->code == RPC_MISSING_CAPABILITY ||
	    answer->code == RPC_HEADER_MISMATCH);
}

static void
on_discovered(struct mcp_call *call, const struct mcp_message *answer)
{
	struct mcp *mcp = call->mcp;
	struct versions versions = { false, false };
	struct mcp_text list = { NULL, 0 };

	if (answer != NULL && is_modern_refusal(answer)) {
		take_refusal(mcp, answer);
		return;
	}
	if (answer != NULL && answer->kind == MCP_RESULT)
		list = mcp_text_get(answer->result, "supportedVersions");
	if (answer != NULL && mcp_text_kind(list) == JSON_ARRAY) {
		json_elements(list.text, list.len, note_version, &versions);
		take_capabilities(mcp, answer->result);
		choose(mcp, versions);
	} else if (mcp->spec.era != MCP_MODERN) {
		initialize(mcp);
	} else {
		mcp_down(mcp, "it does not tell what it is: %s",
		    answer == NULL ? call->why :
		    answer->kind == MCP_ERROR ? answer->reason :
		    "there are no supportedVersions");
	}
}

static void
discover(struct mcp *mcp)
{
	int wait_ms = mcp->spec.start_ms / 2 + 1;

	if (mcp->spec.era == MCP_MODERN)
		wait_ms = 0;
	else if (wait_ms > PROBE_MS)
		wait_ms = PROBE_MS;
	mcp_ask(mcp, "server/discover", "", wait_ms, on_discovered);
}

void
mcp_start(struct mcp *mcp)
{
	if (mcp->spec.era == MCP_LEGACY) {
		initialize(mcp);
		return;
	}
	mcp->era = MCP_MODERN;
	discover(mcp);
}
