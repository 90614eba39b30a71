/* SPDX-License-Identifier: Apache-2.0 */
/* fcgi/flight.c: of two requests with one key the second waits. */
#include "t/unit/unit.h"

#include <pthread.h>

#include "fcgi/flight.h"
#include "lib/err.h"

enum { THREADS = 16, LONG_MS = 600 * 1000 };

static void
test_who_waits(void **state)
{
	struct flights *flights = flights_open(1);
	struct flight first = { .person = "ann", .key = "k" };
	struct flight others[] = {
		{ .person = "bob", .key = "k" },
		{ .person = "ann", .key = "l" },
		{ .person = "ann", .key = "" },
	};
	struct flight second = { .person = "ann", .key = "k" };

	(void)state;
	assert_non_null(flights);
	assert_int_equal(flights_enter(flights, &first), OK);
	for (size_t i = 0; i < COUNT(others); i++)
		assert_int_equal(flights_enter(flights, &others[i]), OK);
	assert_int_equal(flights_enter(flights, &second), E_BUSY);
	flights_leave(flights, &others[1]);
	assert_int_equal(flights_enter(flights, &second), E_BUSY);
	flights_leave(flights, &first);
	assert_int_equal(flights_enter(flights, &second), OK);
	flights_leave(flights, &second);
	flights_leave(flights, &others[0]);
	flights_leave(flights, &others[2]);
	flights_close(flights);
	flights_close(NULL);
}

struct crowd {
	struct flights *flights;
	int inside;		/* changed by who is inside */
	int most, good;
};

static void *
pass_through(void *arg)
{
	struct crowd *crowd = arg;
	struct flight flight = { .person = "ann", .key = "k" };

	if (flights_enter(crowd->flights, &flight) != OK)
		return NULL;
	if (++crowd->inside > crowd->most)
		crowd->most = crowd->inside;
	crowd->good++;
	crowd->inside--;
	flights_leave(crowd->flights, &flight);
	return NULL;
}

/* Who leaves lets one in; nobody is forgotten. */
static void
test_one_by_one(void **state)
{
	struct crowd crowd = { .flights = flights_open(LONG_MS) };
	struct flight first = { .person = "ann", .key = "k" };
	pthread_t threads[THREADS];

	(void)state;
	assert_non_null(crowd.flights);
	assert_int_equal(flights_enter(crowd.flights, &first), OK);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
		    pass_through, &crowd), 0);
	assert_int_equal(crowd.good, 0);
	flights_leave(crowd.flights, &first);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(crowd.good, THREADS);
	assert_int_equal(crowd.most, 1);
	flights_close(crowd.flights);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_waits),
		cmocka_unit_test(test_one_by_one),
	};

	return cmocka_run_group_tests_name("flight", tests, NULL, NULL);
}
