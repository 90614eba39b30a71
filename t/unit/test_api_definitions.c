/* SPDX-License-Identifier: Apache-2.0 */
/* What is loaded. */
#include "t/unit/api_fixture.h"

#include <string.h>

#include "lib/err.h"
#include "t/unit/unit.h"

static const char newer[] =
    "INSERT INTO app SELECT 2, name, 2, digest, dir,"
    " '{\"environments\":[\"prod\",\"dev\"]}', session_prefix, entry_agent,"
    " default_status, escalate_tool, escalate_status, escalate_team,"
    " escalation_teams, gate_timeout_ms, gate_on_timeout, gate_quorum,"
    " submitter_may_approve, loaded_at FROM app;"
    "INSERT INTO agent (app_id, name, kind, description, model, prompt,"
    " tools, routes, config) VALUES"
    " (2, 'b', 'responsive', 'does', 'm', printf('%.*c', 600, 'x'),"
    " '[\"s:fix\",\"s:see\"]',"
    " '[{\"when\":\"default\",\"next\":\"a\",\"gate\":\"confidence\"}]', '{}'),"
    " (2, 'a', 'supervisor', '', NULL, '', '[]', '[]', '{}');"
    "INSERT INTO tool (app_id, name, server, transport, category,"
    " description, parameters, risk, repeatable, config) VALUES"
    " (2, 's:see', 's', 'command', 'eyes', 'looks', '{}', 'low', 1, '{}'),"
    " (2, 's:fix', 's', 'session', '', '', '{\"type\":\"object\"}', NULL, 0,"
    " '{}')";

/* 31 */
static void
test_empty(void **state)
{
	struct api *a = *state;

	assert_int_equal(api_get(a, "/api/v1/environments"), 200);
	api_answers(a, "[]");
	assert_int_equal(api_get(a, "/api/v1/agents"), 200);
	api_is(a, "$[0].name", "first");
	assert_int_equal(api_get(a, "/api/v1/tools"), 200);
	api_is(a, "$[0].name", "s:fix");
}

/* 39: the newest version alone, by name. */
static void
test_agents(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, newer);
	assert_int_equal(api_get(a, "/api/v1/agents"), 200);
	api_is(a, "$[0].name", "a");
	api_is(a, "$[0].kind", "supervisor");
	api_is(a, "$[0].model", NULL);
	api_is(a, "$[0].tools", "[]");
	api_is(a, "$[1].name", "b");
	api_is(a, "$[1].app", "test");
	api_is(a, "$[1].description", "does");
	api_is(a, "$[1].tools", "[\"s:fix\",\"s:see\"]");
	api_is(a, "$[1].routes", "[{\"when\":\"default\",\"next\":\"a\","
	    "\"gate\":\"confidence\"}]");
	api_is(a, "$[2]", NULL);
	fixture_is(a->fixture, "SELECT CAST(length(body ->> "
	    "'system_prompt_excerpt') AS TEXT) FROM agent_object "
	    "WHERE name = 'b'", "500");
}

/* 40 */
static void
test_tools(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, newer);
	assert_int_equal(api_get(a, "/api/v1/tools"), 200);
	api_is(a, "$[0]", "{\"name\":\"s:fix\",\"original_name\":\"fix\","
	    "\"app\":\"test\",\"description\":\"\",\"category\":\"\","
	    "\"server\":\"s\",\"transport\":\"session\",\"risk\":null,"
	    "\"parameters\":{\"type\":\"object\"},\"bound_agents\":[\"b\"]}");
	api_is(a, "$[1].category", "eyes");
	api_is(a, "$[1].risk", "low");
	api_is(a, "$[2]", NULL);
}

static void
test_environments(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, newer);
	assert_int_equal(api_get(a, "/api/v1/environments"), 200);
	api_answers(a, "[\"prod\",\"dev\"]");
}

/* 202: as the session's own version has it, with servers and signals. */
static void
test_definitions_of_session(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, newer);
	fixture_sql(a->fixture, api_running);
	assert_int_equal(api_get(a, SESSION "/full"), 200);
	api_is(a, "$.agent_definitions.first.kind", "responsive");
	api_is(a, "$.agent_definitions.b", NULL);
	assert_int_equal(api_post(a, SESSIONS,
	    "{\"query\":\"q\",\"environment\":\"dev\"}"), 201);
	fixture_is(a->fixture, "SELECT body ->> 'tools' FROM agent_definition "
	    "WHERE app_id = 2 AND name = 'b'", "[\"s\"]");
	fixture_is(a->fixture, "SELECT body ->> 'routes' FROM agent_definition "
	    "WHERE app_id = 2 AND name = 'b'", "{\"default\":\"a\"}");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		API_TEST(test_empty),
		API_TEST(test_agents),
		API_TEST(test_tools),
		API_TEST(test_environments),
		API_TEST(test_definitions_of_session),
	};

	return cmocka_run_group_tests_name("api_definitions", tests, NULL,
	    NULL);
}
