/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A full table scan hides until there are many rows: no statement may have
 * one unless it is marked "-- scan: why", and no trigger at all.
 */
#include "t/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "sql/gate.h"
#include "sql/session.h"
#include "sql/sql_text.h"
#include "t/unit/sql_fixture.h"

enum { SESSIONS = 300 };

static sqlite3_stmt *
explain(struct fixture *f, const struct query_text *query)
{
	size_t size = strlen(query->text) + 32;
	char *text = malloc(size);
	sqlite3_stmt *stmt = NULL;

	assert_non_null(text);
	snprintf(text, size, "EXPLAIN QUERY PLAN %s", query->text);
	if (sqlite3_prepare_v2(f->db->sqlite, text, -1, &stmt, NULL) !=
	    SQLITE_OK)
		fail_msg("%s: %s", query->name,
		    sqlite3_errmsg(f->db->sqlite));
	free(text);
	return stmt;
}

/* Is it a table of ours, and not rows that the statement itself made? */
static bool
is_table(struct fixture *f, const char *line, const struct query_text *query)
{
	static const char *const made[] = { "CONSTANT ROW", "SUBQUERY ",
	    "(subquery-", "VALUES CLAUSE", " VIRTUAL TABLE INDEX " };
	sqlite3_stmt *plan;
	const char *name = line + 5;
	int len = (int)strcspn(name, " ");
	bool table = true;

	for (size_t i = 0; i < COUNT(made); i++)
		table &= strstr(line, made[i]) == NULL;
	plan = explain(f, query);
	while (table && sqlite3_step(plan) == SQLITE_ROW) {
		const char *other = (const char *)sqlite3_column_text(plan, 3);
		const char *last = strrchr(other, ' ');

		if (strncmp(other, "CO-ROUTINE", 10) == 0 ||
		    strncmp(other, "MATERIALIZE", 11) == 0)
			table = strncmp(last + 1, name, (size_t)len) != 0 ||
			    last[1 + len] != '\0';
	}
	sqlite3_finalize(plan);
	return table;
}

/*
 * Does this step look at all rows? Along an index, up to a LIMIT, it does
 * not; sorting for the sake of the first few, it does.
 */
static bool
sees_all(struct fixture *f, const char *line, const struct query_text *query)
{
	bool limit = strstr(query->text, "LIMIT ?") != NULL;

	if (strncmp(line, "SCAN ", 5) == 0)
		return is_table(f, line, query) && !(strstr(line, " INDEX ") !=
		    NULL && (limit || strstr(query->text, "LIMIT 1")));
	return limit && strcmp(line, "USE TEMP B-TREE FOR ORDER BY") == 0;
}

/* Returns the number of scans; prints those that nobody asked for. */
static int
count_scans(struct fixture *f, const struct query_text *query)
{
	sqlite3_stmt *plan = explain(f, query);
	const char *line;
	int scans = 0;

	while (sqlite3_step(plan) == SQLITE_ROW) {
		line = (const char *)sqlite3_column_text(plan, 3);
		if (!sees_all(f, line, query))
			continue;
		scans++;
		if (!query->scan)
			print_message("# %s: %s\n", query->name, line);
	}
	sqlite3_finalize(plan);
	return scans;
}

static void
test_queries(void **state)
{
	struct fixture *f = *state;
	int bad = 0;

	/* A new parent looks for orphans of its own only if there are any. */
	fixture_sql(f, "PRAGMA foreign_keys=OFF");
	for (int i = 0; i < Q_COUNT; i++) {
		const struct query_text *query = &query_text[i];
		bool begins = strncmp(query->name, "tx_", 3) == 0;
		int scans = begins ? 0 : count_scans(f, query);

		bad += scans > 0 && !query->scan;
		if (query->scan && scans == 0) {
			print_message("# %s: is marked, but does not scan\n",
			    query->name);
			bad++;
		}
	}
	assert_int_equal(bad, 0);
}

/* The test sees what it looks for. */
static void
test_missing_index(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(count_scans(f, &query_text[Q_GATE_OPEN_COUNT]), 0);
	fixture_sql(f, "DROP INDEX gate_session; DROP INDEX gate_session_open");
	assert_int_equal(count_scans(f, &query_text[Q_GATE_OPEN_COUNT]), 1);
}

