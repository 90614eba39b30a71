/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fresh database with one small application, for the tests of sql/.
 *
 *	static void
 *	test_it_waits(void **state)
 *	{
 *		struct fixture *f = *state;
 *
 *		fixture_sql(f, "INSERT INTO ...");
 *		assert_int_equal(fixture_int(f, "SELECT ..."), 1);
 *	}
 *	... FIXTURE_TEST(test_it_waits) ...
 *
 * Every function fails the test when it fails itself.
 */
#ifndef T_UNIT_SQL_FIXTURE_H
#define T_UNIT_SQL_FIXTURE_H

#include <stdint.h>

#include "sql/db_internal.h"
#include "sql/tx.h"

#define FIXTURE_TEST(f) \
	cmocka_unit_test_setup_teardown(f, fixture_open, fixture_close)

struct fixture {
	char dir[64];
	char path[96];		/* of the database */
	struct db *db;		/* that made it */
};

/* Of the story: the session, and the SHA-256 of its call's {"n":1}. */
#define FIXTURE_SESSION "T-20260101-001"
#define FIXTURE_DIGEST \
	"2bfd14f43d17fc7cea24e0917a8879b4b2f880b8baeec1b9d90fbaad655e71bd"

/* fixture_open and fixture_close are for cmocka; the app is loaded. */
int fixture_open(void **state);
int fixture_close(void **state);

/* fixture_dir makes the folder only: path is set, db is NULL. */
int fixture_dir(void **state);

/* fixture_sql runs text that must succeed. */
void fixture_sql(struct fixture *f, const char *text);

/*
 * fixture_story lives through steps of a session's life: n new, p in progress
 * (epoch 1), t a turn with a reply, c a planned call 1, g its gate 1, a
 * approved by ana, x executing (epoch 2), e ended, f finished.
 */
void fixture_story(struct fixture *f, const char *steps);

/*
 * fixture_story_as does it for session T-20260101-<number>, call and gate
 * <number>; fixture_story_text returns the SQL of one step, caller frees.
 */
void fixture_story_as(struct fixture *f, const char *steps, int number);
char *fixture_story_text(char step, int number);

/* The same, but returning the error message of the first failure, or "". */
const char *fixture_try(struct fixture *f, const char *text);
const char *fixture_try_story(struct fixture *f, const char *steps);

/*
 * fixture_int and fixture_text return the first value of a query (caller
 * frees the text), fixture_is compares it.
 */
int64_t fixture_int(struct fixture *f, const char *query);
char *fixture_text(struct fixture *f, const char *query);
void fixture_is(struct fixture *f, const char *query, const char *text);

/* fixture_uncap lets session_create start as many sessions as it likes. */
void fixture_uncap(struct fixture *f);

/* fixture_count_up adds one to a counter: one row, no trigger. */
int fixture_count_up(struct tx *tx, const char *counter);

/* fixture_counter returns where a counter stands; 0 if never used. */
int64_t fixture_counter(struct fixture *f, const char *counter);

/* fixture_stumble makes the transaction fail: E_NOTFOUND, "no such gate". */
void fixture_stumble(struct tx *tx);

/* fixture_break makes SQLite roll back the whole group; E_IO. */
void fixture_break(struct tx *tx);

/*
 * fixture_no_commit is a hook of sqlite3_commit_hook that refuses each commit
 * and counts in arg, an int, unless that is NULL.
 */
int fixture_no_commit(void *arg);

/* fixture_sound fails unless integrity and every invariant hold. */
void fixture_sound(struct fixture *f);

/* fixture_finding prints what verify found. */
void fixture_finding(void *arg, const char *invariant, const char *session_id,
	const char *problem);

#endif
