/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <string.h>

#include "lib/err.h"
#include "runner/mcp_rpc.h"

static bool
says(struct mcp_text value, const char *want)
{
	if (value.text == NULL || want == NULL)
		return value.text == NULL && want == NULL;
	return value.len == strlen(want) &&
	    memcmp(value.text, want, value.len) == 0;
}

static void
test_read(void **state)
{
	static const struct {
		const char *text;
		int rc;
		enum mcp_kind kind;
		int64_t number;
		const char *method, *id, *params, *result;
		int code;
		const char *reason;
	} rows[] = {
		/* As real servers order them: the result comes first. */
		{ "{\"result\":{\"n\": 9007199254740993},\"jsonrpc\":\"2.0\","
		    "\"id\":3}", OK, MCP_RESULT, 3, "", "3", NULL,
		    "{\"n\": 9007199254740993}", 0, "" },
		{ "{\"jsonrpc\":\"2.0\",\"id\":\"7\",\"result\":{}}", OK,
		    MCP_RESULT, -1, "", "\"7\"", NULL, "{}", 0, "" },
		{ "{\"method\":\"roots/list\",\"jsonrpc\":\"2.0\",\"id\":0}",
		    OK, MCP_REQUEST, 0, "roots/list", "0", NULL, NULL, 0, "" },
		{ "{\"method\":\"roots\\/list\",\"id\":\"a\",\"params\":{}}",
		    OK, MCP_REQUEST, -1, "roots/list", "\"a\"", "{}", NULL, 0,
		    "" },
		{ "{\"params\":{\"a\":1},"
		    "\"method\":\"notifications/progress\"}",
		    OK, MCP_NOTIFICATION, -1, "notifications/progress", NULL,
		    "{\"a\":1}", NULL, 0, "" },
		{ "{\"method\":\"x\",\"id\":null}", OK, MCP_NOTIFICATION, -1,
		    "x", NULL, NULL, NULL, 0, "" },
		{ "{\"jsonrpc\":\"2.0\",\"id\":5,\"error\":{\"code\":-32602,"
		    "\"message\":\"Tool nope not found\"}}", OK, MCP_ERROR, 5,
		    "", "5", NULL, NULL, -32602, "Tool nope not found" },
		{ "{\"error\":{\"code\":-32000,\"message\":\"Bad Request\"},"
		    "\"id\":null}", OK, MCP_ERROR, -1, "", NULL, NULL, NULL,
		    -32000, "Bad Request" },
		{ "{\"id\":1,\"error\":{}}", OK, MCP_ERROR, 1, "", "1", NULL,
		    NULL, 0, "" },
		{ "{\"id\":1,\"error\":{\"code\":1e300}}", OK, MCP_ERROR, 1,
		    "", "1", NULL, NULL, 0, "" },
		{ "{\"id\":1.0,\"result\":1}", OK, MCP_RESULT, -1, "", "1.0",
		    NULL, "1", 0, "" },
		{ "{\"id\":9999999999999999,\"result\":1}", OK, MCP_RESULT,
		    -1, "", "9999999999999999", NULL, "1", 0, "" },
		{ .text = "{\"id\":null,\"result\":{}}", .rc = E_INVALID },
		{ .text = "{\"id\":{},\"result\":{}}", .rc = E_INVALID },
		{ .text = "{\"id\":1}", .rc = E_INVALID },
		{ .text = "{\"id\":1,\"error\":7}", .rc = E_INVALID },
		{ .text = "{\"id\":1,\"method\":7}", .rc = E_INVALID },
		{ .text = "{\"id\":1,\"method\":\"\"}", .rc = E_INVALID },
		{ .text = "[]", .rc = E_INVALID },
		{ .text = "Starting default server...", .rc = E_INVALID },
		{ .text = "", .rc = E_INVALID },
	};
	struct mcp_message m;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (mcp_rpc_read(rows[i].text, strlen(rows[i].text), &m) !=
		    rows[i].rc)
			fail_msg("rc: %s", rows[i].text);
		if (rows[i].rc != OK)
			continue;
		if (m.kind != rows[i].kind || m.number != rows[i].number ||
		    strcmp(m.method, rows[i].method) != 0 ||
		    !says(m.id, rows[i].id) ||
		    !says(m.params, rows[i].params) ||
		    !says(m.result, rows[i].result) ||
		    m.code != rows[i].code ||
		    strcmp(m.reason, rows[i].reason) != 0)
			fail_msg("%s", rows[i].text);
	}
}

static int
count_one(void *arg, const char *text, size_t len)
{
	int *count = arg;

	(void)text;
	++*count;
	return len > 20 ? E_CONFLICT : OK;
}

