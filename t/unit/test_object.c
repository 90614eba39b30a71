/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/object.h"

#include "t/unit/unit.h"

static sqlite3 *
open_memory(void)
{
	sqlite3 *sqlite;

	assert_int_equal(sqlite3_open(":memory:", &sqlite), SQLITE_OK);
	assert_int_equal(object_register(sqlite), SQLITE_OK);
	return sqlite;
}

static const struct {
	const char *expression;
	const char *text;	/* NULL: an SQL NULL */
} values[] = {
	{ "object()", "{}" },
	{ "object('a', 1)", "{\"a\":1}" },
	{ "object('a', 9223372036854775807, 'b', -9223372036854775807 - 1)",
	    "{\"a\":9223372036854775807,\"b\":-9223372036854775808}" },
	{ "object('a', 0.9, 'b', 1.0, 'c', NULL)",
	    "{\"a\":0.9,\"b\":1.0,\"c\":null}" },
	{ "object('a', 'x\"y\\z' || char(10) || 'é')",
	    "{\"a\":\"x\\\"y\\\\z\\né\"}" },
	{ "object('a\"', '')", "{\"a\\\"\":\"\"}" },
	{ "object('a', '{}')", "{\"a\":\"{}\"}" },
	{ "object('a', spliced('{ \"n\": 9007199254740993 }'))",
	    "{\"a\":{ \"n\": 9007199254740993 }}" },
	{ "object('a', spliced('{}' || char(0) || 'x'))", "{\"a\":{}}" },
	{ "object('a', spliced(NULL))", "{\"a\":null}" },
	{ "object('a', object('b', 'c'))", "{\"a\":{\"b\":\"c\"}}" },
	{ "object('a', json('[ 1 ]'))", "{\"a\":[1]}" },
	{ "extended('{}', 'a', 1, 'b', 'x', 'c', NULL)",
	    "{\"a\":1,\"b\":\"x\",\"c\":null}" },
	{ "extended(' { } ', 'a', 1, 'b', 2, 'c', 3)",
	    " { \"a\":1,\"b\":2,\"c\":3}" },
	{ "extended('{\"k\":[{}]}', 'a', 1, 'b', 2, 'c', spliced('{}'))",
	    "{\"k\":[{}],\"a\":1,\"b\":2,\"c\":{}}" },
	{ "extended('{\"c\":{\"a\":0},\"k\":0,\"a\":null}',"
	    " 'a', 1, 'b', 2, 'c', 3)",
	    "{\"c\":3,\"k\":0,\"a\":1,\"b\":2}" },
	{ "extended('{\"c\":0,\"b\":0,\"a\":0}', 'a', 1, 'b', 2, 'c', 3)",
	    "{\"c\":3,\"b\":2,\"a\":1}" },
	{ "extended('{\"\\u0061\":0}', 'a', 1, 'b', 2, 'c', 3)",
	    "{\"\\u0061\":1,\"b\":2,\"c\":3}" },
	{ "extended('{}' || char(0) || 'x', 'a', 1, 'b', 2, 'c', 3)",
	    "{\"a\":1,\"b\":2,\"c\":3}" },
	{ "object('a', extended('{}', 'b', 1, 'c', 2, 'd', 3))",
	    "{\"a\":{\"b\":1,\"c\":2,\"d\":3}}" },
	{ "json_group_array(object('a', 1))", "[{\"a\":1}]" },
	{ "json_group_array(spliced('{\"a\":1}'))", "[{\"a\":1}]" },
	{ "spliced('[1]')", "[1]" },
	{ "at(1735689661999)", "2025-01-01T00:01:01Z" },
	{ "at(NULL)", NULL },
};

static void
test_values(void **state)
{
	sqlite3 *sqlite = open_memory();
	(void)state;

	for (size_t i = 0; i < COUNT(values); i++) {
		char *text = sqlite3_mprintf("SELECT %s", values[i].expression);
		sqlite3_stmt *stmt;
		const char *got;

		assert_int_equal(sqlite3_prepare_v2(sqlite, text, -1, &stmt,
			NULL), SQLITE_OK);
		assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
		got = (const char *)sqlite3_column_text(stmt, 0);
		if (values[i].text == NULL)
			assert_null(got);
		else
			assert_string_equal(got, values[i].text);
		sqlite3_finalize(stmt);
		sqlite3_free(text);
	}
	sqlite3_close(sqlite);
}

static void
test_no_value(void **state)
{
	sqlite3 *sqlite = open_memory();
	(void)state;

	assert_int_equal(sqlite3_exec(sqlite, "SELECT object('a', x'00')",
		NULL, NULL, NULL), SQLITE_ERROR);
	assert_string_equal(sqlite3_errmsg(sqlite),
	    "object: not a JSON value");
	assert_int_equal(sqlite3_exec(sqlite, "SELECT extended('[]', 'a', 1,"
	    " 'b', 2, 'c', 3)", NULL, NULL, NULL), SQLITE_ERROR);
	assert_int_equal(sqlite3_exec(sqlite, "SELECT extended(NULL, 'a', 1,"
	    " 'b', 2, 'c', 3)", NULL, NULL, NULL), SQLITE_ERROR);
	sqlite3_close(sqlite);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_no_value),
	};

	return cmocka_run_group_tests_name("object", tests, NULL, NULL);
}
