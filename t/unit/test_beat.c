/* SPDX-License-Identifier: Apache-2.0 */
/* A runner's row, and the signs of life in it. */
#include "runner/beat.h"

#include <stdio.h>

#include "lib/err.h"
#include "lib/log.h"
#include "runner/runner.h"
#include "t/unit/life.h"

#define ROW "SELECT sandbox || ' ' || started_at || ' ' || seen_at" \
	" FROM runner WHERE name = 'r'"

static void
row_is(struct life *l, const char *sandbox, int64_t started_at,
    int64_t seen_at)
{
	char text[128];

	snprintf(text, sizeof(text), "%s %lld %lld", sandbox,
	    (long long)started_at, (long long)seen_at);
	life_is(l, ROW, text);
}

static void
test_row(void **state)
{
	struct life *l = *state;
	struct beat beat;

	assert_int_equal(beat_start(&beat, l->db, "r", "landlock", 7000), OK);
	row_is(l, "landlock", 7000, 7000);
	assert_false(beat_is_due(&beat, 7000));
	assert_false(beat_is_due(&beat, 7000 + BEAT_MS - 1));
	assert_true(beat_is_due(&beat, 7000 + BEAT_MS));
	beat_again(&beat, 7000 + BEAT_MS);
	row_is(l, "landlock", 7000, 7000 + BEAT_MS);
	assert_false(beat_is_due(&beat, 7000 + BEAT_MS));
	/* A clock that is set back. */
	assert_true(beat_is_due(&beat, 6000));
	beat_again(&beat, 6000);
	row_is(l, "landlock", 7000, 6000);
	/* Another start is another life. */
	assert_int_equal(beat_start(&beat, l->db, "r", NULL, 9000), OK);
	row_is(l, "none: no programs are started", 9000, 9000);
}

/* What came back is told with the next sign, and anew after a start. */
static void
test_count(void **state)
{
	char no[] = "no";
	const struct job jobs[] = {
		{ .kind = JOB_MODEL, .reply = { .input_tokens = 70,
		    .output_tokens = 8 } },
		{ .kind = JOB_MODEL, .reply = { .input_tokens = 5,
		    .output_tokens = 1 } },
		{ .kind = JOB_MODEL, .reply = { .error = no,
		    .fault = REPLY_FINAL, .input_tokens = 1000 } },
		/* not asked at all */
		{ .kind = JOB_MODEL, .reply = { .error = no,
		    .fault = REPLY_HELD } },
		{ .kind = JOB_TOOL },
		{ .kind = JOB_TOOL },
		{ .kind = JOB_TOOL },
		{ .kind = JOB_TOOL, .is_error = true },
	};
	static const char told[] = "SELECT printf('%d %d, %d %d, %d %d',"
	    " replies, faults, input_tokens, output_tokens, results, errors)"
	    " FROM runner WHERE name = 'r'";
	struct life *l = *state;
	struct beat beat;

	assert_int_equal(beat_start(&beat, l->db, "r", "landlock", 7000), OK);
	for (size_t i = 0; i < COUNT(jobs); i++)
		beat_count(&beat, &jobs[i]);
	life_is(l, told, "0 0, 0 0, 0 0");
	beat_again(&beat, 7000 + BEAT_MS);
	life_is(l, told, "2 1, 75 9, 3 1");
	assert_int_equal(beat_start(&beat, l->db, "r", "landlock", 9000), OK);
	life_is(l, told, "0 0, 0 0, 0 0");
}

static void
test_row_that_went(void **state)
{
	struct life *l = *state;
	struct beat beat;

	assert_int_equal(beat_start(&beat, l->db, "r", "landlock", 7000), OK);
	fixture_sql(l->f, "DELETE FROM runner");
	beat_again(&beat, 20000);
	row_is(l, "landlock", 7000, 20000);
}

/* What is not in order is no reason to do without the next sign. */
static void
test_failure(void **state)
{
	struct life *l = *state;
	struct beat beat;

	assert_int_equal(beat_start(&beat, l->db, "r", "?", 0), E_INVALID);
	assert_int_equal(beat_start(&beat, l->db, "r", "landlock", 0), OK);
	fixture_sql(l->f, "ALTER TABLE runner RENAME TO away");
	beat_again(&beat, 6000);
	fixture_sql(l->f, "ALTER TABLE away RENAME TO runner");
	row_is(l, "landlock", 0, 0);
	assert_false(beat_is_due(&beat, 6000));
	beat_again(&beat, 12000);
	row_is(l, "landlock", 0, 12000);
}

/* The loop gives signs when nothing else is to do, and not at each turn. */
static void
test_loop(void **state)
{
	struct life *l = *state;
	int64_t began = l->now_ms;
	int wait_ms;

	life_load(l, &(struct life_terms){ 0 });
	life_pass(l, BEAT_MS - 1);
	life_is(l, "SELECT seen_at - started_at FROM runner", "0");
	wait_ms = runner_tick(l->runner);
	assert_int_equal(wait_ms, POLL_MS);
	life_pass(l, 1);
	life_is(l, "SELECT seen_at - started_at FROM runner", "5000");
	life_pass(l, 100);
	life_is(l, "SELECT seen_at - started_at FROM runner", "5000");
	assert_int_equal(l->now_ms - began, BEAT_MS + 100);
	life_crash(l);
	life_rise(l);
	life_is(l, "SELECT seen_at - started_at FROM runner", "0");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		LIFE_TEST(test_row),
		LIFE_TEST(test_count),
		LIFE_TEST(test_row_that_went),
		LIFE_TEST(test_failure),
		LIFE_TEST(test_loop),
	};

	log_open("test", LOG_NONE);
	return cmocka_run_group_tests_name("beat", tests, NULL, NULL);
}
