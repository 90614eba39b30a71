/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/json.h"
#include "runner/finalize.h"

#define CALLS_MAX 4

static const char config_text[] =
    "{\"orchestrator\":{\"statuses\":{"
    "\"resolved\":{\"kind\":\"success\"},"
    "\"escalated\":{\"kind\":\"escalation\"},"
    "\"handed\":{\"kind\":\"escalation\"},"
    "\"open\":{\"kind\":\"needs_review\"}},"
    "\"default_terminal_status\":\"open\","
    "\"terminal_tools\":["
    "{\"tool_name\":\"resolve\",\"status\":\"resolved\","
    "\"extract_fields\":{\"team\":[\"args.team\"],"
    "\"ticket\":[\"args.ticket\",\"result.ticket\",\"id\",7],"
    "\"none\":[]}},"
    "{\"tool_name\":\"escalate\",\"status\":\"escalated\","
    "\"extract_fields\":{\"team\":[\"args.team\",\"result.team\"]}},"
    "{\"tool_name\":\"x:hand\",\"status\":\"handed\","
    "\"extract_fields\":{\"escalated_to\":[\"args.to\"],"
    "\"team\":[\"args.team\"]}},"
    "{\"tool_name\":\"review\",\"status\":\"resolved\","
    "\"match_args\":{\"verdict\":\"approve\",\"kind\":\"full\"}},"
    "{\"tool_name\":\"review\",\"status\":\"escalated\","
    "\"match_args\":{\"verdict\":\"reject\"}},"
    "{\"tool_name\":\"twice\",\"status\":\"resolved\"},"
    "{\"tool_name\":\"twice\",\"status\":\"escalated\"}]}}";

/* The status outlives the configuration here: free it with done(). */
static int
infer(struct finalize *f, const char *config_or_null,
    const struct finalize_call calls[])
{
	const char *text = config_or_null ? config_or_null : config_text;
	struct json *config = json_parse(text, strlen(text), NULL);
	size_t n = 0;
	int rc;

	assert_non_null(config);
	while (n < CALLS_MAX && calls[n].tool != NULL)
		n++;
	rc = finalize_infer(f, config, calls, n);
	if (f->status != NULL)
		f->status = strdup(f->status);
	json_free(config);
	return rc;
}

static void
done(struct finalize *f)
{
	free((char *)f->status);
	finalize_free(f);
}

#define RAN .status = "executed", .ended = true
#define CALL(name, json) { .tool = name, .args = json, RAN }
#define NEEDS_REVIEW "{\"needs_review_reason\":" \
	"\"graph completed without terminal tool call\"}"

