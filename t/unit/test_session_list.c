/* SPDX-License-Identifier: Apache-2.0 */
/* Every page of a list, by any filter, is what reading all rows would say. */
#include "t/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "sql/session_list.h"
#include "t/unit/sql_fixture.h"

enum { SESSIONS = 2500, ROUNDS = 400, TEXT_MAX = 64 * 1024 };

/* Many values, and pairs of them that never meet: "prod" is never "ana"'s. */
static void
fill(struct fixture *f)
{
	static const char other_app[] =
	    "INSERT INTO app SELECT 2, 'other', 1, digest, dir, '{}', 'O',"
	    " entry_agent, default_status, escalate_tool, escalate_status,"
	    " escalate_team, escalation_teams, gate_timeout_ms,"
	    " gate_on_timeout, gate_quorum, submitter_may_approve, loaded_at"
	    " FROM app WHERE id = 1";
	char text[1024];

	fixture_sql(f, other_app);
	snprintf(text, sizeof(text), "WITH RECURSIVE n (n) AS (SELECT 1 UNION"
	    " ALL SELECT n + 1 FROM n WHERE n < %d)"
	    "INSERT INTO session (id, app_id, query, environment, submitter,"
	    " node, ready_at, created_at, updated_at, parent_session_id)"
	    " SELECT printf('T-20260101-%%04d', n), 1 + (n %% 7 = 0),"
	    " 'word' || (n %% 5) || ' is \"new\" ' || (n %% 3),"
	    " CASE n %% 2 WHEN 0 THEN 'prod' ELSE 'dev' END, json_object('id',"
	    " CASE WHEN n %% 2 THEN 'ana' ELSE 'p' || (n %% 4) END),"
	    " 'first', 1, 1000 + n / 3, 1, CASE WHEN n > 1 AND n %% 11 = 0"
	    " THEN 'T-20260101-0001' END FROM n", SESSIONS);
	fixture_sql(f, text);
	fixture_sql(f, "INSERT INTO move (session_id, from_status, to_status,"
	    " cause, actor, at) SELECT id, 'new', iif(num % 3, 'stopped',"
	    " 'error'), 'c', 'a', 5000 FROM session WHERE num % 4 <> 0");
	fixture_sql(f, "UPDATE session SET deleted_at = 6000"
	    " WHERE status = 'stopped' AND num % 5 = 0");
	fixture_sql(f, "INSERT INTO session_text (rowid, query)"
	    " SELECT num, query FROM session");
	fixture_sound(f);
}

/* A number below count; the same ones each time. */
static int
dice(unsigned *state, int count)
{
	*state = *state * 1103515245u + 12345u;
	return (int)(*state >> 8) % count;
}

static const char *
one_of(unsigned *state, const char *const words[], int count)
{
	int i = dice(state, 2 * count);	/* as often: none */

	return i < count ? words[i] : NULL;
}

static struct session_filter
any_filter(unsigned *state)
{
	static const char *const apps[] = { "test", "other" };
	static const char *const statuses[] = { "unfinished", "new", "stopped",
		"error", "done" };
	static const char *const environments[] = { "prod", "dev" };
	static const char *const people[] = { "ana", "p0", "p2", "eve" };
	static const char *const words[] = { "word1", "new word2", "is 1",
		"absent", "\"new\" IS" };
	struct session_filter filter = SESSION_FILTER;

	filter.app = one_of(state, apps, 2);
	filter.status = one_of(state, statuses, 5);
	if (filter.status == NULL)
		filter.status = "any";
	filter.environment = one_of(state, environments, 2);
	filter.submitter = one_of(state, people, 4);
	filter.parent = dice(state, 8) == 0 ? "T-20260101-0001" : NULL;
	filter.words = dice(state, 3) == 0 ? one_of(state, words, 5) : NULL;
	if (dice(state, 3) == 0)
		filter.created_from = 1000 + dice(state, 900);
	if (dice(state, 3) == 0)
		filter.created_before = 1000 + dice(state, 900);
	filter.order = dice(state, 2) ? SESSION_NEWEST : SESSION_OLDEST;
	return filter;
}

