/* SPDX-License-Identifier: Apache-2.0 */
/* Lives of sessions whose model does not answer, or not well. */
#include "runner/runner.h"

#include <stdlib.h>
#include <string.h>

#include "t/unit/life.h"

static const struct life_terms usual = { 0 };

#define TRIES "SELECT tries FROM agent_run ORDER BY id DESC"
#define FAILURE "SELECT extra_fields ->> 'failure' FROM session"

static void
come_to_model(struct life *l)
{
	life_load(l, &usual);
	life_start(l, "dev");
}

/* The session waits from ms to a tenth more, and nobody holds it. */
static void
waits(struct life *l, int64_t ms)
{
	life_status(l, "in_progress");
	life_is(l, "SELECT owner IS NULL FROM session", "1");
	life_pass(l, ms - 1);
	life_idle(l);
	life_pass(l, ms / 10 + 20);
}

static void
ends_well(struct life *l)
{
	life_says(l, "first", LIFE_REPLY("0.9", "none"), NULL);
	life_status(l, "needs_review");
	life_is(l, TRIES, "0");
}

static void
test_transient(void **state)
{
	struct life *l = *state;

	come_to_model(l);
	life_faults(l, "first", REPLY_TRANSIENT, 0, "status 500");
	life_is(l, TRIES, "1");
	waits(l, 1500);
	life_faults(l, "first", REPLY_TRANSIENT, 0, "status 500");
	life_is(l, TRIES, "2");
	waits(l, 3000);
	ends_well(l);
}

static void
test_rate(void **state)
{
	struct life *l = *state;

	come_to_model(l);
	life_faults(l, "first", REPLY_RATE, 0, "status 429");
	waits(l, 7500);
	life_faults(l, "first", REPLY_RATE, 0, "status 429");
	waits(l, 15000);
	life_faults(l, "first", REPLY_RATE, 0, "status 429");
	life_status(l, "error");
	life_is(l, FAILURE, "status 429 (after 3 requests)");
	life_is(l, "SELECT outcome FROM agent_run", "failed");
}

static void
test_wish(void **state)
{
	struct life *l = *state;

	come_to_model(l);
	life_faults(l, "first", REPLY_RATE, 60000, "status 429");
	waits(l, 60000);
	life_faults(l, "first", REPLY_TRANSIENT, 100, "status 503");
	waits(l, 100);
	life_faults(l, "first", REPLY_RATE, 86400000, "status 429");
	life_status(l, "error");
}

static void
test_too_long_a_wish(void **state)
{
	struct life *l = *state;

	come_to_model(l);
	life_faults(l, "first", REPLY_RATE, 3600001, "status 429");
	life_status(l, "error");
}

static void
test_final(void **state)
{
	struct life *l = *state;

	come_to_model(l);
	life_faults(l, "first", REPLY_FINAL, 0, "status 401");
	life_status(l, "error");
	life_is(l, FAILURE, "status 401");
}

/* What was not asked is not counted. */
static void
test_held(void **state)
{
	struct life *l = *state;

	come_to_model(l);
	for (int i = 0; i < 10; i++) {
		life_faults(l, "first", REPLY_HELD, 30000,
		    "it takes no requests now");
		life_is(l, TRIES, "0");
		waits(l, 30000);
	}
	ends_well(l);
}

/* The wait and the count are rows: a restart changes neither. */
static void
test_restart(void **state)
{
	struct life *l = *state;

	come_to_model(l);
	life_faults(l, "first", REPLY_RATE, 0, "status 429");
	life_crash(l);
	life_rise(l);
	life_run(l);
	life_idle(l);
	waits(l, 7500);
	life_faults(l, "first", REPLY_RATE, 0, "status 429");
	life_crash(l);
	life_rise(l);
	waits(l, 15000);
	life_faults(l, "first", REPLY_RATE, 0, "status 429");
	life_status(l, "error");
}

