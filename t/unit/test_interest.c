/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/interest.h"

#include <stdio.h>
#include <string.h>

#include "lib/err.h"
#include "t/unit/unit.h"

static char why[DB_WHY_MAX];

static void
test_paths(void **state)
{
	static const struct row {
		const char *path;
		int rc;
		bool websocket, recent;
		const char *sessions;
		bool metrics;
	} rows[] = {
		{ "/api/v1/events", OK, false, false, NULL },
		{ "/api/v1/sessions/recent/events", OK, false, true, NULL },
		{ "/api/v1/sessions/INC-20260101-001/events", OK, false, false,
		    "INC-20260101-001" },
		{ "/api/v1/ws/sessions/recent/events", OK, true, false,
		    "recent" },
		{ "/api/v1/ws/sessions/A/events", OK, true, false, "A" },
		{ "/metrics/stream", OK, false, false, NULL, true },
		{ "/metrics", E_NOTFOUND },
		{ "/api/v1/sessions//events", E_NOTFOUND },
		{ "/api/v1/sessions/A/events/", E_NOTFOUND },
		{ "/api/v1/sessions/A\"/events", E_NOTFOUND },
		{ "/api/v1/sessions/A", E_NOTFOUND },
		{ "/api/v1/events/", E_NOTFOUND },
		{ "/", E_NOTFOUND },
		{ "", E_NOTFOUND },
	};
	struct interest interest;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];

		if (interest_path(&interest, row->path) != row->rc)
			fail_msg("%s: another result", row->path);
		if (row->rc == OK &&
		    (interest.websocket != row->websocket ||
			interest.recent != row->recent ||
			interest.metrics != row->metrics ||
			(row->sessions == NULL) != (interest.sessions == NULL)))
			fail_msg("%s: read wrongly", row->path);
		if (row->sessions != NULL)
			assert_string_equal(interest.sessions, row->sessions);
		interest_free(&interest);
	}
}

static void
test_a_long_id_is_no_session(void **state)
{
	struct interest interest;
	char path[256];

	(void)state;
	snprintf(path, sizeof(path), "/api/v1/sessions/%0100d/events", 7);
	assert_int_equal(interest_path(&interest, path), E_NOTFOUND);
	interest_free(&interest);
}

static void
test_since(void **state)
{
	static const struct row {
		const char *argument;
		int rc;
		int64_t since;
	} rows[] = {
		{ "since=0", OK, 0 },
		{ "since=17", OK, 17 },
		{ "since=999999999999999999", OK, 999999999999999999 },
		{ "since=", OK, 0 },
		{ "since", OK, 0 },
		{ "other=x", OK, 0 },
		{ "since=-1", E_INVALID, 0 },
		{ "since=1x", E_INVALID, 0 },
		{ "since=9999999999999999999", E_INVALID, 0 },
	};
	struct interest interest;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(interest_path(&interest, "/api/v1/events"),
		    OK);
		if (interest_query(&interest, rows[i].argument, why) !=
		    rows[i].rc || interest.since != rows[i].since)
			fail_msg("%s", rows[i].argument);
		interest_free(&interest);
	}
	assert_string_equal(why, "since: must be a whole number from 0");
}

static void
test_looking(void **state)
{
	static const struct row {
		const char *argument;
		int rc;
		int64_t gate;
	} rows[] = {
		{ "looking=g7", OK, 7 },
		{ "looking=", OK, 0 },
		{ "looking=g7x", E_INVALID },
		{ "looking=g-7", E_INVALID },
		{ "looking=g 7", E_INVALID },
		{ "looking=g0", E_INVALID },
		{ "looking=g", E_INVALID },
		{ "looking=7", E_INVALID },
		{ "looking=G7", E_INVALID },
		{ "looking=g9999999999999999999", E_INVALID },
	};
	struct interest interest;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		interest_path(&interest, "/api/v1/events");
		if (interest_query(&interest, rows[i].argument, why) !=
		    rows[i].rc)
			fail_msg("%s", rows[i].argument);
		if (rows[i].rc == OK)
			assert_int_equal(interest.looking, rows[i].gate);
		interest_free(&interest);
	}
	assert_string_equal(why, "looking: must be a gate_id, like g7");
}

