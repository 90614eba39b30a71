/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The committed events, for many readers. A reader is a position in the table
 * and nothing more: no queue, so that a slow one costs no memory. Readers at
 * the end are woken by what is new and get it from a short memory of the
 * newest events; others read the table, a batch at a time.
 *
 *	rc = feed_open(&feed, db, on_wake);
 *	rc = feed_join(feed, &reader, &interest, why);
 *	...
 *	feed_poll(feed);		-- after a hint, and now and then
 *	-- on_wake(&reader): it may write
 *	feed_take(feed, &reader, put, arg);
 *	...
 *	feed_leave(feed, &reader);
 *	feed_close(feed);
 */
#ifndef STREAM_FEED_H
#define STREAM_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "sql/db.h"

struct feed;
struct reader;
struct interest;

/* One session that a reader follows. */
struct follow {
	struct reader *reader;
	struct follow *next, **back;	/* in its bucket */
	char *id;
};

struct reader {
	int64_t cursor;		/* everything up to it was taken */
	bool idle;		/* there was nothing more: wake it */
	uint64_t kinds;		/* set of the feed's kinds */
	char *sessions;		/* JSON array, or NULL: all */
	char *roles;		/* of who sees some applications only */
	int follow_count;
	struct follow *follows;	/* follow_count, or one in the list of all */
};

/* feed_open starts at the newest event. OK; E_NOMEM, and as db.h. */
int feed_open(struct feed **feed, struct db *db,
	void (*wake)(struct reader *reader));

/* feed_close accepts NULL; the readers have left. */
void feed_close(struct feed *feed);

/*
 * feed_join takes a reader in, for somebody with these roles (lib/role.h; a
 * viewer of every application, or of some). It is awake, and what was
 * committed until now is there for it. E_NOTFOUND: no such session; E_DENIED:
 * of an application that the roles do not show; E_INVALID: kinds; E_NOMEM,
 * and as db.h. why is one line.
 */
int feed_join(struct feed *feed, struct reader *reader,
	const struct interest *interest, const char *roles,
	char why[DB_WHY_MAX]);

/* feed_leave is harmless for a reader that is not in (all zeroes). */
void feed_leave(struct feed *feed, struct reader *reader);

/* feed_shows tells whether the events of a session are for this reader. */
bool feed_shows(struct feed *feed, const struct reader *reader,
	const char *session_id);

/*
 * feed_poll reads what was committed since, and wakes idle readers that it
 * concerns. True: there may be more, come again soon.
 */
bool feed_poll(struct feed *feed);

/*
 * feed_take hands the reader's next events to put, in order, each once, until
 * put returns false (that event is not taken) or there are no more for now:
 * the reader is idle then. A batch at most: a reader that is not idle
 * afterwards is to call again. OK, or as db.h.
 */
int feed_take(struct feed *feed, struct reader *reader,
	bool (*put)(void *arg, int64_t seq, const char *json, size_t len),
	void *arg);

#endif
