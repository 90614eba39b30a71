/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all lists have in common: filters from the query string, a bounded
 * page, a cursor to the next, a total on request.
 *
 *	struct listing list;
 *
 *	listing_open(&list, req, names, 50);
 *	filter.app = listing_text(&list, "app");
 *	listing_page(&list);
 *	if (input_failed(&list.in))
 *		status = input_refuse(&list.in, reply);
 *	else
 *		...
 *	listing_write(&list, &page, reply);
 *	listing_close(&list);
 */
#ifndef FCGI_LISTING_H
#define FCGI_LISTING_H

#include "fcgi/input.h"
#include "lib/buf.h"
#include "lib/when.h"
#include "sql/walk.h"

enum { LISTING_TEXT_MAX = 256 };	/* bytes of a filter */

struct listing {
	struct input in;
	struct buf asked;	/* every filter: what a cursor is bound to */
	int limit;
	bool total;		/* is wanted */
	struct walk_place place;
	const struct walk_place *after;		/* NULL: the first page */
};

/* What every list takes; belongs into the names of each. */
#define LISTING_NAMES "limit", "cursor", "total", "sort"

/*
 * listing_open starts; names has every parameter of the list and NULL at its
 * end: others are complained about.
 */
void listing_open(struct listing *list, const struct request *req,
    const char *const names[], int limit);
void listing_close(struct listing *list);

/* listing_text reads a filter; NULL: not given, or wrong. */
const char *listing_text(struct listing *list, const char *name);

/* listing_word is input_query_word for a filter or an order. */
int listing_word(struct listing *list, const char *name,
    const char *const words[]);

/* listing_when reads a time or a distance from now, in ms. */
int64_t listing_when(struct listing *list, const char *name,
    enum when_side side, int64_t missing);

/* listing_page reads limit, total and cursor, when all filters are read. */
void listing_page(struct listing *list);

/* listing_write writes the page, and where the next begins if there is one. */
void listing_write(const struct listing *list, const struct walk_page *page,
    struct reply *reply);

/* listing_counted: does this page say already how many there are? */
bool listing_counted(const struct listing *list,
	const struct walk_page *page);

/* listing_total tells how many there are, or that there are more than that. */
void listing_total(const struct walk_page *counted, struct reply *reply);

#endif
