/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/tx.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/log.h"
#include "sql/db_internal.h"
#include "sql/lock.h"

enum {
	TRIES = 5,		/* of one transaction that others took along */
	GROUP_MAX = 64,		/* transactions in one commit */
	LOCK_MS = 30000,	/* waiting for other processes */
	SLOW_MS = 1000,		/* a wait that is worth a line */
};

/* Tells the listener, if there is one; a lost hint costs one poll. */
static void
send_hint(struct db *db)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (db->wake_fd < 0 || snprintf(address.sun_path,
		sizeof(address.sun_path), "%s-wake", db->path) >=
	    (int)sizeof(address.sun_path))
		return;
	sendto(db->wake_fd, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL,
	    (struct sockaddr *)&address, sizeof(address));
}

/* The holder of the baton opens the group that its transaction joins. */
static int
open_group(struct db *db, char why[DB_WHY_MAX])
{
	struct group *group = calloc(1, sizeof(*group));
	int64_t start = clock_mono_ms();
	int rc, result;

	if (group == NULL)
		return E_NOMEM;
	rc = lock_take(db->lock_fd, LOCK_MS);
	result = rc == OK ? db_exec(db, "BEGIN IMMEDIATE") : SQLITE_BUSY;
	if (rc == OK && result != SQLITE_OK) {
		rc = db_error(db, result, why);
		lock_free(db->lock_fd);
	}
	if (clock_mono_ms() - start > SLOW_MS)
		log_warn("database_busy", "waited_ms=%lld rc=%d",
		    (long long)(clock_mono_ms() - start), rc);
	if (rc != OK) {
		free(group);
		return rc;
	}
	group->changes_before = sqlite3_total_changes64(db->sqlite);
	db->group = group;
	return OK;
}

/*
 * Disk full, I/O errors and lack of memory make SQLite roll back by itself,
 * and with it everybody's work in the group.
 */
static void
notice_rollback(struct db *db)
{
	if (db->group != NULL && sqlite3_get_autocommit(db->sqlite))
		db->group->broken = true;
}

/* Ends the open group, for better or worse; the baton is held. */
static void
close_group(struct db *db)
{
	struct group *group = db->group;
	char why[DB_WHY_MAX];
	bool changed;

	notice_rollback(db);
	if (group->broken) {
		group->rc = E_AGAIN;
	} else {
		group->rc = db_error(db, db_exec(db, "COMMIT"), why);
		if (group->rc != OK)
			db_exec(db, "ROLLBACK");
	}
	changed = sqlite3_total_changes64(db->sqlite) != group->changes_before;
	lock_free(db->lock_fd);
	if (group->rc == OK && changed)
		send_hint(db);
	pthread_mutex_lock(&db->mutex);
	db->group = NULL;
	group->done = true;
	if (group->members == 0)
		free(group);
	else
		pthread_cond_broadcast(&db->outcome);
	pthread_mutex_unlock(&db->mutex);
}

static void
pass_baton(struct db *db)
{
	pthread_mutex_lock(&db->mutex);
	db->taken = false;
	pthread_cond_signal(&db->baton);
	pthread_mutex_unlock(&db->mutex);
}

static int
take_baton(struct db *db, const char *where)
{
	pthread_mutex_lock(&db->mutex);
	if (db->taken && pthread_equal(db->holder, pthread_self())) {
		log_error("transaction_nested", "outer=%s inner=%s", db->where,
		    where);
		pthread_mutex_unlock(&db->mutex);
		return E_MISUSE;
	}
	db->waiting++;
	while (db->taken)
		pthread_cond_wait(&db->baton, &db->mutex);
	db->waiting--;
	db->taken = true;
	db->holder = pthread_self();
	db->where = where;
	pthread_mutex_unlock(&db->mutex);
	return OK;
}

static int
begin(struct tx *tx)
{
	struct db *db = tx->db;
	int rc = take_baton(db, tx->where);

	if (rc != OK)
		return rc;
	if (db->group == NULL)
		rc = open_group(db, tx->why);
	else if (db->group->broken)
		rc = E_AGAIN;
	if (rc == OK) {
		rc = db_error(db, db_exec(db, "SAVEPOINT tx"), tx->why);
		notice_rollback(db);
	}
	if (rc == OK) {
		tx->open = true;
		return OK;
	}
	if (db->group != NULL && !db->hold)
		close_group(db);
	pass_baton(db);
	return rc;
}

/* Keeps or undoes the transaction's own work inside the group. */
static int
end_savepoint(struct tx *tx)
{
	struct db *db = tx->db;
	int rc = tx->rc;

	notice_rollback(db);
	if (db->group->broken)
		return rc != OK ? rc : E_AGAIN;
	if (rc != OK)
		db_exec(db, "ROLLBACK TO tx");
	if (db_exec(db, "RELEASE tx") != SQLITE_OK) {
		notice_rollback(db);
		return rc != OK ? rc : E_AGAIN;
	}
	return rc;
}

/* Waits until somebody has committed the group. */
static int
await_outcome(struct db *db, struct group *group)
{
	int rc;

	while (!group->done)
		pthread_cond_wait(&db->outcome, &db->mutex);
	rc = group->rc;
	if (--group->members == 0)
		free(group);
	return rc;
}

/* Commits for all, or leaves that to whoever waits for the baton. */
static int
end(struct tx *tx)
{
	struct db *db = tx->db;
	struct group *group = db->group;
	int rc = end_savepoint(tx), outcome;

	tx->open = false;
	if (db->hold) {
		pass_baton(db);
		return rc;
	}
	pthread_mutex_lock(&db->mutex);
	group->members++;
	group->size++;
	if (db->waiting > 0 && group->size < GROUP_MAX && !group->broken) {
		db->taken = false;
		pthread_cond_signal(&db->baton);
	} else {
		pthread_mutex_unlock(&db->mutex);
		close_group(db);
		pass_baton(db);
		pthread_mutex_lock(&db->mutex);
	}
	outcome = await_outcome(db, group);
	pthread_mutex_unlock(&db->mutex);
	return rc != OK ? rc : outcome;
}

bool
tx_loop(struct tx *tx)
{
	if (tx->open) {
		tx->rc = end(tx);
		if (tx->rc != E_AGAIN)
			return false;
		if (++tx->tries == TRIES) {
			tx->rc = E_IO;
			return false;
		}
		tx->rc = OK;
		tx->why[0] = '\0';
	}
	tx->rc = begin(tx);
	return tx->rc == OK;
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
	struct rows rows = { .db = tx->db, .rc = tx->rc, .sticky = &tx->rc };
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
db_hold(struct db *db)
{
	db->hold = true;
}

int
db_release(struct db *db)
{
	struct group *group = db->group;
	int rc;

	db->hold = false;
	if (group == NULL)
		return OK;
	group->members++;
	close_group(db);
	pthread_mutex_lock(&db->mutex);
	rc = await_outcome(db, group);
	pthread_mutex_unlock(&db->mutex);
	return rc;
}
