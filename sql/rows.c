/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/rows.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
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

/*
 * Its length is only known if there is a text; as a blob SQLite gives it
 * without copying it for the NUL.
 */
int
rows_add(const struct rows *rows, int column, struct buf *out)
{
	const void *text = sqlite3_column_blob(rows->stmt, column);

	if (text == NULL)
		return out->rc;
	return buf_add(out, text,
	    (size_t)sqlite3_column_bytes(rows->stmt, column));
}

static void
add_text(const struct rows *rows, int column, struct buf *out)
{
	const char *text = rows_str(rows, column);

	buf_add_json(out, text, strlen(text));
}

static bool
names_time(const char *name)
{
	const char *word = strrchr(name, '_');

	return word != NULL &&
	    (strcmp(word, "_at") == 0 || strcmp(word, "_since") == 0);
}

static void
add_integer(const char *name, int64_t value, struct buf *out)
{
	char at[ISO_SECONDS_SIZE];

	if (!names_time(name)) {
		buf_addi(out, value);
		return;
	}
	iso_seconds(value, at);
	buf_addc(out, '"');
	buf_adds(out, at);
	buf_addc(out, '"');
}

static void
add_value(const struct rows *rows, int column, const char *name,
    struct buf *out)
{
	switch (sqlite3_column_type(rows->stmt, column)) {
	case SQLITE_NULL:
		buf_adds(out, "null");
		break;
	case SQLITE_INTEGER:
		add_integer(name, rows_int(rows, column), out);
		break;
	case SQLITE_FLOAT:
		buf_addf(out, "%.17g", rows_real(rows, column));
		break;
	default:
		add_text(rows, column, out);
	}
}

int
rows_object(const struct rows *rows, int first, struct buf *out)
{
	int count = sqlite3_column_count(rows->stmt);

	for (int i = first; i < count; i++) {
		const char *name = sqlite3_column_name(rows->stmt, i);

		buf_adds(out, i == first ? "{\"" : ",\"");
		buf_adds(out, name);
		buf_adds(out, "\":");
		add_value(rows, i, name, out);
	}
	return buf_addc(out, '}');
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
