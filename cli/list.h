/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list that may be long, printed page by page: a table for people, or one
 * JSON array with --json.
 */
#ifndef CLI_LIST_H
#define CLI_LIST_H

#include "sql/walk.h"

struct cli;

struct list {
	const char *const *heads;	/* of the columns; ends with NULL */
	walk_put *cells;		/* a line by list_cells */
	walk_put *object;		/* the same as JSON */
	int64_t limit;			/* lines; 0: all of them */

	/* Fills the page with what comes after that place. OK or E_*. */
	int (*page)(struct cli *cli, const struct walk_place *after,
	    struct walk_page *page);
};

/* list_cells puts one cell for each head; cells ends with NULL. */
void list_cells(struct buf *lines, const char *const *cells);

/* list_print prints the list; an exit status, after its error message. */
int list_print(struct cli *cli, const struct list *list);

#endif
