/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <string.h>

#include "lib/err.h"
#include "lib/json.h"
#include "runner/graph.h"

#define RULE(when, next) "{\"when\":\"" when "\",\"next\":\"" next "\"}"
#define GATED(when, next) \
	"{\"when\":\"" when "\",\"next\":\"" next "\",\"gate\":\"confidence\"}"
#define DEFAULT(next) "[" RULE("default", next) "]"

static void
test_route(void **state)
{
	static const char three[] = "[" RULE("failed", "triage") ","
	    RULE("default", "resolve") "," RULE("success", GRAPH_END) ","
	    RULE("success", "late") "," RULE("default", "late") "]";
	static const struct {
		const char *routes, *signal, *next;
		bool gated;
	} cases[] = {
		{ three, "failed", "triage", false },
		{ three, "success", GRAPH_END, false },
		{ three, "default", "resolve", false },
		{ three, "other", "resolve", false },
		{ three, "Success", "resolve", false },
		{ three, "", "resolve", false },
		{ three, NULL, "resolve", false },
		/* no default: the first rule */
		{ "[" RULE("a", "x") "," RULE("b", "y") "]", "c", "x", false },
		{ "[" RULE("a", "x") "," RULE("b", "y") "]", NULL, "x",
		    false },
		{ "[" RULE("a", "x") "," RULE("b", "y") "]", "b", "y", false },
		/* gates */
		{ "[" GATED("default", "x") "]", NULL, "x", true },
		{ "[" GATED("a", "x") "," RULE("default", "y") "]", NULL, "y",
		    false },
		{ "[" GATED("a", "x") "," RULE("default", "x") "]", NULL, "x",
		    true },
		{ "[" RULE("default", "x") "," GATED("a", "x") "]", NULL, "x",
		    true },
		{ "[{\"when\":\"default\",\"next\":\"x\",\"gate\":null}]",
		    NULL, "x", false },
	};
	struct graph_step step;
	struct json *routes;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		routes = unit_json(cases[i].routes);
		assert_int_equal(graph_route(routes, cases[i].signal, &step),
		    OK);
		if (strcmp(step.next, cases[i].next) != 0 ||
		    step.gated != cases[i].gated)
			fail_msg("case %zu: %s %d", i, step.next, step.gated);
		json_free(routes);
	}
}

static void
test_no_route(void **state)
{
	static const char *const cases[] = {
		"[]", "null", "[{}]", "[{\"when\":\"default\",\"next\":1}]",
	};
	struct graph_step step;
	struct json *routes;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		routes = unit_json(cases[i]);
		assert_int_equal(graph_route(routes, NULL, &step), E_NOTFOUND);
		json_free(routes);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_route),
		cmocka_unit_test(test_no_route),
	};

	return cmocka_run_group_tests_name("graph", tests, NULL, NULL);
}