static void
test_batch(void **state)
{
	struct buf many;
	int count = 0;

	(void)state;
	assert_int_equal(mcp_rpc_each("{\"a\":1}", 7, count_one, &count), OK);
	assert_int_equal(count, 1);
	assert_int_equal(mcp_rpc_each(" [{},{}]", 8, count_one, &count), OK);
	assert_int_equal(count, 3);
	assert_int_equal(mcp_rpc_each("[{},{]", 6, count_one, &count),
	    E_INVALID);
	assert_int_equal(mcp_rpc_each("nonsense", 8, count_one, &count),
	    E_INVALID);
	assert_int_equal(mcp_rpc_each("", 0, count_one, &count), E_INVALID);
	assert_int_equal(count, 3);
	assert_int_equal(mcp_rpc_each("[\"                    \",{}]", 27,
	    count_one, &count), E_CONFLICT);
	assert_int_equal(count, 4);
	buf_init(&many, 4096);
	buf_adds(&many, "[0");
	for (int i = 0; i < RPC_BATCH_MAX; i++)
		buf_adds(&many, ",0");
	buf_adds(&many, "]");
	assert_int_equal(mcp_rpc_each(many.data, many.len, count_one, &count),
	    E_LIMIT);
	assert_int_equal(count, 4 + RPC_BATCH_MAX);
	buf_free(&many);
}

static void
test_build(void **state)
{
	struct mcp_text id = { "\"s-1\"", 5 };
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	mcp_rpc_request(&out, 7, "tools/call", "\"name\":\"add\"",
	    "\"progressToken\":7");
	assert_string_equal(buf_str(&out), "{\"jsonrpc\":\"2.0\",\"id\":7,"
	    "\"method\":\"tools/call\",\"params\":{\"name\":\"add\","
	    "\"_meta\":{\"progressToken\":7}}}");
	buf_reset(&out);
	mcp_rpc_request(&out, 8, "tools/list", NULL, "\"a\":1");
	assert_string_equal(buf_str(&out), "{\"jsonrpc\":\"2.0\",\"id\":8,"
	    "\"method\":\"tools/list\",\"params\":{\"_meta\":{\"a\":1}}}");
	buf_reset(&out);
	mcp_rpc_request(&out, 9, "tools/list", NULL, NULL);
	assert_string_equal(buf_str(&out), "{\"jsonrpc\":\"2.0\",\"id\":9,"
	    "\"method\":\"tools/list\",\"params\":{}}");
	buf_reset(&out);
	mcp_rpc_notification(&out, "notifications/initialized", NULL);
	assert_string_equal(buf_str(&out), "{\"jsonrpc\":\"2.0\","
	    "\"method\":\"notifications/initialized\"}");
	buf_reset(&out);
	mcp_rpc_result(&out, id, "{}");
	assert_string_equal(buf_str(&out),
	    "{\"jsonrpc\":\"2.0\",\"id\":\"s-1\",\"result\":{}}");
	buf_reset(&out);
	mcp_rpc_refusal(&out, id, RPC_NO_METHOD, "no \"x\"");
	assert_string_equal(buf_str(&out), "{\"jsonrpc\":\"2.0\",\"id\":"
	    "\"s-1\",\"error\":{\"code\":-32601,\"message\":"
	    "\"no \\\"x\\\"\"}}");
	buf_free(&out);
}

static void
test_texts(void **state)
{
	static const char text[] = "{\"s\":\"a\\u00e9\",\"n\":-2.5,\"t\":true,"
	    "\"z\":null,\"l\":[1],\"long\":\"caf\303\251\"}";
	struct mcp_text all = { text, sizeof(text) - 1 };
	char small[5];
	struct buf out;

	(void)state;
	assert_true(mcp_text_is(mcp_text_get(all, "s"), "a\303\251"));
	assert_false(mcp_text_is(mcp_text_get(all, "x"), ""));
	assert_true(mcp_text_number(mcp_text_get(all, "n"), 1) == -2.5);
	assert_true(mcp_text_number(mcp_text_get(all, "s"), 1) == 1);
	assert_true(mcp_text_bool(mcp_text_get(all, "t"), false));
	assert_true(mcp_text_bool(mcp_text_get(all, "z"), true));
	assert_int_equal(mcp_text_kind(mcp_text_get(all, "z")), JSON_NULL);
	assert_int_equal(mcp_text_kind(mcp_text_get(all, "l")), JSON_ARRAY);
	assert_int_equal(mcp_text_kind(all), JSON_OBJECT);
	assert_null(mcp_text_get(mcp_text_get(all, "l"), "s").text);
	/* Cut at a character. */
	mcp_text_copy(mcp_text_get(all, "long"), small, sizeof(small));
	assert_string_equal(small, "caf");
	buf_init(&out, 2);
	assert_int_equal(mcp_text_string(mcp_text_get(all, "l"), &out),
	    E_INVALID);
	assert_int_equal(mcp_text_string(mcp_text_get(all, "s"), &out),
	    E_TOOBIG);
	buf_free(&out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_batch),
		cmocka_unit_test(test_build),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests_name("mcp_rpc", tests, NULL, NULL);
}
