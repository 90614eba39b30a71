/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions under two runners that die at any point; t/unit/sim.h says what
 * may happen. CRASH_SEED=N replays the seed that a failure names,
 * CRASH_SEEDS=N tries more of them.
 */
#include <stdio.h>
#include <stdlib.h>

#include "lib/log.h"
#include "t/unit/sim.h"
#include "t/unit/unit.h"

enum { SEEDS = 12, STEPS = 600 };

static uint64_t
setting(const char *name, uint64_t missing)
{
	const char *text = getenv(name);

	return text != NULL ? strtoull(text, NULL, 10) : missing;
}

static void
test_crashes(void **state)
{
	uint64_t first = setting("CRASH_SEED", 1);
	uint64_t count = setting("CRASH_SEEDS",
	    getenv("CRASH_SEED") != NULL ? 1 : SEEDS);
	struct sim sim;

	(void)state;
	for (uint64_t seed = first; seed < first + count; seed++) {
		sim_open(&sim, seed);
		for (int i = 0; i < STEPS; i++)
			sim_step(&sim);
		sim_settle(&sim);
		sim_check(&sim);
		sim_close(&sim);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_crashes),
	};

	log_open("test", LOG_NONE);
	return cmocka_run_group_tests_name("crash", tests, NULL, NULL);
}
