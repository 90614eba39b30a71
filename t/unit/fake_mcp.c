/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/fake_mcp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/unit/unit.h"

/* One allocation each: in a test without memory each one counts. */
enum { VALUES_MAX = 16, VALUE_SIZE = 256 };

struct mcp {
	struct mcp *next;
	struct mcp_spec spec;
	char name[VALUE_SIZE], values[VALUES_MAX][VALUE_SIZE];
	int count;
	bool dead;
};

static struct mcp *clients;		/* newest first */
static struct mcp_call *calls;		/* oldest first */
static int opened;
static bool full;

static void
copy_values(struct mcp *mcp, const char *const *values)
{
	for (int i = 0; values != NULL && values[i] != NULL; i++) {
		assert_true(i < VALUES_MAX);
		snprintf(mcp->values[mcp->count++], VALUE_SIZE, "%s",
		    values[i]);
	}
}

struct mcp *
mcp_open(struct uv_loop_s *loop, struct http *http,
    const struct mcp_spec *spec)
{
	struct mcp *mcp;

	(void)loop;
	(void)http;
	if (full)
		return NULL;
	mcp = calloc(1, sizeof(*mcp));
	if (mcp == NULL)
		return NULL;
	mcp->spec = *spec;
	snprintf(mcp->name, sizeof(mcp->name), "%s", spec->name);
	copy_values(mcp, spec->argv != NULL ? spec->env : spec->headers);
	mcp->next = clients;
	clients = mcp;
	opened++;
	return mcp;
}

static void
end_call(struct mcp_call *call, const struct mcp_result *result)
{
	struct mcp_call **at = &calls;

	while (*at != call)
		at = &(*at)->next;
	*at = call->next;
	if (result != NULL)
		call->done(call->arg, result);
	free(call);
}

static void
end_calls(struct mcp *mcp, const struct mcp_result *result)
{
	struct mcp_call *call = calls;

	while (call != NULL)
		if (call->mcp == mcp) {
			end_call(call, result);
			call = calls;
		} else {
			call = call->next;
		}
}

bool
mcp_takes_calls(const struct mcp *mcp)
{
	return !mcp->dead;
}

struct mcp_call *
mcp_call(struct mcp *mcp, const char *tool, const char *args,
    const char *trace,
    void (*done)(void *arg, const struct mcp_result *result), void *arg)
{
	struct mcp_call **at = &calls, *call;

	if (full)
		return NULL;
	call = calloc(1, sizeof(*call));
	if (call == NULL)
		return NULL;
	*call = (struct mcp_call){ .mcp = mcp, .done = done, .arg = arg };
	snprintf(call->tool, sizeof(call->tool), "%s", tool);
	snprintf(call->args, sizeof(call->args), "%s", args);
	(void)trace;
	while (*at != NULL)
		at = &(*at)->next;
	*at = call;
	return call;
}

void
mcp_call_cancel(struct mcp_call *call)
{
	end_call(call, &(struct mcp_result){ .is_error = true,
	    .json = "{\"error\":\"cancelled\"}" });
}

const char *
mcp_version(const struct mcp *mcp)
{
	(void)mcp;
	return "2025-11-25";
}

enum mcp_era
mcp_found(const struct mcp *mcp)
{
	(void)mcp;
	return MCP_LEGACY;
}

void
mcp_close(struct mcp *mcp)
{
	struct mcp **at = &clients;

	if (mcp == NULL)
		return;
	end_calls(mcp, NULL);
	while (*at != mcp)
		at = &(*at)->next;
	*at = mcp->next;
	free(mcp);
}

int
fake_mcp_opened(void)
{
	return opened;
}

int
fake_mcp_open_now(void)
{
	int count = 0;

	for (const struct mcp *mcp = clients; mcp != NULL; mcp = mcp->next)
		count++;
	return count;
}

struct mcp *
fake_mcp_newest(void)
{
	assert_non_null(clients);
	return clients;
}

struct mcp *
fake_mcp_called(const char *name)
{
	struct mcp *mcp = clients;

	while (mcp != NULL && strcmp(mcp->name, name) != 0)
		mcp = mcp->next;
	return mcp;
}

const char *
fake_mcp_value(const struct mcp *mcp, int n)
{
	return n < mcp->count ? mcp->values[n] : NULL;
}

const struct mcp_spec *
fake_mcp_spec(const struct mcp *mcp)
{
	return &mcp->spec;
}

void
fake_mcp_full(bool is_full)
{
	full = is_full;
}

void
fake_mcp_ready(struct mcp *mcp, const struct mcp_tool *tools, int count)
{
	mcp->spec.ready(mcp->spec.arg, tools, count);
}

void
fake_mcp_down(struct mcp *mcp, const char *why)
{
	mcp->dead = true;
	end_calls(mcp, &(struct mcp_result){ .is_error = true, .lost = true,
	    .json = "{\"error\":\"lost\"}" });
	mcp->spec.down(mcp->spec.arg, why);
}

struct mcp_call *
fake_mcp_call(int n)
{
	struct mcp_call *call = calls;

	while (call != NULL && n-- > 0)
		call = call->next;
	return call;
}

void
fake_mcp_answer(int n, const char *json, bool is_error)
{
	struct mcp_call *call = fake_mcp_call(n);

	assert_non_null(call);
	end_call(call, &(struct mcp_result){ .json = json,
	    .is_error = is_error });
}
