/* SPDX-License-Identifier: Apache-2.0 */
/* Schemas that are wrong, and those that are too much. */
#include <string.h>

#include "lib/clock.h"
#include "t/unit/schema_fixture.h"

static void
test_problems(void **state)
{
	static const struct schema_row rows[] = {
		{ "{'type':'text'}", NULL, "type " NO_TYPE },
		{ "{'type':['string','text']}", NULL,
		    "type " NO_TYPE },
		{ "{'type':[]}", NULL, "type " NO_TYPE },
		{ "{'type':5}", NULL, "type " NO_TYPE },
		{ "{'enum':{}}", NULL, "enum must be a list" },
		{ "{'minimum':'1'}", NULL, "minimum must be a number" },
		{ "{'exclusiveMinimum':true}", NULL,
		    "exclusiveMinimum must be a number" },
		{ "{'multipleOf':0}", NULL, "multipleOf must be above 0" },
		{ "{'minLength':-1}", NULL,
		    "minLength must be a whole number from 0" },
		{ "{'maxItems':1.5}", NULL,
		    "maxItems must be a whole number from 0" },
		{ "{'uniqueItems':1}", NULL,
		    "uniqueItems must be true or false" },
		{ "{'pattern':1}", NULL, "pattern must be a text" },
		{ "{'pattern':'(?=a)'}", NULL, "pattern is no pattern that "
		    "can be used: look-around is not understood" },
		{ "{'required':'a'}", NULL,
		    "required must be a list of texts" },
		{ "{'required':[1]}", NULL,
		    "required must be a list of texts" },
		{ "{'properties':[]}", NULL,
		    "properties must be a map to schemas" },
		{ "{'properties':{'a':1}}", NULL,
		    "properties must be a map to schemas" },
		{ "{'properties':{'a':{'items':{'type':1}}}}", NULL,
		    "properties.a.items.type " NO_TYPE },
		{ "{'patternProperties':{'(':{'type':1}}}", NULL,
		    "patternProperties.( is no pattern that can be used: "
		    "a ( has no )\npatternProperties.(.type " NO_TYPE },
		{ "{'additionalProperties':'no'}", NULL,
		    "additionalProperties must be a schema, or true or "
		    "false" },
		{ "{'items':1}", NULL,
		    "items must be a schema, or a list of them" },
		{ "{'items':[{},1]}", NULL,
		    "items must be a schema, or a list of them" },
		{ "{'items':[{},{'type':1}]}", NULL,
		    "items[1].type " NO_TYPE },
		{ "{'anyOf':[]}", NULL, "anyOf must be a list of schemas" },
		{ "{'anyOf':[{},{'not':5}]}", NULL,
		    "anyOf[1].not must be a schema, or true or false" },
		{ "{'$defs':{'a':{'type':1}}}", NULL, "$defs.a.type " NO_TYPE },
		{ "{'$ref':1}", NULL, "$ref must be a text" },
		{ "{'$ref':'http://127.0.0.1/x'}", NULL,
		    "$ref refers to another document, which is never "
		    "fetched" },
		{ "{'$ref':'other.json#/a'}", NULL,
		    "$ref refers to another document, which is never "
		    "fetched" },
		{ "{'$ref':'#/a'}", NULL, "$ref refers to nothing" },
		{ "{'$ref':'#a'}", NULL, "$ref refers to nothing" },
		{ "{'allOf':[{}],'$ref':'#/allOf/1'}", NULL,
		    "$ref refers to nothing" },
		{ "{'allOf':[{}],'$ref':'#/allOf/x'}", NULL,
		    "$ref refers to nothing" },
		{ "{'allOf':[{}],'$ref':'#/allOf/+0'}", NULL,
		    "$ref refers to nothing" },
		{ "{'$ref':'#/%zz'}", NULL, "$ref refers to nothing" },
		{ "{'$ref':'#/~2'}", NULL, "$ref refers to nothing" },
		{ "{'$ref':'#/%'}", NULL, "$ref refers to nothing" },
		{ "{'$ref':'#'}", NULL, "$ref refers to itself" },
		{ "{'$defs':{'a':{'$ref':'#/$defs/b'},"
		    "'b':{'$ref':'#/$defs/a'}}}", NULL,
		    "$defs.a.$ref refers to itself\n"
		    "$defs.b.$ref refers to itself" },
		{ "5", NULL, "must be a schema" },
		{ "{'unknown':{'type':5},'format':7,'default':[]}", NULL, "" },
		{ "true", NULL, "" },
	};

	(void)state;
	schema_tells_all(rows, COUNT(rows));
}