static void
add_term(struct buf *b, const char *column, const char *value)
{
	if (value != NULL)
		buf_addf(b, " AND %s = '%s'", column, value);
}

/* The words, as somebody would look for them who had no index. */
static void
add_words(struct buf *b, const char *words)
{
	if (words == NULL)
		return;
	if (strcmp(words, "new word2") == 0)
		words = "word2 ";
	else if (strcmp(words, "is 1") == 0)
		words = "\" 1";
	else if (strcmp(words, "\"new\" IS") == 0)
		words = "is";
	buf_addf(b, " AND instr(query || ' ', '%s') > 0", words);
}

/* All numbers that fit, in order, separated by commas. */
static void
read_all(struct fixture *f, const struct session_filter *filter,
    struct buf *out)
{
	const char *order = filter->order == SESSION_NEWEST ? "DESC" : "";
	sqlite3_stmt *stmt;
	struct buf b;

	buf_init(&b, TEXT_MAX);
	buf_addf(&b, "SELECT num FROM session WHERE deleted_at IS NULL"
	    " AND created_at >= %lld AND created_at < %lld",
	    (long long)filter->created_from, (long long)filter->created_before);
	if (strcmp(filter->status, "unfinished") == 0)
		buf_adds(&b, " AND ready_at IS NOT NULL");
	else if (strcmp(filter->status, "any") != 0)
		add_term(&b, "status", filter->status);
	add_term(&b, "app", filter->app);
	add_term(&b, "environment", filter->environment);
	add_term(&b, "submitter_id", filter->submitter);
	add_term(&b, "parent_session_id", filter->parent);
	add_words(&b, filter->words);
	buf_addf(&b, " ORDER BY %s num %s", filter->words != NULL ? "" :
	    strcmp(order, "") != 0 ? "created_at DESC," : "created_at,", order);
	if (sqlite3_prepare_v2(f->db->sqlite, buf_str(&b), -1, &stmt, NULL) !=
	    SQLITE_OK)
		fail_msg("%s: %s", buf_str(&b), sqlite3_errmsg(f->db->sqlite));
	while (sqlite3_step(stmt) == SQLITE_ROW)
		buf_addf(out, "%d,", sqlite3_column_int(stmt, 0));
	sqlite3_finalize(stmt);
	buf_free(&b);
}

static void
put_number(const struct rows *rows, struct buf *lines)
{
	buf_addf(lines, "%lld,", (long long)rows_int(rows, 0));
}

/* The same, page by page. */
static void
read_pages(struct fixture *f, const struct session_filter *filter, int limit,
    struct buf *out)
{
	struct walk_place place;
	struct walk_page page;

	walk_open(&page, limit, put_number);
	assert_int_equal(session_list(f->db, filter, NULL, &page), OK);
	while (!page.ended) {
		assert_true(page.count <= limit);
		buf_adds(out, buf_str(&page.lines));
		place = page.next;
		assert_int_equal(session_list(f->db, filter, &place, &page),
		    OK);
	}
	buf_adds(out, buf_str(&page.lines));
	walk_close(&page);
}

static void
test_pages(void **state)
{
	struct fixture *f = *state;
	unsigned seed = 7;
	struct buf want, got;

	fill(f);
	buf_init(&want, TEXT_MAX);
	buf_init(&got, TEXT_MAX);
	for (int i = 0; i < ROUNDS; i++) {
		struct session_filter filter = any_filter(&seed);

		buf_reset(&want);
		buf_reset(&got);
		read_all(f, &filter, &want);
		read_pages(f, &filter, 1 + dice(&seed, 200), &got);
		if (strcmp(buf_str(&want), buf_str(&got)) != 0)
			fail_msg("round %d: %s, not %s", i, buf_str(&got),
			    buf_str(&want));
	}
	buf_free(&want);
	buf_free(&got);
}

