/* SPDX-License-Identifier: Apache-2.0 */
/* The runner's share of the search: when, how much, and after a failure. */
#include "t/unit/unit.h"

#include <stdio.h>

#include "lib/err.h"
#include "runner/search.h"
#include "t/unit/sql_fixture.h"

#define UPTO "SELECT upto FROM search"
#define FOUND "SELECT count(*) FROM session_text WHERE session_text MATCH 'w'"

static void
add(struct fixture *f, int first, int last)
{
	char text[512];

	snprintf(text, sizeof(text), "WITH RECURSIVE n (n) AS (SELECT %d UNION"
	    " ALL SELECT n + 1 FROM n WHERE n < %d)"
	    "INSERT INTO session (id, app_id, query, environment, submitter,"
	    " node, ready_at, created_at, updated_at) SELECT"
	    " printf('T-20260101-%%04d', n), 1, 'w ' || n, 'dev', '{}',"
	    " 'first', 1, 1, 1 FROM n", first, last);
	fixture_sql(f, text);
}

static void
test_batches(void **state)
{
	struct fixture *f = *state;
	struct search search = { .at_ms = 100 };

	add(f, 1, SEARCH_BATCH + 3);
	assert_int_equal(search_fill(&search, f->db, 99), OK);
	assert_int_equal(fixture_int(f, UPTO), 0);
	assert_int_equal(search_fill(&search, f->db, 100), OK);
	assert_int_equal(fixture_int(f, UPTO), SEARCH_BATCH);
	assert_int_equal(fixture_int(f, FOUND), SEARCH_BATCH);
	assert_int_equal(search.at_ms, 100 + SEARCH_BEHIND_MS);
	assert_int_equal(search_fill(&search, f->db, search.at_ms), OK);
	assert_int_equal(fixture_int(f, UPTO), SEARCH_BATCH + 3);
	assert_int_equal(fixture_int(f, FOUND), SEARCH_BATCH + 3);
	assert_int_equal(search.at_ms, 100 + SEARCH_BEHIND_MS + SEARCH_MS);
	/* Nothing is new, then one is. */
	assert_int_equal(search_fill(&search, f->db, search.at_ms), OK);
	add(f, SEARCH_BATCH + 4, SEARCH_BATCH + 4);
	assert_int_equal(search_fill(&search, f->db, search.at_ms), OK);
	assert_int_equal(fixture_int(f, FOUND), SEARCH_BATCH + 4);
	fixture_sql(f, "INSERT INTO session_text (session_text, rank)"
	    " VALUES ('integrity-check', 1)");
}

static void
test_commit_fails(void **state)
{
	struct fixture *f = *state;
	struct search search = { 0 };

	add(f, 1, 2);
	sqlite3_commit_hook(f->db->sqlite, fixture_no_commit, NULL);
	assert_int_not_equal(search_fill(&search, f->db, 5), OK);
	sqlite3_commit_hook(f->db->sqlite, NULL, NULL);
	assert_int_equal(fixture_int(f, UPTO), 0);
	assert_int_equal(search.at_ms, 5 + SEARCH_MS);
	assert_int_equal(search_fill(&search, f->db, search.at_ms), OK);
	assert_int_equal(fixture_int(f, FOUND), 2);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_batches),
		FIXTURE_TEST(test_commit_fails),
	};

	return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
