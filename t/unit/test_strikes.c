/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <stdio.h>

#include "lib/strikes.h"

static int
set_up(void **state)
{
	*state = strikes_open();
	return *state != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
	strikes_close(*state);
	return 0;
}

static void
add(struct strikes *s, const char *address, int count, int64_t now_ms)
{
	while (count-- > 0)
		strikes_add(s, address, now_ms);
}

static void
test_hold(void **state)
{
	static const int64_t holds[] = {
		1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000,
	};
	struct strikes *s = *state;
	int64_t now_ms = 5000;

	assert_int_equal(strikes_held_ms(s, "10.0.0.1", now_ms), 0);
	add(s, "10.0.0.1", STRIKES_FREE - 1, now_ms);
	assert_int_equal(strikes_held_ms(s, "10.0.0.1", now_ms), 0);
	for (size_t i = 0; i < COUNT(holds); i++) {
		add(s, "10.0.0.1", 1, now_ms);
		assert_int_equal(strikes_held_ms(s, "10.0.0.1", now_ms),
		    holds[i]);
		assert_int_equal(strikes_held_ms(s, "10.0.0.2", now_ms), 0);
		now_ms += holds[i] - 1;
		assert_int_equal(strikes_held_ms(s, "10.0.0.1", now_ms), 1);
		now_ms++;
		assert_int_equal(strikes_held_ms(s, "10.0.0.1", now_ms), 0);
	}
	/* forgotten: it begins anew */
	now_ms += STRIKES_FORGET_MS;
	add(s, "10.0.0.1", STRIKES_FREE - 1, now_ms);
	assert_int_equal(strikes_held_ms(s, "10.0.0.1", now_ms), 0);
}

static void
test_network(void **state)
{
	struct strikes *s = *state;

	add(s, "2001:db8:1:2::1", 5, 1);
	add(s, "2001:db8:1:2:ffff::9", 5, 1);
	assert_int_equal(strikes_held_ms(s, "2001:db8:1:2::77", 1), 1000);
	assert_int_equal(strikes_held_ms(s, "2001:db8:1:3::1", 1), 0);
	assert_int_equal(strikes_held_ms(s, "unix:", 1), 0);
}

/* Whoever fills the table does not free a place while others are quieter. */
static void
test_bounded(void **state)
{
	struct strikes *s = *state;
	char address[32];
	int held = 0;

	for (int i = 0; i < 100000; i++) {
		snprintf(address, sizeof(address), "10.%d.%d.%d", i >> 16,
		    i >> 8 & 255, i & 255);
		strikes_add(s, address, i);
	}
	for (int i = 99999; i >= 0; i--) {
		snprintf(address, sizeof(address), "10.%d.%d.%d", i >> 16,
		    i >> 8 & 255, i & 255);
		add(s, address, STRIKES_FREE - 1, 100000);
		held += strikes_held_ms(s, address, 100000) > 0;
	}
	assert_in_range(held, 1, 4096);
	strikes_close(NULL);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_hold, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_network, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_bounded, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests_name("strikes", tests, NULL, NULL);
}
