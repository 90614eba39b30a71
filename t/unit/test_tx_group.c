/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/tx.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "t/unit/unit.h"

#include "lib/err.h"
#include "t/unit/sql_fixture.h"

enum { THREADS = 64, ROUNDS = 25, PROCESSES = 4 };

struct worker {
	pthread_t thread;
	struct fixture *f;
	int number;
	int good, bad;
	/* Of one that joins a crowd: */
	pthread_t who;		/* ran its body */
	int led, followed;	/* how often its leader and its body ran */
	bool breaks;		/* the group */
};

static void
start(struct worker *workers, int count, struct fixture *f,
    void *(*work)(void *))
{
	for (int i = 0; i < count; i++) {
		workers[i].f = f;
		workers[i].number = i;
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work,
		    &workers[i]), 0);
	}
}

static void
finish(struct worker *workers, int count)
{
	for (int i = 0; i < count; i++)
		pthread_join(workers[i].thread, NULL);
}

static int
count_commit(void *arg)
{
	++*(int *)arg;
	return 0;
}

/* Every other thread joins a crowd. */
static int
transact(struct worker *w, tx_body *body, void *arg)
{
	struct tx tx = TX(w->f->db);

	if (w->number % 2 != 0)
		return tx_do(&tx, body, arg);
	while (tx_loop(&tx))
		body(&tx, arg);
	return tx.rc;
}

static void
count_up(struct tx *tx, void *counter)
{
	fixture_count_up(tx, counter);
}

static void *
count_often(void *arg)
{
	struct worker *w = arg;
	char counter[] = "threads";

	for (int i = 0; i < ROUNDS; i++)
		*(transact(w, count_up, counter) == OK ? &w->good :
		    &w->bad) += 1;
	return NULL;
}

static void
test_many_threads_share_commits(void **state)
{
	struct worker workers[THREADS] = { 0 };
	struct fixture *f = *state;
	int commits = 0;

	sqlite3_commit_hook(f->db->sqlite, count_commit, &commits);
	start(workers, THREADS, f, count_often);
	finish(workers, THREADS);
	sqlite3_commit_hook(f->db->sqlite, NULL, NULL);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(workers[i].good, ROUNDS);
	assert_int_equal(fixture_counter(f, "threads"), THREADS * ROUNDS);
	print_message("# %d transactions in %d commits\n", THREADS * ROUNDS,
	    commits);
	assert_true(commits < THREADS * ROUNDS / 4);
}

static void
count_and_stumble(struct tx *tx, void *counter)
{
	fixture_count_up(tx, counter);
	fixture_stumble(tx);
}

/* Every third transaction fails after it wrote. */
static void *
stumble_often(void *arg)
{
	char never[] = "never", mixed[] = "mixed";
	struct worker *w = arg;

	for (int i = 0; i < ROUNDS; i++) {
		bool bad = (w->number + i) % 3 == 0;
		int rc = bad ? transact(w, count_and_stumble, never) :
		    transact(w, count_up, mixed);

		if (rc != (bad ? E_NOTFOUND : OK))
			abort();
		*(bad ? &w->bad : &w->good) += 1;
	}
	return NULL;
}

static void
test_one_failure_leaves_the_neighbours_alone(void **state)
{
	struct worker workers[THREADS] = { 0 };
	struct fixture *f = *state;
	int good = 0;

	start(workers, THREADS, f, stumble_often);
	finish(workers, THREADS);
	for (int i = 0; i < THREADS; i++)
		good += workers[i].good;
	assert_int_equal(fixture_counter(f, "mixed"), good);
	assert_int_equal(fixture_counter(f, "never"), 0);
}

/* One process: its own connection, four threads. */
static _Noreturn void
be_process(const char *path)
{
	struct worker workers[4] = { 0 };
	struct fixture f = { .db = NULL };
	char why[DB_WHY_MAX];

	if (db_open(&f.db, path, DB_WRITE, why) != OK)
		_exit(1);
	start(workers, 4, &f, count_often);
	finish(workers, 4);
	for (int i = 0; i < 4; i++)
		if (workers[i].good != ROUNDS)
			_exit(2);
	db_close(f.db);
	_exit(0);
}

