/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"

static void
test_starts_empty(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	assert_null(b.data);
	assert_string_equal(buf_str(&b), "");
	buf_reset(&b);
	buf_free(&b);
	assert_int_equal(b.max, 10);
}

static void
test_cut(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	buf_cut(&b, 0);
	assert_string_equal(buf_str(&b), "");
	buf_adds(&b, "whole");
	assert_int_equal(buf_adds(&b, "half "), OK);
	assert_int_equal(buf_adds(&b, "more"), E_TOOBIG);
	buf_cut(&b, 5);
	assert_string_equal(buf_str(&b), "whole");
	assert_int_equal(buf_adds(&b, "!"), OK);
	assert_string_equal(buf_str(&b), "whole!");
	buf_free(&b);
}

static void
test_grows(void **state)
{
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 5000);
	for (i = 0; i < 1000; i++)
		assert_int_equal(buf_addf(&b, "%05zu", i), OK);
	assert_int_equal(b.len, 5000);
	assert_int_equal(strlen(b.data), 5000);
	assert_memory_equal(b.data + 4995, "00999", 6);
	buf_reset(&b);
	assert_string_equal(buf_str(&b), "");
	buf_add(&b, "a\0b", 3);
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.data, "a\0b", 4);
	buf_free(&b);
	assert_null(b.data);
}

/* There is always room for the NUL, wherever the memory ends. */
static void
test_nul_has_room(void **state)
{
	static const char text[1024];
	struct buf b;
	size_t len;

	(void)state;
	for (len = 0; len < sizeof(text); len++) {
		buf_init(&b, sizeof(text));
		buf_add(&b, text, len);
		assert_true(b.len < b.cap);
		buf_addc(&b, 'x');
		assert_true(b.len < b.cap);
		buf_free(&b);
	}
}

/* What does not fit whole is not added, and nothing is after it. */
static void
test_max_is_kept(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	assert_int_equal(buf_adds(&b, "abc"), OK);
	assert_int_equal(buf_adds(&b, "def"), E_TOOBIG);
	assert_string_equal(b.data, "abc");
	assert_int_equal(buf_addc(&b, 'd'), E_TOOBIG);
	assert_string_equal(b.data, "abc");
	buf_reset(&b);
	assert_int_equal(b.rc, OK);
	assert_int_equal(buf_adds(&b, "12345"), OK);
	assert_int_equal(buf_addf(&b, "%d", 6), E_TOOBIG);
	assert_string_equal(b.data, "12345");
	buf_free(&b);
	buf_init(&b, 0);
	assert_int_equal(buf_adds(&b, ""), OK);
	assert_int_equal(buf_addc(&b, 'x'), E_TOOBIG);
	buf_free(&b);
}

static void
test_impossible_size(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	assert_int_equal(buf_add(&b, "", SIZE_MAX - 1), E_NOMEM);
	assert_int_equal(buf_adds(&b, "a"), E_NOMEM);
	assert_null(b.data);
	buf_free(&b);
}

static void
test_integers(void **state)
{
	static const struct { int64_t value; const char *want; } rows[] = {
		{ 0, "0" }, { 7, "7" }, { -10, "-10" },
		{ INT64_MAX, "9223372036854775807" },
		{ INT64_MIN, "-9223372036854775808" },
	};
	struct buf b;

	(void)state;
	buf_init(&b, 20);
	for (size_t i = 0; i < COUNT(rows); i++) {
		buf_reset(&b);
		assert_int_equal(buf_addi(&b, rows[i].value), OK);
		assert_string_equal(b.data, rows[i].want);
	}
	assert_int_equal(buf_addi(&b, 1), E_TOOBIG);
	buf_free(&b);
}

/* A text of that length whose only other character is c, there. */
static void
is_quoted(struct buf *b, int c, size_t at, size_t len)
{
	bool plain = c >= ' ' && c < 0x80 && c != '"' && c != '\\';
	char text[20], want[64];

	memset(text, 'x', sizeof(text));
	text[at] = (char)c;
	snprintf(want, sizeof(want), "\"%.*s\"", (int)len, text);
	buf_reset(b);
	buf_add_json(b, text, len);
	assert_int_equal(strcmp(b->data, want) == 0, plain);
	assert_int_equal(json_check(b->data, b->len, NULL), OK);
}

/* Characters are looked at eight at a time: each byte at each place. */
static void
test_json_words(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	for (int c = 1; c < 256; c++)
		for (size_t len = 1; len < 20; len++)
			for (size_t at = 0; at < len; at++)
				is_quoted(&b, c, at, len);
	buf_free(&b);
}

static void
test_json_literal(void **state)
{
	static const struct { const char *text; size_t len; const char *want; }
	rows[] = {
		{ "", 0, "\"\"" },
		{ "plain", 5, "\"plain\"" },
		{ "a\"b\\c/", 6, "\"a\\\"b\\\\c/\"" },
		{ "\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\"" },
		{ "\x01\x1f\x7f", 3, "\"\\u0001\\u001f\x7f\"" },
		{ "\xc3\xa9\xf0\x9f\x98\x80", 6,
		    "\"\xc3\xa9\xf0\x9f\x98\x80\"" },
		{ "a\0b", 3, "\"a\\ufffdb\"" },
		{ "\xff\xc3", 2, "\"\\ufffd\\ufffd\"" },
		{ "\xed\xa0\x80!", 4, "\"\\ufffd\\ufffd\\ufffd!\"" },
	};
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 100);
	for (i = 0; i < COUNT(rows); i++) {
		buf_reset(&b);
		assert_int_equal(buf_add_json(&b, rows[i].text, rows[i].len),
		    OK);
		assert_string_equal(b.data, rows[i].want);
		assert_int_equal(json_check(b.data, b.len, NULL), OK);
	}
	buf_free(&b);
}

/* Half a literal would be worse than none. */
static void
test_json_literal_whole(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 6);
	buf_adds(&b, "x");
	assert_int_equal(buf_add_json(&b, "a\nbc", 4), E_TOOBIG);
	assert_string_equal(b.data, "x");
	assert_int_equal(b.len, 1);
	buf_free(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_starts_empty),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_grows),
		cmocka_unit_test(test_nul_has_room),
		cmocka_unit_test(test_max_is_kept),
		cmocka_unit_test(test_impossible_size),
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_json_words),
		cmocka_unit_test(test_json_literal),
		cmocka_unit_test(test_json_literal_whole),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
