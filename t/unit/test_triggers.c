/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include "t/unit/trigger_run.h"

static void
check(void **state, const struct trigger_case *cases)
{
	struct fixture *f = *state;
	char why[TRIGGER_WHY_MAX];

	fixture_sql(f, "BEGIN");
	for (int i = 0; cases[i].given != NULL; i++) {
		if (!trigger_run(f, &cases[i], why) ||
		    !trigger_sound(f, &cases[i], why))
			fail_msg("row %d: %s", i, why);
	}
	fixture_sql(f, "ROLLBACK");
}

static void
test_definitions(void **state)
{
	check(state, definition_cases);
}

static void
test_sessions(void **state)
{
	check(state, session_cases);
}

static void
test_turns(void **state)
{
	check(state, turn_cases);
}

static void
test_calls(void **state)
{
	check(state, call_cases);
}

static void
test_gates(void **state)
{
	check(state, gate_cases);
}

static void
test_votes(void **state)
{
	check(state, vote_cases);
}

static void
test_budgets(void **state)
{
	check(state, budget_cases);
}

static void
test_history(void **state)
{
	check(state, history_cases);
}

static void
test_access(void **state)
{
	check(state, access_cases);
}

/* The story that the rows start from is sound at each of its steps. */
static void
test_story(void **state)
{
	struct fixture *f = *state;
	char step[2] = "";

	for (const char *s = "nptcgaxef"; *s != '\0'; s++) {
		step[0] = *s;
		fixture_story(f, step);
		fixture_sound(f);
	}
	fixture_is(f, "SELECT group_concat(kind, ' ') FROM event",
	    "session.created"
	    " status_changed session.status_changed"
	    " agent_started session.agent_running"
	    " gate_fired status_changed session.status_changed"
	    " gate_decided status_changed session.status_changed"
	    " tool_started tool_invoked"
	    " confidence_emitted route_decided agent_finished"
	    " status_changed session.status_changed session.agent_running");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_story),
		FIXTURE_TEST(test_definitions),
		FIXTURE_TEST(test_sessions),
		FIXTURE_TEST(test_turns),
		FIXTURE_TEST(test_calls),
		FIXTURE_TEST(test_gates),
		FIXTURE_TEST(test_votes),
		FIXTURE_TEST(test_budgets),
		FIXTURE_TEST(test_history),
		FIXTURE_TEST(test_access),
	};

	return cmocka_run_group_tests_name("triggers", tests, NULL, NULL);
}
