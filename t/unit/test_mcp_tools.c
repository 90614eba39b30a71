/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/log.h"
#include "runner/mcp_tools.h"

#define TOOL(name) "{\"name\":\"" name "\",\"inputSchema\":{}}"

static int
page(struct mcp_tools *tools, const char *text, struct buf *cursor)
{
	return mcp_tools_page(tools, (struct mcp_text){ text, strlen(text) },
	    cursor);
}

static void
test_whole(void **state)
{
	static const char text[] = "{\"tools\":[{\"name\":\"echo\",\"title\":"
	    "\"Echo Tool\",\"description\":\"Echoes\",\"inputSchema\":"
	    "{ \"type\":\"object\", \"max\":9007199254740993 },"
	    "\"annotations\":{\"readOnlyHint\":true,\"destructiveHint\":false,"
	    "\"idempotentHint\":true},\"execution\":{\"taskSupport\":"
	    "\"forbidden\"}},{\"name\":\"get\",\"inputSchema\":{},"
	    "\"outputSchema\":{\"a\": 1},\"annotations\":{\"title\":\"Get\"}}],"
	    "\"ttlMs\":5000,\"nextCursor\":null}";
	struct mcp_tools tools;
	struct buf cursor;

	(void)state;
	buf_init(&cursor, MCP_CURSOR_MAX);
	mcp_tools_init(&tools, "s", true);
	assert_int_equal(page(&tools, text, &cursor), OK);
	assert_int_equal(tools.count, 2);
	assert_int_equal(tools.ttl_ms, 5000);
	assert_string_equal(tools.list[0].title, "Echo Tool");
	assert_string_equal(tools.list[0].description, "Echoes");
	assert_string_equal(tools.list[0].schema,
	    "{ \"type\":\"object\", \"max\":9007199254740993 }");
	assert_null(tools.list[0].output_schema);
	assert_true(tools.list[0].read_only);
	assert_true(tools.list[0].idempotent);
	assert_false(tools.list[0].destructive);
	assert_string_equal(tools.list[1].title, "Get");
	assert_string_equal(tools.list[1].description, "");
	assert_string_equal(tools.list[1].output_schema, "{\"a\": 1}");
	assert_false(tools.list[1].read_only);
	assert_false(tools.list[1].idempotent);
	assert_true(tools.list[1].destructive);
	assert_ptr_equal(mcp_tools_find(&tools, "get"), &tools.list[1]);
	assert_null(mcp_tools_find(&tools, "set"));
	mcp_tools_free(&tools);
	buf_free(&cursor);
}

static void
test_left_out(void **state)
{
	static const char *const entries[] = {
		"{\"name\":\"\",\"inputSchema\":{}}",
		"{\"inputSchema\":{}}",
		"{\"name\":\"a b\",\"inputSchema\":{}}",
		"{\"name\":\"a\\nb\",\"inputSchema\":{}}",
		"{\"name\":\"x\"}",
		"{\"name\":\"x\",\"inputSchema\":[]}",
		TOOL("good"),
		"{\"name\":\"x\",\"inputSchema\":{},\"execution\":"
		    "{\"taskSupport\":\"required\"}}",
		"{\"name\":\"x\",\"inputSchema\":{\"properties\":{\"a\":"
		    "{\"type\":\"object\",\"x-mcp-header\":\"A\"}}}}",
	};
	struct mcp_tools tools;
	struct buf cursor, text;

	(void)state;
	buf_init(&cursor, MCP_CURSOR_MAX);
	buf_init(&text, 4096);
	for (size_t i = 0; i < COUNT(entries); i++) {
		mcp_tools_init(&tools, "s", true);
		buf_reset(&text);
		buf_addf(&text, "{\"tools\":[%s,%s]}", TOOL("good"),
		    entries[i]);
		assert_int_equal(page(&tools, buf_str(&text), &cursor), OK);
		if (tools.count != 1)
			fail_msg("%s", entries[i]);
		mcp_tools_free(&tools);
	}
	/* Where headers do not matter nobody minds a bad one. */
	mcp_tools_init(&tools, "s", false);
	assert_int_equal(page(&tools, buf_str(&text), &cursor), OK);
	assert_int_equal(tools.count, 2);
	mcp_tools_free(&tools);
	buf_free(&text);
	buf_free(&cursor);
}

