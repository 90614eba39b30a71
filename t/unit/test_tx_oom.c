/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each allocation that SQLite, or our own code around it, asks for fails once
 * in turn: the answer is OK or E_NOMEM, what was refused left no trace, what
 * was granted is there, the database is sound, and nothing leaks.
 */
#include "t/unit/unit.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/log.h"
#include "sql/gate.h"
#include "sql/session.h"
#include "sql/verify.h"
#include "t/unit/sql_fixture.h"

enum {
	THREADS = 4,
	STEPS = 60,	/* failures tried for one piece of work, about */
};

static struct {
	sqlite3_mem_methods real;
	atomic_int countdown;	/* fails at 0; below: never */
	atomic_int live;	/* SQLite's allocations that are not freed */
} memory = { .countdown = -1 };

static bool
fails_now(void)
{
	return atomic_load(&memory.countdown) >= 0 &&
	    atomic_fetch_sub(&memory.countdown, 1) == 0;
}

static void *
take(int size)
{
	void *at = fails_now() ? NULL : memory.real.xMalloc(size);

	if (at != NULL)
		atomic_fetch_add(&memory.live, 1);
	return at;
}

static void *
resize(void *old, int size)
{
	return fails_now() ? NULL : memory.real.xRealloc(old, size);
}

static void
give_back(void *at)
{
	atomic_fetch_sub(&memory.live, 1);
	memory.real.xFree(at);
}

void *__real_calloc(size_t count, size_t size);
char *__real_strdup(const char *text);
void *__wrap_calloc(size_t count, size_t size);
char *__wrap_strdup(const char *text);

void *
__wrap_calloc(size_t count, size_t size)
{
	return fails_now() ? NULL : __real_calloc(count, size);
}

char *
__wrap_strdup(const char *text)
{
	return fails_now() ? NULL : __real_strdup(text);
}

/* Ours, before SQLite makes its first allocation. */
static int
set_up(void **state)
{
	static sqlite3_mem_methods ours;

	(void)state;
	log_open("test_tx_oom", LOG_NONE);
	sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory.real);
	ours = memory.real;
	ours.xMalloc = take;
	ours.xRealloc = resize;
	ours.xFree = give_back;
	return sqlite3_config(SQLITE_CONFIG_MALLOC, &ours) == SQLITE_OK &&
	    sqlite3_initialize() == SQLITE_OK ? 0 : -1;
}

/* A piece of work on a database, and how to see that it was done. */
struct work {
	const char *given;	/* steps of the story */
	int (*act)(struct fixture *f);
	const char *count;	/* query: 1 when done, else 0 */
};

/* SQLite's own json_valid() says "no" when it finds no memory to look. */
static int
honest(int rc, const char *why)
{
	return rc == E_INVALID && strstr(why, "json_valid") != NULL ?
	    E_NOMEM : rc;
}

static int
create(struct fixture *f)
{
	struct session_new new = { .query = "q", .environment = "dev",
	    .submitter = "{}", .extra_fields = "{}", .now_ms = 5 };
	struct session_ref ref;

	return honest(session_create(f->db, &new, &ref), ref.why);
}

/* As a runner does: a call and its gate in one transaction. */
static int
open_gate(struct fixture *f)
{
	struct tx tx = TX(f->db);
	char why[DB_WHY_MAX];
	int rc;

	while (tx_loop(&tx)) {
		fixture_try_story(f, "cg");
		rc = db_error(f->db, sqlite3_errcode(f->db->sqlite), why);
		if (rc != OK)
			tx_fail(&tx, rc, "%s", why);
	}
	return honest(tx.rc, tx.why);
}

static int
decide(struct fixture *f)
{
	struct verdict verdict = { .session_id = FIXTURE_SESSION,
	    .verdict = "approve", .actor = "ana", .now_ms = 30 };
	struct verdict_result result;
	int rc;

	rc = gate_find(f->db, FIXTURE_SESSION, "0", &verdict.gate_id,
	    result.why);
	if (rc == OK)
		rc = gate_decide(f->db, &verdict, &result);
	return honest(rc, result.why);
}

