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
	    "\"parameters\":{\"type\":\"object\"},"
	    "\"availability\":{\"state\":\"available\",\"reason\":null,"
	    "\"since\":null},\"sandbox\":null,\"bound_agents\":[\"b\"]}");
	api_is(a, "$[1].category", "eyes");
	api_is(a, "$[1].risk", "low");
	api_is(a, "$[2]", NULL);
}

/* Programs are kept apart as the runner that was seen last keeps them. */
static void
test_sandbox(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, newer);
	assert_int_equal(api_get(a, "/api/v1/tools"), 200);
	api_is(a, "$[1].sandbox", NULL);
	fixture_sql(a->fixture, "INSERT INTO runner"
	    " (name, version, sandbox, started_at, seen_at) VALUES"
	    " ('r', '1', 'none: no kernel', 0, 2),"
	    " ('q', '1', 'landlock', 0, 1)");
	assert_int_equal(api_get(a, "/api/v1/tools"), 200);
	api_is(a, "$[1].sandbox", "none: no kernel");
	api_is(a, "$[0].sandbox", NULL);
	fixture_sql(a->fixture, "UPDATE runner SET seen_at = 3"
	    " WHERE name = 'q'");
	assert_int_equal(api_get(a, "/api/v1/tools"), 200);
	api_is(a, "$[1].sandbox", "landlock");
}

/* Two tools of a server, of which it has but one by now. */
static const char told[] =
    "INSERT INTO tool_server VALUES (2, 'm', 'stdio', 'net', '{}');"
    "INSERT INTO tool_server VALUES (2, 'n', 'http', 'net', '{}');"
    "INSERT INTO tool VALUES (2, 'm:now', 'm', 'stdio', 'net', '', '{}',"
    " 'high', 0, '{}', 1), (2, 'm:was', 'm', 'stdio', 'net', '', '{}',"
    " NULL, 0, '{}', 0);"
    "INSERT INTO agent (app_id, name, kind, description, model, prompt,"
    " tools, routes, config) VALUES"
    " (2, 'c', 'responsive', '', 'm', '', '[\"m:*\",\"n:*\",\"s:see\"]',"
    " '[]', '{}')";

/* The server is as the runner sees it that is best off. */
static void
test_told(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, newer);
	fixture_sql(a->fixture, told);
	assert_int_equal(api_get(a, "/api/v1/tools"), 200);
	api_is(a, "$[0].name", "m:now");
	api_is(a, "$[0].risk", "high");
	api_is(a, "$[0].bound_agents", "[\"c\"]");
	api_is(a, "$[0].availability", "{\"state\":\"unknown\","
	    "\"reason\":\"no runner uses it\",\"since\":null}");
	api_is(a, "$[1].name", "m:was");
	api_is(a, "$[1].availability.state", "absent");
	api_is(a, "$[1].availability.reason", "its server has it no more");
	fixture_sql(a->fixture, "INSERT INTO tool_server_state VALUES"
	    " (2, 'm', 'r', 'unavailable', 'it fell', 3000, NULL, 4),"
	    " (2, 'm', 'q', 'starting', NULL, 2000, NULL, 0)");
	assert_int_equal(api_get(a, "/api/v1/tools"), 200);
	api_is(a, "$[0].availability.state", "starting");
	fixture_sql(a->fixture, "DELETE FROM tool_server_state"
	    " WHERE runner = 'q'");
	assert_int_equal(api_get(a, "/api/v1/tools"), 200);
	api_is(a, "$[0].availability", "{\"state\":\"unavailable\","
	    "\"reason\":\"it fell\",\"since\":\"1970-01-01T00:00:03Z\"}");
	assert_int_equal(api_get(a, "/api/v1/agents"), 200);
	api_is(a, "$[2].name", "c");
	api_is(a, "$[2].tools", "[\"m:now\",\"n:*\",\"s:see\"]");
}

static void
test_tool_servers(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, newer);
	assert_int_equal(api_get(a, "/api/v1/tool-servers"), 200);
	api_answers(a, "[]");
	fixture_sql(a->fixture, told);
	fixture_sql(a->fixture, "INSERT INTO tool_server_state VALUES"
	    " (2, 'm', 'q', 'available', NULL, 2000, '2025-11-25', 0),"
	    " (2, 'm', 'r', 'unavailable', 'it fell', 3000, NULL, 4)");
	assert_int_equal(api_get(a, "/api/v1/tool-servers"), 200);
	api_is(a, "$[0]", "{\"name\":\"m\",\"app\":\"test\","
	    "\"category\":\"net\",\"transport\":\"stdio\","
	    "\"state\":\"available\",\"reason\":null,"
	    "\"since\":\"1970-01-01T00:00:02Z\","
	    "\"protocol\":\"2025-11-25\",\"failed_tries\":0,"
	    "\"runner\":\"q\",\"tools\":1,\"bound_agents\":[\"c\"]}");
	api_is(a, "$[1].name", "n");
	api_is(a, "$[1].state", "unknown");
	api_is(a, "$[1].tools", "0");
}

