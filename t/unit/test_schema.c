/* SPDX-License-Identifier: Apache-2.0 */
/* What values fit a schema. */
#include <string.h>

#include "t/unit/schema_fixture.h"

/* ---- one value ---- */

static void
test_types(void **state)
{
	static const struct schema_row rows[] = {
		{ "{}", "1", "" }, { "true", "1", "" },
		{ "false", "1", "must not be given" },
		{ "{'type':'string'}", "'a'", "" },
		{ "{'type':'string'}", "5",
		    "must be of type string, not 5" },
		{ "{'type':'integer'}", "5", "" },
		{ "{'type':'integer'}", "5.0", "" },
		{ "{'type':'integer'}", "5e2", "" },
		{ "{'type':'integer'}", "9007199254740993", "" },
		{ "{'type':'integer'}", "9007199254740993.5",
		    "must be of type integer, not 9007199254740993.5" },
		{ "{'type':'integer'}", "'5'",
		    "must be of type integer, not \"5\"" },
		{ "{'type':'number'}", "-0.5", "" },
		{ "{'type':'number'}", "true",
		    "must be of type number, not true" },
		{ "{'type':'boolean'}", "false", "" },
		{ "{'type':'boolean'}", "0",
		    "must be of type boolean, not 0" },
		{ "{'type':'array'}", "[]", "" },
		{ "{'type':'array'}", "{}",
		    "must be of type array, not an object" },
		{ "{'type':'object'}", "[1]",
		    "must be of type object, not a list" },
		{ "{'type':'object'}", "[]",
		    "must be of type object, not an empty list" },
		{ "{'type':'null'}", "null", "" },
		{ "{'type':['string','null']}", "null", "" },
		{ "{'type':['string','null']}", "1", "must be of one of the "
		    "types \"string\", \"null\", not 1" },
	};

	(void)state;
	schema_tells_all(rows, COUNT(rows));
}

static void
test_enum(void **state)
{
	static const struct schema_row rows[] = {
		{ "{'enum':['a',1,null,[1,{'x':2,'y':[]}]]}", "'a'", "" },
		{ "{'enum':['a',1,null]}", "1.0", "" },
		{ "{'enum':['a',1,null]}", "null", "" },
		{ "{'enum':[[1,{'x':2,'y':[]}]]}",
		    "[1.0,{'y':[],'x':20e-1}]", "" },
		{ "{'enum':[[1,{'x':2}]]}", "[1,{'x':3}]",
		    "must be one of a list, not a list" },
		{ "{'enum':['a',true]}", "'b'",
		    "must be one of \"a\", true, not \"b\"" },
		{ "{'enum':[false]}", "0", "must be one of false, not 0" },
		{ "{'enum':[9007199254740993]}", "9007199254740993", "" },
		{ "{'enum':[9007199254740993]}", "9007199254740992",
		    "must be one of 9007199254740993, not 9007199254740992" },
		{ "{'const':{'a':1}}", "{'a':1}", "" },
		{ "{'const':{'a':1}}", "{'b':1}",
		    "must be an object, not an object" },
		{ "{'const':[1,2]}", "[1]", "must be a list, not a list" },
		{ "{'const':[1]}", "[1,2]", "must be a list, not a list" },
		{ "{'const':{'a':1}}", "{'a':1,'b':1}",
		    "must be an object, not an object" },
		{ "{'const':null}", "0", "must be null, not 0" },
		{ "{'enum':[]}", "1", "must be one of , not 1" },
	};

	(void)state;
	schema_tells_all(rows, COUNT(rows));
}

static void
test_numbers(void **state)
{
	static const struct schema_row rows[] = {
		{ "{'minimum':3}", "3", "" },
		{ "{'minimum':3}", "2.99", "must be at least 3, not 2.99" },
		{ "{'maximum':3}", "3.0", "" },
		{ "{'maximum':3}", "4", "must be at most 3, not 4" },
		{ "{'exclusiveMinimum':3}", "3.1", "" },
		{ "{'exclusiveMinimum':3}", "3", "must be more than 3, not 3" },
		{ "{'exclusiveMaximum':3}", "-9", "" },
		{ "{'exclusiveMaximum':3}", "3", "must be less than 3, not 3" },
		{ "{'maximum':9007199254740992}", "9007199254740993",
		    "must be at most 9007199254740992, not 9007199254740993" },
		{ "{'minimum':9007199254740993}", "9007199254740992",
		    "must be at least 9007199254740993, not "
		    "9007199254740992" },
		{ "{'multipleOf':0.01}", "19.99", "" },
		{ "{'multipleOf':3}", "9007199254740993", "" },
		{ "{'multipleOf':2}", "9007199254740993",
		    "must be a multiple of 2, not 9007199254740993" },
		{ "{'minimum':3,'multipleOf':2}", "'x'", "" },
	};

	(void)state;
	schema_tells_all(rows, COUNT(rows));
}

