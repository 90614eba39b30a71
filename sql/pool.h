/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A few reading connections for many threads, and as many turns. A connection
 * of its own for each thread would cost megabytes each, and keep none of them
 * in the processor's caches; and threads that all run at once hinder each
 * other. So a thread that has a turn works, and one that must wait for
 * something else than its next work passes the turn on.
 *
 *	struct pool *pool;
 *	int rc = pool_open(&pool, "gatehouse.db", 4);
 *	...
 *	pool_enter(pool);
 *	struct db *db = pool_take(pool, why);
 *	if (db == NULL)
 *		return complain(why);
 *	... queries ...
 *	pool_give(pool, db);
 *	pool_leave(pool);
 *	...
 *	pool_close(pool);
 *
 * Who holds a connection must not wait for anything, or others wait too.
 */
#ifndef SQL_POOL_H
#define SQL_POOL_H

#include "sql/db.h"

struct pool;

/*
 * pool_open makes a pool of at most max (1 or more) connections to path; each
 * is opened when it is first needed. OK; E_NOMEM, with *pool NULL.
 */
int pool_open(struct pool **pool, const char *path, int max);

/* pool_close: every connection is back. pool may be NULL. */
void pool_close(struct pool *pool);

/*
 * pool_take hands out the connection that was given back last, waiting while
 * all are taken. NULL: none is open and none can be opened; why says why.
 */
struct db *pool_take(struct pool *pool, char why[DB_WHY_MAX]);

/*
 * pool_enter waits for a turn, pool_leave passes it on. Who took a connection
 * needs no turn to go on with it, nor to take another.
 */
void pool_enter(struct pool *pool);
void pool_leave(struct pool *pool);

/* pool_give takes it back; nothing may be going on in it. */
void pool_give(struct pool *pool, struct db *db);

#endif
