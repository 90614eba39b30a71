/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/tool_servers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/log.h"
#include "runner/app.h"
#include "runner/server_rows.h"
#include "runner/tool_server.h"
#include "runner/world.h"
#include "sql/db.h"

enum {
	LOOK_MS = 1000,		/* between looks for new versions */
	IDLE_MS = 60 * 1000,	/* of an old version's servers */
	RETRY_MS = 500,
	RETRY_MAX_MS = 60 * 1000,
};

struct member {
	struct tool_server *server;
	bool written, changed;		/* in this tick's group */
};

/* The servers of one version of an application; it may have none. */
struct pool {
	struct pool *next;
	int64_t app_id;
	struct member *members;
	int count;
	bool newest;
	bool over;			/* its rows are to be removed */
	int64_t used_ms;		/* monotonic */
};

/* A model that is asked when the servers of its agent told of their tools. */
struct waiting {
	struct waiting *next;
	struct job *job;
	void (*go)(void *arg, struct job *job);
};

struct tool_servers {
	struct tool_servers_terms terms;
	struct tool_server_terms each;
	struct pool *pools;
	struct waiting *waiting;
	uv_timer_t look;
	int64_t newest_id;		/* of all applications */
	bool fresh;			/* rows of a former life are there */
};

static void
on_changed(void *arg)
{
	struct tool_servers *servers = arg;

	servers->terms.heard(servers->terms.arg);
}

static void
on_done(void *arg, struct job *job)
{
	struct tool_servers *servers = arg;

	servers->terms.done(servers->terms.arg, job);
}

/* ---- pools */

static void
open_member(struct tool_servers *servers, struct pool *pool,
    const struct rows *rows)
{
	struct member *grown = realloc(pool->members,
	    (size_t)(pool->count + 1) * sizeof(*grown));
	struct server_row row = {
		.name = rows_str(rows, 0), .transport = rows_str(rows, 1),
		.config = rows_str(rows, 2), .dir = rows_str(rows, 3),
		.box = servers->terms.box,
	};

	if (grown != NULL) {
		pool->members = grown;
		grown[pool->count] = (struct member){ .server =
		    tool_server_open(&servers->each, &row) };
	}
	if (grown != NULL && grown[pool->count].server != NULL)
		pool->count++;
	else
		log_error("server_not_opened", "server=%s error=\"%s\"",
		    row.name, err_text(E_NOMEM));
}

static void
open_members(struct tool_servers *servers, struct pool *pool)
{
	struct rows rows = db_query(servers->terms.db, Q_SERVER_ROWS, "l",
	    pool->app_id);
	int rc;

	while (rows_next(&rows))
		open_member(servers, pool, &rows);
	rc = rows_end(&rows);
	if (rc != OK)
		log_error("servers_not_read", "app_id=%lld error=\"%s\"",
		    (long long)pool->app_id, err_text(rc));
	if (pool->count > 0)
		on_changed(servers);
}

static void
close_members(struct pool *pool)
{
	for (int i = 0; i < pool->count; i++)
		tool_server_close(pool->members[i].server);
	free(pool->members);
	pool->members = NULL;
	pool->count = 0;
}

static struct pool *
find_pool(const struct tool_servers *servers, int64_t app_id)
{
	struct pool *pool = servers->pools;

	while (pool != NULL && pool->app_id != app_id)
		pool = pool->next;
	return pool;
}

/* The pool of that version, running; NULL when out of memory. */
static struct pool *
use_pool(struct tool_servers *servers, int64_t app_id)
{
	struct pool *pool = find_pool(servers, app_id);

	if (pool != NULL && !pool->over) {
		pool->used_ms = clock_mono_ms();
		return pool;
	}
	if (pool == NULL) {
		pool = calloc(1, sizeof(*pool));
		if (pool == NULL)
			return NULL;
		pool->app_id = app_id;
		pool->next = servers->pools;
		servers->pools = pool;
	}
	pool->over = false;
	pool->used_ms = clock_mono_ms();
	open_members(servers, pool);
	return pool;
}

static bool
is_idle(const struct tool_servers *servers, const struct pool *pool)
{
	const struct waiting *waiting = servers->waiting;
	int calls = 0;

	for (; waiting != NULL; waiting = waiting->next)
		calls += waiting->job->app_id == pool->app_id;
	for (int i = 0; i < pool->count; i++)
		calls += pool->members[i].server->calls;
	return calls == 0 && !pool->newest && !pool->over &&
	    clock_mono_ms() - pool->used_ms >= servers->terms.idle_ms;
}

