/* SPDX-License-Identifier: Apache-2.0 */
/* What happened in a session, page by page, in either direction. */
#include "fcgi/handlers.h"
#include "fcgi/input.h"
#include "fcgi/reply.h"
#include "lib/err.h"
#include "sql/db.h"

/* One kind of history: rows of body, number, and is there an older one? */
static const struct history {
	const char *name;
	enum query since, before;
} histories[] = {
	{ "events", Q_SESSION_EVENTS, Q_SESSION_EVENTS_BEFORE },
	{ "messages", Q_SESSION_MESSAGES, Q_SESSION_MESSAGES_BEFORE },
};

struct place {
	int64_t since, before;	/* before: 0, not asked for */
	int limit;
};

static int
exists(struct db *db, const char *id)
{
	struct rows rows = db_query(db, Q_SESSION_STATE, "s", id);
	bool found = rows_next(&rows);
	int rc = rows_end(&rows);

	return rc == OK && !found ? E_NOTFOUND : rc;
}

static void
add_item(struct reply *reply, const struct rows *rows, int count)
{
	buf_adds(&reply->body, count > 0 ? "," : "");
	rows_add(rows, 0, &reply->body);
}

/* Appends at most limit items and where to go on. */
static int
append_since(struct reply *reply, struct db *db, const char *id,
    const struct history *history, const struct place *place)
{
	struct rows rows = db_query(db, history->since, "sli", id,
	    place->since, place->limit + 1);
	int64_t next = place->since;
	int count = 0;

	buf_addf(&reply->body, "{\"%s\":[", history->name);
	while (rows_next(&rows) && count++ < place->limit) {
		add_item(reply, &rows, count - 1);
		next = rows_int(&rows, 1);
	}
	buf_addf(&reply->body, "],\"next_since\":%lld,\"more\":%s}",
	    (long long)next, count > place->limit ? "true" : "false");
	return rows_end(&rows);
}

/* The same of what is older, the oldest first. */
static int
append_before(struct reply *reply, struct db *db, const char *id,
    const struct history *history, const struct place *place)
{
	struct rows rows = db_query(db, history->before, "sli", id,
	    place->before, place->limit);
	int64_t next = place->before;
	bool more = false;
	int count;

	buf_addf(&reply->body, "{\"%s\":[", history->name);
	for (count = 0; rows_next(&rows); count++) {
		add_item(reply, &rows, count);
		if (count > 0)
			continue;
		next = rows_int(&rows, 1);
		more = rows_int(&rows, 2) != 0;
	}
	buf_addf(&reply->body, "],\"next_before\":%lld,\"more\":%s}",
	    (long long)next, more ? "true" : "false");
	return rows_end(&rows);
}

static int
answer(const struct request *req, const struct history *history,
    const struct place *place, struct reply *reply)
{
	struct db *db = request_reader(req);
	int rc = exists(db, req->param[0]);

	if (rc == OK)
		rc = (place->before > 0 ? append_before : append_since)(reply,
		    db, req->param[0], history, place);
	return rc == OK ? 200 : reply_failure(reply, rc, "session not found");
}

static int
page(const struct request *req, const struct history *history,
    struct reply *reply)
{
	static const char *const names[] = {
		"since", "before", "limit", NULL
	};
	struct place place;
	struct input in;
	bool twice;
	int status;

	input_open(&in, req, 0);
	input_queries(&in, names);
	place.since = input_query_int(&in, "since", 0, 0, INT64_MAX);
	place.before = input_query_int(&in, "before", 0, 1, INT64_MAX);
	place.limit = (int)input_query_int(&in, "limit", 100, 1,
	    INPUT_PAGE_MAX);
	if (place.before > 0 && request_query(req, "since", &twice) != NULL)
		input_complain(&in, "before", "not together with since");
	status = input_failed(&in) ? input_refuse(&in, reply) :
	    answer(req, history, &place, reply);
	input_close(&in);
	return status;
}

int
session_events(const struct request *req, struct reply *reply)
{
	return page(req, &histories[0], reply);
}

int
session_messages(const struct request *req, struct reply *reply)
{
	return page(req, &histories[1], reply);
}
