/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/note.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "stream/client.h"

enum { NOTE_MAX = 48 * 1024 };

/* Appends a line to what waits for one; whole or not at all. */
static void
tell(struct client *client, const char *kind, const char *json, size_t len)
{
	size_t before = client->notes.len;

	buf_addf(&client->notes, "{\"kind\":\"%s\",\"payload\":", kind);
	buf_add(&client->notes, json, len);
	buf_adds(&client->notes, "}\n");
	if (client->notes.rc != OK) {
		buf_cut(&client->notes, before);
		return;
	}
	client_ask_to_write(client);
}

bool
note_partial_wanted(const struct clients *clients)
{
	const struct client *client = clients->first;

	while (client != NULL && !client->partial)
		client = client->next;
	return client != NULL;
}

void
note_partial(struct clients *clients, const char *session_id,
    const char *json, size_t len)
{
	struct client *client = clients->first;

	for (; client != NULL; client = client->next)
		if (client->partial && feed_shows(clients->feed,
			&client->reader, session_id))
			tell(client, "partial", json, len);
}

/* Each name once. */
static void
add_people(const struct clients *clients, int64_t gate,
    const struct client *gone, struct buf *out)
{
	const struct client *client, *other;

	for (client = clients->first; client != NULL; client = client->next) {
		if (client == gone || client->looking != gate)
			continue;
		for (other = client->next; other != NULL; other = other->next)
			if (other != gone && other->looking == gate &&
			    strcmp(other->name, client->name) == 0)
				break;
		if (other != NULL)
			continue;
		if (out->data[out->len - 1] != '[')
			buf_addc(out, ',');
		buf_add_json(out, client->name, strlen(client->name));
	}
}

void
note_presence(struct clients *clients, const struct client *who)
{
	struct client *client;
	struct buf out;

	if (who->looking == 0)
		return;
	buf_init(&out, NOTE_MAX);
	buf_addf(&out, "{\"gate_id\":\"g%lld\",\"people\":[",
	    (long long)who->looking);
	if (out.rc == OK)
		add_people(clients, who->looking,
		    who->leaving ? who : NULL, &out);
	buf_adds(&out, "]}");
	for (client = clients->first; out.rc == OK && client != NULL;
	    client = client->next)
		if (client->several && client != (who->leaving ? who : NULL) &&
		    feed_shows(clients->feed, &client->reader, who->gate_of))
			tell(client, "presence", out.data, out.len);
	buf_free(&out);
}

static void
tell_runner(const struct clients *clients, struct client *client)
{
	const char *json = clients->runner_lives ? "{\"running\":true}" :
	    "{\"running\":false}";

	if (client->several)
		tell(client, "runner", json, strlen(json));
}

void
note_runner(struct clients *clients, struct db *db, int64_t now_ms)
{
	struct rows rows = db_query(db, Q_LIVE_RUNNER, "l", now_ms);
	bool lives = rows_next(&rows);
	struct client *client = clients->first;

	if (rows_end(&rows) != OK || lives == clients->runner_lives)
		return;
	clients->runner_lives = lives;
	for (; client != NULL; client = client->next)
		tell_runner(clients, client);
}

void
note_welcome(struct clients *clients, struct client *client)
{
	tell_runner(clients, client);
	note_presence(clients, client);
}
