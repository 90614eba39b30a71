/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of sql/ that include <sqlite3.h> share. */
#ifndef SQL_DB_INTERNAL_H
#define SQL_DB_INTERNAL_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "sql/db.h"

struct group;
struct tx;

struct db {
	sqlite3 *sqlite;
	char *path;
	sqlite3_stmt *stmt[Q_COUNT];
	/* Of a writing connection: */
	int lock_fd;
	int wake_fd;
	unsigned wake;		/* set of enum wake; with wake_fd */
	pthread_mutex_t mutex;
	pthread_cond_t baton;	/* somebody may write */
	bool taken;		/* somebody holds the baton */
	pthread_t holder;
	const char *where;	/* where the holder began */
	atomic_int waiting;	/* for the baton, or for who has it */
	bool hold;		/* db_hold */
	_Atomic(struct tx *) outer;	/* open, and holds others; or NULL */
	/* Of who has the baton: since when the file is waited for, if it is, */
	int64_t wait_ms;
	int64_t gave_up_ms;	/* and when somebody last waited in vain */
	struct group *group;	/* the open one, or NULL; sql/group.c */
	struct group *crowd;	/* will be open: may be joined; or NULL */
};

/*
 * db_error maps a result of SQLite to OK or E_*, and writes an explanation if
 * it is not OK; a RAISE message loses the word that chose the code.
 */
int db_error(struct db *db, int result, char why[DB_WHY_MAX]);

/*
 * db_unusable is the same for a database that is being opened: its
 * explanation names the file, and is left to whoever opens it to tell.
 */
int db_unusable(const struct db *db, int result, char why[DB_WHY_MAX]);

/* db_prepare returns the statement of query, prepared once, or NULL. */
sqlite3_stmt *db_prepare(struct db *db, enum query query);

/* db_start binds and returns the prepared statement of query, or NULL. */
sqlite3_stmt *db_start(struct db *db, enum query query, const char *types,
	va_list args);

/* db_exec runs text that returns nothing of interest; a SQLite result. */
int db_exec(struct db *db, const char *text);

#endif
