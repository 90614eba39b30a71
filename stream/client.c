/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/client.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/log.h"
#include "stream/answer.h"
#include "stream/interest.h"
#include "stream/note.h"
#include "stream/partial.h"
#include "stream/peer.h"
#include "stream/send.h"
#include "stream/server.h"

enum {
	OUT_MAX = 32 * 1024 * 1024,	/* bytes: a chunk and one event */
	LAST_ID_MAX = 32,		/* bytes */
};

void
clients_init(struct clients *clients)
{
	*clients = (struct clients){ .peer_fd = peer_open() };
	buf_init(&clients->out, OUT_MAX);
}

void
clients_free(struct clients *clients)
{
	if (clients->peer_fd >= 0)
		close(clients->peer_fd);
	buf_free(&clients->out);
}

void
client_ask_to_write(struct client *client)
{
	if (client->asked_ms == 0)
		client->asked_ms = clock_mono_ms();
	lws_callback_on_writable(client->wsi);
}

void
client_wake(struct reader *reader)
{
	struct client *client = lws_container_of(reader, struct client, reader);

	client->woken = client->clients->woken = true;
}

void
client_end(struct client *client)
{
	client->dropped = true;
	lws_set_timeout(client->wsi, PENDING_TIMEOUT_HTTP_CONTENT,
	    LWS_TO_KILL_ASYNC);
	/* Else it looks at that when somebody writes, or in half a minute. */
	lws_cancel_service(lws_get_context(client->wsi));
}

static void
drop(struct client *client, const char *why)
{
	log_info("listener_dropped", "why=\"%s\" since=%lld", why,
	    (long long)client->reader.cursor);
	client_end(client);
}

static bool
has_gone(const struct clients *clients, struct client *client, int64_t now)
{
	if (now - client->looked_ms < SERVER_BEAT_MS)
		return false;
	client->looked_ms = now;
	return peer_silent_ms(clients->peer_fd, &client->peer) >
	    SERVER_GONE_MS;
}

void
clients_sweep(struct clients *clients, int64_t now)
{
	struct client *client;

	for (client = clients->first; client != NULL; client = client->next) {
		if (client->dropped) {
			continue;
		} else if (now >= client->ends_ms) {
			drop(client, "it is to show again who it is");
		} else if (client->asked_ms > 0 &&
		    now - client->asked_ms > SERVER_STUCK_MS) {
			drop(client, "it does not read");
		} else if (client->heard_ms > 0 &&
		    now - client->heard_ms > SERVER_SILENT_MS) {
			drop(client, "it does not answer");
		} else if (has_gone(clients, client, now)) {
			drop(client, "it has gone");
		} else if (now - client->sign_ms >= SERVER_BEAT_MS) {
			client->beat = true;
			client->woken = clients->woken = true;
		}
	}
}

/* ---- coming and going */

static void
link_client(struct clients *clients, struct client *client, struct lws *wsi)
{
	client->wsi = wsi;
	client->next = clients->first;
	client->back = &clients->first;
	if (client->next != NULL)
		client->next->back = &client->next;
	clients->first = client;
	clients->count++;
	client->sign_ms = client->looked_ms = clock_mono_ms();
	client_ask_to_write(client);
	note_welcome(clients, client);
	if (client->partial)
		partial_tick(clients->partial);
}

static void
leave(struct clients *clients, struct client *client)
{
	if (client == NULL)
		return;
	if (client->wsi != NULL) {
		client->leaving = true;
		note_presence(clients, client);
	}
	feed_leave(clients->feed, &client->reader);
	buf_free(&client->notes);
	if (client->wsi == NULL)
		return;
	client->wsi = NULL;
	*client->back = client->next;
	if (client->next != NULL)
		client->next->back = client->back;
	clients->count--;
}

/*
 * nginx hands the query string over as a header: libwebsockets refuses some
 * that are well-formed, and hangs up on others.
 */
