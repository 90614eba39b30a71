/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which sessions are there? Lists for the API and the command line.
 *
 *	struct session_filter filter = SESSION_FILTER;
 *	struct walk_page page;
 *
 *	filter.app = "incident";
 *	walk_open(&page, 50, walk_put_object);
 *	rc = session_list(db, &filter, NULL, &page);
 *	... page.lines, then session_list again from &page.next ...
 *	walk_close(&page);
 */
#ifndef SQL_SESSION_LIST_H
#define SQL_SESSION_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "sql/db.h"
#include "sql/walk.h"

enum { SESSION_WORDS_MAX = 256 };	/* bytes of a search */

enum session_order {
	SESSION_NEWEST,
	SESSION_OLDEST,
	SESSION_WAITING,	/* only what waits, the longest first */
};

/* NULL: whatever it is. Deleted sessions are never listed. */
struct session_filter {
	const char *app;
	const char *status;		/* or "unfinished", "any" */
	const char *environment;
	const char *submitter;
	const char *agent;		/* who has, or had, the last turn */
	const char *parent;
	const char *words;		/* all of them are in the query */
	int64_t created_from, created_before;	/* ms */
	int64_t waiting_since;		/* or longer; INT64_MAX: no matter */
	enum session_order order;
};

/* Columns of a line that a walk_put may want to read. */
enum session_column {
	SESSION_ID = WALK_LINE,
	SESSION_STATUS = WALK_LINE + 3,
	SESSION_LABEL,
	SESSION_ENVIRONMENT,
	SESSION_STARTED_AT,
};

#define SESSION_FILTER { .status = "unfinished", \
	.created_from = INT64_MIN, .created_before = INT64_MAX, \
	.waiting_since = INT64_MAX }

/*
 * session_list finds the page that begins after a place (NULL: the first).
 * Of the indexes that the filter allows the first that fills or ends the page
 * decides; if none does, the page of the one that came farthest has less than
 * its limit and goes on at page->next. Words are ordered by number instead
 * of time; the runner adds them to the search a moment after the start.
 * The page is open. E_INVALID: SESSION_WAITING together with words; words
 * that are none, or too long.
 */
int session_list(struct db *db, const struct session_filter *filter,
    const struct walk_place *after, struct walk_page *page);

/* session_list_wordless tells whether there is no word in a filter's words. */
bool session_list_wordless(const char *words);

#endif
