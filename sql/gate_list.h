/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which gates are open? Lists for the API and the command line.
 *
 *	struct gate_filter filter = GATE_FILTER;
 *	struct walk_page page;
 *
 *	filter.risk = "high";
 *	walk_open(&page, 50, gate_list_put);
 *	rc = gate_list(db, &filter, now_ms, NULL, &page);
 *	... page.lines, then gate_list again from &page.next ...
 *	walk_close(&page);
 */
#ifndef SQL_GATE_LIST_H
#define SQL_GATE_LIST_H

#include <stdint.h>

#include "sql/db.h"
#include "sql/walk.h"

enum gate_order {
	GATE_OPENED,		/* the oldest first */
	GATE_DEADLINE,		/* what expires first; what never does, last */
};

/* NULL: whatever it is. */
struct gate_filter {
	const char *app, *kind, *tool, *agent, *risk, *environment;
	const char *assignee;		/* "none": nobody is */
	int64_t deadline_before;	/* ms; INT64_MAX: no matter */
	int64_t opened_until;		/* the same */
	enum gate_order order;
};

#define GATE_FILTER { .deadline_before = INT64_MAX, .opened_until = INT64_MAX }

/* Columns of a line: the gate as JSON, then what a table shows. */
enum gate_column {
	GATE_BODY = WALK_LINE,
	GATE_KIND,
	GATE_RISK,
	GATE_OPENED_AT,
	GATE_DEADLINE_AT,	/* or null */
	GATE_SESSION,
	GATE_QUESTION,
	GATE_ARGS,
};

/*
 * gate_list finds the page that begins after a place (NULL: the first); see
 * sql/walk.h for pages that have less than their limit. The page is open.
 */
int gate_list(struct db *db, const struct gate_filter *filter, int64_t now_ms,
    const struct walk_place *after, struct walk_page *page);

/* gate_list_put puts lines as JSON objects with commas between them. */
walk_put gate_list_put;

/* gate_list_count counts all open gates. */
int gate_list_count(struct db *db, int64_t *count);

#endif
