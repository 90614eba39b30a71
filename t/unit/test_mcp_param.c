/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "lib/err.h"
#include "runner/mcp_param.h"

static struct mcp_text
text(const char *json)
{
	return (struct mcp_text){ json, strlen(json) };
}

#define A(type, name) \
	"{\"type\":\"" type "\",\"x-mcp-header\":\"" name "\"}"

static void
test_check(void **state)
{
	static const struct {
		const char *properties, *why;
	} rows[] = {
		{ "\"a\":" A("string", "Region"), NULL },
		{ "\"a\":" A("integer", "A") ",\"b\":" A("boolean", "B"),
		    NULL },
		{ "\"o\":{\"type\":\"object\",\"properties\":{\"a\":"
		    A("string", "A") "}}", NULL },
		/* A property of that name, and data that looks like it. */
		{ "\"x-mcp-header\":{\"type\":\"number\"}", NULL },
		{ "\"a\":{\"default\":" A("array", "") "}", NULL },
		{ "\"a\":{\"enum\":[" A("array", "") "]}", NULL },
		{ "\"a\":" A("string", ""), "it is no name of a header" },
		{ "\"a\":" A("string", "My Region"),
		    "it is no name of a header" },
		{ "\"a\":" A("string", "Region:Primary"),
		    "it is no name of a header" },
		{ "\"a\":" A("string", "R\303\251gion"),
		    "it is no name of a header" },
		{ "\"a\":" A("string", "Region\\t1"),
		    "it is no name of a header" },
		{ "\"a\":{\"type\":\"string\",\"x-mcp-header\":7}",
		    "it is no name of a header" },
		{ "\"a\":" A("number", "A"),
		    "its argument is no string, integer or boolean" },
		{ "\"a\":" A("object", "A"),
		    "its argument is no string, integer or boolean" },
		{ "\"a\":" A("array", "A"),
		    "its argument is no string, integer or boolean" },
		{ "\"a\":" A("null", "A"),
		    "its argument is no string, integer or boolean" },
		{ "\"a\":{\"x-mcp-header\":\"A\"}",
		    "its argument is no string, integer or boolean" },
		{ "\"a\":" A("string", "MyField") ",\"b\":"
		    A("string", "myfield"), "it is there twice" },
		{ "\"a\":" A("string", "A") ",\"o\":{\"properties\":{\"b\":"
		    A("string", "A") "}}", "it is there twice" },
		{ "\"a\":{\"type\":\"array\",\"items\":" A("string", "A") "}",
		    "it is not of an argument" },
		{ "\"a\":{\"anyOf\":[" A("string", "A") "]}",
		    "it is not of an argument" },
		{ "\"a\":{\"patternProperties\":{\"b\":" A("string", "A")
		    "}}", "it is not of an argument" },
		{ "\"a\":{\"items\":{\"properties\":{\"b\":" A("string", "A")
		    "}}}", "it is not of an argument" },
	};
	char schema[1024];
	const char *why;
	int rc;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(schema, sizeof(schema), "{\"properties\":{%s}}",
		    rows[i].properties);
		why = NULL;
		rc = mcp_param_check(text(schema), &why);
		if (rc != (rows[i].why == NULL ? OK : E_INVALID) ||
		    (why == NULL) != (rows[i].why == NULL) ||
		    (why != NULL && strcmp(why, rows[i].why) != 0))
			fail_msg("%s: %s", rows[i].properties,
			    why != NULL ? why : "good");
	}
}

static void
test_too_many(void **state)
{
	const char *why = NULL;
	struct buf schema;

	(void)state;
	buf_init(&schema, 64 * 1024);
	buf_adds(&schema, "{\"properties\":{\"first\":" A("string", "H"));
	for (int i = 1; i <= MCP_PARAMS_MAX; i++)
		buf_addf(&schema, ",\"p%d\":" A("string", "H%d"), i, i);
	buf_adds(&schema, "}}");
	assert_int_equal(mcp_param_check(text(buf_str(&schema)), &why),
	    E_INVALID);
	assert_string_equal(why, "there are too many");
	buf_free(&schema);
}