static void
test_several_processes_take_turns(void **state)
{
	struct fixture *f = *state;
	pid_t pids[PROCESSES];
	char why[DB_WHY_MAX];
	int status;

	/* A connection must not be carried over a fork. */
	db_close(f->db);
	f->db = NULL;
	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			be_process(f->path);
	}
	for (int i = 0; i < PROCESSES; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(db_open(&f->db, f->path, DB_WRITE, why), OK);
	assert_int_equal(fixture_counter(f, "threads"), PROCESSES * 4 * ROUNDS);
	fixture_sound(f);
}

/* Holds its transaction open until somebody waits for the baton. */
static void
wait_for_neighbour(struct db *db)
{
	bool waits = false;

	while (!waits) {
		usleep(1000);
		pthread_mutex_lock(&db->mutex);
		waits = db->waiting > 0;
		pthread_mutex_unlock(&db->mutex);
	}
}

static void *
break_once(void *arg)
{
	struct worker *w = arg;
	struct tx tx = TX(w->f->db);

	while (tx_loop(&tx)) {
		w->good++;
		fixture_break(&tx);
	}
	w->bad = tx.rc;
	return NULL;
}

/* A transaction, at first refused or not, runs again when that is over. */
static void
outlive(struct fixture *f, struct worker *neighbour, bool refused)
{
	struct tx tx = TX(f->db);
	int bodies = 0;

	while (tx_loop(&tx)) {
		fixture_count_up(&tx, "a");
		if (bodies++ > 0)
			continue;
		start(neighbour, 1, f, break_once);
		wait_for_neighbour(f->db);
		if (refused)
			tx_fail(&tx, E_CONFLICT, "somebody else was first");
	}
	finish(neighbour, 1);
	assert_int_equal(tx.rc, OK);
	assert_string_equal(tx.why, "");
	assert_int_equal(bodies, 2);
	assert_int_equal(fixture_counter(f, "a"), 1);
}

static void
test_a_broken_group_runs_again(void **state)
{
	struct worker neighbour = { 0 };

	outlive(*state, &neighbour, false);
	assert_int_equal(neighbour.good, 1);
	assert_int_equal(neighbour.bad, E_IO);
}

/* What was seen in a group that came to nothing refuses nobody. */
static void
test_a_refusal_goes_with_its_group(void **state)
{
	struct worker neighbour = { 0 };

	outlive(*state, &neighbour, true);
}

static void
follow(struct tx *tx, void *arg)
{
	struct worker *w = arg;

	w->who = pthread_self();
	w->followed++;
	if (w->breaks)
		fixture_break(tx);
	fixture_count_up(tx, "a");
}

static void *
join_in(void *arg)
{
	struct worker *w = arg;
	struct tx tx = TX(w->f->db);

	w->good = tx_do(&tx, follow, w);
	w->bad = strcmp(tx.why, "") != 0;
	return NULL;
}

/* Starts its neighbour and does not end before that one has joined. */
static void
lead(struct tx *tx, void *arg)
{
	struct worker *neighbour = arg;

	fixture_count_up(tx, "a");
	if (neighbour->led++ > 0)
		return;
	start(neighbour, 1, neighbour->f, join_in);
	wait_for_neighbour(tx->db);
}

static void
test_who_leads_runs_the_others(void **state)
{
	struct fixture *f = *state;
	struct worker neighbour = { .f = f };
	struct tx tx = TX(f->db);
	int commits = 0;

	sqlite3_commit_hook(f->db->sqlite, count_commit, &commits);
	assert_int_equal(tx_do(&tx, lead, &neighbour), OK);
	finish(&neighbour, 1);
	sqlite3_commit_hook(f->db->sqlite, NULL, NULL);
	assert_int_equal(neighbour.good, OK);
	assert_true(pthread_equal(neighbour.who, pthread_self()));
	assert_int_equal(commits, 1);
	assert_int_equal(fixture_counter(f, "a"), 2);
}

static void
test_a_broken_crowd_runs_again(void **state)
{
	struct fixture *f = *state;
	struct worker neighbour = { .f = f, .breaks = true };
	struct tx tx = TX(f->db);

	assert_int_equal(tx_do(&tx, lead, &neighbour), OK);
	finish(&neighbour, 1);
	assert_int_equal(neighbour.led, 2);
	assert_int_equal(neighbour.good, E_IO);
	assert_true(neighbour.bad);
	assert_int_equal(neighbour.followed, 1);
	assert_int_equal(fixture_counter(f, "a"), 1);
}

