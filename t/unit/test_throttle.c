/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of a provider, and its circuit breaker. */
#include "runner/throttle.h"

#include "t/unit/unit.h"

static void
asks(struct throttle *t, const struct throttle_terms *terms, int64_t now_ms,
    enum throttle_answer want, int64_t want_ms)
{
	int64_t wait_ms;
	enum throttle_answer got = throttle_ask(t, terms, now_ms, &wait_ms);

	/* Up to a millisecond more is how it is rounded. */
	if (got != want || (want != THROTTLE_GO && wait_ms != want_ms &&
		wait_ms != want_ms + 1))
		fail_msg("at %lld: %d, wait %lld", (long long)now_ms,
		    (int)got, (long long)wait_ms);
}

static void
test_no_limits(void **state)
{
	static const struct throttle_terms terms = { 0 };
	struct throttle t = { 0 };

	(void)state;
	for (int i = 0; i < 5000; i++)
		asks(&t, &terms, 0, THROTTLE_GO, 0);
	for (int i = 0; i < 5000; i++)
		throttle_end(&t, &terms, 0, THROTTLE_DOWN, 1000000);
	asks(&t, &terms, 0, THROTTLE_GO, 0);
}

static void
test_concurrency(void **state)
{
	static const struct throttle_terms terms = { .concurrency = 2 };
	struct throttle t = { 0 };

	(void)state;
	asks(&t, &terms, 0, THROTTLE_GO, 0);
	asks(&t, &terms, 0, THROTTLE_GO, 0);
	asks(&t, &terms, 99999, THROTTLE_QUEUE, INT64_MAX);
	throttle_end(&t, &terms, 99999, THROTTLE_ANSWERED, 5);
	asks(&t, &terms, 99999, THROTTLE_GO, 0);
	asks(&t, &terms, 99999, THROTTLE_QUEUE, INT64_MAX);
}

static void
test_requests(void **state)
{
	static const struct throttle_terms terms = {
		.requests_per_minute = 60 };
	struct throttle t = { 0 };
	int started = 0;
	int64_t wait_ms;

	(void)state;
	for (int64_t now = 0; now < 60000; now += 10)
		started += throttle_ask(&t, &terms, now, &wait_ms) ==
		    THROTTLE_GO;
	/* A minute's worth, and what may come at once at first. */
	assert_in_range(started, 60, 66);
	asks(&t, &terms, 60000, THROTTLE_GO, 0);
	asks(&t, &terms, 60000, THROTTLE_QUEUE, 1000);
	/* A clock that goes back changes nothing. */
	asks(&t, &terms, 0, THROTTLE_QUEUE, 1000);
}

static void
test_tokens(void **state)
{
	static const struct throttle_terms terms = {
		.tokens_per_minute = 6000 };
	struct throttle t = { 0 };

	(void)state;
	asks(&t, &terms, 0, THROTTLE_GO, 0);
	throttle_end(&t, &terms, 0, THROTTLE_ANSWERED, 1600);
	/* 600 were there, 1600 are gone: 1001 come back in 10.01 s. */
	asks(&t, &terms, 0, THROTTLE_QUEUE, 10010);
	asks(&t, &terms, 10011, THROTTLE_GO, 0);
	/* From the first call on the next ones are expected to cost. */
	asks(&t, &terms, 10011, THROTTLE_QUEUE, 1999);
}

static void
test_breaker(void **state)
{
	static const struct throttle_terms terms = {
		.breaker_failures = 3, .breaker_ms = 1000 };
	struct throttle t = { 0 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		asks(&t, &terms, 0, THROTTLE_GO, 0);
		throttle_end(&t, &terms, 0, THROTTLE_DOWN, 0);
	}
	/* One that works makes good for all before it. */
	asks(&t, &terms, 0, THROTTLE_GO, 0);
	throttle_end(&t, &terms, 0, THROTTLE_ANSWERED, 0);
	for (int i = 0; i < 3; i++) {
		assert_false(throttle_is_open(&t, &terms));
		asks(&t, &terms, 10, THROTTLE_GO, 0);
		throttle_end(&t, &terms, 10, THROTTLE_DOWN, 0);
	}
	assert_true(throttle_is_open(&t, &terms));
	asks(&t, &terms, 11, THROTTLE_HOLD, 999);
	/* One tries whether it is back; the others wait for that one. */
	asks(&t, &terms, 1010, THROTTLE_GO, 0);
	asks(&t, &terms, 1010, THROTTLE_HOLD, 251);
	throttle_end(&t, &terms, 1020, THROTTLE_DOWN, 0);
	asks(&t, &terms, 1020, THROTTLE_HOLD, 1000);
	/* Who is cancelled has found out nothing. */
	asks(&t, &terms, 2020, THROTTLE_GO, 0);
	throttle_end(&t, &terms, 2021, THROTTLE_UNKNOWN, 0);
	asks(&t, &terms, 2021, THROTTLE_GO, 0);
	throttle_end(&t, &terms, 2022, THROTTLE_ANSWERED, 0);
	assert_false(throttle_is_open(&t, &terms));
	asks(&t, &terms, 2022, THROTTLE_GO, 0);
	asks(&t, &terms, 2022, THROTTLE_GO, 0);
}

static void
test_pause(void **state)
{
	static const struct throttle_terms terms = { 0 };
	struct throttle t = { 0 };

	(void)state;
	throttle_pause(&t, 100, 50);
	throttle_pause(&t, 100, 20);
	asks(&t, &terms, 100, THROTTLE_HOLD, 50);
	asks(&t, &terms, 150, THROTTLE_GO, 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_limits),
		cmocka_unit_test(test_concurrency),
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_breaker),
		cmocka_unit_test(test_pause),
	};

	return cmocka_run_group_tests_name("throttle", tests, NULL, NULL);
}
