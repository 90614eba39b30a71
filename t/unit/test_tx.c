/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/tx.h"

#include <string.h>
#include <unistd.h>

#include "t/unit/unit.h"

#include "lib/err.h"
#include "t/unit/sql_fixture.h"

static void
test_it_commits(void **state)
{
	struct fixture *f = *state;
	struct tx tx = TX(f->db);
	int bodies = 0;

	while (tx_loop(&tx)) {
		bodies++;
		assert_int_equal(fixture_count_up(&tx, "a"), 1);
		assert_int_equal(fixture_count_up(&tx, "a"), 1);
	}
	assert_int_equal(tx.rc, OK);
	assert_string_equal(tx.why, "");
	assert_int_equal(bodies, 1);
	assert_int_equal(fixture_counter(f, "a"), 2);
}

static void
test_it_tells_what_it_changed(void **state)
{
	struct fixture *f = *state;
	struct tx tx = TX(f->db);
	int64_t id = 0;
	int missed = 7;

	fixture_story(f, "np");
	while (tx_loop(&tx)) {
		/* Its triggers insert two events, which must not count. */
		id = tx_insert(&tx, Q_SESSION_MOVE, "ssssl", FIXTURE_SESSION,
		    "done", "test", "ana", INT64_C(20));
		missed = tx_run(&tx, Q_SESSION_MOVE, "ssssl", "T-none",
		    "done", "test", "ana", INT64_C(20));
	}
	assert_int_equal(tx.rc, OK);
	assert_int_equal(id, fixture_int(f, "SELECT max(id) FROM move"));
	assert_int_equal(missed, 0);
}

static void
test_its_errors_stick(void **state)
{
	struct fixture *f = *state;
	struct tx tx = TX(f->db);

	while (tx_loop(&tx)) {
		struct rows rows;

		fixture_count_up(&tx, "a");
		fixture_stumble(&tx);
		assert_int_equal(fixture_count_up(&tx, "a"), 0);
		assert_int_equal(tx_insert(&tx, Q_SESSION_NUMBER, "sl", "a",
		    INT64_C(0)), 0);
		rows = tx_query(&tx, Q_APP_NAMES, "");
		assert_false(rows_next(&rows));
		assert_int_equal(rows_end(&rows), E_NOTFOUND);
		tx_fail(&tx, E_DENIED, "too late to matter");
	}
	assert_int_equal(tx.rc, E_NOTFOUND);
	assert_string_equal(tx.why, "no such gate");
	assert_int_equal(fixture_counter(f, "a"), 0);
}

static void
test_a_failing_query_sticks(void **state)
{
	struct fixture *f = *state;
	struct tx tx = TX(f->db);

	fixture_sql(f, "INSERT INTO session_number VALUES ('x', 'y', 1)");
	while (tx_loop(&tx)) {
		struct rows rows;

		fixture_count_up(&tx, "a");
		/* A prefix that is no text has no place in a strict table. */
		rows = tx_query(&tx, Q_SESSION_NUMBER, "nl", INT64_C(0));
		assert_false(rows_next(&rows));
		assert_int_equal(rows_end(&rows), E_INVALID);
	}
	assert_int_equal(tx.rc, E_INVALID);
	assert_non_null(strstr(tx.why, "NOT NULL"));
	assert_int_equal(fixture_counter(f, "a"), 0);
}

static void
test_it_fails_on_request(void **state)
{
	struct fixture *f = *state;
	struct tx tx = TX(f->db);

	while (tx_loop(&tx)) {
		fixture_count_up(&tx, "a");
		tx_fail(&tx, E_DENIED, "%s may not", "ana");
		tx_fail(&tx, E_INVALID, "second");
		fixture_stumble(&tx);
	}
	assert_int_equal(tx.rc, E_DENIED);
	assert_string_equal(tx.why, "ana may not");
	assert_int_equal(fixture_counter(f, "a"), 0);
}

static void
test_wrong_parameters_are_misuse(void **state)
{
	struct fixture *f = *state;
	struct tx tx = TX(f->db);

	while (tx_loop(&tx))
		tx_run(&tx, Q_SESSION_NUMBER, "?", 1);
	assert_int_equal(tx.rc, E_MISUSE);
}

static void
test_it_is_never_nested(void **state)
{
	struct fixture *f = *state;
	struct tx outer = TX(f->db), inner = TX(f->db);

	while (tx_loop(&outer)) {
		fixture_count_up(&outer, "a");
		while (tx_loop(&inner))
			fail();
		assert_int_equal(inner.rc, E_MISUSE);
	}
	assert_int_equal(outer.rc, OK);
	assert_int_equal(fixture_counter(f, "a"), 1);
}

