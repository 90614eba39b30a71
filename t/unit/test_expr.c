/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/expr.h"
#include "lib/json.h"

static const char vars_text[] =
    "{\"session\":{\"id\":\"INC-1\",\"environment\":\"production\","
    "\"findings\":{\"triage\":{\"severity\":\"high\",\"score\":7.5}},"
    "\"tags\":[\"db\",\"payments\"],\"name\":\"Zo\u00eb!\",\"none\":null,"
    "\"open\":true,\"empty\":{}},"
    "\"status\":\"in_progress\","
    "\"agents_run\":[{\"agent\":\"intake\",\"confidence\":0.9},"
    "{\"agent\":\"triage\",\"confidence\":null},"
    "{\"agent\":\"deep\",\"confidence\":0.4}],"
    "\"tool_calls\":[]}";

/* Returns expr_eval's code, or E_MISUSE when text does not parse. */
static int
ask(const char *text, bool *holds, struct buf *why)
{
	struct json *vars = json_parse(vars_text, strlen(vars_text), NULL);
	struct expr *e = expr_parse(text, expr_session_names, why);
	int rc = E_MISUSE;

	assert_non_null(vars);
	if (e != NULL)
		rc = expr_eval(e, vars, holds, why);
	expr_free(e);
	json_free(vars);
	return rc;
}

static void
check_holds(const char *text, bool expected)
{
	struct buf why;
	bool holds = !expected;
	int rc;

	buf_init(&why, EXPR_WHY_MAX);
	rc = ask(text, &holds, &why);
	if (rc != OK || holds != expected)
		fail_msg("%s: got %d, %s %s", text, rc,
		    holds ? "true" : "false", buf_str(&why));
	buf_free(&why);
}

