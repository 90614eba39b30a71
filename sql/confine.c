/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/confine.h"

#include <string.h>

#include "lib/log.h"
#include "sql/db_internal.h"

/* Pragmas that only look, for verify, migrate_check and full text search. */
static bool
looks(const char *pragma, const char *value)
{
	static const char *const known[] = {
		"integrity_check", "foreign_key_check", "data_version",
		"application_id", "user_version",
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(pragma, known[i]) == 0)
			return value == NULL || i == 0;
	return false;
}

static bool
listed(const struct right *rights, enum right_what what, const char *table,
    const char *column)
{
	for (; rights->what != 0; rights++)
		if (rights->what == what &&
		    strcmp(rights->table, table) == 0 &&
		    (rights->column == NULL || (column != NULL &&
			strcmp(rights->column, column) == 0)))
			return true;
	return false;
}

/* a and b mean what SQLite's documentation says of each action. */
static bool
may(const struct right *rights, int action, const char *a, const char *b,
    const char *inside)
{
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_RECURSIVE:
	case SQLITE_TRANSACTION:
	case SQLITE_SAVEPOINT:
		return true;
	case SQLITE_FUNCTION:
		return strcmp(b, "load_extension") != 0;
	case SQLITE_PRAGMA:
		return looks(a, b);
	case SQLITE_INSERT:
		return inside != NULL || listed(rights, MAY_INSERT, a, NULL);
	case SQLITE_UPDATE:
		/*
		 * The first use of json_each asks for that, and does not do
		 * it; without writable_schema nobody can.
		 */
		return inside != NULL || strcmp(a, "sqlite_master") == 0 ||
		    listed(rights, MAY_UPDATE, a, b);
	case SQLITE_DELETE:
		return inside != NULL || listed(rights, MAY_DELETE, a, NULL);
	default:
		return false;
	}
}

static int
authorize(void *arg, int action, const char *a, const char *b,
    const char *schema, const char *inside)
{
	(void)schema;
	if (may(arg, action, a, b, inside))
		return SQLITE_OK;
	log_error("statement_confined", "action=%d on=\"%s%s%s\"", action,
	    a != NULL ? a : "", b != NULL ? "." : "", b != NULL ? b : "");
	return SQLITE_DENY;
}

void
confine(struct db *db, const struct right *rights)
{
	sqlite3_set_authorizer(db->sqlite, authorize, (void *)rights);
}
