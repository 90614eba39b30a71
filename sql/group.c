/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/group.h"

#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/log.h"
#include "sql/lock.h"
#include "sql/tx.h"

enum {
	GROUP_MAX = 64,		/* transactions in one commit */
	/* For other processes: nginx waits for 30 s, and is to hear of it. */
	WAIT_MS = 15000,
	FORGET_MS = 5000,	/* after that, it is another wait */
	LEAST_MS = 100,		/* what others do for a moment fails nobody */
	SLOW_MS = 1000,		/* a wait that is worth a line */
};

/*
 * The transactions that one commit makes durable; freed by the last. Members
 * wait at a futex: all of them wake up at once, and a condition variable
 * would have each of them take one mutex first.
 */
struct group {
	atomic_int members;	/* that wait for the outcome */
	int size;		/* so far; of a crowd: with db->mutex */
	struct tx *first, **end;	/* of a crowd: not yet run; the same */
	bool changed;		/* a member that succeeded changed a row */
	bool broken;		/* rolled back whole */
	atomic_int done;	/* the futex: 1, rc is known */
	int rc;
	char why[DB_WHY_MAX];
};

int
group_run(struct db *db, enum query query)
{
	sqlite3_step(db->stmt[query]);
	return sqlite3_reset(db->stmt[query]);
}

bool
group_broken(struct db *db)
{
	if (sqlite3_get_autocommit(db->sqlite))
		db->group->broken = true;
	return db->group->broken;
}

/* Tells who listens, if anybody; a lost hint costs one poll. */
static void
send_hints(const struct db *db)
{
	static const struct { unsigned whom; const char *name; } hints[] = {
		{ WAKE_RUNNER, "wake" }, { WAKE_LIVE, "live" },
	};
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		if ((db->wake & hints[i].whom) == 0 ||
		    snprintf(address.sun_path, sizeof(address.sun_path),
			"%s-%s", db->path, hints[i].name) >=
		    (int)sizeof(address.sun_path))
			continue;
		sendto(db->wake_fd, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL,
		    (struct sockaddr *)&address, sizeof(address));
	}
}

/*
 * How long the holder of the baton waits. Who has waited behind somebody that
 * gave up does not wait as long once more, nor does who comes just then.
 */
static int
wait_left(struct db *db)
{
	int64_t now = clock_mono_ms(), left;

	if (now - db->gave_up_ms > FORGET_MS)
		db->wait_ms = now;
	left = db->wait_ms + WAIT_MS - now;
	return left > LEAST_MS ? (int)left : LEAST_MS;
}

/* Queues on the lock file, then begins. */
static int
begin(struct db *db, char why[DB_WHY_MAX])
{
	int64_t start = clock_mono_ms(), waited;
	int left = wait_left(db);
	int rc = lock_take(db->lock_fd, left);

	if (rc != OK) {
		snprintf(why, DB_WHY_MAX, "cannot lock \"%s\": %s", db->path,
		    err_text(rc));
	} else {
		sqlite3_busy_timeout(db->sqlite, left);
		rc = db_error(db, group_run(db, Q_TX_BEGIN), why);
		if (rc != OK) {
			/* It may have begun before it failed. */
			group_run(db, Q_TX_ROLLBACK);
			lock_free(db->lock_fd);
		}
	}
	waited = clock_mono_ms() - start;
	db->gave_up_ms = rc == E_BUSY ? start + waited : -FORGET_MS;
	if (waited > SLOW_MS)
		log_warn("database_busy", "waited_ms=%lld rc=%d",
		    (long long)waited, rc);
	return rc;
}

/* The holder of the baton opens the group that its transaction joins. */
static int
open_group(struct db *db, char why[DB_WHY_MAX])
{
	struct group *group = calloc(1, sizeof(*group));
	int rc;

	if (group == NULL) {
		snprintf(why, DB_WHY_MAX, "%s", err_text(E_NOMEM));
		return E_NOMEM;
	}
	rc = begin(db, why);
	if (rc != OK)
		free(group);
	else
		db->group = group;
	return rc;
}

/* Ends the open group, for better or worse; the baton is held. */
static void
close_group(struct db *db)
{
	struct group *group = db->group;

	group->rc = E_AGAIN;
	if (!group_broken(db)) {
		group->rc = db_error(db, group_run(db, Q_TX_COMMIT),
		    group->why);
		if (group->rc != OK)
			group_run(db, Q_TX_ROLLBACK);
	}
	lock_free(db->lock_fd);
	if (group->rc == OK && group->changed)
		send_hints(db);
	db->group = NULL;
}

/* Wakes the members; the caller is one of them, or it may be gone. */
static void
announce(struct group *group)
{
	group->done = 1;
	syscall(SYS_futex, &group->done, FUTEX_WAKE_PRIVATE, INT_MAX, NULL,
	    NULL, 0);
}

/* Waits until somebody has committed the group. */
static int
await_outcome(struct group *group, char why[DB_WHY_MAX])
{
	int rc;

	while (!group->done)
		syscall(SYS_futex, &group->done, FUTEX_WAIT_PRIVATE, 0, NULL,
		    NULL, 0);
	rc = group->rc;
	if (rc != OK)
		memcpy(why, group->why, sizeof(group->why));
	if (--group->members == 0)
		free(group);
	return rc;
}