/* Unless the outer one says so; then what is inside fails alone ... */
static void
test_an_outer_one_holds_others(void **state)
{
	struct fixture *f = *state;
	struct tx outer = TX(f->db), inner = TX(f->db), failed = TX(f->db);

	outer.outer = true;
	while (tx_loop(&outer)) {
		while (tx_loop(&inner))
			fixture_count_up(&inner, "a");
		while (tx_loop(&failed)) {
			fixture_count_up(&failed, "a");
			tx_fail(&failed, E_CONFLICT, "no");
		}
		fixture_count_up(&outer, "a");
	}
	assert_int_equal(outer.rc, OK);
	assert_int_equal(inner.rc, OK);
	assert_int_equal(failed.rc, E_CONFLICT);
	assert_int_equal(fixture_counter(f, "a"), 2);
}

/* ... and is undone with it. */
static void
test_an_outer_one_undoes_others(void **state)
{
	struct fixture *f = *state;
	struct tx outer = TX(f->db), inner = TX(f->db), after = TX(f->db);

	outer.outer = true;
	while (tx_loop(&outer)) {
		while (tx_loop(&inner))
			fixture_count_up(&inner, "a");
		tx_fail(&outer, E_CONFLICT, "no");
	}
	assert_int_equal(inner.rc, OK);
	assert_int_equal(outer.rc, E_CONFLICT);
	assert_int_equal(fixture_counter(f, "a"), 0);
	while (tx_loop(&after))
		fixture_count_up(&after, "a");
	assert_int_equal(fixture_counter(f, "a"), 1);
}

/* What an inner one breaks is lost as a whole, and said to be. */
static void
test_an_inner_one_may_break_it_all(void **state)
{
	struct fixture *f = *state;
	struct tx outer = TX(f->db), inner = TX(f->db);

	outer.outer = true;
	while (tx_loop(&outer)) {
		fixture_count_up(&outer, "a");
		while (tx_loop(&inner))
			sqlite3_exec(f->db->sqlite, "ROLLBACK", NULL, NULL,
			    NULL);
		fixture_count_up(&outer, "a");
	}
	assert_int_equal(inner.rc, E_BUSY);
	assert_int_equal(outer.rc, E_BUSY);
	assert_int_equal(fixture_counter(f, "a"), 0);
}

/* Whoever commits or rolls back behind its back gets no success from it. */
static void
test_it_notices_a_rollback_behind_its_back(void **state)
{
	struct fixture *f = *state;
	struct tx tx = TX(f->db);
	int bodies = 0;

	while (tx_loop(&tx)) {
		bodies++;
		fixture_count_up(&tx, "a");
		assert_int_equal(db_exec(f->db, "ROLLBACK"), SQLITE_OK);
	}
	assert_int_equal(tx.rc, E_BUSY);
	assert_string_equal(tx.why, "the database rolled back 5 times");
	assert_int_equal(bodies, 5);
	assert_int_equal(fixture_counter(f, "a"), 0);
}

/* A commit that fails leaves no transaction behind. */
static void
test_a_refused_commit_is_rolled_back(void **state)
{
	struct fixture *f = *state;
	struct tx tx = TX(f->db), next = TX(f->db);

	while (tx_loop(&tx)) {
		fixture_count_up(&tx, "a");
		fixture_sql(f, "PRAGMA defer_foreign_keys=ON; INSERT INTO agent"
		    " VALUES (77, 'x', 'monitor', '', NULL, '', '[]', '[]',"
		    " '{}')");
	}
	assert_int_equal(tx.rc, E_NOTFOUND);
	assert_string_equal(tx.why, "FOREIGN KEY constraint failed");
	while (tx_loop(&next))
		fixture_count_up(&next, "b");
	assert_int_equal(next.rc, OK);
	assert_int_equal(fixture_counter(f, "a"), 0);
	assert_int_equal(fixture_counter(f, "b"), 1);
}

/* What cannot be undone alone takes the group along, not the other way. */
static void
test_a_failed_undo_breaks_the_group(void **state)
{
	struct fixture *f = *state;
	struct tx tx = TX(f->db);

	while (tx_loop(&tx)) {
		fixture_count_up(&tx, "a");
		assert_int_equal(db_exec(f->db, "RELEASE tx"), SQLITE_OK);
		tx_fail(&tx, E_DENIED, "no");
	}
	assert_int_equal(tx.rc, E_DENIED);
	assert_int_equal(fixture_counter(f, "a"), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_it_commits),
		FIXTURE_TEST(test_it_tells_what_it_changed),
		FIXTURE_TEST(test_its_errors_stick),
		FIXTURE_TEST(test_a_failing_query_sticks),
		FIXTURE_TEST(test_it_fails_on_request),
		FIXTURE_TEST(test_wrong_parameters_are_misuse),
		FIXTURE_TEST(test_it_is_never_nested),
		FIXTURE_TEST(test_an_outer_one_holds_others),
		FIXTURE_TEST(test_an_outer_one_undoes_others),
		FIXTURE_TEST(test_an_inner_one_may_break_it_all),
		FIXTURE_TEST(test_it_notices_a_rollback_behind_its_back),
		FIXTURE_TEST(test_a_refused_commit_is_rolled_back),
		FIXTURE_TEST(test_a_failed_undo_breaks_the_group),
	};

	alarm(1800);
	return cmocka_run_group_tests_name("tx", tests, NULL, NULL);
}
