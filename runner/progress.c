/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/utf8.h"
#include "runner/subscriber.h"

/* A piece may be all control characters, six bytes each in JSON. */
enum {
	MESSAGE_MAX = 6 * PROGRESS_PIECE_MAX + 1024,
	BACKLOG = 16,
	AGAIN_MS = 1000,	/* until memory is asked for again */
	KEY_PATH_MAX = 128,	/* bytes: a socket's path and "-key" */
};

struct progress {
	uv_pipe_t listener;
	uv_timer_t again;
	int handles;		/* until the memory can go */
	struct subscriber *subscribers;
	int count;
	struct progress_reply *replies;
	struct buf line;
	char key[PROGRESS_KEY_SIZE];
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
};

static void
begin_line(struct progress *progress, const struct progress_reply *reply)
{
	struct buf *line = &progress->line;

	buf_reset(line);
	buf_adds(line, "{\"session\":");
	buf_add_json(line, reply->session_id, strlen(reply->session_id));
	buf_adds(line, ",\"agent\":");
	buf_add_json(line, reply->agent, strlen(reply->agent));
	buf_addf(line, ",\"run\":%lld,\"reply\":%d",
	    (long long)reply->run_id, reply->number);
}

/* One piece of what it has said, from at on; returns where it ends. */
static size_t
write_piece(struct progress *progress, const struct progress_reply *reply,
    size_t at)
{
	size_t len = utf8_cut(reply->text + at, reply->len - at,
	    PROGRESS_PIECE_MAX);

	begin_line(progress, reply);
	buf_addf(&progress->line, ",\"at\":%zu,\"text\":", at);
	buf_add_json(&progress->line, reply->text + at, len);
	buf_adds(&progress->line, ",\"final\":false}\n");
	return at + len;
}

/* Without memory a line is not sent: "at" shows the gap. */
static void
send_line(struct progress *progress, struct subscriber *sub)
{
	if (progress->line.rc == OK)
		subscriber_send(sub, buf_str(&progress->line),
		    progress->line.len);
}

static void
send_to_all(struct progress *progress, const struct progress_reply *reply)
{
	struct subscriber *sub = progress->subscribers, *next;

	for (; sub != NULL; sub = next) {
		next = sub->next;
		if (wish_has(&sub->wish, reply->session_id))
			send_line(progress, sub);
	}
}

static void
on_wished(void *arg, struct subscriber *sub, const struct wish *old)
{
	struct progress *progress = arg;
	struct progress_reply *reply;
	size_t room = PROGRESS_CATCH_UP_MAX;

	/* While nobody listened nobody kept count. */
	for (reply = progress->replies; reply != NULL; reply = reply->next)
		reply->shown = reply->len;
	for (reply = progress->replies; reply != NULL; reply = reply->next) {
		if (wish_has(old, reply->session_id) ||
		    !wish_has(&sub->wish, reply->session_id))
			continue;
		for (size_t at = 0, end; at < reply->len; at = end) {
			end = write_piece(progress, reply, at);
			if (end - at > room)
				return;
			room -= end - at;
			send_line(progress, sub);
		}
	}
}

static void
on_gone(void *arg, struct subscriber *sub)
{
	struct progress *progress = arg;

	if (sub->prev != NULL)
		sub->prev->next = sub->next;
	else
		progress->subscribers = sub->next;
	if (sub->next != NULL)
		sub->next->prev = sub->prev;
	progress->count--;
}

static void on_connection(uv_stream_t *listener, int status);

static void
on_again(uv_timer_t *timer)
{
	struct progress *progress = timer->data;

	on_connection((uv_stream_t *)&progress->listener, 0);
}

static void
on_connection(uv_stream_t *listener, int status)
{
	static const struct subscriber_calls calls = { on_wished, on_gone };
	struct progress *progress = listener->data;
	struct subscriber *sub;
	int rc;

	if (status != 0)
		return;
	rc = subscriber_accept(listener, progress->key, &calls, progress,
	    &sub);
	/* libuv says nothing of others while this one waits. */
	if (rc == E_NOMEM)
		uv_timer_start(&progress->again, on_again, AGAIN_MS, 0);
	if (rc != OK)
		return;
	sub->next = progress->subscribers;
	if (sub->next != NULL)
		sub->next->prev = sub;
	progress->subscribers = sub;
	if (++progress->count > PROGRESS_SUBSCRIBERS_MAX)
		subscriber_refuse(sub, "too many subscribers");
}