static void
test_pages(void **state)
{
	struct mcp_tools tools;
	struct buf cursor;

	(void)state;
	buf_init(&cursor, MCP_CURSOR_MAX);
	mcp_tools_init(&tools, "s", true);
	assert_int_equal(page(&tools, "{\"tools\":[" TOOL("a") "],"
	    "\"nextCursor\":\"\",\"ttlMs\":9}", &cursor), E_AGAIN);
	assert_string_equal(buf_str(&cursor), "\"\"");
	assert_int_equal(page(&tools, "{\"tools\":[" TOOL("b") "],"
	    "\"nextCursor\":\"\\u0041\"}", &cursor), E_AGAIN);
	assert_string_equal(buf_str(&cursor), "\"\\u0041\"");
	assert_int_equal(tools.ttl_ms, 0);
	assert_int_equal(page(&tools, "{\"tools\":[]}", &cursor), OK);
	assert_int_equal(tools.count, 2);
	mcp_tools_free(&tools);
	buf_free(&cursor);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "{}", "its list of tools is none" },
		{ "[]", "its list of tools is none" },
		{ "{\"tools\":{}}", "its list of tools is none" },
		{ "{\"tools\":[7]}", "a tool in its list is no object" },
		{ "{\"tools\":[],\"nextCursor\":7}", "its nextCursor is none" },
		{ "{\"tools\":[],\"nextCursor\":\"again\"}",
		    "its list of tools runs in a circle" },
	};
	struct mcp_tools tools;
	struct buf cursor;

	(void)state;
	buf_init(&cursor, MCP_CURSOR_MAX);
	for (size_t i = 0; i < COUNT(rows); i++) {
		mcp_tools_init(&tools, "s", true);
		assert_int_equal(page(&tools, "{\"tools\":[],\"nextCursor\":"
		    "\"again\"}", &cursor), E_AGAIN);
		assert_int_equal(page(&tools, rows[i].text, &cursor),
		    E_INVALID);
		assert_string_equal(tools.why, rows[i].why);
		mcp_tools_free(&tools);
	}
	buf_free(&cursor);
}

static void
test_limits(void **state)
{
	struct mcp_tools tools;
	struct buf cursor, text;
	int rc = E_AGAIN;

	(void)state;
	buf_init(&cursor, MCP_CURSOR_MAX);
	buf_init(&text, 16 * 1024 * 1024);
	mcp_tools_init(&tools, "s", true);
	for (int i = 0; rc == E_AGAIN && i < 1000; i++) {
		buf_reset(&text);
		buf_addf(&text, "{\"tools\":[],\"nextCursor\":\"%d\"}", i);
		rc = page(&tools, buf_str(&text), &cursor);
	}
	assert_int_equal(rc, E_LIMIT);
	assert_int_equal(tools.pages, MCP_PAGES_MAX - 1);
	mcp_tools_free(&tools);
	buf_reset(&text);
	buf_adds(&text, "{\"tools\":[" TOOL("first"));
	for (int i = 0; i < MCP_TOOLS_MAX; i++)
		buf_addf(&text, "," TOOL("t%d"), i);
	buf_adds(&text, "]}");
	assert_int_equal(page(&tools, buf_str(&text), &cursor), E_LIMIT);
	assert_string_equal(tools.why, "it has too many tools");
	assert_int_equal(tools.count, MCP_TOOLS_MAX);
	mcp_tools_free(&tools);
	/* A schema: one byte more than allowed, and that byte less. */
	for (int extra = 1; extra >= 0; extra--) {
		buf_reset(&text);
		buf_addf(&text, "{\"tools\":[{\"name\":\"t\",\"inputSchema\":"
		    "{%*s}}]}", MCP_SCHEMA_MAX - 2 + extra, "");
		assert_int_equal(page(&tools, buf_str(&text), &cursor), OK);
		assert_int_equal(tools.count, 1 - extra);
	}
	mcp_tools_free(&tools);
	buf_free(&text);
	buf_free(&cursor);
}

static void
test_same(void **state)
{
	static const char *const others[] = {
		"{\"tools\":[]}",
		"{\"tools\":[" TOOL("b") "]}",
		"{\"tools\":[" TOOL("a") "," TOOL("b") "]}",
		"{\"tools\":[{\"name\":\"a\",\"inputSchema\":{ }}]}",
		"{\"tools\":[{\"name\":\"a\",\"inputSchema\":{},"
		    "\"description\":\"d\"}]}",
		"{\"tools\":[{\"name\":\"a\",\"inputSchema\":{},"
		    "\"title\":\"t\"}]}",
		"{\"tools\":[{\"name\":\"a\",\"inputSchema\":{},"
		    "\"outputSchema\":{}}]}",
		"{\"tools\":[{\"name\":\"a\",\"inputSchema\":{},"
		    "\"annotations\":{\"readOnlyHint\":true}}]}",
		"{\"tools\":[{\"name\":\"a\",\"inputSchema\":{},"
		    "\"annotations\":{\"idempotentHint\":true}}]}",
		"{\"tools\":[{\"name\":\"a\",\"inputSchema\":{},"
		    "\"annotations\":{\"destructiveHint\":false}}]}",
	};
	struct mcp_tools tools, other;
	struct buf cursor;

	(void)state;
	buf_init(&cursor, MCP_CURSOR_MAX);
	mcp_tools_init(&tools, "s", true);
	page(&tools, "{\"tools\":[" TOOL("a") "]}", &cursor);
	assert_true(mcp_tools_same(&tools, &tools));
	for (size_t i = 0; i < COUNT(others); i++) {
		mcp_tools_init(&other, "s", true);
		assert_int_equal(page(&other, others[i], &cursor), OK);
		if (mcp_tools_same(&tools, &other))
			fail_msg("%s", others[i]);
		mcp_tools_free(&other);
	}
	mcp_tools_free(&tools);
	buf_free(&cursor);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_left_out),
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_same),
	};

	log_open("test", LOG_ERROR);
	return cmocka_run_group_tests_name("mcp_tools", tests, NULL, NULL);
}
