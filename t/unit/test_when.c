/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/when.h"

#define NOW INT64_C(1000000000000)

static void
test_times(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2026-11-22T10:00:01Z", INT64_C(1795341601000) },
		{ "2000-02-29T23:59:59Z", INT64_C(951868799000) },
		{ "2023-12-31T00:00:00Z", INT64_C(1703980800000) },
		{ "0001-01-01T00:00:00Z", INT64_C(-62135596800000) },
		{ "9999-12-31T23:59:59Z", INT64_C(253402300799000) },
		{ "90s", NOW - 90000 }, { "0s", NOW }, { "15m", NOW - 900000 },
		{ "2h", NOW - 7200000 }, { "2023d", NOW - 2023 * 86400000LL },
		{ "36500d", NOW - 36500 * 86400000LL },
	};
	char again[ISO_SECONDS_SIZE];
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		ms = 7;
		if (when_parse(rows[i].text, NOW, WHEN_PAST, &ms) != OK ||
		    ms != rows[i].ms)
			fail_msg("%s is %lld", rows[i].text, (long long)ms);
		iso_seconds(ms, again);
		if (i < 6)
			assert_string_equal(again, rows[i].text);
	}
	assert_int_equal(when_parse("2h", NOW, WHEN_FUTURE, &ms), OK);
	assert_int_equal(ms, NOW + 7200000);
}

static void
test_refused(void **state)
{
	static const char *const rows[] = {
		"", "h", "5", "5x", "5h ", "-5h", "+5h", " 5h", "5hh",
		"36501d", "9999999999s", "1.5h", "2026", "2026-11-22",
		"2026-11-22T10:00:00", "2026-11-22 10:00:00Z",
		"2026-11-22T10:00:00z", "2026-11-22T10:00:00+00:00",
		"2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
		"2026-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
		"2026-12-32T00:00:00Z", "2026-01-00T00:00:00Z",
		"1900-02-29T00:00:00Z", "2026-01-01T24:00:00Z",
		"2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z",
		"0000-01-01T00:00:00Z", "2026-1x-01T00:00:00Z",
		"2026-01-01T0a:00:00Z", "2026-01-01T00:0a:00Z",
		"2026-01-01T00:00:a0Z", "2026-01-0aT00:00:00Z",
	};
	int64_t ms = 7;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (when_parse(rows[i], NOW, WHEN_PAST, &ms) != E_INVALID ||
		    ms != 7)
			fail_msg("%s was taken", rows[i]);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("when", tests, NULL, NULL);
}