/* A finished life for each session, and a pause for the last of ten. */
static void
fill(struct fixture *f)
{
	fixture_sql(f, "BEGIN");
	for (int i = 1; i <= SESSIONS; i++) {
		fixture_story_as(f, "nptcg", i);
		if (i % 10 != 0)
			fixture_story_as(f, "axef", i);
	}
	fixture_sql(f, "COMMIT");
	assert_int_equal(fixture_int(f, "SELECT count(*) FROM session"),
	    SESSIONS);
	fixture_sound(f);
}

static bool
scanned(sqlite3_stmt *stmt)
{
	return sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0) +
	    sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_AUTOINDEX, 0) > 0;
}

/*
 * Runs text and returns how many of its statements scanned; their counters
 * include those of the triggers that they fire.
 */
static int
run_counted(struct fixture *f, const char *text)
{
	sqlite3_stmt *stmt;
	int count = 0;

	while (*text != '\0') {
		const char *rest;

		if (sqlite3_prepare_v2(f->db->sqlite, text, -1, &stmt,
			&rest) != SQLITE_OK || sqlite3_step(stmt) !=
		    SQLITE_DONE)
			fail_msg("%s: %s", text,
			    sqlite3_errmsg(f->db->sqlite));
		count += scanned(stmt);
		sqlite3_finalize(stmt);
		text = rest;
	}
	return count;
}

static void
test_triggers(void **state)
{
	struct fixture *f = *state;

	fill(f);
	for (const char *step = "nptcgaxef"; *step != '\0'; step++) {
		char *text = fixture_story_text(*step, SESSIONS + 1);

		if (run_counted(f, text) > 0)
			fail_msg("a trigger scans: %s", text);
		free(text);
	}
	assert_int_equal(run_counted(f, "INSERT INTO move (session_id,"
	    " from_status, to_status, cause, actor, at)"
	    " VALUES ('T-20260101-010', 'awaiting_input',"
	    " 'stopped', 'stop', 'ana', 90)"), 0);
	assert_int_equal(run_counted(f, "UPDATE session SET deleted_at = 99"
	    " WHERE id = 'T-20260101-010'"), 0);
	assert_int_equal(run_counted(f, "INSERT INTO vote (gate_id, verdict,"
	    " actor, at) VALUES (20, 'reject', 'ana', 30)"), 0);
	fixture_sql(f, "DROP INDEX gate_session; DROP INDEX gate_session_open");
	assert_int_equal(run_counted(f, "INSERT INTO vote (gate_id, verdict,"
	    " actor, at) VALUES (30, 'reject', 'ana', 30)"), 1);
}

/* What people do, through the functions that the programs call. */
static void
test_functions(void **state)
{
	struct fixture *f = *state;
	struct session_new new = { .query = "q", .environment = "dev",
	    .submitter = "{}", .extra_fields = "{}", .now_ms = 5 };
	struct verdict verdict = { .session_id = "T-20260101-010",
	    .verdict = "approve", .actor = "ana", .now_ms = 30 };
	struct verdict_result result;
	struct session_ref ref;

	fill(f);
	assert_int_equal(session_create(f->db, &new, &ref), OK);
	assert_int_equal(gate_find(f->db, verdict.session_id, "0",
	    &verdict.gate_id, result.why), OK);
	assert_int_equal(gate_decide(f->db, &verdict, &result), OK);
	snprintf(ref.id, sizeof(ref.id), "T-20260101-020");
	assert_int_equal(session_patch(f->db, "{\"a\":1}", 0, "ana", NULL,
	    40, &ref), OK);
	assert_int_equal(session_stop(f->db, "ana", NULL, 50, &ref), OK);
	for (int i = 0; i < Q_COUNT; i++)
		if (f->db->stmt[i] != NULL && !query_text[i].scan &&
		    scanned(f->db->stmt[i]))
			fail_msg("%s scans", query_text[i].name);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_queries),
		FIXTURE_TEST(test_missing_index),
		FIXTURE_TEST(test_triggers),
		FIXTURE_TEST(test_functions),
	};

	return cmocka_run_group_tests_name("plans", tests, NULL, NULL);
}
