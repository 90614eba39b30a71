/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/decimal.h"

#include <stdint.h>
#include <stdio.h>

#include "t/unit/unit.h"

static int
compare(const char *left, const char *right)
{
	struct decimal a, b;
	int order;

	decimal_read(&a, left);
	decimal_read(&b, right);
	order = decimal_compare(&a, &b);
	assert_int_equal((order > 0) - (order < 0),
	    (decimal_compare(&b, &a) < 0) - (decimal_compare(&b, &a) > 0));
	return (order > 0) - (order < 0);
}

static void
test_compare(void **state)
{
	static const struct {
		const char *a, *b;
		int order;
	} rows[] = {
		{ "0", "0", 0 }, { "0", "-0.00e7", 0 }, { "1", "1.0", 0 },
		{ "100", "1e2", 0 }, { "0.01", "1E-2", 0 },
		{ "10e-1", "1", 0 }, { "0.00012", "12e-5", 0 },
		{ "-5", "5", -1 }, { "-5", "-4", -1 }, { "0", "-1", 1 },
		{ "0", "1e-300", -1 }, { "2", "10", -1 }, { "9", "10.5", -1 },
		{ "1.2", "1.19", 1 }, { "123", "1234", -1 },
		{ "9007199254740993", "9007199254740992", 1 },
		{ "9007199254740993", "9007199254740992.0", 1 },
		{ "9007199254740993.0", "9007199254740993", 0 },
		{ "-9007199254740993", "-9007199254740992", -1 },
		{ "123456789012345678901234567890123456789012345678901234567890"
		    "123", "1234567890123456789012345678901234567890123456789"
		    "01234567890124", -1 },
		{ "1e308", "9.99e307", 1 }, { "1e-99999999999999", "0", 1 },
		{ "1e18446744073709551617", "1e300", 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (compare(rows[i].a, rows[i].b) != rows[i].order)
			fail_msg("%s, %s", rows[i].a, rows[i].b);
}

static void
test_integer(void **state)
{
	static const char *const yes[] = { "0", "-0.0", "7", "1.0", "1.50e1",
	    "1e2", "9007199254740993", "0e-5", "1e308" };
	static const char *const no[] = { "0.5", "-1.5", "1e-2", "15e-1",
	    "9007199254740993.5", "1e-400" };
	struct decimal d;

	(void)state;
	for (size_t i = 0; i < COUNT(yes); i++) {
		decimal_read(&d, yes[i]);
		if (!decimal_is_integer(&d))
			fail_msg("%s", yes[i]);
	}
	for (size_t i = 0; i < COUNT(no); i++) {
		decimal_read(&d, no[i]);
		if (decimal_is_integer(&d))
			fail_msg("%s", no[i]);
	}
}

static bool
multiple(const char *value, const char *unit)
{
	struct decimal a, b;

	decimal_read(&a, value);
	decimal_read(&b, unit);
	return decimal_is_multiple(&a, &b);
}

static void
test_multiple(void **state)
{
	static const struct {
		const char *value, *unit;
		bool is;
	} rows[] = {
		{ "0", "3", true }, { "9", "3", true }, { "-9", "3", true },
		{ "10", "3", false }, { "0.3", "0.1", true },
		{ "19.99", "0.01", true }, { "19.995", "0.01", false },
		{ "1.5", "0.5", true }, { "0.5", "1", false },
		{ "1e300", "7", false }, { "1e300", "1024", true },
		{ "1e3", "1024", false }, { "7e300", "7", true },
		{ "1e308", "1e-300", true }, { "1e308", "3e-300", false },
		/* 2 to the 205th */
		{ "1e300", "51422017416287688817342786954917203280710495801049"
		    "370729644032", true },
		{ "9007199254740993", "2", false },
		{ "9007199254740993", "3", true },
		{ "9007199254740992", "3", false },
		{ "700000000000000000000000000000000000000000000000000000000"
		    "000049", "1000000000000000000000000000000000000000000000"
		    "00000000000000007", true },
		{ "700000000000000000000000000000000000000000000000000000000"
		    "000048", "1000000000000000000000000000000000000000000000"
		    "00000000000000007", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (multiple(rows[i].value, rows[i].unit) != rows[i].is)
			fail_msg("%s, %s", rows[i].value, rows[i].unit);
}

/* As the machine has it, where that is exact. */
static void
test_against_integers(void **state)
{
	uint64_t seed = 7;
	char a[24], b[24];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		long x, y;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		x = (long)(seed >> 33) % (1L << (i % 30 + 1)) - (i % 3) * 99;
		y = (long)(seed >> 20) % (1L << (i % 12 + 1));
		snprintf(a, sizeof(a), "%ld", x);
		snprintf(b, sizeof(b), "%ld", y);
		assert_int_equal(compare(a, b), (x > y) - (x < y));
		if (y > 0 && multiple(a, b) != (x % y == 0))
			fail_msg("%s, %s", a, b);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_integer),
		cmocka_unit_test(test_multiple),
		cmocka_unit_test(test_against_integers),
	};

	return cmocka_run_group_tests_name("decimal", tests, NULL, NULL);
}
