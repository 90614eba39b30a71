/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of one server: those that wait for it, and those that it has. */
#include "runner/tool_server_impl.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/json.h"
#include "runner/app.h"
#include "runner/tool_name.h"
#include "runner/world.h"

enum { FIRST_MS = 60000 };	/* a call's patience before the first start */

static void on_late(uv_timer_t *timer);

const char *
tool_server_reason(const struct tool_server *server)
{
	return server->reason != NULL ? server->reason : "it is starting";
}

void
tool_calls_init(struct tool_server *server)
{
	uv_timer_init(server->terms->loop, &server->own->queue);
	server->own->queue.data = server;
}

static void
send_out(struct served *served)
{
	struct tool_server_own *own = served->server->own;

	served->next = own->sent;
	if (own->sent != NULL)
		own->sent->prev = served;
	own->sent = served;
	own->sent_count++;
}

static void
take_back(struct served *served)
{
	struct tool_server_own *own = served->server->own;

	if (served->prev != NULL)
		served->prev->next = served->next;
	else
		own->sent = served->next;
	if (served->next != NULL)
		served->next->prev = served->prev;
	own->sent_count--;
}

/* The job has its outcome. */
static void
deliver(struct tool_server *server, struct job *job)
{
	server->calls--;
	job->handle = NULL;
	server->terms->done(server->terms->arg, job);
}

/* An error after which the tool may have run, so that the model knows. */
static void
take_lost(struct job *job, const char *json)
{
	struct json *error = json_parse(json, strlen(json), NULL);
	const char *why = json_string(json_get(error, "error"));

	job_fail(job, "%s; nobody knows whether the tool has run",
	    why != NULL ? why : "the call was lost");
	json_free(error);
}

static void
take_result(struct job *job, const struct mcp_result *result)
{
	if (result->lost) {
		take_lost(job, result->json);
		return;
	}
	job->is_error = result->is_error;
	job->result = strdup(result->json);
	if (job->result == NULL)
		job_fail(job, "out of memory");
}

static void
on_called(void *arg, const struct mcp_result *result)
{
	struct served *served = arg;
	struct tool_server *server = served->server;
	struct job *job = served->job;

	take_back(served);
	free(served);
	take_result(job, result);
	if (job->result != NULL && server->own->spec != NULL)
		server_spec_mask(server->own->spec, job->result);
	deliver(server, job);
	/* Not now: the client may be ending all calls before it goes down. */
	uv_timer_start(&server->own->queue, on_late, 0, 0);
}

/* Sends the call, or fails it. */
static void
send_call(struct served *served)
{
	struct tool_server *server = served->server;
	struct job *job = served->job;

	served->call = mcp_call(server->own->mcp,
	    tool_name_bare(job->tool->name), job->args, job->trace, on_called,
	    served);
	if (served->call != NULL) {
		send_out(served);
		return;
	}
	free(served);
	job_fail(job, "out of memory");
	deliver(server, job);
}

static int
patience_ms(const struct tool_server *server)
{
	const struct server_spec *spec = server->own->spec;

	if (spec == NULL)
		return FIRST_MS;
	return server->state == SERVER_AVAILABLE ? spec->mcp.call_max_ms :
	    spec->mcp.call_ms;
}

static bool
is_hopeless(const struct tool_server *server)
{
	return server->state == SERVER_UNAVAILABLE &&
	    (server->tries >= SERVER_TRIES || server->own->spec == NULL);
}

static void
give_up(struct served *served)
{
	struct tool_server *server = served->server;
	struct job *job = served->job;

	free(served);
	if (server->state == SERVER_AVAILABLE)
		job_fail(job, "server \"%s\" was busy for %d ms; the tool "
		    "was not run", server->name, patience_ms(server));
	else
		job_fail(job, "server \"%s\" is not available: %s; the tool "
		    "was not run", server->name, tool_server_reason(server));
	deliver(server, job);
}

/* It is of no use to wait any longer. */
static bool
is_late(const struct served *served)
{
	const struct tool_server *server = served->server;

	return is_hopeless(server) || clock_mono_ms() - served->since_ms >=
	    patience_ms(server);
}

static bool
may_send(const struct tool_server *server)
{
	/* It may be about to tell that it is down, as calls end with it. */
	return server->state == SERVER_AVAILABLE &&
	    mcp_takes_calls(server->own->mcp) &&
	    server->own->sent_count < server->own->spec->concurrency;
}

/* Ends the turn of the oldest that waits; false: it waits on. */
static bool
serve_first(struct tool_server *server)
{
	struct tool_server_own *own = server->own;
	struct served *served = own->first;

	if (served->job != NULL && !may_send(server) && !is_late(served))
		return false;
	own->first = served->next;
	if (own->first == NULL)
		own->last = NULL;
	served->next = NULL;
	if (served->job == NULL)
		free(served);
	else if (may_send(server))
		send_call(served);
	else
		give_up(served);
	return true;
}

/* Serves all that can be, and looks again when the next one gets late. */
void
tool_calls_go_on(struct tool_server *server)
{
	struct tool_server_own *own = server->own;
	int64_t left_ms;

	while (own->first != NULL && serve_first(server))
		;
	if (own->first == NULL) {
		uv_timer_stop(&own->queue);
		return;
	}
	left_ms = own->first->since_ms + patience_ms(server) -
	    clock_mono_ms();
	uv_timer_start(&own->queue, on_late,
	    left_ms > 0 ? (uint64_t)left_ms : 1, 0);
}

static void
on_late(uv_timer_t *timer)
{
	tool_calls_go_on(timer->data);
}

void
tool_server_call(struct tool_server *server, struct job *job)
{
	struct tool_server_own *own = server->own;
	struct served *served = calloc(1, sizeof(*served));

	server->calls++;
	if (served == NULL) {
		job_fail(job, "out of memory");
		deliver(server, job);
		return;
	}
	*served = (struct served){ .server = server, .job = job,
	    .since_ms = clock_mono_ms() };
	if (own->last != NULL)
		own->last->next = served;
	else
		own->first = served;
	own->last = served;
	job->handle = served;
	tool_calls_go_on(server);
}

void
tool_server_cancel(struct job *job)
{
	struct served *served = job->handle;

	if (served->call != NULL) {
		mcp_call_cancel(served->call);
		return;
	}
	served->job = NULL;
	job_fail(job, "cancelled; the tool was not run");
	deliver(served->server, job);
}

static void
free_served(struct served *served)
{
	struct served *next;

	for (; served != NULL; served = next) {
		next = served->next;
		if (served->job != NULL)
			served->job->handle = NULL;
		free(served);
	}
}

void
tool_calls_drop(struct tool_server *server)
{
	free_served(server->own->first);
	free_served(server->own->sent);
}
