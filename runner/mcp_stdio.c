/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that is spoken to over its stdin and stdout, a message a line.
 * The program may live longer than the client: closing takes its time.
 */
#include <config.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/lines.h"
#include "lib/log.h"
#include "runner/mcp_impl.h"
#include "runner/spawn.h"

enum {
	STEP_MS = 1000,		/* from stdin's end to TERM, and on to KILL */
	DRAIN_MS = 200,		/* between the end and that of the output */
	UNREAD_MAX = 64 * 1024 * 1024,	/* bytes that it leaves unread */
	WORDS_MAX = 256,	/* bytes of a line on stderr that are kept */
};

struct program {
	struct mcp *mcp;	/* NULL: it was closed */
	uv_pipe_t in, out, err;
	uv_poll_t exit_watch;
	uv_timer_t timer;
	int open_handles;	/* until it can be freed */
	pid_t pid;
	int pidfd;
	int status;		/* of wait, once exited */
	bool exited, out_ended, terminated;
	struct lines lines;
	char words[WORDS_MAX + 1];	/* the line of stderr so far */
	char last_words[WORDS_MAX + 1];	/* the last whole one */
	char chunk[65536];
};

struct parcel {
	uv_write_t write;
	char bytes[];
};

static struct program *
program(const struct mcp *mcp)
{
	return mcp->state;
}

/* ---- letting go ---- */

static void
on_closed(uv_handle_t *handle)
{
	struct program *p = handle->data;

	if (--p->open_handles > 0)
		return;
	lines_free(&p->lines);
	free(p);
}

static void
close_handle(uv_handle_t *handle)
{
	if (!uv_is_closing(handle))
		uv_close(handle, on_closed);
}

static void
let_go(struct program *p)
{
	close_handle((uv_handle_t *)&p->in);
	close_handle((uv_handle_t *)&p->out);
	close_handle((uv_handle_t *)&p->err);
	close_handle((uv_handle_t *)&p->exit_watch);
	close_handle((uv_handle_t *)&p->timer);
	if (p->pidfd >= 0)
		close(p->pidfd);
	p->pidfd = -1;
}

/* ---- its end ---- */

static void
tell_end(struct program *p)
{
	const char *said = p->last_words[0] != '\0' ? "; it said: " : "";

	if (p->mcp == NULL)
		return;
	if (!p->exited)
		mcp_down(p->mcp, "the program closed its output%s%s", said,
		    p->last_words);
	else if (WIFSIGNALED(p->status))
		mcp_down(p->mcp, "the program was killed by signal %d%s%s",
		    WTERMSIG(p->status), said, p->last_words);
	else
		mcp_down(p->mcp, "the program ended with exit code %d%s%s",
		    WEXITSTATUS(p->status), said, p->last_words);
}

static void
on_time(uv_timer_t *timer)
{
	struct program *p = timer->data;

	if (p->mcp != NULL) {
		tell_end(p);
	} else if (!p->exited) {
		kill(-p->pid, p->terminated ? SIGKILL : SIGTERM);
		p->terminated = true;
		uv_timer_start(timer, on_time, STEP_MS, 0);
	}
}

static void
on_gone(uv_poll_t *watch, int status, int events)
{
	struct program *p = watch->data;

	(void)status;
	(void)events;
	/* Whoever it left behind, while its number is still its own. */
	kill(-p->pid, SIGKILL);
	if (waitpid(p->pid, &p->status, WNOHANG) != p->pid)
		return;
	uv_poll_stop(watch);
	p->exited = true;
	if (p->mcp == NULL)
		let_go(p);
	else if (p->out_ended)
		tell_end(p);
	else
		uv_timer_start(&p->timer, on_time, DRAIN_MS, 0);
}

/* ---- what it says ---- */

static void
on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *space)
{
	struct program *p = handle->data;

	(void)size;
	*space = uv_buf_init(p->chunk, sizeof(p->chunk));
}

static int
on_line(void *arg, const char *line, size_t len)
{
	struct program *p = arg;
	int rc;

	if (p->mcp == NULL || len == 0)
		return OK;
	rc = mcp_take(p->mcp, line, len);
	if (rc == E_INVALID)
		log_debug("mcp_no_message", "server=%s line=\"%.*s\"",
		    p->mcp->spec.name, len < 200 ? (int)len : 200, line);
	return rc == E_NOMEM ? rc : OK;
}

static void
on_output(uv_stream_t *stream, ssize_t count, const uv_buf_t *space)
{
	struct program *p = stream->data;
	int rc = OK;

	if (count < 0) {
		uv_read_stop(stream);
		p->out_ended = true;
		if (p->exited)
			tell_end(p);
		else if (p->mcp != NULL)
			uv_timer_start(&p->timer, on_time, DRAIN_MS, 0);
	} else if (p->mcp != NULL) {
		rc = lines_feed(&p->lines, space->base, (size_t)count);
	}
	if (rc == OK || p->mcp == NULL)
		return;
	uv_read_stop(stream);
	if (rc == E_TOOBIG)
		mcp_down(p->mcp, "it sent a line of more than %zu bytes",
		    p->mcp->spec.message_max);
	else
		mcp_down(p->mcp, "%s", err_text(rc));
}

static void
end_words(struct program *p)
{
	if (p->words[0] == '\0')
		return;
	memcpy(p->last_words, p->words, sizeof(p->words));
	p->words[0] = '\0';
	if (p->mcp != NULL)
		log_debug("mcp_stderr", "server=%s text=\"%s\"",
		    p->mcp->spec.name, p->last_words);
}