static int
read_query(struct lws *wsi, struct interest *interest, char why[DB_WHY_MAX])
{
	static const char name[] = "x-gatehouse-query:";
	int len = lws_hdr_custom_length(wsi, name, sizeof(name) - 1), rc;
	char *text;

	if (len <= 0)
		return OK;
	snprintf(why, DB_WHY_MAX, "%s", err_text(E_NOMEM));
	text = malloc((size_t)len + 1);
	if (text == NULL)
		return E_NOMEM;
	rc = lws_hdr_custom_copy(wsi, text, len + 1, name,
	    sizeof(name) - 1) < 0 ? E_NOMEM :
	    interest_query(interest, text, why);
	free(text);
	return rc;
}

static int
read_last_id(struct lws *wsi, struct interest *interest,
    char why[DB_WHY_MAX])
{
	static const char name[] = "last-event-id:";
	char text[LAST_ID_MAX];

	if (lws_hdr_custom_length(wsi, name, sizeof(name) - 1) <= 0)
		return OK;
	if (lws_hdr_custom_copy(wsi, text, sizeof(text), name,
		sizeof(name) - 1) < 0)
		text[0] = '-';		/* longer than any number */
	return interest_last_id(interest, text, why);
}

static void
read_peer(struct lws *wsi, struct peer *peer)
{
	static const char name[] = "x-gatehouse-peer:";
	char text[PEER_TEXT_MAX];

	if (lws_hdr_custom_copy(wsi, text, sizeof(text), name,
		sizeof(name) - 1) > 0)
		peer_read(peer, text);
}

/* A gate is looked at by who may see its session. */
static int
look_at(struct clients *clients, struct client *client,
    const struct interest *interest, char why[DB_WHY_MAX])
{
	struct rows rows;
	int rc;

	if (interest->looking == 0)
		return OK;
	rows = db_query(clients->access.db, Q_LIVE_GATE, "l",
	    interest->looking);
	if (rows_next(&rows))
		snprintf(client->gate_of, sizeof(client->gate_of), "%s",
		    rows_str(&rows, 0));
	rc = rows_end(&rows);
	if (rc == OK && (*client->gate_of == '\0' ||
		!feed_shows(clients->feed, &client->reader,
		    client->gate_of))) {
		snprintf(why, DB_WHY_MAX, "looking: no such gate here");
		return E_NOTFOUND;
	}
	client->looking = interest->looking;
	return rc;
}

/* Joins the feed as somebody, and asks for notes. */
static int
take_in(struct clients *clients, struct client *client,
    const struct interest *interest, const struct identity *who,
    char why[DB_WHY_MAX])
{
	int rc = feed_join(clients->feed, &client->reader, interest,
	    who->roles, why);

	send_woken(clients);	/* by what the feed found */
	client->clients = clients;
	client->partial = interest->partial;
	client->several = !interest->recent && interest->session_count != 1 &&
	    interest->kinds == NULL;
	client->ends_ms = clients->access.off ? INT64_MAX :
	    clock_mono_ms() + SERVER_LIFE_MS;
	snprintf(client->name, sizeof(client->name), "%s",
	    *who->name != '\0' ? who->name : "somebody");
	buf_init(&client->notes, NOTES_MAX);
	return rc == OK ? look_at(clients, client, interest, why) : rc;
}

static unsigned
status_of(int rc)
{
	switch (rc) {
	case OK:
		return 0;
	case E_INVALID:
		return 422;
	case E_DENIED:
		return 403;
	case E_NOTFOUND:
		return 404;
	default:
		return 503;
	}
}

/* Figures are about the listeners of all applications. */
static int
check_metrics(const struct identity *who, char why[DB_WHY_MAX])
{
	if (auth_may(who, ROLE_VIEWER, NULL))
		return OK;
	snprintf(why, DB_WHY_MAX, "this needs the role viewer everywhere");
	return E_DENIED;
}

/* Reads the request and joins the feed: 0, or a status and why not. */
static unsigned
join(struct clients *clients, struct lws *wsi, struct client *client,
    struct interest *interest, char why[DB_WHY_MAX])
{
	struct identity who;
	unsigned status = access_check(&clients->access, wsi, &who, why);
	int rc;

