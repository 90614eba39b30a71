/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"
#include "stream/frame.h"
#include "stream/interest.h"
#include "t/unit/sql_fixture.h"
#include "t/unit/unit.h"

/* A listener that writes down what it gets. */
struct ear {
	struct reader reader;
	int woken;
	int room;		/* events that it takes at once */
	int taken;
	struct buf heard;	/* seqs, with blanks between */
};

static char why[DB_WHY_MAX];

static void
on_wake(struct reader *reader)
{
	((struct ear *)reader)->woken++;
}

static bool
put(void *arg, int64_t seq, const char *json, size_t len)
{
	struct ear *ear = arg;
	struct json_error error;

	if (ear->taken >= ear->room)
		return false;
	ear->taken++;
	assert_int_equal(strlen(json), len);
	assert_int_equal(json_check(json, len, &error), 0);
	buf_addf(&ear->heard, "%s%lld", ear->heard.len > 0 ? " " : "",
	    (long long)seq);
	return true;
}

static struct feed *
open_feed(struct fixture *f)
{
	struct feed *feed;

	assert_int_equal(feed_open(&feed, f->db, on_wake), OK);
	return feed;
}

static int
join_as(const char *roles, struct feed *feed, struct ear *ear,
    const char *path, const char *query)
{
	struct interest interest;
	int rc;

	*ear = (struct ear){ .room = 1000 };
	buf_init(&ear->heard, 65536);
	assert_int_equal(interest_path(&interest, path), OK);
	assert_int_equal(interest_query(&interest, query, why), OK);
	rc = feed_join(feed, &ear->reader, &interest, roles, why);
	interest_free(&interest);
	return rc;
}

static void
leave(struct feed *feed, struct ear *ear)
{
	feed_leave(feed, &ear->reader);
	buf_free(&ear->heard);
}

static int
join(struct feed *feed, struct ear *ear, const char *path,
    const char *query)
{
	return join_as("viewer", feed, ear, path, query);
}

/* What it hears until it is idle, at most times takes. */
static void
hears(struct feed *feed, struct ear *ear, const char *text)
{
	buf_reset(&ear->heard);
	for (int i = 0; i < 100 && !ear->reader.idle; i++) {
		ear->taken = 0;
		assert_int_equal(feed_take(feed, &ear->reader, put, ear), OK);
	}
	assert_true(ear->reader.idle);
	assert_string_equal(buf_str(&ear->heard), text);
}

static void
add_events(struct fixture *f, int session, const char *kind, int count)
{
	char sql[512];

	snprintf(sql, sizeof(sql), "WITH RECURSIVE n (i) AS (SELECT 1 "
	    "UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
	    "INSERT INTO event (session_id, kind, payload, ts) "
	    "SELECT 'T-20260101-%03d', '%s', '{\"a\":' || char(10) || '1}', "
	    "1767225600123 FROM n", count, session, kind);
	fixture_sql(f, sql);
}

/* Two sessions: 1 has event 1, 2 has event 2. */
static struct feed *
two_sessions(struct fixture *f)
{
	fixture_sql(f, "DROP TRIGGER event_check");
	fixture_story_as(f, "n", 1);
	fixture_story_as(f, "n", 2);
	return open_feed(f);
}

static void
test_backlog_then_news(void **state)
{
	struct feed *feed = two_sessions(*state);
	struct ear ear;

	assert_int_equal(join(feed, &ear, "/api/v1/events", ""), OK);
	hears(feed, &ear, "1 2");
	assert_false(feed_poll(feed));
	assert_int_equal(ear.woken, 0);
	add_events(*state, 2, "agent_started", 2);
	assert_false(feed_poll(feed));
	assert_int_equal(ear.woken, 1);
	hears(feed, &ear, "3 4");
	leave(feed, &ear);
	feed_close(feed);
}

static void
test_a_session_hears_its_own(void **state)
{
	struct feed *feed = two_sessions(*state);
	struct ear one, two, both;

	join(feed, &one, "/api/v1/sessions/T-20260101-001/events", "");
	join(feed, &two, "/api/v1/sessions/T-20260101-002/events", "since=1");
	join(feed, &both, "/api/v1/events",
	    "sessions=T-20260101-002,T-20260101-001");
	hears(feed, &one, "1");
	hears(feed, &two, "2");
	hears(feed, &both, "1 2");
	add_events(*state, 1, "agent_started", 1);
	add_events(*state, 2, "agent_started", 1);
	feed_poll(feed);
	hears(feed, &one, "3");
	hears(feed, &two, "4");
	hears(feed, &both, "3 4");
	leave(feed, &one);
	leave(feed, &two);
	leave(feed, &both);
	feed_close(feed);
}

static void
test_kinds(void **state)
{
	struct feed *feed = two_sessions(*state);
	struct ear recent, chosen;

	join(feed, &recent, "/api/v1/sessions/recent/events", "");
	join(feed, &chosen, "/api/v1/events", "kinds=gate_fired");
	hears(feed, &recent, "1 2");
	hears(feed, &chosen, "");
	add_events(*state, 1, "agent_started", 1);
	add_events(*state, 1, "gate_fired", 1);
	feed_poll(feed);
	hears(feed, &recent, "4");
	hears(feed, &chosen, "4");
	leave(feed, &recent);
	leave(feed, &chosen);
	assert_int_equal(join(feed, &chosen, "/api/v1/events",
		"kinds=gate_fired,nonsense"), E_INVALID);
	assert_non_null(strstr(why, "kinds: "));
	leave(feed, &chosen);
	feed_close(feed);
}