static void
test_environments(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, newer);
	assert_int_equal(api_get(a, "/api/v1/environments"), 200);
	api_answers(a, "[\"prod\",\"dev\"]");
}

#define HINTS "/api/v1/config/ui-hints"
#define VIEWS(app) "/api/v1/apps/" app "/ui-views"

/* A third version, and another application that was loaded before it. */
static const char shown[] =
    "CREATE TEMP TABLE more AS SELECT * FROM (SELECT 2 id, 'other' name,"
    " '{\"ui\":{\"brand_name\":42,\"app_views\":null}}' config UNION ALL"
    " SELECT 3, 'test', json_object('environments', json_array('b', 'a'),"
    " 'ui', json('{\"brand_name\":\"Desk\",\"brand_logo_url\":\"/l.png\","
    "\"approval_rationale_templates\":[\"fits {tool}\"],"
    "\"hitl_question_templates\":{\"s:fix\":\"{agent}?\"},"
    "\"app_views\":[{\"id\":\"v\",\"title\":\"V\",\"applies_to\":"
    "\"always\",\"url\":\"/v\"}]}')));"
    "INSERT INTO app SELECT more.id, more.name, more.id, digest, dir,"
    " more.config, session_prefix || more.id, entry_agent, default_status,"
    " escalate_tool, escalate_status, escalate_team, escalation_teams,"
    " gate_timeout_ms, gate_on_timeout, gate_quorum, submitter_may_approve,"
    " loaded_at FROM app, more";

static const char no_hints[] = "{\"brand_name\":\"\","
    "\"brand_logo_url\":null,\"approval_rationale_templates\":[],"
    "\"hitl_question_templates\":{},\"environments\":[]}";

/* 41, 42 */
static void
test_ui_defaults(void **state)
{
	struct api *a = *state;

	assert_int_equal(api_get(a, HINTS), 200);
	api_answers(a, no_hints);
	assert_int_equal(api_get(a, VIEWS("test")), 200);
	api_answers(a, "[]");
	fixture_is(a->fixture, "SELECT hints FROM ui_object WHERE app IS NULL",
	    no_hints);
	fixture_is(a->fixture, "SELECT views FROM ui_object WHERE app IS NULL",
	    "[]");
}

/* 41, 42: the named one, or else the one that was loaded last. */
static void
test_ui(void **state)
{
	static const char *const paths[] = {
		VIEWS("test"), VIEWS("runtime")
	};
	struct api *a = *state;

	fixture_sql(a->fixture, shown);
	assert_int_equal(api_get(a, HINTS), 200);
	api_answers(a, "{\"brand_name\":\"Desk\","
	    "\"brand_logo_url\":\"/l.png\","
	    "\"approval_rationale_templates\":[\"fits {tool}\"],"
	    "\"hitl_question_templates\":{\"s:fix\":\"{agent}?\"},"
	    "\"environments\":[\"b\",\"a\"]}");
	for (size_t i = 0; i < COUNT(paths); i++) {
		assert_int_equal(api_get(a, paths[i]), 200);
		api_answers(a, "[{\"id\":\"v\",\"title\":\"V\","
		    "\"applies_to\":\"always\",\"url\":\"/v\"}]");
	}
	assert_int_equal(api_get(a, HINTS "?app=other"), 200);
	api_answers(a, "{\"brand_name\":\"42\",\"brand_logo_url\":null,"
	    "\"approval_rationale_templates\":[],"
	    "\"hitl_question_templates\":{},\"environments\":[]}");
	assert_int_equal(api_get(a, VIEWS("other")), 200);
	api_answers(a, "[]");
	assert_int_equal(api_get(a, HINTS "?app=a&app=b"), 422);
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
		API_TEST(test_sandbox),
		API_TEST(test_told),
		API_TEST(test_tool_servers),
		API_TEST(test_environments),
		API_TEST(test_ui_defaults),
		API_TEST(test_ui),
		API_TEST(test_definitions_of_session),
	};

	return cmocka_run_group_tests_name("api_definitions", tests, NULL,
	    NULL);
}
