/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <time.h>

#include "lib/clock.h"

static void
test_iso_seconds(void **state)
{
	static const struct { int64_t ms; const char *want; } rows[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 999, "1970-01-01T00:00:00Z" },
		{ 1000, "1970-01-01T00:00:01Z" },
		{ -1, "1969-12-31T23:59:59Z" },
		{ -1000, "1969-12-31T23:59:59Z" },
		{ INT64_C(951782400000), "2000-02-29T00:00:00Z" },
		{ INT64_C(1700000000123), "2023-11-14T22:13:20Z" },
		{ INT64_C(253402300799999), "9999-12-31T23:59:59Z" },
		{ INT64_C(253402300800000), "9999-12-31T23:59:59Z" },
		{ INT64_MAX, "9999-12-31T23:59:59Z" },
		{ INT64_C(-62167219200000), "0000-01-01T00:00:00Z" },
		{ INT64_MIN, "0000-01-01T00:00:00Z" },
	};
	char at[ISO_SECONDS_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		iso_seconds(rows[i].ms, at);
		assert_string_equal(at, rows[i].want);
	}
}

static void
test_wall(void **state)
{
	int64_t before = (int64_t)time(NULL) - 1;
	int64_t now = clock_ms();

	(void)state;
	assert_in_range(now, before * 1000, (before + 60) * 1000);
}

static void
test_mono_advances(void **state)
{
	const struct timespec pause = { .tv_nsec = 5 * 1000 * 1000 };
	int64_t start = clock_mono_ms();

	(void)state;
	nanosleep(&pause, NULL);
	assert_in_range(clock_mono_ms() - start, 4, 60 * 1000);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_iso_seconds),
		cmocka_unit_test(test_wall),
		cmocka_unit_test(test_mono_advances),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
