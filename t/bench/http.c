/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "t/bench/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/err.h"

void
http_init(struct http *http, uint16_t port)
{
	*http = (struct http){
		.fd = -1,
		.port = port,
		.token = getenv("GATEHOUSE_TOKEN"),
	};
	buf_init(&http->out, HTTP_ANSWER_MAX);
	buf_init(&http->in, HTTP_ANSWER_MAX);
}

static void
disconnect(struct http *http)
{
	if (http->fd >= 0)
		close(http->fd);
	http->fd = -1;
}

void
http_close(struct http *http)
{
	disconnect(http);
	buf_free(&http->out);
	buf_free(&http->in);
}

static int
connect_loopback(struct http *http)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(http->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int on = 1;

	http->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	http->fresh = true;
	if (http->fd < 0)
		return E_IO;
	setsockopt(http->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(http->fd, (const struct sockaddr *)&address,
		sizeof(address)) == 0)
		return OK;
	disconnect(http);
	return E_IO;
}

static int
transmit(struct http *http)
{
	const struct buf *out = &http->out;
	size_t sent = 0;
	ssize_t n;

	while (sent < out->len) {
		n = send(http->fd, out->data + sent, out->len - sent,
		    MSG_NOSIGNAL);
		if (n < 0) {
			disconnect(http);
			return E_IO;
		}
		sent += (size_t)n;
	}
	return OK;
}

int
http_ask(struct http *http, const char *method, const char *path,
    const char *body)
{
	struct buf *out = &http->out;
	int rc = OK;

	buf_reset(out);
	buf_reset(&http->in);
	http->need = 0;
	buf_addf(out, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n", method, path);
	if (http->token != NULL)
		buf_addf(out, "Authorization: Bearer %s\r\n", http->token);
	if (body != NULL)
		buf_addf(out, "Content-Type: application/json\r\n"
		    "Content-Length: %zu\r\n", strlen(body));
	buf_addf(out, "\r\n%s", body != NULL ? body : "");
	if (out->rc != OK)
		return out->rc;
	if (http->fd < 0)
		rc = connect_loopback(http);
	return rc == OK ? transmit(http) : rc;
}

/* The value of a header of the head, or NULL; name starts a line. */
static const char *
header(const char *head, const char *name)
{
	const char *found = strcasestr(head, name);

	return found != NULL ? found + strlen(name) : NULL;
}

/* Reads the head, once it is there whole. */
static int
read_head(struct http *http)
{
	char *head = http->in.data, *end = strstr(head, "\r\n\r\n");
	const char *length;

	if (end == NULL)
		return E_AGAIN;
	*end = '\0';
	length = header(head, "\r\nContent-Length: ");
	http->last = header(head, "\r\nConnection: close") != NULL;
	*end = '\r';
	if (length == NULL)
		return E_INVALID;
	http->status = (int)strtol(head + strlen("HTTP/1.1 "), NULL, 10);
	http->head = (size_t)(end + 4 - head);
	http->need = http->head + strtoul(length, NULL, 10);
	return OK;
}

static int
take_answer(struct http *http)
{
	int rc = http->need == 0 ? read_head(http) : OK;

	if (rc != OK)
		return rc;
	if (http->in.len < http->need)
		return E_AGAIN;
	http->body = http->in.data + http->head;
	return OK;
}

static int
receive(struct http *http)
{
	char chunk[16384];
	ssize_t n;
	int rc;

	do {
		n = recv(http->fd, chunk, sizeof(chunk), MSG_DONTWAIT);
		if (n < 0)
			return errno == EAGAIN ? E_AGAIN : E_IO;
		if (n == 0)
			return E_IO;
		rc = buf_add(&http->in, chunk, (size_t)n);
		if (rc == OK)
			rc = take_answer(http);
	} while (rc == E_AGAIN);
	return rc;
}

int
http_read(struct http *http)
{
	int rc = receive(http);

	if (rc != E_AGAIN && (rc != OK || http->last))
		disconnect(http);
	return rc;
}
