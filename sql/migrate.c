/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/migrate.h"

#include <stdio.h>

#include "lib/err.h"
#include "lib/log.h"
#include "sql/db_internal.h"
#include "sql/lock.h"
#include "sql/sql_text.h"

/* PRAGMA application_id: "GThs". */
enum { APPLICATION_ID = 0x47546873, LOCK_MS = 30000 };

/* What leads to each version, in order. */
static const struct {
	int version;
	const char *text;
} migrations[] = {
	{ 1, sql_0001_first },
	{ 1, sql_0001_gates },
	{ 1, sql_0001_access },
};

/* What is re-created whole. */
static const char *const derived[] = {
	sql_definitions, sql_sessions, sql_turns, sql_gates, sql_budgets,
	sql_history, sql_access, sql_views, sql_invariants,
};

static int
ask_int(struct db *db, const char *text, int *value)
{
	sqlite3_stmt *stmt = NULL;
	int result = sqlite3_prepare_v2(db->sqlite, text, -1, &stmt, NULL);

	if (result == SQLITE_OK)
		result = sqlite3_step(stmt);
	if (result == SQLITE_ROW) {
		*value = sqlite3_column_int(stmt, 0);
		result = SQLITE_OK;
	}
	sqlite3_finalize(stmt);
	return result;
}

/* A file is ours by its application_id; an empty one can become ours. */
static int
read_version(struct db *db, int *version, char why[DB_WHY_MAX])
{
	int id = 0, tables = 0, result;

	*version = 0;
	result = ask_int(db, "PRAGMA application_id", &id);
	if (result == SQLITE_OK)
		result = ask_int(db, "PRAGMA user_version", version);
	if (result == SQLITE_OK)
		result = ask_int(db, "SELECT count(*) FROM sqlite_schema",
		    &tables);
	if (result == SQLITE_NOTADB || (result == SQLITE_OK &&
		(*version < 0 || (id != APPLICATION_ID &&
		(id != 0 || tables > 0))))) {
		snprintf(why, DB_WHY_MAX, "\"%s\" is not a Gatehouse database",
		    db->path);
		return E_SCHEMA;
	}
	if (result != SQLITE_OK)
		return db_unusable(db, result, why);
	if (*version <= SCHEMA_VERSION)
		return OK;
	snprintf(why, DB_WHY_MAX, "\"%s\" has schema %d, this program knows "
	    "%d; use the newer program", db->path, *version, SCHEMA_VERSION);
	return E_SCHEMA;
}

/* Drops all triggers and views, so that the embedded ones are the only. */
static int
drop_derived(struct db *db)
{
	static const char list[] =
		"SELECT coalesce(group_concat('DROP ' || type || ' \"' || name"
		" || '\"', ';'), '') FROM sqlite_schema "
		"WHERE type IN ('trigger', 'view')";
	sqlite3_stmt *stmt = NULL;
	const char *text = NULL;
	char *drops = NULL;
	int result = sqlite3_prepare_v2(db->sqlite, list, -1, &stmt, NULL);

	if (result == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
		text = (const char *)sqlite3_column_text(stmt, 0);
	if (text != NULL)
		drops = sqlite3_mprintf("%s", text);
	result = sqlite3_finalize(stmt);
	if (result == SQLITE_OK && drops == NULL)
		result = SQLITE_NOMEM;
	if (result == SQLITE_OK)
		result = db_exec(db, drops);
	sqlite3_free(drops);
	return result;
}

static int
run_all(struct db *db, int version)
{
	char number[128];
	int result = drop_derived(db);

	for (size_t i = 0; i < sizeof(migrations) / sizeof(migrations[0]); i++)
		if (migrations[i].version > version && result == SQLITE_OK)
			result = db_exec(db, migrations[i].text);
	for (size_t i = 0; i < sizeof(derived) / sizeof(derived[0]); i++)
		if (result == SQLITE_OK)
			result = db_exec(db, derived[i]);
	snprintf(number, sizeof(number), "PRAGMA application_id=%d;"
	    "PRAGMA user_version=%d", APPLICATION_ID, SCHEMA_VERSION);
	if (result == SQLITE_OK)
		result = db_exec(db, number);
	return result;
}

static int
migrate_locked(struct db *db, char why[DB_WHY_MAX])
{
	int version, result, rc;

	rc = read_version(db, &version, why);
	if (rc != OK)
		return rc;
	if (version == 0)
		db_exec(db, "PRAGMA auto_vacuum=INCREMENTAL");
	result = db_exec(db, "PRAGMA journal_mode=WAL");
	if (result == SQLITE_OK)
		result = db_exec(db, "BEGIN IMMEDIATE");
	if (result == SQLITE_OK)
		result = run_all(db, version);
	if (result == SQLITE_OK)
		result = db_exec(db, "COMMIT");
	if (result == SQLITE_OK)
		return OK;
	rc = db_unusable(db, result, why);
	db_exec(db, "ROLLBACK");
	/* A statement that cannot be: the file is not what its version says. */
	return rc == E_MISUSE ? E_SCHEMA : rc;
}

int
migrate(struct db *db, char why[DB_WHY_MAX])
{
	int rc = lock_take(db->lock_fd, LOCK_MS);

	if (rc != OK) {
		snprintf(why, DB_WHY_MAX, "\"%s\" stays locked", db->path);
		return rc;
	}
	rc = migrate_locked(db, why);
	lock_free(db->lock_fd);
	return rc;
}

int
migrate_check(struct db *db, char why[DB_WHY_MAX])
{
	int version, rc = read_version(db, &version, why);

	if (rc != OK || version == SCHEMA_VERSION)
		return rc;
	snprintf(why, DB_WHY_MAX, "\"%s\" has schema %d, this program needs "
	    "%d; run: gatehouse init", db->path, version, SCHEMA_VERSION);
	return E_SCHEMA;
}
