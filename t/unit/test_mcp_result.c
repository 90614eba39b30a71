/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "runner/mcp_result.h"

#define TEXT(text) "{\"type\":\"text\",\"text\":" text "}"

static void
test_results(void **state)
{
	static const struct {
		const char *result;
		int rc;
		bool is_error;
		const char *json;
	} rows[] = {
		/* As the reference servers answer. */
		{ "{\"content\":[" TEXT("\"Echo: h\303\251\\n\\\"w\\\"\"")
		    "]}", OK, false, "{\"content\":["
		    TEXT("\"Echo: h\303\251\\n\\\"w\\\"\"") "]}" },
		{ "{\"content\":[" TEXT("\"{\\\"t\\\":1}\"") "],"
		    "\"structuredContent\":{\"n\": 9007199254740993}}", OK,
		    false, "{\"n\": 9007199254740993}" },
		{ "{\"resultType\":\"complete\",\"content\":[],"
		    "\"structuredContent\":null}", OK, false, "null" },
		{ "{\"content\":[" TEXT("\" {\\\"n\\\": 1.50}\"") "]}", OK,
		    false, " {\"n\": 1.50}" },
		{ "{\"content\":[" TEXT("\"[1]\"") "]}", OK, false, "[1]" },
		{ "{\"content\":[" TEXT("\"7\"") "]}", OK, false,
		    "{\"content\":[" TEXT("\"7\"") "]}" },
		{ "{\"content\":[" TEXT("\" \\\"{\\\"\"") "]}", OK, false,
		    "{\"content\":[" TEXT("\" \\\"{\\\"\"") "]}" },
		{ "{\"content\":[" TEXT("\"{broken\"") "]}", OK, false,
		    "{\"content\":[" TEXT("\"{broken\"") "]}" },
		{ "{\"content\":[" TEXT("\"\"") "]}", OK, false,
		    "{\"content\":[" TEXT("\"\"") "]}" },
		{ "{\"content\":[" TEXT("\"{}\"") "," TEXT("\"b\"") "]}", OK,
		    false, "{\"content\":[" TEXT("\"{}\"") "," TEXT("\"b\"")
		    "]}" },
		{ "{\"content\":[]}", OK, false, "{\"content\":[]}" },
		{ "{\"content\":[{\"type\":\"image\",\"data\":\"aGVsbG8=\","
		    "\"mimeType\":\"image/png\",\"_meta\":{}}]}", OK, false,
		    "{\"content\":[{\"type\":\"image\",\"mimeType\":"
		    "\"image/png\",\"bytes\":5}]}" },
		{ "{\"content\":[{\"type\":\"audio\",\"data\":\"aGVsbG8h\","
		    "\"mimeType\":\"audio/wav\"}]}", OK, false,
		    "{\"content\":[{\"type\":\"audio\",\"mimeType\":"
		    "\"audio/wav\",\"bytes\":6}]}" },
		{ "{\"content\":[{\"name\":\"R\",\"uri\":\"demo://1\","
		    "\"mimeType\":\"text/plain\",\"type\":\"resource_link\"}]}",
		    OK, false, "{\"content\":[{\"type\":\"resource_link\","
		    "\"uri\":\"demo://1\",\"name\":\"R\",\"mimeType\":"
		    "\"text/plain\"}]}" },
		{ "{\"content\":[{\"type\":\"resource\",\"resource\":{\"uri\":"
		    "\"demo://1\",\"text\":\"T\"}},{\"type\":\"resource\","
		    "\"resource\":{\"uri\":\"demo://2\",\"blob\":\"\"}}]}", OK,
		    false, "{\"content\":[{\"type\":\"resource\",\"uri\":"
		    "\"demo://1\",\"text\":\"T\"},{\"type\":\"resource\","
		    "\"uri\":\"demo://2\",\"bytes\":0}]}" },
		{ "{\"content\":[" TEXT("\"MCP error -32602\"") ","
		    TEXT("\"at a\"") "],\"isError\":true}", OK, true,
		    "{\"error\":\"MCP error -32602\\nat a\"}" },
		{ "{\"content\":[],\"isError\":true,\"structuredContent\":"
		    "{\"why\":1}}", OK, true,
		    "{\"error\":\"{\\\"why\\\":1}\"}" },
		{ "{\"isError\":true}", OK, true, "{\"error\":"
		    "\"the tool failed and does not say why\"}" },
		{ .result = "{}", .rc = E_INVALID },
		{ .result = "[]", .rc = E_INVALID },
		{ .result = "{\"content\":{}}", .rc = E_INVALID },
		{ .result = "{\"content\":[7]}", .rc = E_INVALID },
		{ .result = "{\"content\":[{\"text\":\"x\"}]}",
		    .rc = E_INVALID },
	};
	bool is_error;
	struct buf json;
	struct mcp_text result;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		buf_init(&json, 4096);
		result = (struct mcp_text){ rows[i].result,
		    strlen(rows[i].result) };
		if (mcp_result_json(result, &is_error, &json) != rows[i].rc)
			fail_msg("rc: %s", rows[i].result);
		if (rows[i].rc == OK && (is_error != rows[i].is_error ||
			strcmp(buf_str(&json), rows[i].json) != 0))
			fail_msg("%s: %s", rows[i].result, buf_str(&json));
		if (rows[i].rc == OK)
			assert_int_equal(json_check(json.data, json.len, NULL),
			    OK);
		buf_free(&json);
	}
}

/* Whatever the room is, it is whole or said to be too big. */
static void
test_room(void **state)
{
	static const char *const results[] = {
		"{\"content\":[" TEXT("\"one\"") "," TEXT("\"two\"") "]}",
		"{\"content\":[" TEXT("\"{\\\"a\\\":1}\"") "]}",
		"{\"structuredContent\":{\"a\":[1,2,3]}}",
		"{\"isError\":true,\"content\":[" TEXT("\"one\"") "]}",
	};
	bool is_error;
	struct buf json;
	int rc;

	(void)state;
	for (size_t i = 0; i < COUNT(results); i++)
		for (size_t max = 1; max < 100; max++) {
			buf_init(&json, max);
			rc = mcp_result_json((struct mcp_text){ results[i],
			    strlen(results[i]) }, &is_error, &json);
			if (rc != OK)
				assert_int_equal(rc, E_TOOBIG);
			else
				assert_int_equal(json_check(json.data,
				    json.len, NULL), OK);
			buf_free(&json);
		}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests_name("mcp_result", tests, NULL, NULL);
}
