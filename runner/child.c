/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/child.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "runner/spawn.h"

enum {
	KILL_AFTER_MS = 1000,	/* between TERM and KILL */
	DRAIN_MS = 200,		/* for output that a stray heir keeps open */
};

struct child {
	uv_poll_t exit_watch;
	uv_timer_t timer;
	uv_pipe_t out, err;
	struct child_result result;
	child_ended *ended;
	void *arg;
	pid_t pid;
	int pidfd;
	int open_handles;	/* until the child can be freed */
	int open_outputs;
	bool exited, terminated;
	char chunk[16384];
};

static void
on_closed(uv_handle_t *handle)
{
	struct child *child = handle->data;

	if (--child->open_handles > 0)
		return;
	buf_free(&child->result.out);
	buf_free(&child->result.err);
	free(child);
}

static void
close_handle(uv_handle_t *handle)
{
	if (!uv_is_closing(handle))
		uv_close(handle, on_closed);
}

/* Tells the end and lets go of everything. */
static void
finish(struct child *child)
{
	child->ended(child->arg, &child->result);
	if (child->pidfd >= 0)
		close(child->pidfd);
	close_handle((uv_handle_t *)&child->exit_watch);
	close_handle((uv_handle_t *)&child->timer);
	close_handle((uv_handle_t *)&child->out);
	close_handle((uv_handle_t *)&child->err);
}

static void
finish_if_over(struct child *child)
{
	if (child->exited && child->open_outputs == 0)
		finish(child);
}

static void
on_time(uv_timer_t *timer)
{
	struct child *child = timer->data;

	if (child->exited) {
		finish(child);
		return;
	}
	if (child->terminated) {
		kill(-child->pid, SIGKILL);
		return;
	}
	child->result.end = CHILD_TIMEOUT;
	child_cancel(child);
}

void
child_cancel(struct child *child)
{
	if (child->terminated || child->exited)
		return;
	if (child->result.end == CHILD_EXITED)
		child->result.end = CHILD_CANCELLED;
	child->terminated = true;
	kill(-child->pid, SIGTERM);
	uv_timer_start(&child->timer, on_time, KILL_AFTER_MS, 0);
}

static void
on_gone(uv_poll_t *watch, int status, int events)
{
	struct child *child = watch->data;
	int code = 0;

	(void)status;
	(void)events;
	/* Whoever it left behind, while its number is still its own. */
	kill(-child->pid, SIGKILL);
	if (waitpid(child->pid, &code, WNOHANG) != child->pid)
		return;
	uv_poll_stop(watch);
	child->exited = true;
	if (child->result.end == CHILD_EXITED && WIFSIGNALED(code))
		child->result.end = CHILD_KILLED;
	child->result.code = WIFSIGNALED(code) ? WTERMSIG(code) :
	    WEXITSTATUS(code);
	uv_timer_start(&child->timer, on_time, DRAIN_MS, 0);
	finish_if_over(child);
}

static void
on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *space)
{
	struct child *child = handle->data;

	(void)size;
	*space = uv_buf_init(child->chunk, sizeof(child->chunk));
}

static void
flood(struct child *child)
{
	if (child->result.end != CHILD_EXITED)
		return;
	child->result.end = CHILD_FLOOD;
	child_cancel(child);
}

static void
on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *space)
{
	struct child *child = stream->data;
	bool is_out = stream == (uv_stream_t *)&child->out;
	struct buf *to = is_out ? &child->result.out : &child->result.err;
	size_t room = to->max - to->len;

	if (count < 0) {
		uv_read_stop(stream);
		child->open_outputs--;
		finish_if_over(child);
		return;
	}
	if (is_out && (size_t)count > room)
		flood(child);
	buf_add(to, space->base, (size_t)count < room ? (size_t)count : room);
}

static int
set_up_handle(struct child *child, uv_pipe_t *pipe, uv_loop_t *loop, int fd)
{
	int rc;

	uv_pipe_init(loop, pipe, 0);
	pipe->data = child;
	child->open_handles++;
	rc = uv_pipe_open(pipe, fd);
	if (rc != 0)
		close(fd);
	return rc;
}

static void
watch(struct child *child, uv_loop_t *loop, const struct child_spec *spec,
    const struct spawned *it)
{
	child->pid = it->pid;
	child->pidfd = it->pidfd;
	uv_timer_init(loop, &child->timer);
	uv_poll_init(loop, &child->exit_watch, child->pidfd);
	child->timer.data = child->exit_watch.data = child;
	child->open_handles += 2;
	child->open_outputs = 2;
	set_up_handle(child, &child->out, loop, it->out);
	set_up_handle(child, &child->err, loop, it->err);
	uv_poll_start(&child->exit_watch, UV_READABLE, on_gone);
	uv_timer_start(&child->timer, on_time, (uint64_t)spec->timeout_ms, 0);
	uv_read_start((uv_stream_t *)&child->out, on_alloc, on_read);
	uv_read_start((uv_stream_t *)&child->err, on_alloc, on_read);
}

/* So that ended is always called from the loop. */
static void
on_not_started(uv_timer_t *timer)
{
	struct child *child = timer->data;

	child->ended(child->arg, &child->result);
	close_handle((uv_handle_t *)timer);
}

struct child *
child_start(uv_loop_t *loop, const struct child_spec *spec,
    child_ended *ended, void *arg)
{
	struct child *child = calloc(1, sizeof(*child));
	const struct spawn_spec terms = {
		.argv = spec->argv,
		.env = spec->env,
		.dir = spec->dir,
		.input = spec->input != NULL ? spec->input : "",
		.input_len = spec->input_len,
		.memory_max = spec->memory_max,
		.cpu_max_s = spec->timeout_ms / 1000 + 2,
		.sandbox = spec->sandbox,
	};
	struct spawned it;
	int error;

	if (child == NULL)
		return NULL;
	child->ended = ended;
	child->arg = arg;
	child->pidfd = -1;
	buf_init(&child->result.out, spec->output_max);
	buf_init(&child->result.err, CHILD_ERR_MAX);
	error = spawn(&terms, &it);
	if (error == 0) {
		watch(child, loop, spec, &it);
		return child;
	}
	child->result.end = CHILD_NOT_STARTED;
	child->result.code = error;
	child->result.failed = it.failed;
	child->exited = true;
	child->open_handles = 1;
	uv_timer_init(loop, &child->timer);
	child->timer.data = child;
	uv_timer_start(&child->timer, on_not_started, 0, 0);
	return child;
}