static void
test_true(void **state)
{
	static const char *const cases[] = {
		/* constants and truth */
		"True", "1", "0.5", ".5", "1e3 == 1000", "1e+3 == 1000",
		"1E-3 == .001", "'x'", "\"x\"",
		"not None", "not False", "not 0", "not ''", "not []",
		"not {}", "not ()", "[0]", "{'a': 0}", "True == 1",
		"True != 2", "None == None", "None != 0", "None != False",
		/* variables */
		"session", "status", "not tool_calls", "agents_run",
		"session['open']", "not session['none']",
		"not session['empty']", "session['tags'][1] == 'payments'",
		"session['findings']['triage']['score'] == 7.5",
		"session['environment'] == 'production'",
		/* comparison */
		"1 < 2", "2 <= 2", "3 > 2", "2 >= 2", "1 != 2", "'a' < 'b'",
		"'a' < 'ab'", "'Z' < 'a'", "'ab' >= 'ab'", "1 < 2 < 3",
		"not 1 < 2 < 2", "not 3 > 2 > 2", "1 < 3 > 2",
		"0 < agents_run[0]['confidence'] <= 1",
		"'db' in session['tags']", "'x' not in session['tags']",
		"'prod' in session['environment']", "'' in 'abc'",
		"'triage' in session['findings']", "1 in [True]",
		"1 in {1: 2}", "2 not in {1: 2}", "[1] in [[1]]",
		"None is None", "session['none'] is None", "1 is not True",
		"status is not None", "'a' is 'a'", "1 == 1.0",
		"[1, [2]] == [1, [2]]", "[1, 2] != [1]", "(1, 2) == [1, 2]",
		"{'a': 1, 'b': 2} == {'b': 2, 'a': 1}",
		"{'a': 1} != {'a': 2}", "{'a': 1} != {'b': 1}",
		"session['tags'] == ['db', 'payments']",
		"[0] + session['tags'] == [0, 'db', 'payments']",
		"'payments' in session['tags']", "not 'a' > 'a'",
		("session['findings']['triage'] == "
		    "{'score': 7.5, 'severity': 'high'}"),
		/* logic */
		"1 and 2", "0 or 2", "(0 or 'x') == 'x'", "(1 and 'x') == 'x'",
		"(0 and 1 / 0) == 0", "(1 or 1 / 0) == 1", "not 1 and 0 or 1",
		"1 or 0 and 0", "not (1 and 0)", "not not 1",
		"True if 1 else 1 / 0", "True if None else [1]",
		"(1 if 0 else 2 if 0 else 3) == 3",
		/* arithmetic */
		"1 + 2 * 3 == 7", "(1 + 2) * 3 == 9", "10 - 2 - 3 == 5",
		"7 / 2 == 3.5", "7 // 2 == 3", "-7 // 2 == -4", "7 % 3 == 1",
		"-7 % 3 == 2", "7 % -3 == -2", "6 % 3 == 0", "2 - -2 == 4",
		"--2 == 2", "+2 == 2", "-True == -1", "1 - 2 < 0",
		"'a' + 'b' == 'ab'", "[1] + [2, 3] == [1, 2, 3]",
		"session['tags'] + [] == session['tags']", "'' + '' == ''",
		/* subscripts */
		"agents_run[-1]['agent'] == 'deep'", "[1, 2, 3][True] == 2",
		"agents_run[1:][0]['agent'] == 'triage'", "{1: 'x'}[1] == 'x'",
		"[1, 2, 3][:2] == [1, 2]", "[1, 2, 3][-2:] == [2, 3]",
		"[1, 2, 3][:-1] == [1, 2]", "[1, 2, 3][:] == [1, 2, 3]",
		"[1, 2, 3][::-1] == [3, 2, 1]", "[1, 2, 3, 4][1::2] == [2, 4]",
		"[1, 2, 3][5:] == []", "[1, 2, 3][-9:9] == [1, 2, 3]",
		"[1, 2, 3][2:0:-1] == [3, 2]", "[1, 2, 3][0:2:None] == [1, 2]",
		"[1, 2][-9::-1] == []", "[1, 2][:1e300] == [1, 2]",
		"[][::-1] == []", "'abc'[1] == 'b'", "'abc'[-1] == 'c'",
		"'abc'[1:] == 'bc'", "'abc'[::-1] == 'cba'", "''[:] == ''",
		"session['name'][2] == '\u00eb'",
		"session['name'][::-1] == '!\u00eboZ'",
		"session['name'][-2:] == '\u00eb!'",
		/* text */
		"'\\'' == \"'\"", "'\\\\\\n\\t' != ''", "'\\\"' == '\"'",
		"'a' == \"a\"", "'\\n' != 'n'",
		/* layout */
		" 1\n<\t2 ", "[1, 2,] == [1, 2]", "(1,) == [1]",
		"{'a': 1,} == {'a': 1}", "not(1)in[2]", "1 if(1)else 0",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		check_holds(cases[i], true);
}

static void
test_false(void **state)
{
	static const char *const cases[] = {
		"False", "None", "0", "''", "[]", "{}", "()", "0.0",
		"session['empty']", "tool_calls", "'1' == 1", "1 == None",
		"1 > 1", "1 < 1", "'b' <= 'a'", "2 < 1 < 1 / 0", "not 1",
		"session['name'] == 'zo\u00eb!'", "1 is True", "0 and 1",
		"0 or ''", "[1] == [2]", "'x' in []", "'ab' == 'a'",
		"1 if 0 else 0", "{1: 2} == [1, 2]",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		check_holds(cases[i], false);
}

struct wrong {
	const char *text, *why;
};

static void
check_wrong(const struct wrong *cases, size_t count, int expected)
{
	struct buf why;
	bool holds;
	int rc;

	buf_init(&why, EXPR_WHY_MAX);
	for (size_t i = 0; i < count; i++) {
		buf_reset(&why);
		holds = expected != E_MISUSE;
		rc = ask(cases[i].text, &holds, &why);
		if (rc != expected || holds ||
		    strcmp(buf_str(&why), cases[i].why) != 0)
			fail_msg("%s: got %d, \"%s\"", cases[i].text, rc,
			    buf_str(&why));
	}
	buf_free(&why);
}

static void
test_refused(void **state)
{
	static const struct wrong cases[] = {
		/* what could act, or hide something */
		{ "len(tool_calls)", "column 4: a call is not allowed" },
		{ "session['x']()", "column 13: a call is not allowed" },
		{ "(lambda: 1)()", "column 2: a lambda is not allowed" },
		{ "session.id", "column 8: an attribute is not allowed" },
		{ "'x'.upper", "column 4: an attribute is not allowed" },
		{ "[1][0].real", "column 7: an attribute is not allowed" },
		{ "[c for c in tool_calls]",
		    "column 4: a comprehension is not allowed" },
		{ "{k: 1 for k in session}",
		    "column 7: a comprehension is not allowed" },
		{ "[1 async for c in status]",
		    "column 4: a comprehension is not allowed" },
		{ "import os", "column 1: an import is not allowed" },
		{ "from os import path", "column 1: an import is not allowed" },
		{ "__import__('os')", "column 11: a call is not allowed" },
		{ "status = 1", "column 8: an assignment is not allowed" },
		{ "(x := 1)", "column 4: an assignment is not allowed" },
		{ "await status", "column 1: await is not allowed" },
		{ "2 ** 3", "column 3: the operator '**' is not allowed" },
		{ "1 | 2", "column 3: the operator '|' is not allowed" },
		{ "~1", "column 1: the operator '~' is not allowed" },
		{ "1 << 2", "column 3: the operator '<<' is not allowed" },
		/* names */
		{ "foo", "column 1: unknown name 'foo'" },
		{ "1 + true", "column 5: unknown name 'true'" },
		{ "foo and bar", "column 1: unknown name 'foo'" },
		{ "sessions", "column 1: unknown name 'sessions'" },
		{ "f'x'", "column 2: ''x'' is not expected here" },
		/* shape */
		{ "", "column 1: the expression ends too early" },
		{ " ", "column 2: the expression ends too early" },
		{ "1 +", "column 4: the expression ends too early" },
		{ "not", "column 4: the expression ends too early" },
		{ "(1", "column 3: the expression ends too early" },
		{ "[1", "column 3: the expression ends too early" },
		{ "{1:", "column 4: the expression ends too early" },
		{ "{1, 2}", "column 3: ',' is not expected here" },
		{ "1 if 2", "column 7: the expression ends too early" },
		{ "1)", "column 2: ')' is not expected here" },
		{ "1, 2", "column 2: ',' is not expected here" },
		{ "1 2", "column 3: '2' is not expected here" },
		{ "'a' 'b'", "column 5: ''b'' is not expected here" },
		{ "[1][]", "column 5: ']' is not expected here" },
		{ "[1][1:2:3:4]", "column 10: ':' is not expected here" },
		{ "[1][1, 2]", "column 6: ',' is not expected here" },
		{ "[,]", "column 2: ',' is not expected here" },
		{ "1 not 2", "column 7: '2' is not expected here" },
		{ "1 == not 2", "column 6: 'not' is not expected here" },
		{ "in", "column 1: 'in' is not expected here" },
		{ "1 == \u00eb", "column 6: '\u00eb' is not expected here" },
		{ "1 ! 2", "column 3: '!' is not expected here" },
		{ "'abc", "column 1: the text is not closed" },
		{ "'abc\\'", "column 1: the text is not closed" },
		{ "1 + 'a\\x41'", "column 5: unknown escape in the text" },
		{ "'abc\\", "column 1: unknown escape in the text" },
		{ "1_000", "column 1: malformed number" },
		{ "0x10", "column 1: malformed number" },
		{ "1.2.3", "column 1: malformed number" },
		{ "1e", "column 1: malformed number" },
		{ "1e999", "column 1: number out of range" },
		{ "an_unknown_name_of_more_than_forty_bytes_in_all",
		    "column 1: unknown name "
		    "'an_unknown_name_of_more_than_forty_bytes'" },
		{ "1 'a text of more than 40 bytes, the last \u00e9'",
		    "column 3: ''a text of more than 40 bytes, the last ' "
		    "is not expected here" },
		{ "'\xff'", "not valid UTF-8" },
	};

	(void)state;
	check_wrong(cases, COUNT(cases), E_MISUSE);
}

static void
test_no_value(void **state)
{
	static const struct wrong cases[] = {
		{ "session['absent']", "column 9: unknown key" },
		{ "session['tags'][0]['y'][1]",
		    "column 20: the types do not fit" },
		{ "session['findings']['x']['y']", "column 21: unknown key" },
		{ "{1: 2}['1']", "column 8: unknown key" },
		{ "session['a' + 'b']", "column 9: unknown key" },
		{ "session[0]", "column 9: unknown key" },
		{ "agents_run[3]", "column 12: index out of range" },
		{ "agents_run[-4]", "column 12: index out of range" },
		{ "tool_calls[0]", "column 12: index out of range" },
		{ "[1][1e300]", "column 5: index out of range" },
		{ "''[0]", "column 4: index out of range" },
		{ "[1]['0']", "column 5: the types do not fit" },
		{ "[1][0.5]", "column 5: the types do not fit" },
		{ "1[0]", "column 3: the types do not fit" },
		{ "None['x']", "column 6: the types do not fit" },
		{ "session[1:]", "column 10: the types do not fit" },
		{ "[1]['a':]", "column 8: the types do not fit" },
		{ "[1][::0]", "column 5: the step of a slice is zero" },
		{ "1 < '2'", "column 5: the types do not fit" },
		{ "None < 1", "column 8: the types do not fit" },
		{ "[1] < [2]", "column 7: the types do not fit" },
		{ "agents_run[1]['confidence'] < 0.5",
		    "column 31: the types do not fit" },
		{ "1 in 'a'", "column 6: the types do not fit" },
		{ "'a' in 1", "column 8: the types do not fit" },
		{ "'a' in None", "column 8: the types do not fit" },
		{ "1 + 'a'", "column 5: the types do not fit" },
		{ "'a' + [1]", "column 7: the types do not fit" },
		{ "'a' * 2", "column 7: the types do not fit" },
		{ "'a' % 2", "column 7: the types do not fit" },
		{ "[1] - [1]", "column 7: the types do not fit" },
		{ "{} + {}", "column 6: the types do not fit" },
		{ "-'a'", "column 1: the types do not fit" },
		{ "1 / 0", "column 5: division by zero" },
		{ "1 // 0.0", "column 6: division by zero" },
		{ "1 % False", "column 5: division by zero" },
		{ "1e300 * 1e300", "column 9: number out of range" },
		{ "not session['absent']", "column 13: unknown key" },
		{ "[1, session['absent']]", "column 13: unknown key" },
		{ "1 if session['absent'] else 1", "column 14: unknown key" },
		{ "0 or session['absent']", "column 14: unknown key" },
	};

	(void)state;
	check_wrong(cases, COUNT(cases), E_INVALID);
}

/* Fills text with count times piece, between head and tail. */
static char *
repeat(const char *head, const char *piece, size_t count, const char *tail)
{
	struct buf b;

	buf_init(&b, 128 * 1024);
	buf_adds(&b, head);
	while (count-- > 0)
		buf_adds(&b, piece);
	buf_adds(&b, tail);
	assert_int_equal(b.rc, OK);
	return b.data;
}

static void
test_limits(void **state)
{
	static const struct {
		const char *head, *piece;
		size_t count;
		const char *tail;
		int rc;
		const char *why;
	} cases[] = {
		{ "1", " ", EXPR_TEXT_MAX - 1, "", OK, "" },
		{ "1", " ", EXPR_TEXT_MAX, "", E_MISUSE,
		    "longer than 4096 bytes" },
		{ "", "(", EXPR_DEPTH_MAX, "1", E_MISUSE,
		    "column 65: nested deeper than 64" },
		{ "", "(", 4000, "1", E_MISUSE,
		    "column 65: nested deeper than 64" },
		{ "", "-", 4000, "1", E_MISUSE,
		    "column 65: nested deeper than 64" },
		{ "", "not ", EXPR_DEPTH_MAX - 1, "0", OK, "" },
		{ "", "not ", EXPR_DEPTH_MAX, "0", E_MISUSE,
		    "column 257: nested deeper than 64" },
		{ "1", " if 1 else 1", EXPR_DEPTH_MAX - 1, "", OK, "" },
		{ "1", " if 1 else 1", EXPR_DEPTH_MAX, "", E_MISUSE,
		    "column 769: nested deeper than 64" },
		/* chains are no nesting */
		{ "1", " and 1", 600, "", OK, "" },
		{ "1", " + 1", 1000, "", OK, "" },
		{ "[1]", "[:]", 1300, "", OK, "" },
		{ "[1]", " + [1]", 100, "", OK, "" },
		{ "1", " + -1", 100, "", OK, "" },
	};
	struct buf why;
	bool holds;
	char *text;

	(void)state;
	buf_init(&why, EXPR_WHY_MAX);
	for (size_t i = 0; i < COUNT(cases); i++) {
		text = repeat(cases[i].head, cases[i].piece, cases[i].count,
		    cases[i].tail);
		buf_reset(&why);
		assert_int_equal(ask(text, &holds, &why), cases[i].rc);
		assert_string_equal(buf_str(&why), cases[i].why);
		free(text);
	}
	buf_free(&why);
}

/* One name, obs, with a list of count pairs. */
static struct json *
many(size_t count)
{
	char *text = repeat("{\"obs\":[", "[1,2],", count, "[]]}");
	struct json *vars = json_parse(text, strlen(text), NULL);

	assert_non_null(vars);
	free(text);
	return vars;
}

static void
test_budget(void **state)
{
	struct buf why;
	struct expr *e;
	struct json *vars;
	bool holds = false;

	(void)state;
	buf_init(&why, EXPR_WHY_MAX);
	e = expr_parse("obs == obs", expr_monitor_names, &why);
	assert_non_null(e);
	vars = many(8000);
	assert_int_equal(expr_eval(e, vars, &holds, NULL), OK);
	assert_true(holds);
	json_free(vars);
	vars = many(12000);
	assert_int_equal(expr_eval(e, vars, &holds, &why), E_TOOBIG);
	assert_false(holds);
	assert_string_equal(buf_str(&why),
	    "column 8: it takes too many steps");
	json_free(vars);
	expr_free(e);
	buf_free(&why);
}

/* A name that the parser knows and the variables lack. */
static void
test_missing_variable(void **state)
{
	struct buf why;
	struct expr *e;
	struct json *vars = json_parse("{}", 2, NULL);
	bool holds;

	(void)state;
	buf_init(&why, EXPR_WHY_MAX);
	e = expr_parse("1 and obs", expr_monitor_names, &why);
	assert_int_equal(expr_eval(e, vars, &holds, &why), E_INVALID);
	assert_string_equal(buf_str(&why),
	    "column 7: the name has no value");
	expr_free(e);
	json_free(vars);
	buf_free(&why);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_true),
		cmocka_unit_test(test_false),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_value),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_missing_variable),
	};

	return cmocka_run_group_tests_name("expr", tests, NULL, NULL);
}
