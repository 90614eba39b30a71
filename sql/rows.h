/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of a running query; see sql/db.h for a complete use. */
#ifndef SQL_ROWS_H
#define SQL_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct db;
struct sqlite3_stmt;
struct tx;

struct rows {
	struct db *db;
	struct sqlite3_stmt *stmt;	/* NULL: failed or ended */
	int rc;				/* OK or the E_* that ended it */
	struct tx *tx;			/* where errors stick, or NULL */
};

/* rows_next steps to the next row; false at the end and after an error. */
bool rows_next(struct rows *rows);

/*
 * Columns of the current row, from 0. Text is borrowed until the next
 * rows_next or rows_end; rows_text returns NULL for null, rows_str "", and
 * both do so too when memory runs out, which shows at rows_end.
 */
const char *rows_text(const struct rows *rows, int column);
const char *rows_str(const struct rows *rows, int column);
int64_t rows_int(const struct rows *rows, int column);
double rows_real(const struct rows *rows, int column);
bool rows_null(const struct rows *rows, int column);

/* rows_add appends the text of a column to out; returns out->rc. */
int rows_add(const struct rows *rows, int column, struct buf *out);

/*
 * rows_object appends the current row, from column first on, as a JSON object
 * whose keys are the names of its columns. An integer in a column whose name
 * ends in "_at" or "_since" is a time and becomes whole seconds of UTC.
 * json_object does the same in SQL, for two to three times as long.
 */
int rows_object(const struct rows *rows, int first, struct buf *out);

/* rows_end ends the query; returns OK or the first error (as sql/tx.h). */
int rows_end(struct rows *rows);

#endif
