/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/try.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/json.h"

enum {
	HEARD_MAX = 256 * 1024,	/* bytes of one line */
	KEY_SIZE = 33,		/* bytes, with a NUL */
	WELCOME_MS = 1000,	/* until the wish is granted */
};

static int
on_line(void *arg, const char *line, size_t len)
{
	struct try_ear *ear = arg;
	struct json *said = json_parse(line, len, NULL);
	const char *end = json_string(json_get(said, "end"));
	struct try_piece piece = {
		.run = (int64_t)json_number(json_get(said, "run"), 0),
		.reply = (int)json_number(json_get(said, "reply"), 0),
		.at = (size_t)json_number(json_get(said, "at"), 0),
		.text = json_string(json_get(said, "text")),
		.complete = end != NULL && strcmp(end, "complete") == 0,
	};

	if (piece.reply > 0 && (piece.text != NULL || end != NULL))
		ear->said(ear->arg, &piece);
	json_free(said);
	return OK;
}

/* Fills in the key that lies beside the socket; false: there is none. */
static bool
read_key(const char *socket_path, char key[KEY_SIZE])
{
	char path[128];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "%s-key", socket_path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, key, KEY_SIZE - 1);
	close(fd);
	key[len > 0 ? len : 0] = '\0';
	return len > 0;
}

/* Without an answer the runner may not know yet that somebody listens. */
static bool
is_welcome(const struct try_ear *ear, const char *key)
{
	struct pollfd fd = { .fd = ear->fd, .events = POLLIN };
	char wish[KEY_SIZE + 64];
	int len = snprintf(wish, sizeof(wish),
	    "{\"key\":\"%s\",\"sessions\":\"all\"}\n", key);

	return send(ear->fd, wish, (size_t)len, MSG_NOSIGNAL) == len &&
	    poll(&fd, 1, WELCOME_MS) == 1;
}

int
try_ear_open(struct try_ear *ear, const struct try_home *home)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char key[KEY_SIZE];

	ear->fd = -1;
	lines_init(&ear->lines, HEARD_MAX, on_line, ear);
	if (snprintf(address.sun_path, sizeof(address.sun_path),
		"%s-progress-runner", home->db) >=
	    (int)sizeof(address.sun_path))
		return E_TOOBIG;
	if (!read_key(address.sun_path, key))
		return E_NOTFOUND;
	ear->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (ear->fd >= 0 && connect(ear->fd, (struct sockaddr *)&address,
		sizeof(address)) == 0 && is_welcome(ear, key))
		return OK;
	try_ear_close(ear);
	return E_NOTFOUND;
}

void
try_ear_read(struct try_ear *ear)
{
	char bytes[16 * 1024];
	ssize_t got = -1;
	int rc = OK;

	while (rc == OK && ear->fd >= 0 && (got = recv(ear->fd, bytes,
		sizeof(bytes), MSG_DONTWAIT)) > 0)
		rc = lines_feed(&ear->lines, bytes, (size_t)got);
	/* Without an ear the rows still tell it all. */
	if (rc != OK || got == 0)
		try_ear_close(ear);
}

void
try_ear_close(struct try_ear *ear)
{
	if (ear->fd >= 0)
		close(ear->fd);
	ear->fd = -1;
	lines_free(&ear->lines);
}
