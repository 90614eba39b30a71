/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transactions: the only way to write.
 *
 *	struct tx tx = TX(db);
 *
 *	while (tx_loop(&tx)) {
 *		tx_run(&tx, Q_CALL_INSERT, "sss", ...);
 *		tx_run(&tx, Q_GATE_INSERT, "s", ...);
 *	}
 *	return tx.rc;
 *
 * Errors stick: after the first failure every further call does nothing, and
 * the end rolls back. The body runs again, whole, when somebody else's
 * failure took it along, so it must set what it hands out anew each time; it
 * must not leave the loop by break, return or goto, and must not wait.
 *
 * Group commit: the threads of a process share its writing connection. Each
 * body is a savepoint of one BEGIN IMMEDIATE; who finishes passes the baton
 * to the next that waits, and the last commits for all. tx_loop returns false
 * only after that commit (or failure), so one fsync serves many and an OK is
 * durable. Processes queue on a lock file before BEGIN.
 *
 * A transaction with the member outer set holds those that its own thread
 * runs inside its body: each may fail alone, and they are committed with it,
 * or not at all. Until then their rc is provisional. What breaks the whole
 * transaction fails the outer one, too.
 *
 * tx.rc: OK; E_CONFLICT, E_INVALID, E_DENIED, E_NOTFOUND (a promise of the
 * database was in the way; tx.why says which); E_BUSY, E_FULL, E_IO, E_NOMEM,
 * E_CORRUPT; E_MISUSE (a transaction inside one that is not
 * outer; logged); whatever
 * tx_fail was given.
 */
#ifndef SQL_TX_H
#define SQL_TX_H

#include "sql/db.h"

struct tx;

/* What tx_do runs. */
typedef void tx_body(struct tx *tx, void *arg);

struct tx {
	struct db *db;
	int rc;
	char why[DB_WHY_MAX];	/* text of the first failure, or "" */
	bool outer;		/* may hold others; set before the loop */
	/* Private. */
	const char *where;	/* file:line that opened it */
	int64_t changes_before;
	int tries;
	bool open;
	bool inner;		/* is held by an outer one */
	tx_body *body;		/* with what follows: of tx_do */
	void *arg;
	struct tx *next;
};

#define TX_STR2(x) #x
#define TX_STR(x) TX_STR2(x)
#define TX(d) { .db = (d), .where = __FILE__ ":" TX_STR(__LINE__) }

/* tx_loop: see above. */
bool tx_loop(struct tx *tx);

/*
 * tx_do is while (tx_loop(tx)) body(tx, arg), for what many threads do at the
 * same moment: who has the baton runs the bodies of all that wait for it, so
 * it goes from hand to hand once for all of them. A body may run in another
 * thread, then, while its own sleeps. Returns tx.rc; tx is not outer.
 */
int tx_do(struct tx *tx, tx_body *body, void *arg);

/*
 * tx_run runs a statement to its end; types as for db_query. Returns the
 * number of rows that it changed itself (triggers not counted), 0 after a
 * failure.
 */
int tx_run(struct tx *tx, enum query query, const char *types, ...);

/* tx_insert is tx_run for an INSERT; returns the new rowid. */
int64_t tx_insert(struct tx *tx, enum query query, const char *types, ...);

/* tx_query starts a query inside the transaction; its errors stick. */
struct rows tx_query(struct tx *tx, enum query query, const char *types, ...);

/*
 * tx_fail makes the transaction fail with code (an E_*) and a formatted
 * explanation, if nothing failed before.
 */
void tx_fail(struct tx *tx, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * tx_excuse takes a failure back that a promise of the database caused
 * (E_CONFLICT, E_INVALID, E_DENIED, E_NOTFOUND): its statement has left no
 * trace, and the body may go on with the next. Other failures stay.
 */
void tx_excuse(struct tx *tx);

/*
 * tx_copy duplicates text, or NULL if it is NULL; the caller frees. E_NOMEM
 * sticks to the transaction.
 */
char *tx_copy(struct tx *tx, const char *text);

/*
 * db_hold keeps one group open until db_release, for a single-threaded
 * program: each tx.rc in between is provisional, and the return value of
 * db_release (OK or E_*) is the truth about all of them. E_AGAIN: run them
 * all again.
 */
void db_hold(struct db *db);
int db_release(struct db *db);

#endif
