/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one door to SQLite: a connection with its prepared statements.
 *
 *	struct db *db;
 *	char why[DB_WHY_MAX];
 *	int rc = db_open(&db, "gatehouse.db", DB_READ, why);
 *	if (rc != OK)
 *		return complain(why);
 *	struct rows rows = db_query(db, Q_SESSION_GET, "s", id);
 *	while (rows_next(&rows))
 *		puts(rows_text(&rows, 0));
 *	rc = rows_end(&rows);
 *	db_close(db);
 *
 * A reading connection belongs to one thread. A writing one may be shared by
 * threads, which write through sql/tx.h and nothing else.
 */
#ifndef SQL_DB_H
#define SQL_DB_H

#include <stdint.h>

#include "sql/queries.h"
#include "sql/rows.h"

struct db;

/* Bytes that an explanation takes at most, its NUL included. */
enum { DB_WHY_MAX = 256 };

enum db_mode {
	DB_READ,	/* cannot write, whatever it is asked */
	DB_WRITE,	/* reads and writes through transactions */
	DB_CREATE,	/* DB_WRITE; makes the file and brings it up to date */
};

/*
 * db_open opens the database in the file path.
 * Returns OK; E_NOTFOUND (no such file), E_SCHEMA (no file, not ours, or of
 * another version than this program), E_CORRUPT, E_FULL, E_BUSY, E_IO,
 * E_NOMEM. On failure *db is NULL and why says what to do, in one line.
 */
int db_open(struct db **db, const char *path, enum db_mode mode,
	char why[DB_WHY_MAX]);

/* db_close frees everything; db may be NULL. */
void db_close(struct db *db);

/* db_path returns the path that db was opened with. */
const char *db_path(const struct db *db);

/* Who waits for rows, each on a socket beside the database (sql/hint.h). */
enum wake {
	WAKE_RUNNER = 1,	/* <path>-wake: what is ready */
	WAKE_LIVE = 2,		/* <path>-live: events */
};

/*
 * db_wake makes commits that changed something send hints to a set of enum
 * wake. Called once; costs next to nothing if nobody listens.
 */
void db_wake(struct db *db, unsigned whom);

/*
 * db_query starts a query; types has one letter for each parameter:
 * s const char * (NULL: null), i int, l int64_t, d double, n null (takes no
 * argument). Errors show at rows_end.
 */
struct rows db_query(struct db *db, enum query query, const char *types, ...);

/* db_snapshot makes the reads up to db_snapshot_end see one moment. */
int db_snapshot(struct db *db);
void db_snapshot_end(struct db *db);

/*
 * db_checkpoint moves the write-ahead log into the file and truncates it, if
 * nobody is in the way.
 */
void db_checkpoint(struct db *db);

/*
 * db_verify_integrity runs SQLite's own integrity check; E_CORRUPT and the
 * first complaint in why if it finds something.
 */
int db_verify_integrity(struct db *db, char why[DB_WHY_MAX]);

#endif
