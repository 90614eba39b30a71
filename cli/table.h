/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table for people: columns as wide as their widest cell, each row one
 * line, which a list cuts at the edge of a terminal. Texts may come from
 * anybody, so what could move the cursor or turn the text around is not
 * printed as it is.
 *
 *	static const char *const heads[] = { "SESSION", "AGE", NULL };
 *	char age[AGE_SIZE];
 *	struct table t;
 *
 *	table_init(&t, heads);
 *	while (rows_next(&rows)) {
 *		table_cell(&t, rows_text(&rows, 0));
 *		table_cell(&t, age_text(now_ms - rows_int(&rows, 1), age));
 *	}
 *	table_print(&t, TABLE_CUT);
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

enum {
	TABLE_COLUMNS_MAX = 10,
	AGE_SIZE = 24,			/* bytes */
};

struct table {
	struct buf cells;		/* each with its NUL */
	int columns;
	size_t count;
	size_t width[TABLE_COLUMNS_MAX];	/* characters */
};

/* table_init begins a table; heads ends with NULL. */
void table_init(struct table *t, const char *const *heads);

/* table_cell adds the next cell, row by row; NULL is shown as "-". */
void table_cell(struct table *t, const char *text);
void table_number(struct table *t, int64_t number);

/* TABLE_WHOLE is for who must see all of it, to decide on it say. */
enum table_width { TABLE_CUT, TABLE_WHOLE };

/* table_print prints it, unless it has no rows, and frees it. */
void table_print(struct table *t, enum table_width width);

/* line_print prints one line of text by the same rules. */
void line_print(const char *text, enum table_width width);

/* text_print prints text with its lines and tabs, else by the same rules. */
void text_print(const char *text, size_t len);

/* field_print prints "name  text", whole. */
void field_print(const char *name, const char *text);

/* age_text writes a time in its largest unit, "3m"; returns out. */
const char *age_text(int64_t ms, char out[AGE_SIZE]);

#endif
