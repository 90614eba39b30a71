/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <stdbool.h>
#include <string.h>

#include "lib/glob.h"

static void
test_match(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool want;
	} rows[] = {
		{ "", "", true },
		{ "", "a", false },
		{ "a", "", false },
		{ "abc", "abc", true },
		{ "abc", "abcd", false },
		{ "abc", "ABC", false },
		{ "*", "", true },
		{ "*", "a/b:c", true },
		{ "**", "x", true },
		{ "a*c", "ac", true },
		{ "a*c", "abcbc", true },
		{ "a*c", "abcb", false },
		{ "*:get_*", "observability:get_logs", true },
		{ "*:get_*", "observability:set_logs", false },
		{ "?", "", false },
		{ "?", "\xc3\xa9", true },
		{ "??", "\xc3\xa9", false },
		{ "?", "\xff", true },
		{ "[abc]", "b", true },
		{ "[abc]", "d", false },
		{ "[!abc]", "d", true },
		{ "[!abc]", "b", false },
		{ "[!abc]", "", false },
		{ "[a-c]x", "bx", true },
		{ "[c-a]", "b", false },
		{ "[a-]", "-", true },
		{ "[-a]", "-", true },
		{ "[]a]", "]", true },
		{ "[!]a]", "]", false },
		{ "[!]a]", "b", true },
		{ "[a!]", "!", true },
		{ "[\xc3\xa0-\xc3\xbf]", "\xc3\xa9", true },
		{ "[\xc3\xa9]", "\xe9", false },
		{ "*[!\xc3\xa9]", "\xc3\xa9", false },
		{ "[abc", "a", false },
		{ "[abc", "[abc", true },
		{ "x[", "x[", true },
		{ "*[ab]*", "--b--", true },
		{ "\\*", "\\x", true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		if (glob_match(rows[i].pattern, rows[i].text) != rows[i].want)
			fail_msg("\"%s\" on \"%s\"", rows[i].pattern,
			    rows[i].text);
}

/* Trying every way to share the text among the stars would never end. */
static void
test_many_stars(void **state)
{
	char text[4096];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_false(glob_match("*a*a*a*a*a*a*a*a*a*a*b", text));
	assert_true(glob_match("*a*a*a*a*a*a*a*a*a*a*", text));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_many_stars),
	};

	return cmocka_run_group_tests_name("glob", tests, NULL, NULL);
}