static int
stop(struct fixture *f)
{
	struct session_ref ref = { .id = FIXTURE_SESSION };

	return honest(session_stop(f->db, "ana", NULL, 90, &ref), ref.why);
}

static int
patch(struct fixture *f)
{
	struct session_ref ref = { .id = FIXTURE_SESSION };

	return honest(session_patch(f->db, "{\"a\":1}", 0, "ana", NULL, 90,
	    &ref), ref.why);
}

static int
look(struct fixture *f)
{
	struct rows rows = db_query(f->db, Q_SESSION_GET, "s",
	    FIXTURE_SESSION);
	bool found = rows_next(&rows);
	const char *body = found ? rows_text(&rows, 0) : NULL;
	bool whole = body != NULL && body[strlen(body) - 1] == '}';
	int rc = rows_end(&rows);

	/* What could not be read must not look like something else. */
	assert_true(rc != OK || whole);
	return rc;
}

static int
check(struct fixture *f)
{
	int count = 0, rc = verify(f->db, fixture_finding, NULL, &count);

	assert_int_equal(count, 0);
	return rc;
}

static void
shell(struct fixture *f, const char *command)
{
	char line[256];

	snprintf(line, sizeof(line), "cd %s && %s", f->dir, command);
	assert_int_equal(system(line), 0);
}

/* Opens the file as it was kept; warm: with every statement prepared. */
static void
open_again(struct fixture *f, bool warm)
{
	char why[DB_WHY_MAX];

	shell(f, "rm -f *-wal *-shm; cp kept.db test.db");
	assert_int_equal(db_open(&f->db, f->path, DB_WRITE, why), OK);
	fixture_sql(f, "PRAGMA synchronous=OFF");
	for (int i = 0; warm && i < Q_COUNT; i++)
		assert_non_null(db_prepare(f->db, i));
}

/* Nothing that SQLite took is left. */
static void
close_all(struct fixture *f)
{
	db_close(f->db);
	f->db = NULL;
	assert_int_equal(atomic_load(&memory.live), 0);
}

/* Fails the n-th allocation; returns whether there was one. */
static bool
try_one(struct fixture *f, const struct work *work, int n, bool warm)
{
	bool failed;
	int rc;

	atomic_store(&memory.countdown, n);
	rc = work->act(f);
	failed = atomic_exchange(&memory.countdown, -1) < 0;
	if (rc != OK && (!failed || rc != E_NOMEM))
		fail_msg("allocation %d: %s", n, err_text(rc));
	if (work->count != NULL)
		assert_int_equal(fixture_int(f, work->count), rc == OK);
	fixture_sound(f);
	if (rc == OK || !warm) {
		close_all(f);
		open_again(f, warm);
	}
	return failed;
}

/* How many allocations work makes. */
static int
count_all(struct fixture *f, const struct work *work, bool warm)
{
	int count;

	atomic_store(&memory.countdown, INT_MAX);
	assert_int_equal(work->act(f), OK);
	count = INT_MAX - atomic_exchange(&memory.countdown, -1);
	close_all(f);
	open_again(f, warm);
	return count;
}

/* About STEPS of them, or as many as GATEHOUSE_TEST_STEPS says. */
static int
step_for(int count)
{
	const char *steps = getenv("GATEHOUSE_TEST_STEPS");

	return count / (steps != NULL ? atoi(steps) : STEPS) + 1;
}

static void
try_all(struct fixture *f, const struct work *work, bool warm)
{
	int n = 0, count, step;

	close_all(f);
	shell(f, "rm -f *-wal *-shm; cp first.db test.db");
	shell(f, "cp test.db kept.db");
	open_again(f, warm);
	fixture_story(f, work->given);
	close_all(f);
	shell(f, "cp test.db kept.db");
	open_again(f, warm);
	count = count_all(f, work, warm);
	step = step_for(count);
	while (try_one(f, work, n, warm))
		n += step;
	print_message("# %d of %d allocations failed\n", n / step, count);
}