/* The count is of one call: an answer ends it, and no tool runs twice. */
static void
test_count_of_one_call(void **state)
{
	struct life *l = *state;

	come_to_model(l);
	life_faults(l, "first", REPLY_TRANSIENT, 0, "status 500");
	waits(l, 1500);
	life_faults(l, "first", REPLY_TRANSIENT, 0, "status 500");
	waits(l, 3000);
	life_says(l, "first", "", "[{'name':'s:look','args':{}}]");
	life_tool(l, "s:look", "{}", "{}");
	life_is(l, TRIES, "0");
	life_faults(l, "first", REPLY_TRANSIENT, 0, "status 500");
	waits(l, 1500);
	life_faults(l, "first", REPLY_TRANSIENT, 0, "status 500");
	waits(l, 3000);
	ends_well(l);
	life_is(l, "SELECT count(*) || ' ' || max(attempt) FROM tool_call",
	    "1 1");
}

static void
test_empty(void **state)
{
	struct life *l = *state;

	come_to_model(l);
	life_faults(l, "first", REPLY_EMPTY, 0, "empty_reply");
	life_is(l, "SELECT count(*) FROM message", "1");
	life_faults(l, "first", REPLY_EMPTY, 0, "empty_reply");
	life_is(l, "SELECT role || ' ' || content FROM message"
	    " ORDER BY id DESC", "user Your last reply was empty. Go on: "
	    "answer, or call a tool.");
	life_faults(l, "first", REPLY_EMPTY, 0, "empty_reply");
	life_status(l, "error");
	life_is(l, FAILURE, "empty_reply (after 3 requests)");
}

static void
test_garbled(void **state)
{
	struct life *l = *state;

	come_to_model(l);
	life_faults(l, "first", REPLY_GARBLED, 0, "garbled_reply");
	life_faults(l, "first", REPLY_GARBLED, 0, "garbled_reply");
	life_is(l, "SELECT count(*) FROM message", "1");
	life_faults(l, "first", REPLY_GARBLED, 0, "garbled_reply");
	life_is(l, "SELECT count(*) FROM message", "2");
	ends_well(l);
}

static void
test_compact(void **state)
{
	struct life *l = *state;
	struct job *job;

	come_to_model(l);
	life_faults(l, "first", REPLY_TOO_LONG, 0, "too long");
	job = life_asked(l, "first");
	assert_true(job->compact);
	job->reply.fault = REPLY_TOO_LONG;
	job_fail(job, "still too long");
	life_done(l, job);
	life_status(l, "error");
	life_is(l, FAILURE, "still too long");
}

#define BROKEN "[{'id':'','name':'s:look','args':{},'error':" \
	"'arguments are not valid JSON: expected a value at byte 5'}]"

/* The model reads what is wrong; the third time is the last. */
static void
test_strikes(void **state)
{
	struct life *l = *state;

	come_to_model(l);
	life_says(l, "first", "", BROKEN);
	life_is(l, "SELECT status || args || result FROM tool_call",
	    "refused{}{'error':'arguments are not valid JSON: expected a "
	    "value at byte 5'}");
	life_is(l, "SELECT content FROM message WHERE role = 'tool'",
	    "{'error':'arguments are not valid JSON: expected a value at "
	    "byte 5'}");
	life_says(l, "first", "", BROKEN);
	life_status(l, "in_progress");
	life_says(l, "first", "", BROKEN);
	life_status(l, "error");
	life_is(l, FAILURE, "the model wrote arguments that are not JSON "
	    "again and again");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		LIFE_TEST(test_transient),
		LIFE_TEST(test_rate),
		LIFE_TEST(test_wish),
		LIFE_TEST(test_too_long_a_wish),
		LIFE_TEST(test_final),
		LIFE_TEST(test_held),
		LIFE_TEST(test_restart),
		LIFE_TEST(test_count_of_one_call),
		LIFE_TEST(test_empty),
		LIFE_TEST(test_garbled),
		LIFE_TEST(test_compact),
		LIFE_TEST(test_strikes),
	};

	return cmocka_run_group_tests_name("act_fault", tests, NULL, NULL);
}
