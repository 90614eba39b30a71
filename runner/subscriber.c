/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/subscriber.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/log.h"

static void
on_closed(uv_handle_t *handle)
{
	struct subscriber *sub = handle->data;

	wish_free(&sub->wish);
	lines_free(&sub->lines);
	buf_free(&sub->sending);
	buf_free(&sub->queue);
	free(sub);
}

void
subscriber_drop(struct subscriber *sub)
{
	if (uv_is_closing((uv_handle_t *)&sub->pipe))
		return;
	sub->calls->gone(sub->arg, sub);
	uv_close((uv_handle_t *)&sub->pipe, on_closed);
}

static void write_queue(struct subscriber *sub);

static void
on_written(uv_write_t *write, int status)
{
	struct subscriber *sub = write->data;

	sub->busy = false;
	if (status == 0 && sub->queue.len > 0)
		write_queue(sub);
	else if (status != 0 || sub->leaving)
		subscriber_drop(sub);
}

/* What was queued is sent in one piece, while a new queue begins. */
static void
write_queue(struct subscriber *sub)
{
	struct buf sent = sub->sending;
	uv_buf_t bytes;

	sub->sending = sub->queue;
	sub->queue = sent;
	buf_reset(&sub->queue);
	bytes = uv_buf_init(sub->sending.data, (unsigned)sub->sending.len);
	sub->busy = true;
	sub->write.data = sub;
	if (uv_write(&sub->write, (uv_stream_t *)&sub->pipe, &bytes, 1,
		on_written) == 0)
		return;
	sub->busy = false;
	subscriber_drop(sub);
}

void
subscriber_send(struct subscriber *sub, const char *line, size_t len)
{
	if (sub->leaving || uv_is_closing((uv_handle_t *)&sub->pipe))
		return;
	if (buf_add(&sub->queue, line, len) != OK) {
		log_warn("subscriber_dropped", "why=\"%s\"",
		    sub->queue.rc == E_TOOBIG ? "it reads too slowly" :
		    err_text(sub->queue.rc));
		subscriber_drop(sub);
	} else if (!sub->busy) {
		write_queue(sub);
	}
}

void
subscriber_refuse(struct subscriber *sub, const char *why)
{
	struct buf line;

	buf_init(&line, 1024);
	buf_adds(&line, "{\"error\":");
	buf_add_json(&line, why, strlen(why));
	buf_adds(&line, "}\n");
	subscriber_send(sub, buf_str(&line), line.len);
	buf_free(&line);
	sub->leaving = true;
	uv_read_stop((uv_stream_t *)&sub->pipe);
	if (!sub->busy)
		subscriber_drop(sub);
}

static int
on_line(void *arg, const char *line, size_t len)
{
	static const char accepted[] = "{\"subscribed\":true}\n";
	struct subscriber *sub = arg;
	struct wish old = sub->wish, wish = { 0 };
	const char *why;

	if (wish_read(&wish, line, len, sub->key, &why) != OK) {
		subscriber_refuse(sub, why);
		return E_INVALID;
	}
	sub->wish = wish;
	subscriber_send(sub, accepted, strlen(accepted));
	if (!uv_is_closing((uv_handle_t *)&sub->pipe))
		sub->calls->wished(sub->arg, sub, &old);
	wish_free(&old);
	return uv_is_closing((uv_handle_t *)&sub->pipe) ? E_CONFLICT : OK;
}

static void
give_room(uv_handle_t *handle, size_t wanted, uv_buf_t *room)
{
	struct subscriber *sub = handle->data;

	(void)wanted;
	*room = uv_buf_init(sub->bytes, sizeof(sub->bytes));
}

static void
on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *bytes)
{
	struct subscriber *sub = stream->data;
	int rc;

	if (got < 0) {
		subscriber_drop(sub);
		return;
	}
	rc = lines_feed(&sub->lines, bytes->base, (size_t)got);
	if (rc == E_TOOBIG || rc == E_NOMEM)
		subscriber_refuse(sub, rc == E_TOOBIG ?
		    "the line is too long" : err_text(rc));
}

int
subscriber_accept(uv_stream_t *listener, const char *key,
    const struct subscriber_calls *calls, void *arg, struct subscriber **out)
{
	struct subscriber *sub = calloc(1, sizeof(*sub));

	*out = NULL;
	if (sub == NULL)
		return E_NOMEM;
	sub->calls = calls;
	sub->key = key;
	sub->arg = arg;
	lines_init(&sub->lines, WISH_LINE_MAX, on_line, sub);
	buf_init(&sub->sending, SUBSCRIBER_QUEUE_MAX);
	buf_init(&sub->queue, SUBSCRIBER_QUEUE_MAX);
	uv_pipe_init(listener->loop, &sub->pipe, 0);
	sub->pipe.data = sub;
	if (uv_accept(listener, (uv_stream_t *)&sub->pipe) != 0 ||
	    uv_read_start((uv_stream_t *)&sub->pipe, give_room, on_read) != 0) {
		uv_close((uv_handle_t *)&sub->pipe, on_closed);
		return E_IO;
	}
	*out = sub;
	return OK;
}