/* What never meets ends a page without a row, and not after all rows. */
static void
test_bound(void **state)
{
	struct fixture *f = *state;
	struct session_filter filter = SESSION_FILTER;
	struct walk_page page;
	struct walk_place place;

	walk_open(&page, 10, walk_put_object);
	fill(f);
	filter.status = "any";
	filter.environment = "prod";
	filter.submitter = "ana";
	assert_int_equal(session_list(f->db, &filter, NULL, &page), OK);
	assert_int_equal(page.count, 0);
	assert_false(page.ended);
	place = page.next;
	assert_int_equal(session_list(f->db, &filter, &place, &page), OK);
	assert_int_equal(page.count, 0);
	assert_true(page.ended);
	/* One rare filter is enough. */
	filter.submitter = "p2";
	page.limit = 0;
	assert_int_equal(session_list(f->db, &filter, NULL, &page), OK);
	assert_true(page.ended);
	assert_int_equal(page.count, fixture_int(f, "SELECT count(*) FROM"
	    " session WHERE submitter_id = 'p2' AND deleted_at IS NULL"));
	walk_close(&page);
}

static void
test_waiting(void **state)
{
	struct fixture *f = *state;
	struct session_filter filter = SESSION_FILTER;
	struct walk_page page;
	struct walk_place place;

	walk_open(&page, 2, walk_put_object);
	for (int i = 1; i <= 3; i++)
		fixture_story_as(f, "nptcg", i);
	filter.order = SESSION_WAITING;
	assert_int_equal(session_list(f->db, &filter, NULL, &page), OK);
	assert_int_equal(page.count, 2);
	assert_false(page.ended);
	place = page.next;
	assert_int_equal(session_list(f->db, &filter, &place, &page), OK);
	assert_int_equal(page.count, 1);
	assert_true(page.ended);
	assert_string_equal(buf_str(&page.lines), "{\"session_id\":"
	    "\"T-20260101-003\",\"id\":\"T-20260101-003\",\"app\":\"test\","
	    "\"status\":\"awaiting_input\",\"label\":\"q\","
	    "\"environment\":\"dev\",\"started_at\":"
	    "\"1970-01-01T00:00:00Z\",\"updated_at\":"
	    "\"1970-01-01T00:00:00Z\",\"waiting_since\":"
	    "\"1970-01-01T00:00:00Z\",\"current_agent\":\"first\","
	    "\"submitter\":\"sam\",\"agent\":\"first\","
	    "\"parent_session_id\":null}");
	filter.waiting_since = 19;
	assert_int_equal(session_list(f->db, &filter, NULL, &page), OK);
	assert_int_equal(page.count, 0);
	filter.order = SESSION_NEWEST;
	filter.waiting_since = 20;
	filter.agent = "first";
	page.limit = 10;
	assert_int_equal(session_list(f->db, &filter, NULL, &page), OK);
	assert_int_equal(page.count, 3);
	filter.agent = "nobody";
	assert_int_equal(session_list(f->db, &filter, NULL, &page), OK);
	assert_int_equal(page.count, 0);
	walk_close(&page);
}

static void
test_words_refused(void **state)
{
	struct fixture *f = *state;
	struct session_filter filter = SESSION_FILTER;
	struct walk_page page;
	char words[4 * SESSION_WORDS_MAX + 1];

	walk_open(&page, 2, walk_put_object);
	filter.words = "a";
	filter.order = SESSION_WAITING;
	assert_int_equal(session_list(f->db, &filter, NULL, &page), E_INVALID);
	filter.order = SESSION_NEWEST;
	filter.words = " \t";
	assert_int_equal(session_list(f->db, &filter, NULL, &page), E_INVALID);
	memset(words, 'x', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	filter.words = words;
	assert_int_equal(session_list(f->db, &filter, NULL, &page), E_INVALID);
	filter.words = "* \" ( AND NEAR \"\" -x ^y col:z";
	assert_int_equal(session_list(f->db, &filter, NULL, &page), OK);
	assert_true(page.ended);
	walk_close(&page);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_pages),
		FIXTURE_TEST(test_bound),
		FIXTURE_TEST(test_waiting),
		FIXTURE_TEST(test_words_refused),
	};

	return cmocka_run_group_tests_name("session_list", tests, NULL, NULL);
}
