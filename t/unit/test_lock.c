/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/lock.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "t/unit/unit.h"

#include "lib/err.h"
#include "t/unit/sql_fixture.h"

static void
test_a_lock_is_given_up_in_time(void **state)
{
	struct fixture *f = *state;
	char path[128];
	sigset_t all, before;
	int first, second;

	snprintf(path, sizeof(path), "%s-lock", f->path);
	first = lock_open(path);
	second = lock_open(path);
	assert_int_equal(lock_take(first, 0), OK);
	/* As a thread waits that leaves signals to others. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	assert_int_equal(lock_take(second, 100), E_BUSY);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	lock_free(first);
	assert_int_equal(lock_take(second, 0), OK);
	close(first);
	close(second);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_a_lock_is_given_up_in_time),
	};

	return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
