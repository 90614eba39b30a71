/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What expr_parse refuses has a reason; what it accepts has the same value
 * or the same failure each time, and `not (...)` around it the opposite.
 */
#include "t/fuzz/fuzz.h"

#include <stdbool.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/expr.h"
#include "lib/json.h"

static const char vars_text[] =
    "{\"session\":{\"id\":\"INC-1\",\"tags\":[\"db\",\"\u00e9\"],\"n\":null},"
    "\"status\":\"new\",\"agents_run\":[{\"agent\":\"triage\","
    "\"confidence\":0.5},[1,[2]],{}],\"tool_calls\":[]}";

/* Returns E_MISUSE when text does not parse. */
static int
ask(const char *text, const struct json *vars, bool *holds)
{
	struct buf why;
	struct expr *e;
	int rc = E_MISUSE;

	*holds = false;
	buf_init(&why, EXPR_WHY_MAX);
	e = expr_parse(text, expr_session_names, &why);
	fuzz_check((e == NULL) == (why.len > 0) && why.rc == OK);
	if (e != NULL) {
		rc = expr_eval(e, vars, holds, &why);
		fuzz_check((rc == OK) == (why.len == 0) && why.rc == OK);
		fuzz_check(rc == OK || !*holds);
	}
	expr_free(e);
	buf_free(&why);
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json *vars = json_parse(vars_text, strlen(vars_text), NULL);
	struct buf text, inverse;
	bool holds, again;
	int rc, other;

	buf_init(&text, size);
	buf_init(&inverse, size + 16);
	buf_add(&text, data, strnlen((const char *)data, size));
	buf_addf(&inverse, "not (%s)", buf_str(&text));
	rc = ask(buf_str(&text), vars, &holds);
	other = ask(buf_str(&inverse), vars, &again);
	if (rc == OK && other == OK)
		fuzz_check(holds != again);
	else if (rc != E_MISUSE && other != E_MISUSE)
		fuzz_check(rc == other || other == E_TOOBIG);
	fuzz_check(ask(buf_str(&text), vars, &again) == rc && holds == again);
	buf_free(&text);
	buf_free(&inverse);
	json_free(vars);
	return 0;
}
