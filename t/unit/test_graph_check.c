/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <string.h>

#include "cli/graph_check.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"

#define AGENTS_MAX 4

#define GRAPH_END "__end__"
#define RULE(when, next) "{\"when\":\"" when "\",\"next\":\"" next "\"}"
#define GATED(when, next) \
	"{\"when\":\"" when "\",\"next\":\"" next "\",\"gate\":\"confidence\"}"
#define DEFAULT(next) "[" RULE("default", next) "]"

static void
note(void *arg, size_t agent, int rule, bool fatal, const char *text)
{
	buf_addf(arg, "%zu %d %s: %s\n", agent, rule,
	    fatal ? "error" : "warning", text);
}

/* Agents are called a, b, c, ...; a list of texts is a supervisor's. */
static void
test_check(void **state)
{
	static const struct {
		const char *lists[AGENTS_MAX];
		const char *entry;
		int rc;
		const char *findings;
	} cases[] = {
		{ { DEFAULT(GRAPH_END) }, "a", OK, "" },
		{ { DEFAULT("b"), DEFAULT(GRAPH_END) }, "a", OK, "" },
		{ { "[\"b\",\"c\"]", DEFAULT("c"), DEFAULT(GRAPH_END) }, "a",
		    OK, "" },
		{ { "[" GATED("x", "a") "," RULE("default", GRAPH_END) "]" },
		    "a", OK, "" },
		{ { "[{\"when\":\"default\",\"next\":\"__end__\","
		    "\"gate\":null}]" }, "a", OK, "" },
		/* entry */
		{ { DEFAULT(GRAPH_END) }, "z", E_INVALID,
		    "1 -1 error: unknown entry agent 'z'\n" },
		{ { NULL }, "a", E_INVALID,
		    "0 -1 error: unknown entry agent 'a'\n" },
		/* targets */
		{ { "[" RULE("default", GRAPH_END) "," RULE("x", "zoo") "]" },
		    "a", E_INVALID, "0 1 error: unknown target 'zoo'\n" },
		{ { "[\"b\",\"zoo\"]", DEFAULT(GRAPH_END) }, "a", E_INVALID,
		    "0 1 error: unknown target 'zoo'\n" },
		{ { "[\"__end__\"]" }, "a", E_INVALID,
		    "0 0 error: unknown target '__end__'\n" },
		{ { DEFAULT("zoo") }, "a", E_INVALID,
		    "0 0 error: unknown target 'zoo'\n" },
		{ { "[{\"when\":\"default\"}]" }, "a", E_INVALID,
		    "0 0 error: there is no target\n" },
		/* default */
		{ { "[" RULE("success", GRAPH_END) "]" }, "a", E_INVALID,
		    "0 -1 error: there is no route for 'default'\n" },
		{ { DEFAULT("b"), "[{\"next\":\"__end__\"}]" }, "a",
		    E_INVALID,
		    "1 -1 error: there is no route for 'default'\n" },
		{ { "[]" }, "a", E_INVALID,
		    "0 -1 error: there is no route for 'default'\n"
		    "0 -1 error: no way from here ever reaches __end__\n" },
		/* gates */
		{ { "[{\"when\":\"default\",\"next\":\"__end__\","
		    "\"gate\":\"human\"}]" }, "a", E_INVALID,
		    "0 0 error: a gate can only be 'confidence'\n" },
		{ { "[{\"when\":\"default\",\"next\":\"__end__\","
		    "\"gate\":true}]" }, "a", E_INVALID,
		    "0 0 error: a gate can only be 'confidence'\n" },
		/* cycles */
		{ { DEFAULT("a") }, "a", E_INVALID,
		    "0 -1 error: no way from here ever reaches __end__\n" },
		{ { "[" RULE("x", "b") "," RULE("default", GRAPH_END) "]",
		    DEFAULT("c"), DEFAULT("b") }, "a", E_INVALID,
		    "1 -1 error: no way from here ever reaches __end__\n"
		    "2 -1 error: no way from here ever reaches __end__\n" },
		{ { "[\"b\",\"a\"]", DEFAULT("a") }, "a", E_INVALID,
		    "0 -1 error: no way from here ever reaches __end__\n"
		    "1 -1 error: no way from here ever reaches __end__\n" },
		{ { DEFAULT("b"), DEFAULT("c"), "[" RULE("x", GRAPH_END) ","
		    RULE("default", "a") "]" }, "a", OK, "" },
		/* unreachable */
		{ { DEFAULT(GRAPH_END), DEFAULT("a") }, "a", OK,
		    "1 -1 warning: no way leads here from 'a'\n" },
		{ { DEFAULT("b"), DEFAULT(GRAPH_END) }, "b", OK,
		    "0 -1 warning: no way leads here from 'b'\n" },
		{ { DEFAULT(GRAPH_END), DEFAULT("c"), DEFAULT(GRAPH_END) },
		    "c", OK, "0 -1 warning: no way leads here from 'c'\n"
		    "1 -1 warning: no way leads here from 'c'\n" },
		{ { DEFAULT(GRAPH_END), DEFAULT("a"), "[\"b\",\"d\"]",
		    DEFAULT(GRAPH_END) }, "c", OK, "" },
	};
	static const char *const names[AGENTS_MAX] = { "a", "b", "c", "d" };
	struct graph_agent agents[AGENTS_MAX];
	struct json *lists[AGENTS_MAX];
	struct buf said;
	size_t n;
	int rc;

	(void)state;
	buf_init(&said, 4096);
	for (size_t i = 0; i < COUNT(cases); i++) {
		buf_reset(&said);
		memset(agents, 0, sizeof(agents));
		for (n = 0; n < AGENTS_MAX && cases[i].lists[n]; n++) {
			lists[n] = unit_json(cases[i].lists[n]);
			agents[n].name = names[n];
			if (json_string(json_first(lists[n])) != NULL)
				agents[n].subordinates = lists[n];
			else
				agents[n].routes = lists[n];
		}
		rc = graph_check(agents, n, cases[i].entry, note, &said);
		if (rc != cases[i].rc ||
		    strcmp(buf_str(&said), cases[i].findings) != 0)
			fail_msg("case %zu: %d\n%s", i, rc, buf_str(&said));
		while (n > 0)
			json_free(lists[--n]);
	}
	buf_free(&said);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests_name("graph_check", tests, NULL, NULL);
}
