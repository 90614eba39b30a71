/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/tx.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/err.h"
#include "sql/group.h"

enum { TRIES = 5 };	/* of one transaction that others took along */

/* An inner one is in the group already, if that is still whole. */
static int
enter(struct tx *tx)
{
	tx->inner = group_inside(tx->db);
	if (!tx->inner)
		return group_enter(tx->db, tx->where, tx->why);
	return group_broken(tx->db) ? E_AGAIN : OK;
}

static int
begin_savepoint(struct tx *tx)
{
	struct db *db = tx->db;
	int rc = db_error(db, group_run(db, Q_TX_SAVEPOINT), tx->why);

	if (rc != OK)
		return rc;
	tx->changes_before = sqlite3_total_changes64(db->sqlite);
	tx->open = true;
	return OK;
}

static int
begin(struct tx *tx)
{
	int rc = enter(tx);

	if (rc != OK)
		return rc;
	rc = begin_savepoint(tx);
	if (rc != OK) {
		if (!tx->inner)
			group_cancel(tx->db);
	} else if (tx->outer) {
		tx->db->outer = tx;
	}
	return rc;
}

/*
 * Keeps the transaction's own work inside the group, or undoes it; what
 * cannot be undone alone takes the whole group along.
 */
static void
end_savepoint(struct tx *tx)
{
	struct db *db = tx->db;
	int result = SQLITE_OK;

	tx->open = false;
	if (group_broken(db))
		return;
	if (tx->rc != OK)
		result = group_run(db, Q_TX_UNDO);
	if (result == SQLITE_OK)
		result = group_run(db, Q_TX_KEEP);
	if (result != SQLITE_OK)
		group_run(db, Q_TX_ROLLBACK);
	group_broken(db);
}

static bool
has_changed(const struct tx *tx)
{
	return tx->rc == OK && sqlite3_total_changes64(tx->db->sqlite) !=
	    tx->changes_before;
}

/* What took the group along has undone the outer transaction. */
static int
end_inner(struct tx *tx)
{
	struct tx *outer = tx->db->outer;

	if (!group_broken(tx->db))
		return tx->rc;
	if (tx->rc == OK)
		tx_fail(tx, E_BUSY, "the database rolled back");
	tx_fail(outer, tx->rc, "%s", tx->why);
	return tx->rc;
}

/* May what another member did be the reason? */
static bool
is_refusal(int rc)
{
	return rc == E_CONFLICT || rc == E_NOTFOUND || rc == E_LIMIT;
}

/*
 * What becomes of a transaction whose group has ended with rc. A refusal by
 * what a group did is none if nothing came of the group.
 */
static int
settle(struct tx *tx, int rc, const char why[DB_WHY_MAX])
{
	if (tx->rc != OK && (rc == OK || !is_refusal(tx->rc)))
		return tx->rc;
	if (rc != OK)
		memcpy(tx->why, why, DB_WHY_MAX);
	return rc;
}

/* Returns what the caller is told, or E_AGAIN. */
static int
end(struct tx *tx)
{
	char why[DB_WHY_MAX];
	int rc;

	end_savepoint(tx);
	if (tx->inner)
		return end_inner(tx);
	if (tx->outer)
		tx->db->outer = NULL;
	rc = group_leave(tx->db, has_changed(tx), why);
	return settle(tx, rc, why);
}

/* Whether the transaction, which has ended, must run once more. */
static bool
must_repeat(struct tx *tx)
{
	if (tx->rc != E_AGAIN)
		return false;
	if (++tx->tries < TRIES)
		return true;
	snprintf(tx->why, sizeof(tx->why), "the database rolled back %d times",
	    TRIES);
	tx->rc = E_BUSY;
	return false;
}

bool
tx_loop(struct tx *tx)
{
	if (tx->open) {
		tx->rc = end(tx);
		if (!must_repeat(tx))
			return false;
	}
	tx->why[0] = '\0';
	tx->rc = begin(tx);
	return tx->rc == OK;
}

/* The whole of one that joined a crowd. */
static bool
run_body(struct tx *tx)
{
	if (group_broken(tx->db))
		return false;
	tx->rc = begin_savepoint(tx);
	if (tx->rc != OK)
		return false;
	tx->body(tx, tx->arg);
	end_savepoint(tx);
	return has_changed(tx);
}

static int
join(struct tx *tx)
{
	char why[DB_WHY_MAX];
	int rc;

	tx->why[0] = '\0';
	tx->rc = OK;
	rc = group_join(tx->db, tx, run_body, why);
	return settle(tx, rc, why);
}

int
tx_do(struct tx *tx, tx_body *body, void *arg)
{
	if (tx->db->hold || group_inside(tx->db)) {
		while (tx_loop(tx))
			body(tx, arg);
		return tx->rc;
	}
	tx->body = body;
	tx->arg = arg;
	do
		tx->rc = join(tx);
	while (must_repeat(tx));
	return tx->rc;
}

static void
stick(struct tx *tx, int result)
{
	tx->rc = db_error(tx->db, result, tx->why);
	if (tx->rc == OK)
		tx->rc = E_MISUSE;
}

static int
run(struct tx *tx, enum query query, const char *types, va_list args)
{
	sqlite3 *sqlite = tx->db->sqlite;
	sqlite3_stmt *stmt;
	int result;

	if (tx->rc != OK)
		return 0;
	stmt = db_start(tx->db, query, types, args);
	if (stmt == NULL) {
		stick(tx, sqlite3_errcode(sqlite));
		return 0;
	}
	do
		result = sqlite3_step(stmt);
	while (result == SQLITE_ROW);
	if (result != SQLITE_DONE)
		stick(tx, result);
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
	return tx->rc == OK ? sqlite3_changes(sqlite) : 0;
}

int
tx_run(struct tx *tx, enum query query, const char *types, ...)
{
	va_list args;
	int changes;

	va_start(args, types);
	changes = run(tx, query, types, args);
	va_end(args);
	return changes;
}

int64_t
tx_insert(struct tx *tx, enum query query, const char *types, ...)
{
	va_list args;

	va_start(args, types);
	run(tx, query, types, args);
	va_end(args);
	return tx->rc == OK ? sqlite3_last_insert_rowid(tx->db->sqlite) : 0;
}

struct rows
tx_query(struct tx *tx, enum query query, const char *types, ...)
{
	struct rows rows = { .db = tx->db, .rc = tx->rc, .tx = tx };
	va_list args;

	if (tx->rc != OK)
		return rows;
	va_start(args, types);
	rows.stmt = db_start(tx->db, query, types, args);
	va_end(args);
	if (rows.stmt == NULL) {
		stick(tx, sqlite3_errcode(tx->db->sqlite));
		rows.rc = tx->rc;
	}
	return rows;
}

void
tx_fail(struct tx *tx, int code, const char *fmt, ...)
{
	va_list args;

	if (tx->rc != OK)
		return;
	tx->rc = code;
	va_start(args, fmt);
	vsnprintf(tx->why, sizeof(tx->why), fmt, args);
	va_end(args);
}

void
tx_excuse(struct tx *tx)
{
	if (tx->rc != E_CONFLICT && tx->rc != E_INVALID &&
	    tx->rc != E_DENIED && tx->rc != E_NOTFOUND)
		return;
	tx->rc = OK;
	tx->why[0] = '\0';
}

char *
tx_copy(struct tx *tx, const char *text)
{
	char *copy = text != NULL ? strdup(text) : NULL;

	if (copy == NULL && text != NULL)
		tx_fail(tx, E_NOMEM, "%s", err_text(E_NOMEM));
	return copy;
}
