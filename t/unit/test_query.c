/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/query.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "t/unit/unit.h"

static int
decode(struct buf *query, const char *text)
{
	buf_init(query, QUERY_SPACE(strlen(text)));
	return query_decode(query, text);
}

static void
test_pairs(void **state)
{
	static const struct {
		const char *query, *name, *value;
	} rows[] = {
		{ "", "a", NULL },
		{ "a=1", "a", "1" },
		{ "a=1", "A", NULL },
		{ "a=1&b=2", "b", "2" },
		{ "a", "a", "" },
		{ "a&b=2", "a", "" },
		{ "a&b=2", "b", "2" },
		{ "a=", "a", "" },
		{ "a=b=c", "a", "b=c" },
		{ "a=x+y%20z", "a", "x y z" },
		{ "%61=%c3%A4", "a", "\xc3\xa4" },
		{ "a=%26%3D", "a", "&=" },
		{ "&&a=1&&", "a", "1" },
		{ "a=1;b=2", "a", "1;b=2" },
		{ "a=b", "b", NULL },
	};
	const char *value;
	struct buf query;
	bool twice;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(decode(&query, rows[i].query), OK);
		value = query_find(&query, rows[i].name, &twice);
		if (twice || (value == NULL) != (rows[i].value == NULL) ||
		    (value != NULL && strcmp(value, rows[i].value) != 0))
			fail_msg("%s of \"%s\" is %s", rows[i].name,
			    rows[i].query, value != NULL ? value : "none");
		buf_free(&query);
	}
}

static void
test_twice(void **state)
{
	struct buf query;
	bool twice;

	(void)state;
	assert_int_equal(decode(&query, "a=1&b=2&a=3&a=4"), OK);
	assert_string_equal(query_find(&query, "a", &twice), "1");
	assert_true(twice);
	query_find(&query, "b", &twice);
	assert_false(twice);
	buf_free(&query);
}

static void
test_undecodable(void **state)
{
	static const char *const rows[] = {
		"a=%", "a=%4", "a=%4g", "a=%zz", "%", "a=%00", "a=%ff",
		"a=%c3", "%ed%a0%80=1",
	};
	struct buf query;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (decode(&query, rows[i]) != E_INVALID)
			fail_msg("\"%s\" was taken", rows[i]);
		buf_free(&query);
	}
}

/* Nothing takes more room than it may, and with less there is an error. */
static void
test_space(void **state)
{
	struct buf query;

	(void)state;
	assert_int_equal(decode(&query, "&&&&&&&&"), OK);
	buf_free(&query);
	buf_init(&query, 4);
	assert_int_equal(query_decode(&query, "&&&&&&&&"), E_TOOBIG);
	buf_free(&query);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_undecodable),
		cmocka_unit_test(test_space),
	};

	return cmocka_run_group_tests_name("query", tests, NULL, NULL);
}
