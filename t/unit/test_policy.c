/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <math.h>
#include <string.h>

#include "lib/err.h"
#include "lib/json.h"
#include "runner/policy.h"
#include "runner/tool_name.h"

#define GATEWAY(body) "{\"runtime\":{\"gateway\":{" body "}}}"
#define GATES(body) "{\"runtime\":{\"gateway\":{}}," \
	"\"orchestrator\":{\"gate_policy\":{" body "}}}"

#define RISKS "\"policy\":{\"ops:apply\":\"high\",\"apply\":\"low\"," \
	"\"page\":\"medium\",\"ops:read\":\"low\",\"a:b:c\":\"high\"}"
#define OVERRIDES "\"prod_overrides\":{" \
	"\"prod_environments\":[\"production\",\"dr\"]," \
	"\"resolution_trigger_tools\":[\"fix:*\",\"*_node\",\"page\"," \
	"\"[xy]?\"]}"

static void
test_action(void **state)
{
	static const struct {
		const char *config, *tool, *environment, *action;
	} cases[] = {
		/* no gateway */
		{ "{}", "ops:apply", "production", "auto" },
		{ "{\"runtime\":{\"gateway\":null}}", "x", "production",
		    "auto" },
		{ "{\"runtime\":{},\"orchestrator\":{}}", "x", NULL, "auto" },
		/* the full name, then the bare one, exactly */
		{ GATEWAY(RISKS), "ops:apply", NULL, "approve" },
		{ GATEWAY(RISKS), "other:apply", NULL, "auto" },
		{ GATEWAY(RISKS), "apply", NULL, "auto" },
		{ GATEWAY(RISKS), "ops:page", NULL, "notify" },
		{ GATEWAY(RISKS), "page", "production", "notify" },
		{ GATEWAY(RISKS), "a:b:c", NULL, "approve" },
		{ GATEWAY(RISKS), "x:c", NULL, "auto" },
		{ GATEWAY(RISKS), "ops:Page", NULL, "auto" },
		{ GATEWAY(RISKS), "ops:unlisted", NULL, "auto" },
		{ GATEWAY("\"policy\":{\"ops:*\":\"high\"}"), "ops:apply",
		    NULL, "auto" },
		{ GATEWAY("\"policy\":null"), "ops:apply", NULL, "auto" },
		{ GATEWAY(""), "ops:apply", "production", "auto" },
		/* overrides: patterns on the full and on the bare name */
		{ GATEWAY(OVERRIDES), "fix:anything", "production",
		    "approve" },
		{ GATEWAY(OVERRIDES), "fix:anything", "dr", "approve" },
		{ GATEWAY(OVERRIDES), "fix:anything", "staging", "auto" },
		{ GATEWAY(OVERRIDES), "fix:anything", "Production", "auto" },
		{ GATEWAY(OVERRIDES), "fix:anything", "", "auto" },
		{ GATEWAY(OVERRIDES), "fix:anything", NULL, "auto" },
		{ GATEWAY(OVERRIDES), "prefix:anything", "dr", "auto" },
		{ GATEWAY(OVERRIDES), "Fix:anything", "dr", "auto" },
		{ GATEWAY(OVERRIDES), "k8s:drain_node", "dr", "approve" },
		{ GATEWAY(OVERRIDES), "any:page", "dr", "approve" },
		{ GATEWAY(OVERRIDES), "any:xz", "dr", "approve" },
		{ GATEWAY(OVERRIDES), "any:zz", "dr", "auto" },
		{ GATEWAY(RISKS "," OVERRIDES), "fix:apply", "dr",
		    "approve" },
		{ GATEWAY(RISKS "," OVERRIDES), "ops:page", "staging",
		    "notify" },
		{ GATEWAY(RISKS "," OVERRIDES), "ops:page", "dr", "approve" },
		{ GATEWAY(RISKS "," OVERRIDES), "ops:read", "dr", "auto" },
		/* their defaults, and empty lists */
		{ GATEWAY("\"prod_overrides\":"
		    "{\"resolution_trigger_tools\":[\"*\"]}"), "a:b",
		    "production", "approve" },
		{ GATEWAY("\"prod_overrides\":"
		    "{\"resolution_trigger_tools\":[\"*\"]}"), "a:b", "dr",
		    "auto" },
		{ GATEWAY("\"prod_overrides\":"
		    "{\"resolution_trigger_tools\":[]}"), "a:b",
		    "production", "auto" },
		{ GATEWAY("\"prod_overrides\":{}"), "a:b", "production",
		    "auto" },
		{ GATEWAY("\"prod_overrides\":null"), "a:b", "production",
		    "auto" },
		{ GATEWAY("\"prod_overrides\":{\"prod_environments\":[],"
		    "\"resolution_trigger_tools\":[\"*\"]}"), "a:b",
		    "production", "auto" },
	};
	struct policy p;
	struct json *config;
	const char *action;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		config = unit_json(cases[i].config);
		assert_int_equal(policy_init(&p, config), OK);
		action = policy_action_name(policy_action(&p, cases[i].tool,
		    cases[i].environment));
		if (strcmp(action, cases[i].action) != 0)
			fail_msg("case %zu, %s: %s", i, cases[i].tool,
			    action);
		json_free(config);
	}
}

