/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/session.h"

#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "sql/tx.h"

enum { DAY_SIZE = 9 };	/* YYYYMMDD */

struct app {
	int64_t id;
	char prefix[17];
	char entry[65];
	char name[65];
	int64_t next;		/* number of a session */
};

struct state {
	bool found;
	bool finished;
	bool deleted;
	int64_t version;
};

static int
finish(const struct tx *tx, struct session_ref *ref)
{
	memcpy(ref->why, tx->why, sizeof(ref->why));
	return tx->rc;
}

static void
check_room(struct tx *tx, int64_t running, int64_t cap)
{
	if (running >= cap)
		tx_fail(tx, E_LIMIT, "%lld sessions run already",
		    (long long)running);
}

/* Why there is no application of that name, or which one is meant. */
static void
refuse_app(struct tx *tx, const char *name)
{
	struct rows rows = tx_query(tx, Q_APP_NAMES, "");

	if (rows_next(&rows) && rows_int(&rows, 0) == 0)
		tx_fail(tx, E_INVALID, "app: none is loaded");
	else if (rows.rc == OK && name == NULL)
		tx_fail(tx, E_INVALID, "app: required, one of %s",
		    rows_str(&rows, 1));
	else
		tx_fail(tx, E_NOTFOUND, "app: no such application");
	rows_end(&rows);
}

static void
find_app(struct tx *tx, const char *name, const char *day, struct app *app)
{
	struct rows rows = tx_query(tx, Q_APP_CURRENT, "ss", name, day);
	bool found = rows_next(&rows);

	if (found) {
		app->id = rows_int(&rows, 0);
		snprintf(app->prefix, sizeof(app->prefix), "%s",
		    rows_str(&rows, 1));
		snprintf(app->entry, sizeof(app->entry), "%s",
		    rows_str(&rows, 2));
		snprintf(app->name, sizeof(app->name), "%s",
		    rows_str(&rows, 5));
		app->next = rows_int(&rows, 7);
		found = name != NULL || rows_int(&rows, 6) == 1;
		if (found)
			check_room(tx, rows_int(&rows, 4), rows_int(&rows, 3));
	}
	rows_end(&rows);
	if (!found)
		refuse_app(tx, name);
}

static void
write_day(int64_t now_ms, char day[DAY_SIZE])
{
	char at[ISO_SECONDS_SIZE];

	iso_seconds(now_ms, at);
	snprintf(day, DAY_SIZE, "%.4s%.2s%.2s", at, at + 5, at + 8);
}

/* What is to be started, and how it is called then. */
struct start {
	const struct session_new *new;
	struct session_ref *ref;
};

static void
start(struct tx *tx, void *arg)
{
	const struct session_new *new = ((struct start *)arg)->new;
	struct session_ref *ref = ((struct start *)arg)->ref;
	struct app app = { 0 };
	char day[DAY_SIZE];

	write_day(new->now_ms, day);
	find_app(tx, new->app, day, &app);
	snprintf(ref->id, SESSION_ID_MAX, "%s-%s-%03lld", app.prefix, day,
	    (long long)app.next);
	tx_run(tx, Q_SESSION_NUMBER, "ss", app.prefix, day);
	tx_run(tx, Q_SESSION_INSERT, "slssssslsss", ref->id, app.id,
	    new->query, new->environment, new->submitter, app.entry,
	    new->extra_fields, new->now_ms, new->origin, app.name,
	    new->traceparent);
}

int
session_create(struct db *db, const struct session_new *new,
    struct session_ref *ref)
{
	struct start what = { new, ref };
	struct tx tx = TX(db);

	tx_do(&tx, start, &what);
	return finish(&tx, ref);
}

