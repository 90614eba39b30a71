/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/world_uv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/http.h"
#include "lib/landlock.h"
#include "lib/log.h"
#include "lib/utf8.h"
#include "runner/app.h"
#include "runner/command.h"
#include "runner/llm.h"
#include "runner/progress.h"
#include "runner/runner.h"
#include "runner/script.h"
#include "runner/tool_servers.h"
#include "sql/db.h"

enum { PIECES = 20 };	/* of a scripted reply that somebody listens to */

/* A scripted reply that is due later, and is said bit by bit until then. */
struct delay {
	uv_timer_t timer;
	struct world_uv *uv;
	struct job *job;
	struct progress_reply progress;
	uint64_t begun_ms, delay_ms;
};

static int64_t
now_ms(void *arg)
{
	(void)arg;
	return clock_ms();
}

static void
deliver(void *arg, struct job *job)
{
	struct world_uv *uv = arg;

	job->handle = NULL;
	runner_done(uv->runner, job);
	uv->wake(uv->wake_arg);
}

static void
on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void
end_delay(struct delay *delay)
{
	struct job *job = delay->job;

	progress_end(&delay->progress, job->reply.error == NULL);
	uv_close((uv_handle_t *)&delay->timer, on_closed);
	deliver(delay->uv, job);
}

static void
on_due(uv_timer_t *timer)
{
	struct delay *delay = timer->data;
	const char *text = delay->job->reply.content;
	uint64_t passed_ms = uv_now(delay->uv->loop) - delay->begun_ms;
	size_t len = text != NULL ? strlen(text) : 0;

	if (passed_ms >= delay->delay_ms)
		end_delay(delay);
	else if (len > 0)
		progress_text(&delay->progress, text, utf8_cut(text, len,
		    len * passed_ms / delay->delay_ms));
}

/* Said in pieces if anybody hears them; else one timer is enough. */
static void
deliver_later(struct world_uv *uv, struct job *job, uint64_t delay_ms)
{
	struct delay *delay = calloc(1, sizeof(*delay));
	uint64_t step_ms = delay_ms;

	if (delay == NULL) {
		deliver(uv, job);
		return;
	}
	delay->uv = uv;
	delay->job = job;
	delay->begun_ms = uv_now(uv->loop);
	delay->delay_ms = delay_ms;
	delay->progress.progress = uv->progress;
	progress_begin(&delay->progress, job->session_id, job->agent,
	    job->run_id, job->turn);
	if (progress_heard(uv->progress) && delay_ms > PIECES)
		step_ms = delay_ms / PIECES;
	uv_timer_init(uv->loop, &delay->timer);
	delay->timer.data = delay;
	job->handle = delay;
	uv_timer_start(&delay->timer, on_due, step_ms, step_ms);
}

static bool
is_scripted(const struct world_uv *uv, const struct job *job)
{
	struct rows rows = db_query(uv->db, Q_MODEL_KIND, "ls", job->app_id,
	    job->model);
	bool scripted = rows_next(&rows) &&
	    strcmp(rows_str(&rows, 0), "script") == 0;

	rows_end(&rows);
	return scripted;
}

static void
ask_script(struct world_uv *uv, struct job *job)
{
	job->scripted = is_scripted(uv, job);
	if (job->scripted)
		job->delay_ms = script_answer(uv->db, job);
}

/* A script is rows; not so what is said later, or must wait for servers. */
static bool
answer(void *arg, struct job *job)
{
	struct world_uv *uv = arg;

	if (!tool_servers_ready(uv->servers, job))
		return false;
	ask_script(uv, job);
	return job->scripted && job->delay_ms == 0;
}

static void
ask(void *arg, struct job *job)
{
	struct world_uv *uv = arg;

	if (!job->scripted)
		ask_script(uv, job);
	if (!job->scripted)
		llm_ask(uv->llm, job);
	else if (job->delay_ms > 0)
		deliver_later(uv, job, (uint64_t)job->delay_ms);
	else
		deliver(uv, job);
}

static void
perform(void *arg, struct job *job)
{
	struct world_uv *uv = arg;

	if (job->kind == JOB_MODEL) {
		if (!tool_servers_wait(uv->servers, job, ask))
			ask(uv, job);
	} else if (job->tool->server != NULL) {
		tool_servers_call(uv->servers, job);
	} else {
		command_run(uv->loop, job, &uv->box, deliver, uv);
	}
}

static void
cancel(void *arg, struct job *job)
{
	struct world_uv *uv = arg;

	if (job->handle == NULL)
		return;
	if (job->waits || (job->kind == JOB_TOOL && job->tool->server != NULL))
		tool_servers_cancel(uv->servers, job);
	else if (job->kind == JOB_TOOL)
		command_cancel(job);
	else if (job->scripted)
		end_delay(job->handle);
	else
		llm_cancel(job);
}

/* Said once at the start, and shown in GET /tools. */
static void
tell_sandbox(struct world_uv *uv)
{
	const char *why;

	snprintf(uv->sandbox, sizeof(uv->sandbox), "landlock");
	if (landlock_available(&why)) {
		log_info("sandbox", "programs=landlock");
		return;
	}
	snprintf(uv->sandbox, sizeof(uv->sandbox), "none: %s", why);
	log_warn("sandbox", "programs=none why=\"%s\"", why);
}

static void
on_heard(void *arg)
{
	struct world_uv *uv = arg;

	runner_hear(uv->runner);
	uv->wake(uv->wake_arg);
}

static void
on_changed(void *arg, int64_t app_id)
{
	struct world_uv *uv = arg;

	runner_forget(uv->runner, app_id);
}

static void
write_heard(void *arg)
{
	struct world_uv *uv = arg;

	tool_servers_write(uv->servers);
}

static bool
written(void *arg)
{
	struct world_uv *uv = arg;

	return tool_servers_written(uv->servers);
}

int
world_uv_open(struct world_uv *uv)
{
	struct tool_servers_terms terms = { .loop = uv->loop, .db = uv->db,
	    .runner = uv->name, .box = &uv->box, .heard = on_heard,
	    .changed = on_changed, .done = deliver, .arg = uv };

	tell_sandbox(uv);
	uv->llm = llm_open(uv->loop, uv->db, uv->progress, deliver, uv);
	terms.http = uv->http = http_open(uv->loop);
	if (uv->llm != NULL && uv->http != NULL)
		uv->servers = tool_servers_open(&terms);
	uv->world = (struct world){
		.arg = uv,
		.sandbox = uv->sandbox,
		.now_ms = now_ms,
		.answer = answer,
		.perform = perform,
		.cancel = cancel,
		.write = write_heard,
		.written = written,
	};
	return uv->servers != NULL ? OK : E_NOMEM;
}

void
world_uv_end(struct world_uv *uv)
{
	llm_close(uv->llm);
	uv->llm = NULL;
	tool_servers_close(uv->servers);
	uv->servers = NULL;
}

void
world_uv_close(struct world_uv *uv)
{
	world_uv_end(uv);
	http_close(uv->http);
	uv->http = NULL;
}
