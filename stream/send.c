/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/send.h"

#include <libwebsockets.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "stream/client.h"
#include "stream/server.h"

static bool
put_sse(void *arg, int64_t seq, const char *json, size_t len)
{
	struct buf *out = arg;

	if (out->len >= LWS_PRE + SERVER_CHUNK)
		return false;
	buf_addf(out, "id: %lld\ndata: ", (long long)seq);
	buf_add(out, json, len);
	return buf_adds(out, "\n\n") == OK;
}

static int
write_sse(struct clients *clients, struct client *client)
{
	struct buf *out = &clients->out;
	const char *at;
	size_t line;
	int rc;

	buf_reset(out);
	buf_addf(out, "%*s", LWS_PRE, "");
	if (!client->greeted)
		buf_adds(out, "retry: 2000\n\n");
	for (at = buf_str(&client->notes); *at != '\0'; at += line + 1) {
		line = strcspn(at, "\n");
		buf_addf(out, "data: %.*s\n\n", (int)line, at);
	}
	buf_free(&client->notes);
	rc = feed_take(clients->feed, &client->reader, put_sse, out);
	if (client->beat && out->len == LWS_PRE)
		buf_adds(out, ":\n\n");
	if (rc != OK || out->rc != OK)
		return rc != OK ? rc : out->rc;
	client->greeted = true;
	if (out->len == LWS_PRE)
		return OK;
	client->sign_ms = clock_mono_ms();
	return lws_write(client->wsi, (unsigned char *)out->data + LWS_PRE,
	    out->len - LWS_PRE, LWS_WRITE_HTTP) < 0 ? E_IO : OK;
}

struct writing {
	struct buf *out;
	struct client *client;
};

static bool
put_websocket(void *arg, int64_t seq, const char *json, size_t len)
{
	struct writing *writing = arg;
	struct buf *out = writing->out;

	(void)seq;
	if (lws_send_pipe_choked(writing->client->wsi))
		return false;
	buf_reset(out);
	buf_addf(out, "%*s", LWS_PRE, "");
	if (buf_add(out, json, len) != OK)
		return false;
	return lws_write(writing->client->wsi,
	    (unsigned char *)out->data + LWS_PRE, len, LWS_WRITE_TEXT) >= 0;
}

static int
write_websocket(struct clients *clients, struct client *client)
{
	struct writing writing = { &clients->out, client };
	unsigned char ping[LWS_PRE + 1] = { [LWS_PRE] = '?' };
	const char *at;
	size_t line;

	if (client->beat) {
		client->sign_ms = clock_mono_ms();
		/* The answer to an empty one is not told. */
		if (lws_write(client->wsi, ping + LWS_PRE, 1,
			LWS_WRITE_PING) < 0)
			return E_IO;
	}
	for (at = buf_str(&client->notes); *at != '\0'; at += line + 1) {
		line = strcspn(at, "\n");
		put_websocket(&writing, 0, at, line);
	}
	buf_free(&client->notes);
	client->greeted = true;
	return feed_take(clients->feed, &client->reader, put_websocket,
	    &writing);
}

int
send_waiting(struct clients *clients, struct client *client)
{
	int rc;

	if (client->wsi == NULL)
		return 0;
	if (client->dropped)
		return -1;
	client->asked_ms = 0;
	rc = client->heard_ms > 0 ? write_websocket(clients, client) :
	    write_sse(clients, client);
	client->beat = false;
	if (rc != OK)
		return -1;
	if (!client->reader.idle || lws_partial_buffered(client->wsi))
		client_ask_to_write(client);
	return 0;
}

/* A connection that takes what it gets is not asked whether it would. */
static void
send_one(struct clients *clients, struct client *client)
{
	client->woken = false;
	if (!client->greeted || client->asked_ms > 0 || client->dropped)
		client_ask_to_write(client);
	else if (send_waiting(clients, client) != 0)
		client_end(client);
}

void
send_woken(struct clients *clients)
{
	struct client *client = clients->first;

	if (!clients->woken)
		return;
	clients->woken = false;
	for (; client != NULL; client = client->next)
		if (client->woken)
			send_one(clients, client);
}