static void
test_headers(void **state)
{
	static const struct {
		const char *type, *value, *line;
	} rows[] = {
		{ "string", "\"us-west1\"", "Mcp-Param-A: us-west1" },
		{ "string", "\"us west\"", "Mcp-Param-A: us west" },
		{ "string", "\"\"", "Mcp-Param-A;" },
		{ "integer", "42", "Mcp-Param-A: 42" },
		{ "integer", "9007199254740993",
		    "Mcp-Param-A: 9007199254740993" },
		{ "integer", "-4.2e1", "Mcp-Param-A: -42" },
		{ "integer", "42.0", "Mcp-Param-A: 42" },
		{ "integer", "1E2", "Mcp-Param-A: 100" },
		{ "integer", "1.5", "Mcp-Param-A: 1.5" },
		{ "boolean", "false", "Mcp-Param-A: false" },
		{ "boolean", "null", NULL },
		{ "string", "{}", NULL },
		{ "string", "\"Hello, \344\270\226\347\225\214\"",
		    "Mcp-Param-A: =?base64?SGVsbG8sIOS4lueVjA==?=" },
		{ "string", "\" padded \"",
		    "Mcp-Param-A: =?base64?IHBhZGRlZCA=?=" },
		{ "string", "\"end \"", "Mcp-Param-A: =?base64?ZW5kIA==?=" },
		{ "string", "\"a\\r\\nb\"",
		    "Mcp-Param-A: =?base64?YQ0KYg==?=" },
		{ "string", "\"\\tx\"", "Mcp-Param-A: =?base64?CXg=?=" },
		{ "string", "\"=?base64?eA==?=\"",
		    "Mcp-Param-A: =?base64?PT9iYXNlNjQ/ZUE9PT89?=" },
		{ "string", "\"=?base64?\"", "Mcp-Param-A: =?base64?" },
	};
	struct mcp_headers headers = { .count = 0 };
	char schema[256], args[256];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(schema, sizeof(schema), "{\"properties\":{\"o\":"
		    "{\"properties\":{\"a\":{\"type\":\"%s\","
		    "\"x-mcp-header\":\"A\"}}},\"b\":{\"type\":\"string\"}}}",
		    rows[i].type);
		snprintf(args, sizeof(args), "{\"b\":\"c\",\"o\":{\"a\":%s}}",
		    rows[i].value);
		assert_int_equal(mcp_param_headers(text(schema), text(args),
		    &headers), OK);
		assert_int_equal(headers.count, rows[i].line != NULL);
		if (rows[i].line != NULL)
			assert_string_equal(headers.lines[0], rows[i].line);
		assert_null(headers.lines[headers.count]);
		/* What is not there has none. */
		mcp_headers_free(&headers);
		mcp_param_headers(text(schema), text("{\"a\":\"1\"}"),
		    &headers);
		assert_int_equal(headers.count, 0);
	}
}

static void
test_lines(void **state)
{
	struct mcp_headers headers = { .count = 0 };
	char big[MCP_HEADER_MAX];

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	assert_int_equal(mcp_headers_add(&headers, "Name", "value"), OK);
	assert_string_equal(headers.lines[0], "Name: value");
	assert_int_equal(mcp_headers_add(&headers, "Name", big), E_TOOBIG);
	assert_int_equal(mcp_headers_add(&headers, "Name", "value"), E_TOOBIG);
	assert_int_equal(headers.count, 1);
	mcp_headers_free(&headers);
	for (int i = 0; i < MCP_HEADERS_MAX; i++)
		assert_int_equal(mcp_headers_line(&headers, "A: b"), OK);
	assert_int_equal(mcp_headers_line(&headers, "A: b"), E_LIMIT);
	mcp_headers_free(&headers);
	assert_int_equal(mcp_headers_text(&headers, "N", "a\0b", 3), OK);
	assert_string_equal(headers.lines[0], "N: =?base64?YQBi?=");
	mcp_headers_free(&headers);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests_name("mcp_param", tests, NULL, NULL);
}