static void
test_gate(void **state)
{
	static const struct {
		const char *config;
		enum policy_action action;
		const char *environment;
		double confidence;
		const char *reason;
	} cases[] = {
		/* no gateway: never, whatever the gate policy says */
		{ "{}", POLICY_APPROVE, "production", 0, "auto" },
		{ "{\"orchestrator\":{\"gate_policy\":"
		    "{\"gated_risk_actions\":[\"auto\"]}}}", POLICY_AUTO,
		    "production", 0, "auto" },
		/* the defaults */
		{ GATEWAY(""), POLICY_APPROVE, "dev", 1, "high_risk_tool" },
		{ GATEWAY(""), POLICY_NOTIFY, "dev", 1, "auto" },
		{ GATEWAY(""), POLICY_NOTIFY, "production", 1, "gated_env" },
		{ GATEWAY(""), POLICY_NOTIFY, NULL, 1, "auto" },
		{ GATEWAY(""), POLICY_NOTIFY, "dev", 0.6, "low_confidence" },
		{ GATEWAY(""), POLICY_NOTIFY, "dev", 0.7, "auto" },
		{ GATEWAY(""), POLICY_NOTIFY, "dev", NAN, "auto" },
		{ GATEWAY(""), POLICY_AUTO, "production", 0, "auto" },
		{ GATES("\"gated_risk_actions\":null,"
		    "\"gated_environments\":null,"
		    "\"confidence_threshold\":null"), POLICY_NOTIFY, "dev",
		    0.69, "low_confidence" },
		/* the first reason wins */
		{ GATEWAY(""), POLICY_APPROVE, "production", 0,
		    "high_risk_tool" },
		{ GATEWAY(""), POLICY_NOTIFY, "production", 0, "gated_env" },
		/* configured */
		{ GATES("\"gated_risk_actions\":[\"approve\",\"notify\"]"),
		    POLICY_NOTIFY, "dev", 1, "high_risk_tool" },
		{ GATES("\"gated_risk_actions\":[]"), POLICY_APPROVE, "dev",
		    1, "auto" },
		{ GATES("\"gated_risk_actions\":[]"), POLICY_APPROVE,
		    "production", 1, "gated_env" },
		{ GATES("\"gated_risk_actions\":[\"auto\"]"), POLICY_AUTO,
		    "dev", 1, "high_risk_tool" },
		{ GATES("\"gated_environments\":[\"staging\"]"),
		    POLICY_NOTIFY, "staging", 1, "gated_env" },
		{ GATES("\"gated_environments\":[\"staging\"]"),
		    POLICY_NOTIFY, "production", 1, "auto" },
		{ GATES("\"gated_environments\":[]"), POLICY_NOTIFY,
		    "production", 1, "auto" },
		{ GATES("\"gated_environments\":[\"\"]"), POLICY_NOTIFY, "",
		    1, "auto" },
		{ GATES("\"confidence_threshold\":0.9"), POLICY_NOTIFY, "dev",
		    0.89, "low_confidence" },
		{ GATES("\"confidence_threshold\":0"), POLICY_NOTIFY, "dev",
		    0, "auto" },
		{ GATES("\"confidence_threshold\":1"), POLICY_NOTIFY, "dev",
		    1, "auto" },
	};
	struct policy p;
	struct json *config;
	const char *reason;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		config = unit_json(cases[i].config);
		assert_int_equal(policy_init(&p, config), OK);
		reason = policy_reason_name(policy_gate(&p, cases[i].action,
		    cases[i].environment, cases[i].confidence));
		if (strcmp(reason, cases[i].reason) != 0)
			fail_msg("case %zu: %s", i, reason);
		json_free(config);
	}
}

static void
test_refused(void **state)
{
	static const char *const cases[] = {
		"{\"runtime\":{\"gateway\":true}}",
		GATEWAY("\"policy\":[]"),
		GATEWAY("\"policy\":{\"a\":\"HIGH\"}"),
		GATEWAY("\"policy\":{\"a\":\"extreme\"}"),
		GATEWAY("\"policy\":{\"a\":\"\"}"),
		GATEWAY("\"policy\":{\"a\":null}"),
		GATEWAY("\"policy\":{\"a\":\"low\",\"b\":1}"),
		GATEWAY("\"prod_overrides\":[]"),
		GATEWAY("\"prod_overrides\":{\"prod_environments\":\"x\"}"),
		GATEWAY("\"prod_overrides\":{\"prod_environments\":[1]}"),
		GATEWAY("\"prod_overrides\":"
		    "{\"resolution_trigger_tools\":[null]}"),
		"{\"orchestrator\":{\"gate_policy\":[]}}",
		GATES("\"gated_environments\":\"production\""),
		GATES("\"gated_risk_actions\":[\"approve\",{}]"),
		GATES("\"confidence_threshold\":\"0.7\""),
		GATES("\"confidence_threshold\":1.1"),
		GATES("\"confidence_threshold\":-0.1"),
	};
	struct policy p;
	struct json *config;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		config = unit_json(cases[i]);
		if (policy_init(&p, config) != E_INVALID)
			fail_msg("accepted: %s", cases[i]);
		json_free(config);
	}
}

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(policy_risk_name(POLICY_AUTO), "low");
	assert_string_equal(policy_risk_name(POLICY_NOTIFY), "medium");
	assert_string_equal(policy_risk_name(POLICY_APPROVE), "high");
	assert_string_equal(tool_name_bare("ops:apply"), "apply");
	assert_string_equal(tool_name_bare("apply"), "apply");
	assert_string_equal(tool_name_bare("a:b:c"), "b:c");
	assert_true(tool_name_is("ops:apply", "apply"));
	assert_true(tool_name_is("ops:apply", "ops:apply"));
	assert_true(tool_name_is("apply", "apply"));
	assert_false(tool_name_is("ops:apply", "x:apply"));
	assert_false(tool_name_is("ops:reapply", "apply"));
	assert_false(tool_name_is("apply", "ops:apply"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_action),
		cmocka_unit_test(test_gate),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
