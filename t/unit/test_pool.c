/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/err.h"
#include "t/unit/sql_fixture.h"
#include "t/unit/unit.h"

static char why[DB_WHY_MAX];

static void
test_last_in_first_out(void **state)
{
	struct fixture *f = *state;
	struct pool *pool;
	struct db *a, *b;

	assert_int_equal(pool_open(&pool, f->path, 3), OK);
	a = pool_take(pool, why);
	b = pool_take(pool, why);
	assert_non_null(a);
	assert_non_null(b);
	assert_ptr_not_equal(a, b);
	pool_give(pool, b);
	pool_give(pool, a);
	assert_ptr_equal(pool_take(pool, why), a);
	assert_ptr_equal(pool_take(pool, why), b);
	pool_give(pool, a);
	pool_give(pool, b);
	pool_close(pool);
}

struct taker {
	struct pool *pool;
	struct db *db;
	atomic_bool has;
};

static void *
take(void *arg)
{
	struct taker *taker = arg;
	char text[DB_WHY_MAX];

	taker->db = pool_take(taker->pool, text);
	taker->has = true;
	return NULL;
}

/* A second thread asks, and gets what the first gives back. */
static void
check_handed_on(struct pool *pool, struct db *db)
{
	struct taker taker = { .pool = pool };
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, take, &taker), 0);
	usleep(50000);	/* in which it would get one that it must not have */
	assert_false(taker.has);
	pool_give(pool, db);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_ptr_equal(taker.db, db);
}

static void
test_waits_while_all_are_taken(void **state)
{
	struct fixture *f = *state;
	struct pool *pool;
	struct db *db;

	assert_int_equal(pool_open(&pool, f->path, 1), OK);
	db = pool_take(pool, why);
	check_handed_on(pool, db);
	pool_give(pool, db);
	pool_close(pool);
}

static void
test_what_cannot_be_opened(void **state)
{
	struct fixture *f = *state;
	struct pool *pool;
	struct db *db;
	char away[4096];

	assert_int_equal(pool_open(&pool, "/nowhere/gatehouse.db", 2), OK);
	assert_null(pool_take(pool, why));
	assert_non_null(strstr(why, "/nowhere/gatehouse.db"));
	pool_close(pool);

	/* One that is open goes round when no other can be opened. */
	assert_int_equal(pool_open(&pool, f->path, 2), OK);
	db = pool_take(pool, why);
	snprintf(away, sizeof(away), "%s-away", f->path);
	assert_int_equal(rename(f->path, away), 0);
	check_handed_on(pool, db);
	assert_int_equal(rename(away, f->path), 0);
	pool_give(pool, db);
	pool_close(pool);
	pool_close(NULL);
}

static void *
enter(void *arg)
{
	struct taker *taker = arg;

	pool_enter(taker->pool);
	taker->has = true;
	return NULL;
}

/* As many as there may be connections, opened or not. */
static void
test_turns(void **state)
{
	struct fixture *f = *state;
	struct taker taker = { .db = NULL };
	pthread_t thread;

	assert_int_equal(pool_open(&taker.pool, f->path, 2), OK);
	pool_enter(taker.pool);
	pool_enter(taker.pool);
	assert_int_equal(pthread_create(&thread, NULL, enter, &taker), 0);
	usleep(50000);	/* in which it would get a turn that there is not */
	assert_false(taker.has);
	pool_leave(taker.pool);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(taker.has);
	pool_leave(taker.pool);
	pool_leave(taker.pool);
	pool_close(taker.pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_last_in_first_out),
		FIXTURE_TEST(test_waits_while_all_are_taken),
		FIXTURE_TEST(test_what_cannot_be_opened),
		FIXTURE_TEST(test_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