static struct state
read_state(struct tx *tx, const char *id)
{
	struct rows rows = tx_query(tx, Q_SESSION_STATE, "s", id);
	struct state state = { 0 };

	if (rows_next(&rows)) {
		state.found = true;
		state.version = rows_int(&rows, 1);
		state.deleted = !rows_null(&rows, 2);
		state.finished = rows_int(&rows, 3) != 0;
	}
	rows_end(&rows);
	if (!state.found)
		tx_fail(tx, E_NOTFOUND, "session not found");
	return state;
}

int
session_stop(struct db *db, const char *actor, const char *origin,
    int64_t now_ms, struct session_ref *ref)
{
	struct tx tx = TX(db);

	while (tx_loop(&tx)) {
		if (read_state(&tx, ref->id).finished)
			continue;
		tx_run(&tx, Q_SESSION_MOVE, "ssssls", ref->id, "stopped",
		    "stop", actor, now_ms, origin);
	}
	return finish(&tx, ref);
}

static void
may_retry(struct tx *tx, const char *id, int *count)
{
	struct rows rows = tx_query(tx, Q_SESSION_RETRY_STATE, "s", id);

	if (!rows_next(&rows)) {
		tx_fail(tx, E_NOTFOUND, "session not found");
	} else if (!rows_null(&rows, 0)) {
		tx_fail(tx, E_CONFLICT, "%s", rows_str(&rows, 0));
	} else {
		check_room(tx, rows_int(&rows, 2), rows_int(&rows, 3));
		*count = (int)rows_int(&rows, 1) + 1;
	}
	rows_end(&rows);
}

int
session_retry(struct db *db, const char *actor, const char *origin,
    int64_t now_ms, struct session_ref *ref, int *count)
{
	struct tx tx = TX(db);

	while (tx_loop(&tx)) {
		may_retry(&tx, ref->id, count);
		tx_run(&tx, Q_SESSION_MOVE, "ssssls", ref->id, "in_progress",
		    "retry", actor, now_ms, origin);
	}
	return finish(&tx, ref);
}

static void
check_version(struct tx *tx, const struct state *state, int64_t version)
{
	if (version != 0 && version != state->version)
		tx_fail(tx, E_CONFLICT, "version: is %lld now",
		    (long long)state->version);
}

int
session_patch(struct db *db, const char *merge, int64_t version,
    const char *actor, const char *origin, int64_t now_ms,
    struct session_ref *ref)
{
	struct tx tx = TX(db);

	while (tx_loop(&tx)) {
		struct state state = read_state(&tx, ref->id);

		if (state.deleted)
			tx_fail(&tx, E_CONFLICT, "the session is deleted");
		check_version(&tx, &state, version);
		tx_run(&tx, Q_SESSION_PATCH, "ssl", ref->id, merge, now_ms);
		tx_run(&tx, Q_SESSION_PATCHED, "sssls", ref->id, merge, actor,
		    now_ms, origin);
	}
	return finish(&tx, ref);
}

int
session_delete(struct db *db, int64_t version, const char *actor,
    const char *origin, int64_t now_ms, struct session_ref *ref)
{
	struct tx tx = TX(db);

	while (tx_loop(&tx)) {
		struct state state = read_state(&tx, ref->id);

		if (state.deleted)
			continue;
		check_version(&tx, &state, version);
		tx_run(&tx, Q_SESSION_DELETE, "slss", ref->id, now_ms, actor,
		    origin);
	}
	return finish(&tx, ref);
}

int
session_undo_duplicate(struct db *db, const char *actor, const char *origin,
    const char *note, int64_t now_ms, struct session_ref *ref,
    char original[SESSION_ID_MAX])
{
	struct tx tx = TX(db);
	struct rows rows;

	while (tx_loop(&tx)) {
		read_state(&tx, ref->id);
		rows = tx_query(&tx, Q_RETRACTION_INSERT, "ssssl", ref->id,
		    actor, origin, note, now_ms);
		original[0] = '\0';
		if (rows_next(&rows))
			snprintf(original, SESSION_ID_MAX, "%s",
			    rows_str(&rows, 0));
		rows_end(&rows);
	}
	return finish(&tx, ref);
}
