/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/rows.h"

#include "lib/err.h"
#include "sql/db_internal.h"

bool
rows_next(struct rows *rows)
{
	char why[DB_WHY_MAX];
	int result;

	if (rows->stmt == NULL || rows->rc != OK)
		return false;
	result = sqlite3_step(rows->stmt);
	if (result == SQLITE_ROW)
		return true;
	if (result != SQLITE_DONE)
		rows->rc = db_error(rows->db, result, why);
	return false;
}

const char *
rows_text(const struct rows *rows, int column)
{
	return (const char *)sqlite3_column_text(rows->stmt, column);
}

const char *
rows_str(const struct rows *rows, int column)
{
	const char *text = rows_text(rows, column);

	return text != NULL ? text : "";
}

size_t
rows_size(const struct rows *rows, int column)
{
	return (size_t)sqlite3_column_bytes(rows->stmt, column);
}

int64_t
rows_int(const struct rows *rows, int column)
{
	return sqlite3_column_int64(rows->stmt, column);
}

double
rows_real(const struct rows *rows, int column)
{
	return sqlite3_column_double(rows->stmt, column);
}

bool
rows_null(const struct rows *rows, int column)
{
	return sqlite3_column_type(rows->stmt, column) == SQLITE_NULL;
}

int
rows_end(struct rows *rows)
{
	if (rows->stmt != NULL) {
		sqlite3_reset(rows->stmt);
		sqlite3_clear_bindings(rows->stmt);
		rows->stmt = NULL;
	}
	if (rows->sticky != NULL && *rows->sticky == OK)
		*rows->sticky = rows->rc;
	return rows->rc;
}