static int
take_baton(struct db *db, const char *where, char why[DB_WHY_MAX])
{
	pthread_mutex_lock(&db->mutex);
	if (db->taken && pthread_equal(db->holder, pthread_self())) {
		snprintf(why, DB_WHY_MAX, "transaction inside a transaction");
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

bool
group_inside(struct db *db)
{
	bool inside;

	if (db->outer == NULL)
		return false;
	pthread_mutex_lock(&db->mutex);
	inside = db->outer != NULL && db->taken &&
	    pthread_equal(db->holder, pthread_self());
	pthread_mutex_unlock(&db->mutex);
	return inside;
}

static void
pass_baton(struct db *db)
{
	pthread_mutex_lock(&db->mutex);
	db->taken = false;
	pthread_mutex_unlock(&db->mutex);
	pthread_cond_signal(&db->baton);
}

/* The caller is in the crowd then; it leads if there was none. */
static struct group *
join_crowd(struct db *db, struct tx *tx, bool *leads)
{
	struct group *group;

	tx->next = NULL;
	pthread_mutex_lock(&db->mutex);
	*leads = db->crowd == NULL || db->crowd->size == GROUP_MAX;
	if (*leads) {
		db->crowd = calloc(1, sizeof(*group));
		if (db->crowd != NULL)
			db->crowd->end = &db->crowd->first;
	}
	group = db->crowd;
	if (group != NULL) {
		*group->end = tx;
		group->end = &tx->next;
		group->size++;
		group->members++;
		db->waiting++;
	}
	pthread_mutex_unlock(&db->mutex);
	return group;
}

/* The next of a crowd; when there is none, nobody can join any more. */
static struct tx *
next_of_crowd(struct db *db, struct group *group)
{
	struct tx *tx;

	pthread_mutex_lock(&db->mutex);
	tx = group->first;
	if (tx == NULL && db->crowd == group)
		db->crowd = NULL;
	if (tx != NULL) {
		group->first = tx->next;
		db->waiting--;
	}
	if (group->first == NULL)
		group->end = &group->first;
	pthread_mutex_unlock(&db->mutex);
	return tx;
}

/* Commits what others have left to who comes next. */
static void
finish_open(struct db *db)
{
	struct group *group = db->group;
	char why[DB_WHY_MAX];

	if (group == NULL)
		return;
	group->members++;
	close_group(db);
	announce(group);
	await_outcome(group, why);
}

/* Runs a crowd, or tells all of it why not. */
static void
lead(struct db *db, struct group *group, const char *where, group_body *run)
{
	bool taken = take_baton(db, where, group->why) == OK;
	struct tx *tx;

	group->rc = E_MISUSE;
	if (taken) {
		finish_open(db);
		group->rc = begin(db, group->why);
	}
	if (group->rc == OK)
		db->group = group;
	while ((tx = next_of_crowd(db, group)) != NULL)
		if (db->group == group)
			group->changed |= run(tx);
	if (db->group == group)
		close_group(db);
	if (taken)
		pass_baton(db);
	announce(group);
}

int
group_join(struct db *db, struct tx *tx, group_body *run,
    char why[DB_WHY_MAX])
{
	bool leads;
	struct group *group = join_crowd(db, tx, &leads);

	if (group == NULL) {
		snprintf(why, DB_WHY_MAX, "%s", err_text(E_NOMEM));
		return E_NOMEM;
	}
	if (leads)
		lead(db, group, tx->where, run);
	return await_outcome(group, why);
}

int
group_enter(struct db *db, const char *where, char why[DB_WHY_MAX])
{
	int rc = take_baton(db, where, why);

	if (rc != OK)
		return rc;
	if (db->group == NULL)
		rc = open_group(db, why);
	else if (db->group->broken)
		rc = E_AGAIN;
	if (rc != OK)
		pass_baton(db);
	return rc;
}

/*
 * Counts the caller in, and has it commit, unless somebody waits who can: the
 * next may write while the members are woken. Then waits with them.
 */
static int
leave(struct db *db, bool commit, char why[DB_WHY_MAX])
{
	struct group *group = db->group;

	group->members++;
	if (commit)
		close_group(db);
	pass_baton(db);
	if (commit)
		announce(group);
	return await_outcome(group, why);
}

void
group_cancel(struct db *db)
{
	char why[DB_WHY_MAX];

	if (!db->hold)
		leave(db, true, why);
	else
		pass_baton(db);
}

int
group_leave(struct db *db, bool changed, char why[DB_WHY_MAX])
{
	struct group *group = db->group;
	int rc;

	group->changed |= changed;
	if (db->hold) {
		rc = group->broken ? E_AGAIN : OK;
		pass_baton(db);
		return rc;
	}
	return leave(db, ++group->size == GROUP_MAX || group->broken ||
	    db->waiting == 0, why);
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
	char why[DB_WHY_MAX];

	db->hold = false;
	if (group == NULL)
		return OK;
	group->members++;
	close_group(db);
	announce(group);
	return await_outcome(group, why);
}