static void
test_no_such_session(void **state)
{
	struct feed *feed = two_sessions(*state);
	struct ear ear;

	assert_int_equal(join(feed, &ear, "/api/v1/sessions/T-1/events", ""),
	    E_NOTFOUND);
	leave(feed, &ear);
	assert_int_equal(join(feed, &ear, "/api/v1/events",
		"sessions=T-20260101-001,T-1"), E_NOTFOUND);
	leave(feed, &ear);
	add_events(*state, 1, "agent_started", 1);
	feed_poll(feed);		/* nobody is left in its lists */
	feed_close(feed);
}

static void
test_since_in_the_future(void **state)
{
	struct feed *feed = two_sessions(*state);
	struct ear ear;

	join(feed, &ear, "/api/v1/events", "since=4");
	hears(feed, &ear, "");
	add_events(*state, 1, "agent_started", 2);
	feed_poll(feed);
	hears(feed, &ear, "");
	add_events(*state, 1, "agent_started", 1);
	feed_poll(feed);
	hears(feed, &ear, "5");
	leave(feed, &ear);
	feed_close(feed);
}

/* 199, and a backlog of several batches, taken in small pieces. */
static void
test_a_crowd_of_other_events(void **state)
{
	struct feed *feed = two_sessions(*state);
	struct ear recent, slow;

	add_events(*state, 1, "agent_started", 2000);
	add_events(*state, 2, "gate_fired", 1);
	join(feed, &recent, "/api/v1/sessions/recent/events", "since=2");
	join(feed, &slow, "/api/v1/events", "since=1990");
	slow.room = 3;
	hears(feed, &recent, "2003");
	hears(feed, &slow, "1991 1992 1993 1994 1995 1996 1997 1998 1999 2000"
	    " 2001 2002 2003");
	while (feed_poll(feed))
		;
	hears(feed, &slow, "");		/* nothing twice */
	leave(feed, &recent);
	leave(feed, &slow);
	feed_close(feed);
}

/* One that is far behind reads the table, then joins the others. */
static void
test_behind_what_is_remembered(void **state)
{
	struct feed *feed = two_sessions(*state);
	struct ear ear;

	join(feed, &ear, "/api/v1/sessions/T-20260101-001/events", "since=1");
	add_events(*state, 2, "agent_started", 3000);
	add_events(*state, 1, "agent_started", 1);
	while (feed_poll(feed))
		;
	hears(feed, &ear, "3003");
	leave(feed, &ear);
	feed_close(feed);
}

static void
test_a_viewer_of_some_applications(void **state)
{
	struct feed *feed = two_sessions(*state);
	struct ear all, none;

	assert_int_equal(join_as("viewer@test", feed, &all, "/api/v1/events",
		""), OK);
	assert_int_equal(join_as("operator@other", feed, &none,
		"/api/v1/events", ""), OK);
	hears(feed, &all, "1 2");
	hears(feed, &none, "");
	add_events(*state, 1, "agent_started", 1);
	feed_poll(feed);
	hears(feed, &all, "3");
	hears(feed, &none, "");
	leave(feed, &none);
	leave(feed, &all);
	assert_int_equal(join_as("operator@other", feed, &none,
		"/api/v1/sessions/T-20260101-001/events", ""), E_DENIED);
	leave(feed, &none);
	assert_int_equal(join_as("operator@test", feed, &all,
		"/api/v1/sessions/T-20260101-001/events", ""), OK);
	leave(feed, &all);
	feed_close(feed);
}

static void
test_frame(void **state)
{
	const struct event event = { .seq = 7, .session_id = "T-1",
		.kind = "gate_fired", .payload = "{\"a\":\r\n1}",
		.ts = 1767225600045 };
	struct buf out;

	(void)state;
	buf_init(&out, 1024);
	assert_int_equal(frame_add(&out, &event), OK);
	assert_string_equal(buf_str(&out), "{\"seq\":7,\"session_id\":\"T-1\","
	    "\"kind\":\"gate_fired\",\"payload\":{\"a\":  1},"
	    "\"ts\":\"2026-01-01T00:00:00.045000+00:00\"}");
	buf_free(&out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_backlog_then_news),
		FIXTURE_TEST(test_a_session_hears_its_own),
		FIXTURE_TEST(test_kinds),
		FIXTURE_TEST(test_no_such_session),
		FIXTURE_TEST(test_since_in_the_future),
		FIXTURE_TEST(test_a_crowd_of_other_events),
		FIXTURE_TEST(test_behind_what_is_remembered),
		FIXTURE_TEST(test_a_viewer_of_some_applications),
		cmocka_unit_test(test_frame),
	};

	return cmocka_run_group_tests_name("feed", tests, NULL, NULL);
}
