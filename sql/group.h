/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Group commit, for sql/tx.c: the threads of a process pass a baton, and
 * one commit makes the work of all of them durable.
 *
 *	rc = group_enter(db, where, why);
 *	if (rc != OK)
 *		return rc;
 *	... SAVEPOINT, the work, RELEASE or ROLLBACK TO ...
 *	rc = group_leave(db, changed, why);
 */
#ifndef SQL_GROUP_H
#define SQL_GROUP_H

#include "sql/db_internal.h"

/*
 * group_enter waits for the baton, and opens a group if none is open. where
 * names the caller in complaints. OK: the caller has the baton; E_MISUSE: it
 * had it already (logged); E_AGAIN: the held group is broken; E_BUSY, E_FULL,
 * E_IO, E_NOMEM.
 */
int group_enter(struct db *db, const char *where, char why[DB_WHY_MAX]);

/*
 * group_inside: has the calling thread a transaction open that holds others
 * (struct tx, outer)? Such a one neither enters nor leaves the group again.
 */
bool group_inside(struct db *db);

/*
 * group_leave hands the baton on and waits for the commit; changed: there is
 * something to tell the listener. OK: durable (under db_hold: provisional);
 * E_AGAIN: a neighbour took the work along; E_FULL, E_IO, E_NOMEM: the commit
 * failed.
 */
int group_leave(struct db *db, bool changed, char why[DB_WHY_MAX]);

/*
 * group_join has run(tx) called by whoever has the baton for all that join
 * meanwhile, and waits for the commit: the first who joins leads the others.
 * run does what stands between group_enter and group_leave, but only if the
 * group is whole, and returns changed. Fails as both of them do.
 */
typedef bool group_body(struct tx *tx);
int group_join(struct db *db, struct tx *tx, group_body *run,
	char why[DB_WHY_MAX]);

/*
 * group_cancel gives back the baton of a caller that did nothing, and
 * commits for the others.
 */
void group_cancel(struct db *db);

/* group_run runs one statement of queries/tx.sql; a SQLite result. */
int group_run(struct db *db, enum query query);

/*
 * group_broken tells whether the transaction is gone: disk full, I/O errors
 * and lack of memory make SQLite roll back by itself, and with it everybody's
 * work in the group.
 */
bool group_broken(struct db *db);

#endif
