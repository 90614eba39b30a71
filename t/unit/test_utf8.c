/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <string.h>

#include "lib/utf8.h"

static void
test_decode(void **state)
{
	static const struct {
		const char *text;
		size_t len, want;
		uint32_t code;
	} rows[] = {
		{ "", 0, 0, 0 },
		{ "", 1, 1, 0 },
		{ "az", 2, 1, 'a' },
		{ "\x7f", 1, 1, 0x7f },
		{ "\xc2\x80", 2, 2, 0x80 },
		{ "\xdf\xbf", 2, 2, 0x7ff },
		{ "\xe0\xa0\x80", 3, 3, 0x800 },
		{ "\xed\x9f\xbf", 3, 3, 0xd7ff },
		{ "\xee\x80\x80", 3, 3, 0xe000 },
		{ "\xef\xbf\xbf", 3, 3, 0xffff },
		{ "\xf0\x90\x80\x80", 4, 4, 0x10000 },
		{ "\xf4\x8f\xbf\xbf", 4, 4, 0x10ffff },
		/* overlong forms */
		{ "\xc0\x80", 2, 0, 0 },
		{ "\xc1\xbf", 2, 0, 0 },
		{ "\xe0\x9f\xbf", 3, 0, 0 },
		{ "\xf0\x8f\xbf\xbf", 4, 0, 0 },
		/* surrogates */
		{ "\xed\xa0\x80", 3, 0, 0 },
		{ "\xed\xbf\xbf", 3, 0, 0 },
		/* above U+10FFFF */
		{ "\xf4\x90\x80\x80", 4, 0, 0 },
		{ "\xf5\x80\x80\x80", 4, 0, 0 },
		/* a continuation alone, a start alone, a start cut short */
		{ "\x80", 1, 0, 0 },
		{ "\xc3(", 2, 0, 0 },
		{ "\xe2\x82(", 3, 0, 0 },
		{ "\xe2\x82\xac", 2, 0, 0 },
		{ "\xff", 1, 0, 0 },
	};
	uint32_t code;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		code = 0;
		if (utf8_decode(rows[i].text, rows[i].len, &code) !=
		    rows[i].want || code != rows[i].code)
			fail_msg("row %zu: U+%04X", i, (unsigned int)code);
	}
	assert_int_equal(utf8_decode("\xc3\xa9", 2, NULL), 2);
}

static void
test_valid(void **state)
{
	(void)state;
	assert_true(utf8_valid("", 0));
	assert_true(utf8_valid("a\0b", 3));
	assert_true(utf8_valid("na\xc3\xafve \xf0\x9f\x98\x80", 11));
	assert_false(utf8_valid("na\xc3", 3));
	assert_false(utf8_valid("\xffok", 3));
}

static void
test_count(void **state)
{
	(void)state;
	assert_int_equal(utf8_count("", 0), 0);
	assert_int_equal(utf8_count("a\0b", 3), 3);
	assert_int_equal(utf8_count("na\xc3\xafve \xf0\x9f\x98\x80", 11), 7);
}

static void
test_cut(void **state)
{
	static const char text[] = "a\xc3\xa9\xf0\x9f\x98\x80z";
	static const size_t want[] = { 0, 1, 1, 3, 3, 3, 3, 7, 8, 8 };
	size_t max;

	(void)state;
	for (max = 0; max < COUNT(want); max++)
		if (utf8_cut(text, strlen(text), max) != want[max])
			fail_msg("cut at %zu", max);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
