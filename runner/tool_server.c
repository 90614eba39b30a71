/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/tool_server_impl.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/utf8.h"

enum {
	STABLE_MS = 10000,	/* available so long, it was no failed try */
	REASON_MAX = 512,	/* bytes, in rows and in results */
};

static void start(struct tool_server *server);

const char *
tool_server_state_name(enum tool_server_state state)
{
	static const char *const names[] = {
		[SERVER_STARTING] = "starting",
		[SERVER_AVAILABLE] = "available",
		[SERVER_UNAVAILABLE] = "unavailable",
	};

	return names[state];
}

static void
set_state(struct tool_server *server, enum tool_server_state state,
    const char *reason)
{
	char *copy = NULL;

	if (reason != NULL)
		copy = strdup(reason);
	if (copy != NULL && server->own->spec != NULL)
		server_spec_mask(server->own->spec, copy);
	if (copy != NULL)
		copy[utf8_cut(copy, strlen(copy), REASON_MAX)] = '\0';
	if (state != server->state)
		server->since_ms = clock_ms();
	free(server->reason);
	server->reason = copy;
	server->state = state;
	server->settled = state != SERVER_STARTING;
	server->state_changed = true;
}

static void
on_left_out(void *arg, const char *name, const char *why)
{
	const struct tool_server *server = arg;

	log_warn("tool_left_out", "server=%s tool=\"%s\" why=\"%s\"",
	    server->name, name, why);
}

static void
on_ready(void *arg, const struct mcp_tool *tools, int count)
{
	struct tool_server *server = arg;
	struct tool_server_own *own = server->own;

	if (server_tools_take(&server->tools, own->spec, tools, count) != OK) {
		log_error("tools_not_taken", "server=%s error=\"%s\"",
		    server->name, err_text(E_NOMEM));
		return;
	}
	server->tools_changed = true;
	server->protocol = mcp_version(own->mcp);
	if (server->state != SERVER_AVAILABLE) {
		own->up_ms = clock_mono_ms();
		set_state(server, SERVER_AVAILABLE, NULL);
	}
	log_info("server_available", "server=%s protocol=%s tools=%d",
	    server->name, server->protocol != NULL ? server->protocol : "-",
	    server->tools.count);
	server->terms->changed(server->terms->arg);
	tool_calls_go_on(server);
}

static void
on_retry(uv_timer_t *timer)
{
	start(timer->data);
}

/* Half as long to one and a half times: servers do not come in step. */
static uint64_t
retry_ms(const struct tool_server *server)
{
	int64_t ms = server->terms->retry_ms;
	uint32_t random = 0;

	for (int i = 1; i < server->tries && ms < server->terms->retry_max_ms;
	    i++)
		ms *= 2;
	if (ms > server->terms->retry_max_ms)
		ms = server->terms->retry_max_ms;
	uv_random(NULL, NULL, &random, sizeof(random), 0, NULL);
	return (uint64_t)(ms / 2 + random % (ms + 1));
}

static void
on_down(void *arg, const char *why)
{
	struct tool_server *server = arg;
	struct tool_server_own *own = server->own;
	uint64_t wait_ms;

	if (server->state == SERVER_AVAILABLE &&
	    clock_mono_ms() - own->up_ms >= STABLE_MS)
		server->tries = 0;
	server->tries++;
	server->protocol = NULL;
	set_state(server, SERVER_UNAVAILABLE, why);
	mcp_close(own->mcp);
	own->mcp = NULL;
	wait_ms = retry_ms(server);
	uv_timer_start(&own->retry, on_retry, wait_ms, 0);
	log_warn("server_unavailable", "server=%s tries=%d again_ms=%lld "
	    "why=\"%s\"", server->name, server->tries,
	    (long long)wait_ms, tool_server_reason(server));
	server->terms->changed(server->terms->arg);
	tool_calls_go_on(server);
}

/* Secrets are read at each start: they may have come since. */
static void
start(struct tool_server *server)
{
	struct tool_server_own *own = server->own;
	struct buf why;

	buf_init(&why, SERVER_WHY_MAX);
	server_spec_close(own->spec);
	if (server_spec_open(&own->spec, &own->row, &why) == OK) {
		own->spec->mcp.ready = on_ready;
		own->spec->mcp.down = on_down;
		own->spec->mcp.arg = server;
		own->mcp = mcp_open(server->terms->loop, server->terms->http,
		    &own->spec->mcp);
	}
	if (own->mcp == NULL)
		on_down(server, why.len > 0 ? buf_str(&why) :
		    err_text(E_NOMEM));
	buf_free(&why);
}

static void
on_start(uv_timer_t *timer)
{
	start(timer->data);
}

static void
free_server(struct tool_server *server)
{
	struct tool_server_own *own = server->own;

	server_spec_close(own->spec);
	server_tools_free(&server->tools);
	free(own->transport);
	free(own->config);
	free(own->dir);
	free(own);
	free(server->reason);
	free(server->name);
	free(server);
}

static bool
copy_row(struct tool_server *server, const struct server_row *row)
{
	struct tool_server_own *own = server->own;

	server->name = strdup(row->name);
	own->transport = strdup(row->transport);
	own->config = strdup(row->config);
	own->dir = strdup(row->dir);
	own->row = (struct server_row){ .name = server->name,
	    .transport = own->transport, .config = own->config,
	    .dir = own->dir, .box = row->box };
	return server->name != NULL && own->transport != NULL &&
	    own->config != NULL && own->dir != NULL;
}

struct tool_server *
tool_server_open(const struct tool_server_terms *terms,
    const struct server_row *row)
{
	struct tool_server *server = calloc(1, sizeof(*server));
	struct tool_server_own *own = calloc(1, sizeof(*own));

	if (server == NULL || own == NULL) {
		free(server);
		free(own);
		return NULL;
	}
	server->terms = terms;
	server->own = own;
	server->tools.left_out = on_left_out;
	server->tools.arg = server;
	server->since_ms = clock_ms();
	server->state_changed = true;
	if (!copy_row(server, row)) {
		free_server(server);
		return NULL;
	}
	uv_timer_init(terms->loop, &own->retry);
	tool_calls_init(server);
	own->retry.data = server;
	/* From the loop, so that nothing is called back before this ends. */
	uv_timer_start(&own->retry, on_start, 0, 0);
	return server;
}

static void
on_timer_closed(uv_handle_t *handle)
{
	struct tool_server *server = handle->data;

	if (--server->own->closing == 0)
		free_server(server);
}

void
tool_server_close(struct tool_server *server)
{
	struct tool_server_own *own;

	if (server == NULL)
		return;
	own = server->own;
	mcp_close(own->mcp);
	own->mcp = NULL;
	tool_calls_drop(server);
	own->closing = 2;
	uv_close((uv_handle_t *)&own->retry, on_timer_closed);
	uv_close((uv_handle_t *)&own->queue, on_timer_closed);
}