/* An open group that waits for who comes next is committed by a crowd. */
static void
test_a_crowd_commits_what_is_open(void **state)
{
	struct fixture *f = *state;
	struct worker neighbour = { .f = f };
	struct tx tx = TX(f->db);
	int commits = 0;

	sqlite3_commit_hook(f->db->sqlite, count_commit, &commits);
	while (tx_loop(&tx)) {
		fixture_count_up(&tx, "a");
		start(&neighbour, 1, f, join_in);
		wait_for_neighbour(f->db);
	}
	finish(&neighbour, 1);
	sqlite3_commit_hook(f->db->sqlite, NULL, NULL);
	assert_int_equal(tx.rc, OK);
	assert_int_equal(neighbour.good, OK);
	assert_int_equal(commits, 2);
	assert_int_equal(fixture_counter(f, "a"), 2);
}

static struct db *
reader(struct fixture *f)
{
	char why[DB_WHY_MAX];
	struct db *db;

	assert_int_equal(db_open(&db, f->path, DB_READ, why), OK);
	return db;
}

static void
test_a_held_group_commits_at_release(void **state)
{
	struct fixture *f = *state;
	struct fixture other = { .db = reader(f) };

	db_hold(f->db);
	for (int i = 0; i < 5; i++) {
		struct tx tx = TX(f->db);

		while (tx_loop(&tx)) {
			fixture_count_up(&tx, "a");
			if (i == 3)
				fixture_stumble(&tx);
		}
		assert_int_equal(tx.rc, i == 3 ? E_NOTFOUND : OK);
	}
	assert_int_equal(fixture_counter(f, "a"), 4);
	assert_int_equal(fixture_counter(&other, "a"), 0);
	assert_int_equal(db_release(f->db), OK);
	assert_int_equal(fixture_counter(&other, "a"), 4);
	db_close(other.db);
}

static void
test_holding_nothing_is_fine(void **state)
{
	struct fixture *f = *state;

	db_hold(f->db);
	assert_int_equal(db_release(f->db), OK);
}

static void
test_a_broken_held_group_must_run_again(void **state)
{
	struct fixture *f = *state;
	struct tx first = TX(f->db), second = TX(f->db), third = TX(f->db);
	char counter[] = "a";

	db_hold(f->db);
	while (tx_loop(&first))
		fixture_count_up(&first, "a");
	assert_int_equal(first.rc, OK);
	while (tx_loop(&second))
		fixture_break(&second);
	assert_int_equal(second.rc, E_IO);
	while (tx_loop(&third))
		fail();
	assert_int_equal(third.rc, E_AGAIN);
	third = (struct tx)TX(f->db);
	assert_int_equal(tx_do(&third, count_up, counter), E_AGAIN);
	assert_int_equal(db_release(f->db), E_AGAIN);
	assert_int_equal(fixture_counter(f, "a"), 0);

	first = (struct tx)TX(f->db);
	db_hold(f->db);
	while (tx_loop(&first))
		fixture_count_up(&first, "a");
	assert_int_equal(db_release(f->db), OK);
	assert_int_equal(fixture_counter(f, "a"), 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_many_threads_share_commits),
		FIXTURE_TEST(test_one_failure_leaves_the_neighbours_alone),
		FIXTURE_TEST(test_several_processes_take_turns),
		FIXTURE_TEST(test_a_broken_group_runs_again),
		FIXTURE_TEST(test_a_refusal_goes_with_its_group),
		FIXTURE_TEST(test_who_leads_runs_the_others),
		FIXTURE_TEST(test_a_broken_crowd_runs_again),
		FIXTURE_TEST(test_a_crowd_commits_what_is_open),
		FIXTURE_TEST(test_a_held_group_commits_at_release),
		FIXTURE_TEST(test_holding_nothing_is_fine),
		FIXTURE_TEST(test_a_broken_held_group_must_run_again),
	};

	alarm(1800);
	return cmocka_run_group_tests_name("tx_group", tests, NULL, NULL);
}
