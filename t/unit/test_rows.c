/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include "lib/buf.h"
#include "lib/err.h"
#include "t/unit/sql_fixture.h"

static void
test_object(void **state)
{
	static const struct {
		const char *query, *objects;
	} rows[] = {
		{ "SELECT 1 AS a", "{\"a\":1}" },
		{ "SELECT NULL AS a, '' AS b", "{\"a\":null,\"b\":\"\"}" },
		{ "SELECT -9223372036854775807 AS a", "{\"a\":"
		    "-9223372036854775807}" },
		{ "SELECT 0.5 AS a, 1e300 AS b", "{\"a\":0.5,"
		    "\"b\":1.0000000000000001e+300}" },
		{ "SELECT 'say \"\xc3\xa4\"' || char(10) AS a",
		    "{\"a\":\"say \\\"\xc3\xa4\\\"\\n\"}" },
		{ "SELECT 86399999 AS seen_at, NULL AS ended_at, 'x' AS x_at",
		    "{\"seen_at\":\"1970-01-01T23:59:59Z\","
		    "\"ended_at\":null,\"x_at\":\"x\"}" },
		{ "SELECT 1000 AS waiting_since, 2000 AS since",
		    "{\"waiting_since\":\"1970-01-01T00:00:01Z\","
		    "\"since\":2000}" },
		{ "SELECT 5 AS at, 6 AS _at, 7 AS at_",
		    "{\"at\":5,\"_at\":\"1970-01-01T00:00:00Z\",\"at_\":7}" },
		{ "SELECT 1 AS a UNION ALL SELECT 2", "{\"a\":1}{\"a\":2}" },
	};
	struct fixture *f = *state;
	struct buf out;

	buf_init(&out, 4096);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct rows r = { .db = f->db };
		sqlite3_stmt *stmt = NULL;

		assert_int_equal(sqlite3_prepare_v2(f->db->sqlite,
		    rows[i].query, -1, &stmt, NULL), SQLITE_OK);
		r.stmt = stmt;
		buf_reset(&out);
		while (rows_next(&r))
			assert_int_equal(rows_object(&r, 0, &out), OK);
		assert_int_equal(rows_end(&r), OK);
		assert_string_equal(buf_str(&out), rows[i].objects);
		sqlite3_finalize(stmt);
	}
	buf_free(&out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_object),
	};

	return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}