static void
test_websockets_start_at_0_for_a_bad_since(void **state)
{
	struct interest interest;

	(void)state;
	interest_path(&interest, "/api/v1/ws/sessions/A/events");
	assert_int_equal(interest_query(&interest, "since=x", why), OK);
	assert_int_equal(interest.since, 0);
	interest_free(&interest);
}

static void
test_last_event_id_wins(void **state)
{
	struct interest interest;

	(void)state;
	interest_path(&interest, "/api/v1/events");
	assert_int_equal(interest_query(&interest, "since=3", why), OK);
	assert_int_equal(interest_last_id(&interest, "", why), OK);
	assert_int_equal(interest.since, 3);
	assert_int_equal(interest_last_id(&interest, "8", why), OK);
	assert_int_equal(interest.since, 8);
	assert_int_equal(interest_last_id(&interest, "8a", why), E_INVALID);
	assert_non_null(strstr(why, "Last-Event-ID"));
	interest_free(&interest);
}

static void
test_lists(void **state)
{
	struct interest interest;
	char many[2048] = "sessions=A", item[8];

	(void)state;
	interest_path(&interest, "/api/v1/events");
	assert_int_equal(interest_query(&interest, "sessions=A,B", why),
	    OK);
	assert_int_equal(interest.session_count, 2);
	interest_free(&interest);

	interest_path(&interest, "/api/v1/events");
	assert_int_equal(interest_query(&interest, "sessions=A,,B", why),
	    E_INVALID);
	for (int i = 1; i < INTEREST_SESSIONS_MAX; i++)
		strcat(many, ",A");
	assert_int_equal(interest_query(&interest, many, why), OK);
	interest_free(&interest);

	interest_path(&interest, "/api/v1/events");
	strcat(many, ",A");
	assert_int_equal(interest_query(&interest, many, why), E_INVALID);
	assert_string_equal(why, "sessions: are more than 100");
	interest_free(&interest);

	assert_true(interest_item("a,b", 1, item, sizeof(item)));
	assert_string_equal(item, "b");
	assert_false(interest_item("a,b", 2, item, sizeof(item)));
	assert_false(interest_item(NULL, 0, item, sizeof(item)));
	assert_true(interest_item("longer than it", 0, item, sizeof(item)));
	assert_string_equal(item, "");
}

static void
test_what_is_refused_of_any_argument(void **state)
{
	static const struct row {
		const char *query, *why;
	} rows[] = {
		{ "since=1&since=2", "since: given more than once" },
		{ "kinds&x=1&kinds", "kinds: given more than once" },
		{ "since=%zz", "query string: not percent-encoded UTF-8" },
		{ "x=%00", "query string: not percent-encoded UTF-8" },
	};
	struct interest interest;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		interest_path(&interest, "/api/v1/events");
		assert_int_equal(interest_query(&interest, rows[i].query, why),
		    E_INVALID);
		assert_string_equal(why, rows[i].why);
		interest_free(&interest);
	}
}

static void
test_a_long_argument(void **state)
{
	char query[sizeof("kinds=") + INTEREST_TEXT_MAX];
	struct interest interest;

	(void)state;
	memset(query, 'x', sizeof(query) - 1);
	memcpy(query, "kinds=", 6);
	query[sizeof(query) - 1] = '\0';
	interest_path(&interest, "/api/v1/events");
	assert_int_equal(interest_query(&interest, query, why), E_INVALID);
	assert_string_equal(why, "kinds: too long");
	query[sizeof(query) - 2] = '\0';
	assert_int_equal(interest_query(&interest, query, why), OK);
	assert_int_equal(strlen(interest.kinds), INTEREST_TEXT_MAX - 1);
	interest_free(&interest);
}

static void
test_the_path_decides_the_session(void **state)
{
	struct interest interest;

	(void)state;
	interest_path(&interest, "/api/v1/sessions/A/events");
	assert_int_equal(interest_query(&interest, "sessions=B", why), OK);
	assert_string_equal(interest.sessions, "A");
	interest_free(&interest);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_a_long_id_is_no_session),
		cmocka_unit_test(test_since),
		cmocka_unit_test(test_looking),
		cmocka_unit_test(test_websockets_start_at_0_for_a_bad_since),
		cmocka_unit_test(test_last_event_id_wins),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_what_is_refused_of_any_argument),
		cmocka_unit_test(test_a_long_argument),
		cmocka_unit_test(test_the_path_decides_the_session),
	};

	return cmocka_run_group_tests_name("interest", tests, NULL, NULL);
}