static void
on_closed(uv_handle_t *handle)
{
	struct progress *progress = handle->data;

	if (--progress->handles > 0)
		return;
	buf_free(&progress->line);
	free(progress);
}

static void
close_handles(struct progress *progress)
{
	uv_close((uv_handle_t *)&progress->again, on_closed);
	uv_close((uv_handle_t *)&progress->listener, on_closed);
}

static void
key_path(const struct progress *progress, char path[KEY_PATH_MAX])
{
	snprintf(path, KEY_PATH_MAX, "%s-key", progress->path);
}

/* Only who may read what lies beside the database can know it. */
static int
write_key(struct progress *progress)
{
	static const size_t len = PROGRESS_KEY_SIZE - 1;
	unsigned char bytes[PROGRESS_KEY_SIZE / 2];
	char path[KEY_PATH_MAX];
	bool written;
	int fd;

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return -errno;
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(progress->key + 2 * i, 3, "%02x", bytes[i]);
	key_path(progress, path);
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (fd < 0)
		return -errno;
	written = fchmod(fd, 0640) == 0 &&
	    write(fd, progress->key, len) == (ssize_t)len;
	close(fd);
	return written ? 0 : UV_EIO;
}

static int
start_listening(struct progress *progress)
{
	uv_stream_t *listener = (uv_stream_t *)&progress->listener;
	int status = write_key(progress);

	unlink(progress->path);
	if (status == 0)
		status = uv_pipe_bind(&progress->listener, progress->path);
	if (status == 0)
		status = chmod(progress->path, 0660) == 0 ? 0 : UV_EIO;
	if (status == 0)
		status = uv_listen(listener, BACKLOG, on_connection);
	if (status == 0)
		return OK;
	log_warn("no_progress", "path=%s why=\"%s\"", progress->path,
	    uv_strerror(status));
	return E_IO;
}

int
progress_open(struct progress **out, struct uv_loop_s *loop, const char *path)
{
	struct progress *progress;
	int rc;

	*out = NULL;
	if (strlen(path) >= sizeof(progress->path))
		return E_TOOBIG;
	progress = calloc(1, sizeof(*progress));
	if (progress == NULL)
		return E_NOMEM;
	memcpy(progress->path, path, strlen(path) + 1);
	buf_init(&progress->line, MESSAGE_MAX);
	uv_pipe_init(loop, &progress->listener, 0);
	uv_timer_init(loop, &progress->again);
	progress->handles = 2;
	progress->listener.data = progress->again.data = progress;
	rc = start_listening(progress);
	if (rc == OK)
		*out = progress;
	else
		close_handles(progress);
	return rc;
}

void
progress_close(struct progress *progress)
{
	char path[KEY_PATH_MAX];

	if (progress == NULL)
		return;
	key_path(progress, path);
	unlink(path);
	while (progress->subscribers != NULL)
		subscriber_drop(progress->subscribers);
	unlink(progress->path);
	close_handles(progress);
}

bool
progress_heard(const struct progress *progress)
{
	return progress != NULL && progress->subscribers != NULL;
}

void
progress_begin(struct progress_reply *reply, const char *session_id,
    const char *agent, int64_t run_id, int number)
{
	struct progress *progress = reply->progress;

	if (progress == NULL)
		return;
	*reply = (struct progress_reply){ .progress = progress,
	    .next = progress->replies, .text = "", .running = true,
	    .run_id = run_id, .number = number };
	snprintf(reply->session_id, sizeof(reply->session_id), "%s",
	    session_id);
	snprintf(reply->agent, sizeof(reply->agent), "%s", agent);
	if (reply->next != NULL)
		reply->next->prev = reply;
	progress->replies = reply;
}

void
progress_text(struct progress_reply *reply, const char *text, size_t len)
{
	if (!reply->running)
		return;
	reply->text = text;
	reply->len = len;
	if (!progress_heard(reply->progress))
		return;
	while (reply->shown < len) {
		reply->shown = write_piece(reply->progress, reply,
		    reply->shown);
		send_to_all(reply->progress, reply);
	}
}

void
progress_end(struct progress_reply *reply, bool complete)
{
	struct progress *progress = reply->progress;

	if (!reply->running)
		return;
	reply->running = false;
	if (reply->prev != NULL)
		reply->prev->next = reply->next;
	else
		progress->replies = reply->next;
	if (reply->next != NULL)
		reply->next->prev = reply->prev;
	if (!progress_heard(progress))
		return;
	begin_line(progress, reply);
	buf_addf(&progress->line, ",\"end\":\"%s\"}\n",
	    complete ? "complete" : "lost");
	send_to_all(progress, reply);
}