static void
test_strings(void **state)
{
	static const struct schema_row rows[] = {
		{ "{'minLength':2,'maxLength':2}", "'\xc3\xa9\\ud83d\\ude00'",
		    "" },
		{ "{'minLength':2}", "'\xc3\xa9'",
		    "must have at least 2 characters, not 1" },
		{ "{'maxLength':2}", "'abc'",
		    "must have at most 2 characters, not 3" },
		{ "{'minLength':2.0,'maxLength':1e1}", "'abc'", "" },
		{ "{'minLength':2}", "7", "" },
		{ "{'pattern':'^[a-z]+-\\\\d+$'}", "'ab-12'", "" },
		{ "{'pattern':'^a$'}", "'b'",
		    "must match the pattern ^a$, not \"b\"" },
		{ "{'pattern':'b'}", "'abc'", "" },
		{ "{'pattern':'b'}", "7", "" },
		{ "{'format':'email','x':[1]}", "'no'", "" },
	};
	struct buf told;

	(void)state;
	schema_tells_all(rows, COUNT(rows));
	/* A long text is cut between characters. */
	schema_ask("{'maxLength':1,'type':'null'}",
	    "'\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
	    "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
	    "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
	    "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
	    "a\xc3\xa9\xc3\xa9'", &told);
	assert_non_null(strstr(buf_str(&told), "\xc3\xa9...\""));
	buf_free(&told);
}

/* ---- parts ---- */

static void
test_objects(void **state)
{
	static const struct schema_row rows[] = {
		{ "{'properties':{'a':{'type':'string'}}}", "{'a':'x','b':1}",
		    "" },
		{ "{'properties':{'a':{'type':'string'}}}", "{'a':1}",
		    "a must be of type string, not 1" },
		{ "{'properties':{'a':{'properties':{'b':{'items':"
		    "{'type':'null'}}}}}}", "{'a':{'b':[null,2]}}",
		    "a.b[1] must be of type null, not 2" },
		{ "{'properties':{'a':false}}", "{'a':1}",
		    "a must not be given" },
		{ "{'properties':{'a':false}}", "[1]", "" },
		{ "{'required':['a','b']}", "{'a':null}", "b is missing" },
		{ "{'required':['a','b']}", "{}", "a is missing\n"
		    "b is missing" },
		{ "{'required':['a']}", "'a'", "" },
		{ "{'properties':{'a':{}},'additionalProperties':false}",
		    "{'a':1}", "" },
		{ "{'properties':{'a':{},'b':{}},"
		    "'additionalProperties':false}", "{'c':1}",
		    "c is not known here; known are a, b" },
		{ "{'additionalProperties':false}", "{'c':1}",
		    "c is not known here" },
		{ "{'additionalProperties':{'type':'null'}}",
		    "{'c':1,'d':null}", "c must be of type null, not 1" },
		{ "{'additionalProperties':true}", "{'c':1}", "" },
		{ "{'patternProperties':{'^x-':{'type':'null'},'z':{}},"
		    "'additionalProperties':false}",
		    "{'x-a':null,'az':5}", "" },
		{ "{'patternProperties':{'^x-':{'type':'null'}}}",
		    "{'x-a':1,'b':5}", "x-a must be of type null, not 1" },
		{ "{'minProperties':2}", "{'a':1}",
		    "must have at least 2 members, not 1" },
		{ "{'maxProperties':0}", "{'a':1}",
		    "must have at most 0 members, not 1" },
		{ "{'minProperties':2}", "[1]", "" },
	};

	(void)state;
	schema_tells_all(rows, COUNT(rows));
}