/* Which call and which rule decide. */
static void
test_status(void **state)
{
	static const struct {
		struct finalize_call calls[CALLS_MAX];
		const char *status, *cause;
	} cases[] = {
		{ { CALL("a:resolve", "{}") }, "resolved", "resolve" },
		{ { CALL("resolve", "{}") }, "resolved", "resolve" },
		{ { CALL("a:resolve", "{") }, "resolved", "resolve" },
		{ { CALL("x:hand", "{}") }, "handed", "hand" },
		{ { CALL("y:hand", "{}") }, NULL, NULL },
		{ { CALL("a:resolved", "{}") }, NULL, NULL },
		{ { CALL("a:other", "{}") }, NULL, NULL },
		{ { { .tool = NULL } }, NULL, NULL },
		/* the newest that matches */
		{ { CALL("a:resolve", "{}"), CALL("a:escalate", "{}") },
		    "escalated", "escalate" },
		{ { CALL("a:escalate", "{}"), CALL("a:resolve", "{}"),
		    CALL("a:other", "{}") }, "resolved", "resolve" },
		/* the first rule that matches */
		{ { CALL("a:twice", "{}") }, "resolved", "twice" },
		{ { CALL("a:review",
		    "{\"kind\":\"full\",\"verdict\":\"approve\"}") },
		    "resolved", "review" },
		{ { CALL("a:review", "{\"verdict\":\"reject\"}") },
		    "escalated", "review" },
		{ { CALL("a:review", "{\"verdict\":\"approve\"}") }, NULL,
		    NULL },
		{ { CALL("a:review", "{\"verdict\":\"Reject\"}") }, NULL,
		    NULL },
		{ { CALL("a:review", "{\"verdict\":[\"reject\"]}") }, NULL,
		    NULL },
		{ { CALL("a:review", "[]") }, NULL, NULL },
		{ { CALL("a:resolve", "{}"),
		    CALL("a:review", "{\"verdict\":\"comment\"}") },
		    "resolved", "resolve" },
		/* what counts as having run */
		{ { { "a:resolve", "{}", "{}", "approved", true, false } },
		    "resolved", "resolve" },
		{ { { "a:resolve", "{}", "{}", "executed_with_notify", true,
		    false } }, "resolved", "resolve" },
		{ { { "a:resolve", "{}", NULL, "approved", false, false } },
		    NULL, NULL },
		{ { { "a:resolve", "{}", "{}", "executed", true, true } },
		    NULL, NULL },
		{ { { "a:resolve", "{}", "{}", "rejected", true, false } },
		    NULL, NULL },
		{ { { "a:resolve", "{}", "{}", "timeout", true, false } },
		    NULL, NULL },
		{ { { "a:resolve", "{}", "{}", "cancelled", true, false } },
		    NULL, NULL },
		{ { { "a:resolve", "{}", NULL, "executing", false, false } },
		    NULL, NULL },
		{ { CALL("a:escalate", "{}"),
		    { "a:resolve", "{}", "{}", "rejected", true, false } },
		    "escalated", "escalate" },
	};
	const char *status, *cause;
	struct finalize f;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		status = cases[i].status ? cases[i].status : "open";
		cause = cases[i].cause ? cases[i].cause :
		    "default_terminal_status";
		assert_int_equal(infer(&f, NULL, cases[i].calls), OK);
		if (strcmp(f.status, status) != 0 ||
		    strcmp(f.cause, cause) != 0 ||
		    f.needs_review != (cases[i].status == NULL) ||
		    strcmp(buf_str(&f.extra),
		    f.needs_review ? NEEDS_REVIEW : "{}") != 0)
			fail_msg("row %zu: %s, %s, %d, %s", i, f.status,
			    f.cause, f.needs_review, buf_str(&f.extra));
		done(&f);
	}
}

