/* SPDX-License-Identifier: Apache-2.0 */
/* What waits for a listener are whole lines, however many did not fit. */
#include "stream/note.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <string.h>

#include "stream/client.h"
#include "t/unit/unit.h"

int __wrap_lws_callback_on_writable(struct lws *wsi);

int
__wrap_lws_callback_on_writable(struct lws *wsi)
{
	(void)wsi;
	return 1;
}

/* It ends with the line, and with nothing behind it. */
static void
check_lines(const struct buf *notes, const char *json)
{
	char line[4096];
	size_t len = (size_t)snprintf(line, sizeof(line),
	    "{\"kind\":\"partial\",\"payload\":%s}\n", json);

	assert_int_equal(strlen(buf_str(notes)), notes->len);
	assert_int_equal(notes->len % len, 0);
	for (size_t at = 0; at < notes->len; at += len)
		assert_memory_equal(notes->data + at, line, len);
}

/* Of every length, so that each part of a line is once what does not fit. */
static void
test_what_does_not_fit_is_left_out(void **state)
{
	struct client client = { .partial = true };
	struct clients clients = { .first = &client };
	char json[64];

	(void)state;
	for (size_t len = 2; len < sizeof(json); len++) {
		snprintf(json, sizeof(json), "%0*d", (int)len, 7);
		buf_init(&client.notes, NOTES_MAX);
		for (int i = 0; i < NOTES_MAX / 30; i++)
			note_partial(&clients, "INC-1", json, len);
		assert_true(client.notes.len > NOTES_MAX - 128);
		check_lines(&client.notes, json);
		buf_free(&client.notes);
	}
}

static void
test_who_did_not_ask_hears_no_partial(void **state)
{
	struct client client = { 0 };
	struct clients clients = { .first = &client };

	(void)state;
	buf_init(&client.notes, NOTES_MAX);
	assert_false(note_partial_wanted(&clients));
	note_partial(&clients, "INC-1", "{}", 2);
	assert_int_equal(client.notes.len, 0);
	client.partial = true;
	assert_true(note_partial_wanted(&clients));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_does_not_fit_is_left_out),
		cmocka_unit_test(test_who_did_not_ask_hears_no_partial),
	};

	return cmocka_run_group_tests_name("note", tests, NULL, NULL);
}