/* Nobody needs them any more, unless a session wakes up. */
static void
end_idle(struct tool_servers *servers)
{
	struct pool **at = &servers->pools, *pool;

	while ((pool = *at) != NULL) {
		if (!is_idle(servers, pool)) {
			at = &pool->next;
			continue;
		}
		if (pool->count == 0) {
			*at = pool->next;
			free(pool);
			continue;
		}
		log_info("servers_ended", "app_id=%lld why=\"a newer version "
		    "is loaded\"", (long long)pool->app_id);
		close_members(pool);
		pool->over = true;
		on_changed(servers);
	}
}

/* What is newest runs; what no longer is, until nobody needs it. */
static void
look(struct tool_servers *servers)
{
	struct rows rows = db_query(servers->terms.db, Q_SERVER_APPS, "l",
	    servers->newest_id);
	bool anew = false;
	struct pool *pool;

	while (rows_next(&rows)) {
		if (!anew)
			for (pool = servers->pools; pool != NULL;
			    pool = pool->next)
				pool->newest = false;
		anew = true;
		servers->newest_id = rows_int(&rows, 1);
		pool = use_pool(servers, rows_int(&rows, 0));
		if (pool != NULL)
			pool->newest = true;
	}
	rows_end(&rows);
	end_idle(servers);
}

static void
on_look(uv_timer_t *timer)
{
	struct tool_servers *servers = timer->data;

	if (servers->fresh)
		on_changed(servers);
	look(servers);
}

/* ---- jobs */

static struct tool_server *
find_server(const struct pool *pool, const char *name)
{
	for (int i = 0; i < pool->count; i++)
		if (strcmp(pool->members[i].server->name, name) == 0)
			return pool->members[i].server;
	return NULL;
}

void
tool_servers_call(struct tool_servers *servers, struct job *job)
{
	struct pool *pool = use_pool(servers, job->app_id);
	struct tool_server *server = NULL;

	job->waits = false;
	if (pool != NULL)
		server = find_server(pool, job->tool->server);
	if (server != NULL && job->tool->present) {
		tool_server_call(server, job);
		return;
	}
	if (server == NULL)
		job_fail(job, "server \"%s\" cannot be used; the tool was not "
		    "run", job->tool->server);
	else
		job_fail(job, "server \"%s\" has this tool no more",
		    job->tool->server);
	servers->terms.done(servers->terms.arg, job);
}

static bool
is_asked_by(const struct tool_servers *servers, const struct job *job,
    const char *server)
{
	struct rows rows = db_query(servers->terms.db, Q_SERVER_ASKED_BY,
	    "lss", job->app_id, job->agent, server);
	bool asked = rows_next(&rows);

	rows_end(&rows);
	return asked;
}

static bool
must_wait(const struct tool_servers *servers, const struct pool *pool,
    const struct job *job)
{
	for (int i = 0; pool != NULL && i < pool->count; i++) {
		const struct tool_server *server = pool->members[i].server;

		if ((!server->settled || server->tools_changed) &&
		    is_asked_by(servers, job, server->name))
			return true;
	}
	return false;
}

bool
tool_servers_ready(struct tool_servers *servers, const struct job *job)
{
	struct pool *pool = find_pool(servers, job->app_id);

	if (pool == NULL || pool->over || must_wait(servers, pool, job))
		return false;
	pool->used_ms = clock_mono_ms();
	return true;
}

bool
tool_servers_wait(struct tool_servers *servers, struct job *job,
    void (*go)(void *arg, struct job *job))
{
	struct waiting *waiting;

	if (!must_wait(servers, use_pool(servers, job->app_id), job))
		return false;
	waiting = calloc(1, sizeof(*waiting));
	if (waiting == NULL)
		return false;
	*waiting = (struct waiting){ .next = servers->waiting, .job = job,
	    .go = go };
	servers->waiting = waiting;
	job->waits = true;
	job->handle = waiting;
	return true;
}

