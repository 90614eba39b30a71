/* SPDX-License-Identifier: Apache-2.0 */
/* The pure modules when each of their allocations fails once, in turn. */
#include "t/unit/unit.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/expr.h"
#include "lib/json.h"
#include "runner/envelope.h"
#include "runner/finalize.h"
#include "t/unit/nomem_fixture.h"

static const char config_text[] =
    "{\"obs\":{\"a\":[0,\"x\"]},\"orchestrator\":{"
    "\"default_terminal_status\":\"open\",\"terminal_tools\":["
    "{\"tool_name\":\"end\",\"status\":\"done\","
    "\"extract_fields\":{\"team\":[\"args.team\"]}}]}}";

static struct json *config;

static int
evaluate(void)
{
	struct buf why;
	struct expr *e;
	bool holds = true;
	int rc = E_NOMEM;

	buf_init(&why, 0);
	e = expr_parse("obs['a'][1:] + [1] == ['x', 1] and "
	    "{'b': 'xy'}['b'][::-1] + 'z' == 'yxz'", expr_monitor_names,
	    &why);
	if (e != NULL) {
		rc = expr_eval(e, config, &holds, NULL);
		assert_int_equal(holds, rc == OK);
	}
	expr_free(e);
	buf_free(&why);
	return rc;
}

static int
read_envelopes(void)
{
	static const char *const texts[] = {
		"{\"content\":\"A\",\"confidence\":0.8}",
		"## Response\nA\n## Confidence\n0.5",
	};
	static const struct envelope_call calls[] = {
		{ "a:b", "{\"confidence\":0.5}", true },
		{ "a:end", "{\"confidence\":0.9,"
		    "\"confidence_rationale\":\"r\"}", true },
	};
	static const struct envelope_turn turns[] = {
		{ texts, COUNT(texts), calls, COUNT(calls) },
		{ NULL, 0, calls, COUNT(calls) },
		{ NULL, 0, calls, 1 },
	};
	struct envelope e;
	int rc = OK;

	for (size_t i = 0; i < COUNT(turns) && rc == OK; i++) {
		rc = envelope_read(&e, config, &turns[i]);
		envelope_free(&e);
	}
	return rc;
}

static int
infer_statuses(void)
{
	static const struct finalize_call calls[] = {
		{ "a:end", "{\"team\":\"db\"}", NULL, "executed", true,
		    false },
		{ "a:other", "{}", NULL, "executed", true, false },
	};
	struct finalize f;
	int rc = OK;

	for (size_t i = 0; i < COUNT(calls) && rc == OK; i++) {
		rc = finalize_infer(&f, config, &calls[i], COUNT(calls) - i);
		finalize_free(&f);
	}
	return rc;
}

static void
test_expr(void **state)
{
	(void)state;
	assert_in_range(nomem_each(evaluate), 10, 100);
}

static void
test_envelope(void **state)
{
	(void)state;
	assert_in_range(nomem_each(read_envelopes), 8, 100);
}

static void
test_finalize(void **state)
{
	(void)state;
	assert_in_range(nomem_each(infer_statuses), 4, 100);
}

static int
set_up(void **state)
{
	(void)state;
	config = json_parse(config_text, strlen(config_text), NULL);
	return config != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	json_free(config);
	return 0;
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expr),
		cmocka_unit_test(test_envelope),
		cmocka_unit_test(test_finalize),
	};

	return cmocka_run_group_tests_name("nomem_pure", tests, set_up,
	    tear_down);
}