static void
test_extra(void **state)
{
	static const struct {
		struct finalize_call call;
		const char *extra;
	} cases[] = {
		/* arguments first, then the result */
		{ { "resolve", "{\"ticket\":1}", "{\"ticket\":2,\"id\":3}",
		    RAN }, "{\"ticket\":1}" },
		{ { "resolve", "{}", "{\"ticket\":2,\"id\":3}", RAN },
		    "{\"ticket\":2}" },
		{ { "resolve", "{\"id\":1}", "{\"id\":3}", RAN },
		    "{\"ticket\":3}" },
		{ { "resolve", "{\"team\":\"db\",\"ticket\":\"T\"}", NULL,
		    RAN }, "{\"team\":\"db\",\"ticket\":\"T\"}" },
		/* as it stands, and only at the top */
		{ { "resolve", "{\"ticket\":9007199254740993}", NULL, RAN },
		    "{\"ticket\":9007199254740993}" },
		{ { "resolve", "{\"ticket\":{\"a\":[1.50]}}", NULL, RAN },
		    "{\"ticket\":{\"a\":[1.50]}}" },
		{ { "resolve", "{\"ticket\":\"\\u00e9\\\"\"}", NULL, RAN },
		    "{\"ticket\":\"\\u00e9\\\"\"}" },
		{ { "resolve", "{\"ticket\":true}", NULL, RAN },
		    "{\"ticket\":true}" },
		{ { "resolve", "{\"a\":{\"ticket\":1}}", NULL, RAN }, "{}" },
		{ { "resolve", "{}", "[{\"ticket\":1}]", RAN }, "{}" },
		{ { "resolve", "{}", "\"ticket\"", RAN }, "{}" },
		{ { "resolve", "{}", NULL, RAN }, "{}" },
		/* what is not true is passed over */
		{ { "resolve", "{\"ticket\":null}", "{\"ticket\":5}", RAN },
		    "{\"ticket\":5}" },
		{ { "resolve", "{\"ticket\":\"\"}", "{\"ticket\":5}", RAN },
		    "{\"ticket\":5}" },
		{ { "resolve", "{\"ticket\":0.0}", "{\"ticket\":5}", RAN },
		    "{\"ticket\":5}" },
		{ { "resolve", "{\"ticket\":false}", "{\"ticket\":5}", RAN },
		    "{\"ticket\":5}" },
		{ { "resolve", "{\"ticket\":[ ]}", "{\"ticket\":5}", RAN },
		    "{\"ticket\":5}" },
		{ { "resolve", "{\"ticket\":{}}", "{\"ticket\":[0]}", RAN },
		    "{\"ticket\":[0]}" },
		/* a team is where it was escalated to */
		{ { "escalate", "{\"team\":\"db\"}", NULL, RAN },
		    "{\"team\":\"db\",\"escalated_to\":\"db\"}" },
		{ { "escalate", "{}", "{\"team\":\"net\"}", RAN },
		    "{\"team\":\"net\",\"escalated_to\":\"net\"}" },
		{ { "escalate", "{}", "{}", RAN }, "{}" },
		{ { "x:hand", "{\"team\":\"db\",\"to\":\"net\"}", NULL,
		    RAN }, "{\"escalated_to\":\"net\",\"team\":\"db\"}" },
		{ { "x:hand", "{\"team\":\"db\"}", NULL, RAN },
		    "{\"team\":\"db\",\"escalated_to\":\"db\"}" },
		{ { "resolve", "{\"team\":\"db\"}", NULL, RAN },
		    "{\"team\":\"db\"}" },
	};
	struct finalize_call calls[2] = { { .tool = NULL } };
	struct finalize f;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		calls[0] = cases[i].call;
		assert_int_equal(infer(&f, NULL, calls), OK);
		if (strcmp(buf_str(&f.extra), cases[i].extra) != 0)
			fail_msg("row %zu: %s", i, buf_str(&f.extra));
		assert_int_equal(json_check(f.extra.data, f.extra.len, NULL),
		    OK);
		done(&f);
	}
}

static void
test_no_status(void **state)
{
	static const char *const cases[] = {
		"{}", "{\"orchestrator\":{}}",
		"{\"orchestrator\":{\"default_terminal_status\":null}}",
	};
	static const struct finalize_call calls[] = {
		CALL("a:resolve", "{}"), { .tool = NULL }
	};
	struct finalize f;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(infer(&f, cases[i], calls), E_NOTFOUND);
		done(&f);
	}
}

static void
test_too_big(void **state)
{
	struct finalize_call calls[] = { CALL("a:resolve", NULL),
	    { .tool = NULL } };
	struct finalize f;
	struct buf args;

	(void)state;
	buf_init(&args, FINALIZE_EXTRA_MAX + 100);
	buf_adds(&args, "{\"ticket\":\"");
	while (args.len < FINALIZE_EXTRA_MAX - 2)
		buf_addc(&args, 'x');
	buf_adds(&args, "\"}");
	calls[0].args = buf_str(&args);
	assert_int_equal(infer(&f, NULL, calls), OK);
	done(&f);
	args.len -= 2;
	buf_adds(&args, "x\"}");
	assert_int_equal(infer(&f, NULL, calls), E_TOOBIG);
	done(&f);
	buf_free(&args);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_extra),
		cmocka_unit_test(test_no_status),
		cmocka_unit_test(test_too_big),
	};

	return cmocka_run_group_tests_name("finalize", tests, NULL, NULL);
}
