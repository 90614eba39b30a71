/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of sessions' queries come into the search a moment after the
 * start, many sessions in one transaction: one by one each would write a
 * segment of the index with its start.
 *
 *	struct search search = { 0 };
 *
 *	rc = search_fill(&search, db, now_ms);		-- in every tick
 */
#ifndef RUNNER_SEARCH_H
#define RUNNER_SEARCH_H

#include <stdint.h>

struct db;

enum {
	SEARCH_BATCH = 500,	/* sessions in one transaction */
	SEARCH_MS = 1000,	/* between two looks */
	SEARCH_BEHIND_MS = 100,	/* when there is more than one batch */
};

struct search {
	int64_t at_ms;		/* when to look next */
};

/*
 * search_fill adds the next batch if it is time and there is one. OK or the
 * E_* of sql/tx.h; it is tried again later.
 */
int search_fill(struct search *search, struct db *db, int64_t now_ms);

#endif