	if (status != 0)
		return status;
	read_peer(wsi, &client->peer);
	rc = read_query(wsi, interest, why);
	if (rc == OK)
		rc = read_last_id(wsi, interest, why);
	if (rc == OK)
		rc = interest->metrics ? check_metrics(&who, why) :
		    take_in(clients, client, interest, &who, why);
	return status_of(rc);
}

/* What the path is for: 0, or a status and why not. */
static unsigned
find_path(struct interest *interest, const char *path, bool websocket,
    char why[DB_WHY_MAX])
{
	int rc = interest_path(interest, path);
	bool other = rc == OK && interest->websocket != websocket;

	snprintf(why, DB_WHY_MAX, "%s", !other ? "no such path" : websocket ?
	    "no WebSocket is here, but at /api/v1/ws/sessions/{id}/events" :
	    "a WebSocket is here, and this does not ask for one as RFC 6455 "
	    "says: version 13, with a key");
	return status_of(other ? E_NOTFOUND : rc);
}

static bool
is_method(struct lws *wsi, enum lws_token_indexes uri)
{
	return lws_hdr_total_length(wsi, uri) > 0;
}

static int
answer(struct clients *clients, struct lws *wsi, struct client *client,
    const char *path)
{
	struct db *db = clients->access.db;
	struct interest interest;
	char why[DB_WHY_MAX];
	bool head = is_method(wsi, WSI_TOKEN_HEAD_URI);
	unsigned status = find_path(&interest, path, false, why);
	int rc = 0;

	if (status == 0 && is_method(wsi, WSI_TOKEN_OPTIONS_URI)) {
		rc = answer_options(wsi, db);
	} else if (status == 0 && !head && !is_method(wsi, WSI_TOKEN_GET_URI)) {
		rc = answer_refuse(wsi, db, 405, "method not allowed");
	} else {
		if (status == 0)
			status = join(clients, wsi, client, &interest, why);
		rc = status != 0 ? answer_refuse(wsi, db, status, why) :
		    interest.metrics ? answer_metrics(wsi, clients) :
		    answer_stream(wsi, db);
	}
	interest_free(&interest);
	if (rc != 0 || head)
		return -1;
	lws_http_mark_sse(wsi);
	link_client(clients, client, wsi);
	return 0;
}

/* Before the upgrade, so that the refusal is an answer of HTTP. */
static int
filter_websocket(struct clients *clients, struct lws *wsi,
    struct client *client)
{
	struct db *db = clients->access.db;
	struct interest interest;
	char path[256], why[DB_WHY_MAX];
	unsigned status;

	if (lws_hdr_copy(wsi, path, sizeof(path), WSI_TOKEN_GET_URI) <= 0)
		path[0] = '\0';
	status = find_path(&interest, path, true, why);
	if (status == 0 && !answer_same_site(wsi, db)) {
		snprintf(why, sizeof(why), "a page of another site, which no "
		    "application lists");
		status = 403;
	}
	if (status == 0)
		status = join(clients, wsi, client, &interest, why);
	interest_free(&interest);
	return status == 0 ? 0 : answer_refuse(wsi, db, status, why);
}

int
client_event(struct clients *clients, struct lws *wsi, int reason,
    struct client *client, const void *in)
{
	switch (reason) {
	case LWS_CALLBACK_HTTP:
		return answer(clients, wsi, client, in);
	case LWS_CALLBACK_HTTP_WRITEABLE:
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return send_waiting(clients, client);
	case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
		return filter_websocket(clients, wsi, client);
	case LWS_CALLBACK_ESTABLISHED:
		client->heard_ms = clock_mono_ms();
		link_client(clients, client, wsi);
		return 0;
	case LWS_CALLBACK_RECEIVE:
	case LWS_CALLBACK_RECEIVE_PONG:
		client->heard_ms = clock_mono_ms();
		return 0;
	case LWS_CALLBACK_CLOSED:
	case LWS_CALLBACK_CLOSED_HTTP:
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
	case LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL:
	case LWS_CALLBACK_WSI_DESTROY:
		leave(clients, client);
		return 0;
	default:
		return 0;
	}
}
