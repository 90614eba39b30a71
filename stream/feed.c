/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/role.h"
#include "sql/session.h"
#include "stream/frame.h"
#include "stream/interest.h"

enum {
	BUCKETS = 4096,
	KINDS_MAX = 64,		/* bits of a reader's set */
	KIND_MAX = 48,		/* bytes of a kind's name */
	RECENT = 2048,		/* events in memory, */
	RECENT_BYTES = 8 * 1024 * 1024,	/* and bytes of them, at most */
	BATCH = 500,		/* events read from the table at once */
	FRAME_MAX = 16 * 1024 * 1024,
};

/* A new event, kept for the readers that are at the end. */
struct recent {
	int64_t seq;
	int kind;
	char session_id[SESSION_ID_MAX];
	char *json;
	size_t len;
};

struct feed {
	struct db *db;
	void (*wake)(struct reader *reader);
	int64_t head;			/* the newest event known */
	struct buf frame;		/* of a row on its way */
	char kinds[KINDS_MAX][KIND_MAX];
	int kind_count;
	struct follow *all;		/* readers of every session */
	struct follow *buckets[BUCKETS];
	struct recent ring[RECENT];	/* seq i somewhere in */
	int64_t first, next;		/* ring[first..next) by number */
	int64_t forgotten;		/* events up to it are not there */
	size_t bytes;
};

static struct follow **
bucket(struct feed *feed, const char *id)
{
	uint32_t hash = 2166136261u;	/* FNV-1a */

	for (; *id != '\0'; id++)
		hash = (hash ^ (unsigned char)*id) * 16777619u;
	return &feed->buckets[hash % BUCKETS];
}

static int
find_kind(const struct feed *feed, const char *name)
{
	for (int i = 0; i < feed->kind_count; i++)
		if (strcmp(feed->kinds[i], name) == 0)
			return i;
	return -1;
}

static int
read_kinds(struct feed *feed)
{
	struct rows rows = db_query(feed->db, Q_LIVE_KINDS, "");

	while (rows_next(&rows) && feed->kind_count < KINDS_MAX)
		snprintf(feed->kinds[feed->kind_count++], KIND_MAX, "%s",
		    rows_str(&rows, 0));
	return rows_end(&rows);
}

static int
read_head(struct feed *feed)
{
	struct rows rows = db_query(feed->db, Q_LIVE_HEAD, "");

	if (rows_next(&rows))
		feed->head = feed->forgotten = rows_int(&rows, 0);
	return rows_end(&rows);
}

int
feed_open(struct feed **out, struct db *db, void (*wake)(struct reader *))
{
	struct feed *feed = calloc(1, sizeof(*feed));
	int rc;

	*out = feed;
	if (feed == NULL)
		return E_NOMEM;
	feed->db = db;
	feed->wake = wake;
	buf_init(&feed->frame, FRAME_MAX);
	rc = read_kinds(feed);
	return rc == OK ? read_head(feed) : rc;
}

static void
forget_oldest(struct feed *feed)
{
	struct recent *oldest = &feed->ring[feed->first++ % RECENT];

	feed->forgotten = oldest->seq;
	feed->bytes -= oldest->len;
	free(oldest->json);
	oldest->json = NULL;
}

void
feed_close(struct feed *feed)
{
	if (feed == NULL)
		return;
	while (feed->first < feed->next)
		forget_oldest(feed);
	buf_free(&feed->frame);
	free(feed);
}

/* ---- what is new */

static bool
wants(const struct reader *reader, int kind)
{
	return kind < 0 || (reader->kinds >> kind & 1) != 0;
}

static void
wake_list(struct feed *feed, struct follow *follow,
    const struct recent *event)
{
	struct reader *reader;

	for (; follow != NULL; follow = follow->next) {
		reader = follow->reader;
		if (!reader->idle || event->seq <= reader->cursor ||
		    !wants(reader, event->kind) || (follow->id != NULL &&
			strcmp(follow->id, event->session_id) != 0))
			continue;
		reader->idle = false;
		reader->cursor = event->seq - 1;
		feed->wake(reader);
	}
}

static struct event
read_event(const struct rows *rows)
{
	return (struct event){
		.seq = rows_int(rows, 0),
		.session_id = rows_str(rows, 1),
		.kind = rows_str(rows, 2),
		.payload = rows_str(rows, 3),
		.ts = rows_int(rows, 4),
	};
}

/*
 * Keeps a new event. Without memory for it nothing is kept, and whoever is
 * woken reads the table.
 */
