/* SPDX-License-Identifier: Apache-2.0 */
/* Lines and Server-Sent Events, whole and cut at every byte. */
#include "lib/sse.h"

#include <string.h>

#include "lib/err.h"
#include "t/unit/unit.h"

static int
note_line(void *arg, const char *line, size_t len)
{
	buf_addc(arg, '[');
	buf_add(arg, line, len);
	buf_addc(arg, ']');
	return strncmp(line, "stop", len) == 0 && len == 4 ? E_CONFLICT : OK;
}

/* "type|id|data;" for each event. */
static int
note_event(void *arg, const struct sse_event *event)
{
	assert_int_equal(event->len, strlen(event->data));
	buf_addf(arg, "%s|%s|%s;", event->type, event->id, event->data);
	return strcmp(event->data, "stop") == 0 ? E_CONFLICT : OK;
}

static int
feed_lines(const char *text, size_t first, size_t max, struct buf *seen)
{
	size_t len = strlen(text);
	struct lines lines;
	int rc;

	lines_init(&lines, max, note_line, seen);
	rc = lines_feed(&lines, text, first);
	if (rc == OK)
		rc = lines_feed(&lines, text + first, len - first);
	if (rc == OK)
		rc = lines_end(&lines);
	lines_free(&lines);
	return rc;
}

static void
test_lines(void **state)
{
	static const struct { const char *text, *want; size_t max; int rc; }
	    rows[] = {
		{ "", "", 9, OK },
		{ "a\nbc\n", "[a][bc]", 9, OK },
		{ "a\r\nbc", "[a][bc]", 9, OK },
		{ "\n\r\n\n", "[][][]", 9, OK },
		{ "a\rb\n", "[a\rb]", 9, OK },
		{ "123456789\n", "[123456789]", 9, OK },
		{ "1\n1234567890\n", "[1]", 9, E_TOOBIG },
		{ "a\nstop\nb\n", "[a][stop]", 9, E_CONFLICT },
	};
	struct buf seen;

	(void)state;
	buf_init(&seen, 1000);
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t at = 0; at <= strlen(rows[i].text); at++) {
			buf_reset(&seen);
			assert_int_equal(feed_lines(rows[i].text, at,
				rows[i].max, &seen), rows[i].rc);
			assert_string_equal(buf_str(&seen), rows[i].want);
		}
	buf_free(&seen);
}

static int
feed_sse(const char *text, size_t first, size_t step, struct buf *seen)
{
	size_t len = strlen(text), n;
	struct sse sse;
	int rc;

	sse_init(&sse, 32, note_event, seen);
	rc = sse_feed(&sse, text, first);
	for (size_t at = first; rc == OK && at < len; at += n) {
		n = len - at < step ? len - at : step;
		rc = sse_feed(&sse, text + at, n);
	}
	if (rc == OK)
		rc = sse_end(&sse);
	sse_free(&sse);
	return rc;
}

static const struct { const char *text, *want; int rc; } events[] = {
	{ "", "", OK },
	{ "data: a\n\ndata: b\n\n", "||a;||b;", OK },
	{ "data: a\r\n\r\ndata:b\r\rdata:  c\n\n", "||a;||b;|| c;", OK },
	{ ": comment\n\n\ndata: a\n\n", "||a;", OK },
	{ "event: error\ndata: a\n\ndata: b\n\n", "error||a;||b;", OK },
	{ "id: 7\ndata: a\n\ndata: b\n\n", "|7|a;|7|b;", OK },
	{ "data: a\ndata\ndata: b\n\n", "||a\n\nb;", OK },
	{ "data\n\n", "||;", OK },
	{ "event: x\n\ndata: a\n\n", "||a;", OK },
	{ "other: x\ndata: a\n\n", "||a;", OK },
	{ "data: [DONE]", "||[DONE];", OK },
	{ "data: [DONE]\n", "||[DONE];", OK },
	{ "\xef\xbb\xbf" "data: a\n\n", "||a;", OK },
	{ "data: \xc3\xa9\xf0\x9f\x98\x80\n\n", "||\xc3\xa9\xf0\x9f\x98\x80;",
	    OK },
	{ "data: stop\n\ndata: a\n\n", "||stop;", E_CONFLICT },
	{ "data: 1\n\ndata: 12345678901234567890123456789012\n\n", "||1;",
	    E_TOOBIG },
	{ "data: 12345678901234567890\ndata: 12345678901234567890\n\n", "",
	    E_TOOBIG },
};

static void
test_events(void **state)
{
	struct buf seen;

	(void)state;
	buf_init(&seen, 1000);
	for (size_t i = 0; i < COUNT(events); i++)
		for (size_t at = 0; at <= strlen(events[i].text); at++) {
			for (size_t step = 1; step < 100; step += 98) {
				buf_reset(&seen);
				assert_int_equal(feed_sse(events[i].text, at,
					step, &seen), events[i].rc);
				assert_string_equal(buf_str(&seen),
				    events[i].want);
			}
		}
	buf_free(&seen);
}

static void
test_retry(void **state)
{
	static const char text[] = "retry: 250\nretry: x\nretry:\ndata: a\n\n";
	struct sse sse;
	struct buf seen;

	(void)state;
	buf_init(&seen, 1000);
	sse_init(&sse, 100, note_event, &seen);
	assert_int_equal(sse.retry_ms, -1);
	assert_int_equal(sse_feed(&sse, text, strlen(text)), OK);
	assert_int_equal(sse.retry_ms, 250);
	sse_free(&sse);
	buf_free(&seen);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_retry),
	};

	return cmocka_run_group_tests_name("sse", tests, NULL, NULL);
}
