/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/partial.h"

#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "lib/err.h"
#include "lib/json.h"
#include "lib/lines.h"
#include "stream/client.h"
#include "stream/note.h"

enum { PATH_BYTES = 128, LINE_BYTES = 128 * 1024, KEY_BYTES = 64 };

struct link {
	struct partial *partial;	/* NULL: it is only waiting to close */
	uv_pipe_t pipe;
	uv_connect_t connect;
	uv_write_t write;
	struct lines lines;
	char path[PATH_BYTES];
	char wish[KEY_BYTES + 64];
	char bytes[8192];
};

struct partial {
	uv_loop_t *loop;
	struct clients *clients;
	char pattern[PATH_BYTES];
	struct link *links[PARTIAL_RUNNERS_MAX];
};

struct partial *
partial_open(struct uv_loop_s *loop, const char *db_path,
    struct clients *clients)
{
	struct partial *partial = calloc(1, sizeof(*partial));

	if (partial == NULL)
		return NULL;
	partial->loop = loop;
	partial->clients = clients;
	if (snprintf(partial->pattern, sizeof(partial->pattern),
		"%s-progress-*", db_path) >= (int)sizeof(partial->pattern))
		partial->pattern[0] = '\0';	/* too long for a socket */
	return partial;
}

static void
on_closed(uv_handle_t *handle)
{
	struct link *link = handle->data;

	lines_free(&link->lines);
	free(link);
}

static void
unlink_link(struct link *link)
{
	if (link->partial == NULL)
		return;
	for (int i = 0; i < PARTIAL_RUNNERS_MAX; i++)
		if (link->partial->links[i] == link)
			link->partial->links[i] = NULL;
	link->partial = NULL;
	uv_close((uv_handle_t *)&link->pipe, on_closed);
}

/* What is no piece of a reply ("subscribed") is for nobody. */
static int
on_line(void *arg, const char *line, size_t len)
{
	struct link *link = arg;
	struct json_error error;
	struct json *said = json_parse(line, len, &error);
	const char *session = json_string(json_get(said, "session"));

	if (session != NULL && link->partial != NULL)
		note_partial(link->partial->clients, session, line, len);
	json_free(said);
	return OK;
}

static void
on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
	struct link *link = handle->data;

	(void)size;
	*buf = uv_buf_init(link->bytes, sizeof(link->bytes));
}

static void
on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
	struct link *link = stream->data;

	if (count < 0 ||
	    lines_feed(&link->lines, buf->base, (size_t)count) != OK)
		unlink_link(link);
}

/* What the runner wants to hear first; false: its key cannot be read. */
static bool
write_wish(struct link *link)
{
	char key[KEY_BYTES];
	FILE *file;
	bool read;

	snprintf(link->bytes, sizeof(link->bytes), "%s-key", link->path);
	file = fopen(link->bytes, "re");
	if (file == NULL)
		return false;
	read = fscanf(file, "%63[0-9a-f]", key) == 1;
	fclose(file);
	snprintf(link->wish, sizeof(link->wish),
	    "{\"key\":\"%s\",\"sessions\":\"all\"}\n", read ? key : "");
	return read;
}

static void
on_connected(uv_connect_t *connect, int status)
{
	struct link *link = connect->data;
	uv_buf_t buf;

	if (link->partial == NULL)
		return;
	if (status != 0 || !write_wish(link)) {
		unlink_link(link);
		return;
	}
	buf = uv_buf_init(link->wish, (unsigned)strlen(link->wish));
	if (uv_write(&link->write, (uv_stream_t *)&link->pipe, &buf, 1,
		NULL) != 0 || uv_read_start((uv_stream_t *)&link->pipe,
		on_alloc, on_read) != 0)
		unlink_link(link);
}

/* The key stands beside the socket. */
static bool
is_key(const char *path)
{
	size_t len = strlen(path);

	return len > 4 && strcmp(path + len - 4, "-key") == 0;
}

static void
connect_to(struct partial *partial, const char *path)
{
	struct link *link, **place = NULL;

	for (int i = 0; i < PARTIAL_RUNNERS_MAX; i++) {
		if (partial->links[i] == NULL)
			place = &partial->links[i];
		else if (strcmp(partial->links[i]->path, path) == 0)
			return;
	}
	if (place == NULL || strlen(path) >= PATH_BYTES || is_key(path))
		return;
	link = calloc(1, sizeof(*link));
	if (link == NULL)
		return;
	*place = link;
	link->partial = partial;
	snprintf(link->path, sizeof(link->path), "%s", path);
	lines_init(&link->lines, LINE_BYTES, on_line, link);
	uv_pipe_init(partial->loop, &link->pipe, 0);
	link->pipe.data = link->connect.data = link;
	uv_pipe_connect(&link->connect, &link->pipe, path, on_connected);
}

static void
let_go(struct partial *partial)
{
	for (int i = 0; i < PARTIAL_RUNNERS_MAX; i++)
		if (partial->links[i] != NULL)
			unlink_link(partial->links[i]);
}

void
partial_tick(struct partial *partial)
{
	glob_t found;

	if (!note_partial_wanted(partial->clients)) {
		let_go(partial);
		return;
	}
	if (glob(partial->pattern, GLOB_NOSORT, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		connect_to(partial, found.gl_pathv[i]);
	globfree(&found);
}

void
partial_close(struct partial *partial)
{
	if (partial == NULL)
		return;
	let_go(partial);
	free(partial);
}