static struct recent *
remember(struct feed *feed, const struct event *event)
{
	struct recent *recent;

	buf_reset(&feed->frame);
	frame_add(&feed->frame, event);
	while (feed->first < feed->next &&
	    (feed->next - feed->first >= RECENT ||
		feed->bytes + feed->frame.len > RECENT_BYTES))
		forget_oldest(feed);
	recent = &feed->ring[feed->next % RECENT];
	recent->seq = event->seq;
	recent->kind = find_kind(feed, event->kind);
	snprintf(recent->session_id, sizeof(recent->session_id), "%s",
	    event->session_id);
	recent->len = feed->frame.len;
	recent->json = strdup(buf_str(&feed->frame));
	if (feed->frame.rc == OK && recent->json != NULL) {
		feed->bytes += recent->len;
		feed->next++;
		return recent;
	}
	free(recent->json);
	recent->json = NULL;
	while (feed->first < feed->next)
		forget_oldest(feed);
	feed->forgotten = event->seq;
	return recent;
}

bool
feed_poll(struct feed *feed)
{
	struct rows rows = db_query(feed->db, Q_LIVE_EVENTS, "li", feed->head,
	    BATCH);
	struct event event;
	struct recent *recent;
	int count = 0, rc;

	for (; rows_next(&rows); count++) {
		event = read_event(&rows);
		recent = remember(feed, &event);
		feed->head = event.seq;
		wake_list(feed, feed->all, recent);
		wake_list(feed, *bucket(feed, recent->session_id), recent);
	}
	rc = rows_end(&rows);
	if (rc != OK)
		log_warn("events_unreadable", "rc=%d why=\"%s\"", rc,
		    err_text(rc));
	return count == BATCH;
}

/* ---- readers */

/* The kinds that the cross-session stream is for. */
static const char recent_kinds[] = "session.created,session.status_changed,"
    "session.agent_running,session.deleted,gate_fired,gate_decided";

static int
read_wanted(const struct feed *feed, struct reader *reader, const char *list,
    char why[DB_WHY_MAX])
{
	char name[KIND_MAX];
	int kind;

	reader->kinds = list == NULL ? UINT64_MAX : 0;
	for (int i = 0; interest_item(list, i, name, sizeof(name));
	    i++) {
		kind = find_kind(feed, name);
		if (kind < 0) {
			snprintf(why, DB_WHY_MAX, "kinds: there is no kind "
			    "of event like item %d", i + 1);
			return E_INVALID;
		}
		reader->kinds |= UINT64_C(1) << kind;
	}
	return OK;
}

/* Does it belong to an application that the reader's person may see? */
static int
check_session(struct feed *feed, const struct reader *reader, const char *id)
{
	struct rows rows = db_query(feed->db, Q_SESSION_APP, "s", id);
	bool found = rows_next(&rows);
	bool seen = found && (reader->roles == NULL ||
	    (roles_in(reader->roles, rows_str(&rows, 0)) & ROLE_VIEWER) != 0);
	int rc = rows_end(&rows);

	if (rc != OK)
		return rc;
	return !found ? E_NOTFOUND : seen ? OK : E_DENIED;
}

static void
explain(int rc, char why[DB_WHY_MAX])
{
	snprintf(why, DB_WHY_MAX, "%s", rc == E_NOTFOUND ?
	    "session not found" : rc == E_DENIED ?
	    "this needs the role viewer" : err_text(rc));
}

static void
link_follow(struct follow **list, struct follow *follow)
{
	follow->next = *list;
	follow->back = list;
	if (follow->next != NULL)
		follow->next->back = &follow->next;
	*list = follow;
}

static int
follow_session(struct feed *feed, struct reader *reader, const char *id,
    struct buf *json, char why[DB_WHY_MAX])
{
	struct follow *follow = &reader->follows[reader->follow_count];
	int rc = check_session(feed, reader, id);

	if (rc != OK) {
		explain(rc, why);
		return rc;
	}
	follow->id = strdup(id);
	if (follow->id == NULL)
		return E_NOMEM;
	follow->reader = reader;
	link_follow(bucket(feed, id), follow);
	reader->follow_count++;
	buf_addc(json, json->len == 0 ? '[' : ',');
	return buf_add_json(json, id, strlen(id));
}

static int
follow_all(struct feed *feed, struct reader *reader)
{
	reader->follows = calloc(1, sizeof(*reader->follows));
	if (reader->follows == NULL)
		return E_NOMEM;
	reader->follows->reader = reader;
	link_follow(&feed->all, reader->follows);
	reader->follow_count = 1;
	return OK;
}

static int
follow_some(struct feed *feed, struct reader *reader,
    const struct interest *interest, char why[DB_WHY_MAX])
{
	char id[SESSION_ID_MAX];
	struct buf json;
	int rc = OK;

	reader->follows = calloc((size_t)interest->session_count,
	    sizeof(*reader->follows));
	if (reader->follows == NULL)
		return E_NOMEM;
	buf_init(&json, INTEREST_TEXT_MAX * 2);
	for (int i = 0; rc == OK && i < interest->session_count &&
	    interest_item(interest->sessions, i, id, sizeof(id)); i++)
		rc = follow_session(feed, reader, id, &json, why);
	if (rc == OK)
		rc = buf_addc(&json, ']');
	reader->sessions = json.data;
	return rc;
}