static void
test_arrays(void **state)
{
	static const struct schema_row rows[] = {
		{ "{'items':{'type':'null'}}", "[null]", "" },
		{ "{'items':{'type':'null'}}", "[null,1]",
		    "[1] must be of type null, not 1" },
		{ "{'items':{'type':'null'}}", "{'0':1}", "" },
		{ "{'items':false}", "[]", "" },
		{ "{'items':false}", "[1]", "[0] must not be given" },
		{ "{'prefixItems':[{'type':'null'}],'items':false}",
		    "[null]", "" },
		{ "{'prefixItems':[{'type':'null'}],'items':false}",
		    "[1,2]", "[0] must be of type null, not 1\n"
		    "[1] must not be given" },
		{ "{'prefixItems':[{},{}]}", "[1]", "" },
		{ "{'items':[{'type':'null'},{}]}", "[null,1,2]", "" },
		{ "{'items':[{}],'additionalItems':false}", "[1,2]",
		    "[1] must not be given" },
		{ "{'items':{},'additionalItems':false}", "[1,2]", "" },
		{ "{'minItems':1}", "[]", "must have at least 1 items, not 0" },
		{ "{'maxItems':1}", "[1,2]",
		    "must have at most 1 items, not 2" },
		{ "{'maxItems':1}", "{'a':1,'b':2}", "" },
		{ "{'uniqueItems':true}", "[1,'1',[1],{'a':1}]", "" },
		{ "{'uniqueItems':true}", "[1,2,{'a':1,'b':2},"
		    "{'b':2,'a':1.0}]", "must not have equal items, as 2 and "
		    "3 are" },
		{ "{'uniqueItems':false}", "[1,1]", "" },
		{ "{'uniqueItems':true}",
		    "[9007199254740993,9007199254740992]", "" },
	};

	(void)state;
	schema_tells_all(rows, COUNT(rows));
}

static void
test_alternatives(void **state)
{
	static const struct schema_row rows[] = {
		{ "{'allOf':[{'minimum':1},{'maximum':3}]}", "2", "" },
		{ "{'allOf':[{'minimum':5},{'maximum':3}]}", "4",
		    "must be at least 5, not 4\nmust be at most 3, not 4" },
		{ "{'anyOf':[{'type':'null'},{'minimum':3}]}", "null", "" },
		{ "{'anyOf':[{'type':'null'},{'type':'integer'}]}", "3", "" },
		{ "{'anyOf':[{'type':'null'},{'required':['a','b'],"
		    "'type':'object'}]}", "{'a':1}", "fits none of the 2 "
		    "alternatives; of the nearest: b is missing" },
		{ "{'properties':{'x':{'oneOf':[{'type':'null'},"
		    "{'type':'string'}]}}}", "{'x':1}", "x fits none of the 2 "
		    "alternatives; of the nearest: must be of type null, not "
		    "1" },
		{ "{'oneOf':[{'minimum':1},{'minimum':2}]}", "1", "" },
		{ "{'oneOf':[{'minimum':1},{'minimum':2},{'minimum':3}]}",
		    "2", "fits more than one of the 3 alternatives" },
		{ "{'oneOf':[{'minimum':1,'maximum':2},{'minimum':2}]}", "0",
		    "fits none of the 2 alternatives; of the nearest: must be "
		    "at least 1, not 0" },
		{ "{'not':{'type':'null'}}", "1", "" },
		{ "{'not':{'type':'null'}}", "null", "must not be like null" },
		{ "{'not':{'not':{'type':'null'}}}", "null", "" },
	};

	(void)state;
	schema_tells_all(rows, COUNT(rows));
}

static void
test_references(void **state)
{
	static const struct schema_row rows[] = {
		{ "{'$defs':{'n':{'type':'null'}},'items':"
		    "{'$ref':'#/$defs/n'}}", "[null,1]",
		    "[1] must be of type null, not 1" },
		{ "{'definitions':{'a/b~%':{'type':'null'}},"
		    "'$ref':'#/definitions/a~1b~0%25'}", "1",
		    "must be of type null, not 1" },
		{ "{'allOf':[{'type':'null'}],'items':"
		    "{'$ref':'#/allOf/0'}}", "[]",
		    "must be of type null, not an empty list" },
		/* A tree, as deep as the value is. */
		{ "{'properties':{'v':{'type':'null'},'next':{'$ref':'#'}}}",
		    "{'next':{'next':{'v':1}}}",
		    "next.next.v must be of type null, not 1" },
		{ "{'$defs':{'a':{'$ref':'#/$defs/b'},"
		    "'b':{'type':'null'}},'$ref':'#/$defs/a'}", "1",
		    "must be of type null, not 1" },
		/* Beside others. */
		{ "{'$defs':{'a':{'minimum':1}},'$ref':'#/$defs/a',"
		    "'maximum':3}", "4", "must be at most 3, not 4" },
	};

	(void)state;
	schema_tells_all(rows, COUNT(rows));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_enum),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_objects),
		cmocka_unit_test(test_arrays),
		cmocka_unit_test(test_alternatives),
		cmocka_unit_test(test_references),
	};

	return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