/* What is wrong asks nothing; what is beside it does. */
static void
test_wrong_is_left_out(void **state)
{
	static const struct schema_row rows[] = {
		{ "{'type':'text','minimum':3}", "2",
		    "must be at least 3, not 2" },
		{ "{'pattern':'(','maxLength':1}", "'ab'",
		    "must have at most 1 characters, not 2" },
		{ "{'required':'a','properties':5,'additionalProperties':"
		    "false}", "{'b':1}", "b is not known here" },
		{ "{'patternProperties':{'(':{}},'additionalProperties':"
		    "false}", "{'b':1}", "" },
		{ "{'$ref':'http://x','minimum':3}", "2",
		    "must be at least 3, not 2" },
		{ "{'$ref':'#'}", "2", "" },
		{ "{'anyOf':[],'not':3,'allOf':{}}", "2", "" },
		{ "{'prefixItems':[],'items':false}", "[1]",
		    "[0] must not be given" },
		{ "5", "1", "" },
	};

	(void)state;
	schema_tells_all(rows, COUNT(rows));
}

/* ---- limits ---- */

static void
ends_early(const char *schema, const char *value)
{
	int64_t began = clock_mono_ms();
	struct buf told;

	assert_int_equal(schema_ask(schema, value, &told), E_TOOBIG);
	assert_true(clock_mono_ms() - began < 5000);
	buf_free(&told);
}

static void
test_limits(void **state)
{
	struct buf text, told;

	(void)state;
	/* Round and round without a step into the value. */
	ends_early("{'allOf':[{'$ref':'#'}]}", "1");
	/* Twice as often at each level. */
	ends_early("{'anyOf':[{'items':{'$ref':'#'}},{'items':{'$ref':'#'}},"
	    "{'items':{'$ref':'#'}},{'items':{'$ref':'#'}}],"
	    "'type':'array'}",
	    "[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]");
	/* Each with each. */
	buf_init(&text, SCHEMA_TEXT_MAX);
	buf_addc(&text, '[');
	for (int i = 0; i < 3000; i++)
		buf_addf(&text, "%s%d", i > 0 ? "," : "", i);
	buf_addc(&text, ']');
	ends_early("{'uniqueItems':true}", buf_str(&text));
	buf_free(&text);
	/* Many faults: the first are told. */
	assert_int_equal(schema_ask("{'items':{'type':'null'}}",
		"[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", &told), E_INVALID);
	assert_null(strstr(buf_str(&told), "[16]"));
	assert_non_null(strstr(buf_str(&told), "[15]"));
	buf_free(&told);
}

static void
test_wide(void **state)
{
	struct buf schema, value;

	(void)state;
	buf_init(&schema, SCHEMA_TEXT_MAX);
	buf_init(&value, SCHEMA_TEXT_MAX);
	buf_adds(&schema, "{'additionalProperties':false,'properties':{");
	buf_addc(&value, '{');
	for (int i = 0; i < 4000; i++) {
		buf_addf(&schema, "%s'p%d':{}", i > 0 ? "," : "", i);
		buf_addf(&value, "%s'p%d':1", i > 0 ? "," : "", 3999 - i);
	}
	buf_adds(&schema, "}}");
	buf_addc(&value, '}');
	ends_early(buf_str(&schema), buf_str(&value));
	buf_reset(&value);
	/* What is known is told as far as there is room. */
	buf_adds(&value, "{'no':1}");
	struct buf told;
	assert_int_equal(schema_ask(buf_str(&schema), buf_str(&value), &told),
	    E_INVALID);
	assert_non_null(strstr(buf_str(&told), "no is not known here; known "
		"are p0, p1, p2"));
	assert_non_null(strstr(buf_str(&told), ", ..."));
	buf_free(&told);
	buf_free(&schema);
	buf_free(&value);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_problems),
		cmocka_unit_test(test_wrong_is_left_out),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_wide),
	};

	return cmocka_run_group_tests_name("schema_wrong", tests, NULL, NULL);
}
