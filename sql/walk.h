/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One page of a long list. A walk is a query along an index, in the order of
 * the list, whose rows say: number, key, does it fit? and then the line that
 * is shown. What fits is put on the page; a walk that sees little that fits is
 * given up after so many rows, so that no page takes long, and the next page
 * goes on from there.
 *
 *	struct walk_page page;
 *	struct rows rows;
 *
 *	walk_open(&page, 50, walk_put_object);
 *	rows = db_query(db, Q_WALK_APP, ...);
 *	rc = walk_collect(&rows, &page);
 *	... page.lines ...
 *	if (rc == OK && !page.ended)
 *		... the next page begins after page.next ...
 *	walk_close(&page);
 */
#ifndef SQL_WALK_H
#define SQL_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"

struct rows;

enum {
	WALK_PAGE_MAX = 500,	/* rows of one page */
	WALK_ROWS_MAX = 1000,	/* rows that one walk looks at, usually */
	WALK_LINE = 3,		/* the first column of a line */
};

/* A place in a list: where the row with this key and number stands. */
struct walk_place {
	int64_t key, num;
};

/* Appends one line to a page. */
typedef void walk_put(const struct rows *rows, struct buf *lines);

struct walk_page {
	int limit;			/* 0: only count */
	int rows_max;			/* that the walk looks at */
	walk_put *put;
	struct buf lines;
	int count;			/* may be less than limit */
	bool ended;			/* there is nothing after it */
	struct walk_place next;		/* the last row that was seen */
};

/* walk_open makes an empty page; no allocation. walk_close frees its lines. */
void walk_open(struct walk_page *page, int limit, walk_put *put);
void walk_close(struct walk_page *page);

/*
 * walk_collect puts on the page what fits until it is full, the walk ends, or
 * rows_max rows were seen, and ends rows. OK, the E_* of rows_end, or of
 * the lines.
 */
int walk_collect(struct rows *rows, struct walk_page *page);

/* walk_done tells whether the page is what was asked for. */
bool walk_done(const struct walk_page *page);

/* walk_take makes *page the other one, which is empty afterwards. */
void walk_take(struct walk_page *page, struct walk_page *other);

/* walk_put_object puts lines as JSON objects with commas between them. */
walk_put walk_put_object;

#endif