static void
on_errors(uv_stream_t *stream, ssize_t count, const uv_buf_t *space)
{
	struct program *p = stream->data;
	size_t len = strlen(p->words);

	if (count < 0) {
		uv_read_stop(stream);
		end_words(p);
		return;
	}
	for (ssize_t i = 0; i < count; i++) {
		if (space->base[i] == '\n') {
			end_words(p);
			len = 0;
		} else if (len < WORDS_MAX && space->base[i] >= ' ') {
			p->words[len++] = space->base[i];
			p->words[len] = '\0';
		}
	}
}

/* ---- what it is told ---- */

static void
on_written(uv_write_t *write, int status)
{
	(void)status;	/* what it does not read it does not answer */
	free(write->data);
}

static int
put(struct program *p, const struct buf *text)
{
	struct parcel *parcel;
	uv_buf_t bytes;

	if (p == NULL || p->exited)
		return E_IO;
	if (uv_stream_get_write_queue_size((uv_stream_t *)&p->in) +
	    text->len > UNREAD_MAX)
		return E_LIMIT;
	parcel = malloc(sizeof(*parcel) + text->len + 1);
	if (parcel == NULL)
		return E_NOMEM;
	memcpy(parcel->bytes, text->data, text->len);
	parcel->bytes[text->len] = '\n';
	parcel->write.data = parcel;
	bytes = uv_buf_init(parcel->bytes, (unsigned)text->len + 1);
	if (uv_write(&parcel->write, (uv_stream_t *)&p->in, &bytes, 1,
		on_written) == 0)
		return OK;
	free(parcel);
	return E_IO;
}

static void
stdio_send(struct mcp_call *call, const struct buf *text)
{
	int rc = put(program(call->mcp), text);

	call->sent = rc == OK;
	if (rc != OK)
		mcp_fail(call, rc == E_LIMIT ? "the program does not read" :
		    "the program cannot be written to");
}

static void
stdio_tell(struct mcp *mcp, const struct buf *text,
    void (*told)(struct mcp *mcp))
{
	if (put(program(mcp), text) != OK)
		log_debug("mcp_not_told", "server=%s", mcp->spec.name);
	if (told != NULL)
		told(mcp);
}

/* ---- the transport ---- */

static void
set_up_pipe(struct program *p, uv_pipe_t *pipe, uv_loop_t *loop, int fd)
{
	uv_pipe_init(loop, pipe, 0);
	pipe->data = p;
	p->open_handles++;
	if (uv_pipe_open(pipe, fd) != 0)
		close(fd);
}

static void
watch(struct program *p, uv_loop_t *loop, const struct spawned *it)
{
	p->pid = it->pid;
	p->pidfd = it->pidfd;
	uv_timer_init(loop, &p->timer);
	uv_poll_init(loop, &p->exit_watch, p->pidfd);
	p->timer.data = p->exit_watch.data = p;
	p->open_handles = 2;
	set_up_pipe(p, &p->in, loop, it->in);
	set_up_pipe(p, &p->out, loop, it->out);
	set_up_pipe(p, &p->err, loop, it->err);
	uv_poll_start(&p->exit_watch, UV_READABLE, on_gone);
	uv_read_start((uv_stream_t *)&p->out, on_alloc, on_output);
	uv_read_start((uv_stream_t *)&p->err, on_alloc, on_errors);
}

static int
stdio_open(struct mcp *mcp)
{
	struct spawn_spec spec = {
		.argv = mcp->spec.argv,
		.env = mcp->spec.env,
		.dir = mcp->spec.dir,
		.memory_max = mcp->spec.memory_max,
		.sandbox = mcp->spec.sandbox,
	};
	struct program *p = calloc(1, sizeof(*p));
	struct spawned it;
	int error;

	if (p == NULL)
		return E_NOMEM;
	error = spawn(&spec, &it);
	if (error != 0) {
		mcp_down(mcp, "cannot start the program: %s: %s", it.failed,
		    strerror(error));
		free(p);
		return OK;
	}
	p->mcp = mcp;
	mcp->state = p;
	lines_init(&p->lines, mcp->spec.message_max, on_line, p);
	watch(p, mcp->loop, &it);
	return OK;
}

static void
stdio_close(struct mcp *mcp)
{
	struct program *p = program(mcp);

	if (p == NULL)
		return;
	p->mcp = NULL;
	mcp->state = NULL;
	if (p->exited) {
		let_go(p);
		return;
	}
	close_handle((uv_handle_t *)&p->in);
	uv_timer_start(&p->timer, on_time, STEP_MS, 0);
}

static void
stdio_drop(struct mcp_call *call)
{
	(void)call;	/* whatever still comes has no taker */
}

static void
stdio_listen(struct mcp *mcp)
{
	(void)mcp;	/* it always does */
}

static int64_t
stdio_due(const struct mcp *mcp)
{
	(void)mcp;
	return MCP_NEVER;
}

static void
stdio_step(struct mcp *mcp, int64_t now)
{
	(void)mcp;
	(void)now;
}

static void
stdio_free(struct mcp *mcp)
{
	(void)mcp;	/* it frees itself when the program is gone */
}

const struct mcp_transport mcp_stdio = {
	.open = stdio_open,
	.send = stdio_send,
	.tell = stdio_tell,
	.drop = stdio_drop,
	.listen = stdio_listen,
	.due = stdio_due,
	.step = stdio_step,
	.close = stdio_close,
	.free = stdio_free,
};
