/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pattern.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "t/unit/unit.h"

static bool
finds(const char *pattern, const char *text)
{
	long steps = 100000000;
	struct pattern *p;
	const char *why;
	bool found, again;

	if (pattern_open(&p, pattern, &why) != OK)
		fail_msg("%s: %s", pattern, why);
	assert_int_equal(pattern_find(p, text, strlen(text), &steps, &found),
	    OK);
	assert_int_equal(pattern_find(p, text, strlen(text), &steps, &again),
	    OK);
	assert_int_equal(found, again);
	pattern_close(p);
	return found;
}

static void
test_find(void **state)
{
	static const struct {
		const char *pattern, *yes[4], *no[4];
	} rows[] = {
		{ "", { "", "a" }, { NULL } },
		{ "b", { "b", "abc" }, { "", "a", "B" } },
		{ "^ab$", { "ab" }, { "abc", "xab", "" } },
		{ "^$", { "" }, { "a", "\n" } },
		{ "a.c", { "abc", "a\xc3\xa9" "c", "xa-cx" },
		    { "ac", "a\nc" } },
		{ "^.$", { "\xc3\xa9", "\xf0\x9f\x98\x80" }, { "", "ab" } },
		{ "^a*$", { "", "aaa" }, { "b", "aab" } },
		{ "^a+$", { "a", "aa" }, { "", "ab" } },
		{ "^a?b$", { "b", "ab" }, { "aab", "a" } },
		{ "^a{2}$", { "aa" }, { "a", "aaa" } },
		{ "^a{2,}$", { "aa", "aaaaa" }, { "a" } },
		{ "^a{1,3}$", { "a", "aaa" }, { "", "aaaa" } },
		{ "^a{0}b$", { "b" }, { "ab" } },
		{ "^(ab|c)+$", { "ab", "cabc" }, { "", "a", "abd" } },
		{ "^(?:ab)?(?<x>c)$", { "c", "abc" }, { "ab" } },
		{ "^(a|b|)$", { "a", "b", "" }, { "c" } },
		{ "a|^b", { "ca", "bc" }, { "cb" } },
		{ "^[a-c_]+$", { "ab_c" }, { "d", "" } },
		{ "^[^a-c]$", { "d", "\n", "\xc3\xa9" }, { "a", "" } },
		{ "^[]a]$", { NULL }, { "]", "a" } },
		{ "^[^]$", { "a", "\n" }, { "" } },
		{ "^[a-]$", { "a", "-" }, { "b" } },
		{ "^[-a]$", { "a", "-" }, { "b" } },
		{ "^[\\d.]+$", { "1.2" }, { "a", "" } },
		{ "^[\\D]$", { "a", "\xc3\xa9" }, { "1" } },
		{ "^[\\w-]+$", { "a_1-Z" }, { "a b", "\xc3\xa9" } },
		{ "^\\d{4}-\\d\\d$", { "2026-11" }, { "2026-1", "x2026-11" } },
		{ "^\\w+\\s\\w+$", { "a b", "a\tb", "a\xc2\xa0" "b" },
		    { "ab", "a  b" } },
		{ "^\\S+\\W$", { "a!" }, { "a b", "ab" } },
		{ "\\bcat\\b", { "a cat.", "cat" }, { "cats", "concat" } },
		{ "\\Bcat", { "concat" }, { "cat", "a cat" } },
		{ "^\\x41\\u00e9\\u{1F600}$",
		    { "A\xc3\xa9\xf0\x9f\x98\x80" }, { "A" } },
		{ "^\\uD83D\\uDE00$", { "\xf0\x9f\x98\x80" }, { "" } },
		{ "^\\t\\n\\v\\f\\r$", { "\t\n\v\f\r" }, { "tnvfr" } },
		{ "^[\\b\\]]+$", { "\b]" }, { "b" } },
		{ "^\\^\\$\\.\\*\\/\\-$", { "^$.*/-" }, { "" } },
		{ "^a}]$", { "a}]" }, { "a" } },
		{ "^.*?b.*?$", { "b", "aba" }, { "a" } },
		{ "^(a*)*$", { "", "aaa" }, { "b" } },
		{ "^(a|aa)+$", { "aaaaa" }, { "", "aab" } },
		{ "^(^a$)$", { "a" }, { "aa" } },
		{ "^((()))$", { "" }, { "a" } },
		{ "^\xc3\xa9+$", { "\xc3\xa9\xc3\xa9" }, { "e" } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (int j = 0; j < 4; j++) {
			const char *yes = rows[i].yes[j], *no = rows[i].no[j];

			if (yes != NULL && !finds(rows[i].pattern, yes))
				fail_msg("%s: not %s", rows[i].pattern, yes);
			if (no != NULL && finds(rows[i].pattern, no))
				fail_msg("%s: %s", rows[i].pattern, no);
		}
}

static void
refuses(const char *pattern, int rc, const char *why)
{
	const char *got = "";
	struct pattern *p;

	if (pattern_open(&p, pattern, &got) != rc || strcmp(got, why) != 0)
		fail_msg("%.80s: %s", pattern, got);
	assert_null(p);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *pattern, *why;
	} rows[] = {
		{ "(a", "a ( has no )" }, { "a)", "a ) has no (" },
		{ "[a", "a [ has no ]" }, { "[b-a]", "a range is upside down" },
		{ "[a-\\d]", "a class is no end of a range" },
		{ "*", "nothing is there to be repeated" },
		{ "a|+", "nothing is there to be repeated" },
		{ "a**", "nothing is there to be repeated" },
		{ "a{,2}", "a { has no number" }, { "a{2", "a { has no }" },
		{ "a{2,1}", "a {n,m} is upside down" },
		{ "\\", "nothing follows a backslash" },
		{ "\\p{L}", "an escape is not understood" },
		{ "(a)\\1", "back references are not understood" },
		{ "(?=a)", "look-around is not understood" },
		{ "(?!a)", "look-around is not understood" },
		{ "(?<=a)b", "look-around is not understood" },
		{ "(?<!a)b", "look-around is not understood" },
		{ "(?<a", "look-around is not understood" },
		{ "(?i)a", "look-around is not understood" },
		{ "\\x4", "an escape of a character is not complete" },
		{ "\\u00g0", "an escape of a character is not complete" },
		{ "\\u{110000}", "an escape of a character is not complete" },
		{ "\\u{12", "an escape of a character is not complete" },
		{ "\xff", "it is not UTF-8" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		refuses(rows[i].pattern, E_INVALID, rows[i].why);
}

static void
test_limits(void **state)
{
	char text[PATTERN_TEXT_MAX + 2];

	(void)state;
	refuses("a{1001}", E_TOOBIG, "a {count} is above 1000");
	refuses("a{4294967297}", E_TOOBIG, "a {count} is above 1000");
	refuses("((a{100}){100}){100}", E_TOOBIG, "it is too complex");
	refuses("(((((){1000}){1000}){1000}){1000}){1000}", E_TOOBIG,
	    "it is too complex");
	refuses("((((a{0}){1000}){1000}){1000}){1000}", E_TOOBIG,
	    "it is too complex");
	memset(text, 'a', sizeof(text));
	text[PATTERN_TEXT_MAX + 1] = '\0';
	refuses(text, E_TOOBIG, "it is too long");
	assert_true(finds(text + 1, text));
	memset(text, '(', sizeof(text));
	text[PATTERN_DEPTH_MAX + 1] = '\0';
	refuses(text, E_TOOBIG, "its groups are nested too deep");
	for (int i = 0; i < PATTERN_TEXT_MAX; i += 2)
		memcpy(text + i, "\\S", 3);
	assert_false(finds(text, "a"));
	memset(text, '|', sizeof(text));
	text[PATTERN_TEXT_MAX] = '\0';
	assert_true(finds(text, ""));
}

/* What takes others for ever takes as long as any other pattern. */
static void
test_no_blow_up(void **state)
{
	static const char *const patterns[] = {
		"^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "^(a*)*b$", "(.*)*x",
		"^(([a-z])+.)+[A-Z]([a-z])+$", "(a?){500}a{500}c",
		"(|||||||||||||||||||||||||||||||||||)*b",
	};
	char text[4096];

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text + sizeof(text) - 2, "!", 2);
	for (size_t i = 0; i < COUNT(patterns); i++) {
		int64_t began = clock_mono_ms();

		assert_false(finds(patterns[i], text));
		assert_true(clock_mono_ms() - began < 5000);
	}
}

static void
test_steps(void **state)
{
	struct pattern *p;
	const char *why;
	long steps = 100;
	bool found;

	(void)state;
	assert_int_equal(pattern_open(&p, "^(a|b|c)*$", &why), OK);
	assert_int_equal(pattern_find(p, "abc", 3, &steps, &found), OK);
	assert_true(found);
	assert_true(steps < 100 && steps > 0);
	steps = 10;
	assert_int_equal(pattern_find(p, "abcabcabc", 9, &steps, &found),
	    E_TOOBIG);
	/* States that take no character cost as well. */
	pattern_close(p);
	assert_int_equal(pattern_open(&p, "(||||||||||||||||||||)*b", &why),
	    OK);
	steps = 100;
	assert_int_equal(pattern_find(p, "aaaaaaaaaa", 10, &steps, &found),
	    E_TOOBIG);
	/* Bytes that are no text are characters like others. */
	steps = 1000;
	assert_int_equal(pattern_find(p, "\xff\xfe", 2, &steps, &found), OK);
	assert_false(found);
	pattern_close(p);
	pattern_close(NULL);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_no_blow_up),
		cmocka_unit_test(test_steps),
	};

	return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