int
feed_join(struct feed *feed, struct reader *reader,
    const struct interest *interest, const char *roles,
    char why[DB_WHY_MAX])
{
	bool some = (roles_everywhere(roles) & ROLE_VIEWER) == 0;
	int rc;

	while (feed_poll(feed))
		;
	*reader = (struct reader){ .cursor = interest->since,
	    .roles = some ? strdup(roles) : NULL };
	explain(E_NOMEM, why);
	if (some && reader->roles == NULL)
		return E_NOMEM;
	rc = read_wanted(feed, reader, interest->kinds == NULL &&
	    interest->recent ? recent_kinds : interest->kinds, why);
	if (rc == OK && interest->sessions != NULL)
		rc = follow_some(feed, reader, interest, why);
	else if (rc == OK)
		rc = follow_all(feed, reader);
	if (rc != OK)
		feed_leave(feed, reader);
	return rc;
}

void
feed_leave(struct feed *feed, struct reader *reader)
{
	struct follow *follow;

	(void)feed;
	for (int i = 0; i < reader->follow_count; i++) {
		follow = &reader->follows[i];
		if (follow->back != NULL)
			*follow->back = follow->next;
		if (follow->next != NULL)
			follow->next->back = follow->back;
		free(follow->id);
	}
	free(reader->follows);
	free(reader->sessions);
	free(reader->roles);
	*reader = (struct reader){ 0 };
}

/* ---- what a reader gets */

/* Sessions that were asked for by name have been looked at before. */
bool
feed_shows(struct feed *feed, const struct reader *reader,
    const char *session_id)
{
	if (reader->sessions == NULL)
		return reader->roles == NULL ||
		    check_session(feed, reader, session_id) == OK;
	for (int i = 0; i < reader->follow_count; i++)
		if (strcmp(reader->follows[i].id, session_id) == 0)
			return true;
	return false;
}

static bool
at_end(const struct feed *feed, struct reader *reader)
{
	reader->idle = reader->cursor >= feed->head;
	return reader->idle;
}

/* The first kept event above seq, by number; the ring is in order. */
static int64_t
find_recent(const struct feed *feed, int64_t seq)
{
	int64_t low = feed->first, high = feed->next, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (feed->ring[middle % RECENT].seq <= seq)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
take_recent(struct feed *feed, struct reader *reader,
    bool (*put)(void *, int64_t, const char *, size_t), void *arg)
{
	int64_t i = find_recent(feed, reader->cursor);
	const struct recent *event;

	for (; i < feed->next; i++) {
		event = &feed->ring[i % RECENT];
		if (wants(reader, event->kind) &&
		    feed_shows(feed, reader, event->session_id) &&
		    !put(arg, event->seq, event->json, event->len))
			return;
		reader->cursor = event->seq;
	}
	at_end(feed, reader);
}

static struct rows
query(struct feed *feed, const struct reader *reader)
{
	if (reader->sessions == NULL)
		return db_query(feed->db, Q_LIVE_EVENTS, "li", reader->cursor,
		    BATCH);
	if (reader->follow_count == 1)
		return db_query(feed->db, Q_LIVE_SESSION_EVENTS, "lis",
		    reader->cursor, BATCH, reader->follows[0].id);
	return db_query(feed->db, Q_LIVE_SESSIONS_EVENTS, "lis",
	    reader->cursor, BATCH, reader->sessions);
}

/* Whatever is read here was committed, if later than feed_poll looked. */
static int
take_rows(struct feed *feed, struct reader *reader,
    bool (*put)(void *, int64_t, const char *, size_t), void *arg)
{
	struct rows rows = query(feed, reader);
	struct event event;
	int64_t head = feed->head;
	bool full = false;
	int count = 0;

	buf_reset(&feed->frame);
	for (; !full && rows_next(&rows); count++) {
		event = read_event(&rows);
		if (wants(reader, find_kind(feed, event.kind)) &&
		    feed_shows(feed, reader, event.session_id)) {
			buf_reset(&feed->frame);
			if (frame_add(&feed->frame, &event) != OK)
				break;
			full = !put(arg, event.seq, feed->frame.data,
			    feed->frame.len);
		}
		if (!full)
			reader->cursor = event.seq;
	}
	if (!full && count < BATCH && rows.rc == OK &&
	    feed->frame.rc == OK && reader->cursor < head)
		reader->cursor = head;
	if (!full && count < BATCH)
		at_end(feed, reader);
	count = rows_end(&rows);
	return count != OK ? count : feed->frame.rc;
}

int
feed_take(struct feed *feed, struct reader *reader,
    bool (*put)(void *, int64_t, const char *, size_t), void *arg)
{
	if (at_end(feed, reader))
		return OK;
	if (reader->cursor < feed->forgotten)
		return take_rows(feed, reader, put, arg);
	take_recent(feed, reader, put, arg);
	return OK;
}
