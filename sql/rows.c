/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/rows.h"

#include "lib/err.h"
#include "sql/db_internal.h"
#include "sql/tx.h"

static void
fail(struct rows *rows, int result)
{
	char why[DB_WHY_MAX];

	rows->rc = db_error(rows->db, result, why);
	if (rows->tx != NULL)
		tx_fail(rows->tx, rows->rc, "%s", why);
}

bool
rows_next(struct rows *rows)
{
	int result;

	if (rows->stmt == NULL || rows->rc != OK)
		return false;
	result = sqlite3_step(rows->stmt);
	if (result == SQLITE_ROW)
		return true;
	if (result != SQLITE_DONE)
		fail(rows, result);
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

/* The reset tells whether memory ran out while a column was read. */
int
rows_end(struct rows *rows)
{
	int result;

	if (rows->stmt == NULL)
		return rows->rc;
	result = sqlite3_reset(rows->stmt);
	if (result != SQLITE_OK && rows->rc == OK)
		fail(rows, result);
	sqlite3_clear_bindings(rows->stmt);
	rows->stmt = NULL;
	return rows->rc;
}
