/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <string.h>

#include "cli/app_check.h"

static void
test_is_word(void **state)
{
	static const struct {
		const char *text, *first, *rest;
		size_t max;
		bool is;
	} cases[] = {
		{ "a", "a-z", "a-z", 4, true },
		{ "", "a-z", "a-z", 4, false },
		{ "abcd", "a-z", "a-z", 4, true },
		{ "abcde", "a-z", "a-z", 4, false },
		{ "a1_-", "a-z", "a-z0-9_-", 4, true },
		{ "1a", "a-z", "a-z0-9", 4, false },
		{ "aB", "a-z", "a-z", 4, false },
		{ "z", "a-z", "", 4, true },
		{ "`", "a-z", "a-z", 4, false },
		{ "{", "a-z", "a-z", 4, false },
		{ "-", "A-Z-", "", 4, true },
		{ "a.b", "a-z", "a-z.", 4, true },
		{ "a b", "a-z", "a-z.", 4, false },
		{ "a\xc3\xa4", "a-z", "a-z", 4, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (app_is_word(cases[i].text, cases[i].first, cases[i].rest,
			cases[i].max) != cases[i].is)
			fail_msg("case %zu: \"%s\"", i, cases[i].text);
}

static void
test_is_cron(void **state)
{
	static const struct {
		const char *text;
		bool is;
	} cases[] = {
		{ "* * * * *", true },
		{ "0 3 * * *", true },
		{ "  0  3 * *   * ", true },
		{ "*/5 8-18 1,15 jan-MAR mon-fri", true },
		{ "59 23 31 12 7", true },
		{ "0-59/2 * * * 0", true },
		{ "1,2,3-5/2,*/7 * * * *", true },
		{ "", false },
		{ " ", false },
		{ "* * * *", false },
		{ "* * * * * *", false },
		{ "60 * * * *", false },
		{ "* 24 * * *", false },
		{ "* * 0 * *", false },
		{ "* * 32 * *", false },
		{ "* * * 0 *", false },
		{ "* * * 13 *", false },
		{ "* * * * 8", false },
		{ "5-1 * * * *", false },
		{ "1- * * * *", false },
		{ "-1 * * * *", false },
		{ "1, * * * *", false },
		{ ",1 * * * *", false },
		{ "*/0 * * * *", false },
		{ "*/ * * * *", false },
		{ "*/x * * * *", false },
		{ "*5 * * * *", false },
		{ "1x * * * *", false },
		{ "001 * * * *", false },
		{ "99999999999 * * * *", false },
		{ "mon * * * *", false },
		{ "* * * * monday", false },
		{ "@daily", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (app_is_cron(cases[i].text) != cases[i].is)
			fail_msg("case %zu: \"%s\"", i, cases[i].text);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_is_word),
		cmocka_unit_test(test_is_cron),
	};

	return cmocka_run_group_tests_name("app_value", tests, NULL, NULL);
}