static void
test_work(void **state)
{
	static const struct work works[] = {
		{ "n", create, "SELECT count(*) = 2 FROM session" },
		{ "npt", open_gate,
		    "SELECT status = 'awaiting_input' FROM session" },
		{ "nptcg", decide, "SELECT decision IS 'approve' FROM gate" },
		{ "np", stop, "SELECT status = 'stopped' FROM session" },
		{ "np", patch,
		    "SELECT extra_fields = '{\"a\":1}' FROM session" },
		{ "np", look, NULL },
		{ "nptcgaxef", check, NULL },
	};
	struct fixture *f = *state;

	close_all(f);
	shell(f, "cp test.db first.db");
	for (size_t i = 0; i < COUNT(works); i++) {
		try_all(f, &works[i], false);
		try_all(f, &works[i], true);
	}
}

/* An interrupted beginning is no obstacle to the next one. */
static void
test_open(void **state)
{
	static const enum db_mode modes[] = { DB_CREATE, DB_WRITE, DB_READ };
	struct fixture *f = *state;
	char why[DB_WHY_MAX];

	for (size_t i = 0; i < COUNT(modes); i++) {
		int n = 0, rc, count, step;

		close_all(f);
		if (modes[i] == DB_CREATE)
			shell(f, "rm -f test.db*");
		atomic_store(&memory.countdown, INT_MAX);
		assert_int_equal(db_open(&f->db, f->path, modes[i], why), OK);
		count = INT_MAX - atomic_exchange(&memory.countdown, -1);
		step = step_for(count);
		for (n = 0; n < count; n += step) {
			close_all(f);
			if (modes[i] == DB_CREATE)
				shell(f, "rm -f test.db*");
			atomic_store(&memory.countdown, n);
			rc = db_open(&f->db, f->path, modes[i], why);
			atomic_store(&memory.countdown, -1);
			if (rc != OK && rc != E_NOMEM)
				fail_msg("allocation %d: %s", n, why);
			if (rc != OK)
				assert_null(f->db);
			close_all(f);
			assert_int_equal(db_open(&f->db, f->path, DB_CREATE,
			    why), OK);
			fixture_sound(f);
		}
		print_message("# %d of %d allocations failed\n", n / step,
		    count);
	}
}

struct worker {
	pthread_t thread;
	struct fixture *f;
	int good, bad;
};

static void *
create_often(void *arg)
{
	struct worker *w = arg;

	for (int i = 0; i < 3; i++) {
		int rc = create(w->f);

		w->good += rc == OK;
		w->bad += rc != OK && rc != E_NOMEM;
	}
	return NULL;
}

/* One thread's bad luck: the others get what they were promised. */
static void
test_group(void **state)
{
	struct fixture *f = *state;
	int good = 0;

	fixture_uncap(f);
	for (int n = 0; n < 3000; n += step_for(3000)) {
		struct worker workers[THREADS] = { 0 };

		atomic_store(&memory.countdown, n);
		for (int i = 0; i < THREADS; i++) {
			workers[i].f = f;
			assert_int_equal(pthread_create(&workers[i].thread,
			    NULL, create_often, &workers[i]), 0);
		}
		for (int i = 0; i < THREADS; i++) {
			pthread_join(workers[i].thread, NULL);
			assert_int_equal(workers[i].bad, 0);
			good += workers[i].good;
		}
		atomic_store(&memory.countdown, -1);
		assert_int_equal(fixture_int(f, "SELECT count(*) FROM session"),
		    good);
	}
	fixture_sound(f);
	close_all(f);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_open),
		FIXTURE_TEST(test_work),
		FIXTURE_TEST(test_group),
	};

	return cmocka_run_group_tests_name("tx_oom", tests, set_up, NULL);
}