/* The model is asked now, or never. */
static struct job *
end_wait(struct waiting **at)
{
	struct waiting *waiting = *at;
	struct job *job = waiting->job;

	*at = waiting->next;
	job->waits = false;
	job->handle = NULL;
	free(waiting);
	return job;
}

/* go may end in new waits: the list is looked at anew each time. */
static void
let_go(struct tool_servers *servers)
{
	struct waiting **at = &servers->waiting;

	while (*at != NULL) {
		void (*go)(void *arg, struct job *job) = (*at)->go;

		if (must_wait(servers, find_pool(servers, (*at)->job->app_id),
			(*at)->job)) {
			at = &(*at)->next;
			continue;
		}
		go(servers->terms.arg, end_wait(at));
		at = &servers->waiting;
	}
}

void
tool_servers_cancel(struct tool_servers *servers, struct job *job)
{
	struct waiting **at = &servers->waiting;

	if (!job->waits) {
		tool_server_cancel(job);
		return;
	}
	while ((*at)->job != job)
		at = &(*at)->next;
	end_wait(at);
	job->reply.fault = REPLY_HELD;
	job_fail(job, "cancelled");
	servers->terms.done(servers->terms.arg, job);
}

/* ---- rows */

void
tool_servers_write(struct tool_servers *servers)
{
	struct pool *pool;

	if (servers->fresh)
		server_rows_forget(servers->terms.db, servers->terms.runner,
		    0);
	for (pool = servers->pools; pool != NULL; pool = pool->next) {
		if (pool->over)
			server_rows_forget(servers->terms.db,
			    servers->terms.runner, pool->app_id);
		for (int i = 0; i < pool->count; i++) {
			struct member *member = &pool->members[i];

			if (!member->server->state_changed &&
			    !member->server->tools_changed)
				continue;
			member->written = server_rows_write(
			    servers->terms.db, pool->app_id,
			    servers->terms.runner, member->server,
			    &member->changed);
		}
	}
}

/* What was written is no news any more; true: nothing is left. */
static bool
settle_pool(struct tool_servers *servers, struct pool *pool)
{
	bool all = true, changed = false;

	for (int i = 0; i < pool->count; i++) {
		struct member *member = &pool->members[i];
		struct tool_server *server = member->server;

		if (member->written)
			server->state_changed = server->tools_changed = false;
		all &= !server->state_changed && !server->tools_changed;
		changed |= member->changed;
		member->written = member->changed = false;
	}
	if (changed)
		servers->terms.changed(servers->terms.arg, pool->app_id);
	return all;
}

bool
tool_servers_written(struct tool_servers *servers)
{
	struct pool **at = &servers->pools, *pool;
	bool all = true;

	servers->fresh = false;
	while ((pool = *at) != NULL) {
		all &= settle_pool(servers, pool);
		if (!pool->over) {
			at = &pool->next;
			continue;
		}
		*at = pool->next;
		free(pool);
	}
	let_go(servers);
	return all;
}

/* ---- all */

struct tool_servers *
tool_servers_open(const struct tool_servers_terms *terms)
{
	struct tool_servers *servers = calloc(1, sizeof(*servers));

	if (servers == NULL)
		return NULL;
	servers->terms = *terms;
	if (servers->terms.idle_ms == 0)
		servers->terms.idle_ms = IDLE_MS;
	servers->each = (struct tool_server_terms){
		.loop = terms->loop, .http = terms->http,
		.retry_ms = terms->retry_ms > 0 ? terms->retry_ms : RETRY_MS,
		.retry_max_ms = terms->retry_max_ms > 0 ?
		    terms->retry_max_ms : RETRY_MAX_MS,
		.changed = on_changed, .done = on_done, .arg = servers,
	};
	servers->fresh = true;
	uv_timer_init(terms->loop, &servers->look);
	servers->look.data = servers;
	uv_timer_start(&servers->look, on_look, 0, LOOK_MS);
	return servers;
}

static void
on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
tool_servers_close(struct tool_servers *servers)
{
	struct pool *pool;

	if (servers == NULL)
		return;
	while ((pool = servers->pools) != NULL) {
		servers->pools = pool->next;
		close_members(pool);
		free(pool);
	}
	while (servers->waiting != NULL)
		end_wait(&servers->waiting);
	server_rows_forget(servers->terms.db, servers->terms.runner, 0);
	uv_close((uv_handle_t *)&servers->look, on_closed);
}
