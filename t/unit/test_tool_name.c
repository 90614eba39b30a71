/* SPDX-License-Identifier: Apache-2.0 */
/* Names of tools, and as models know them. */
#include "runner/tool_name.h"

#include <string.h>

#include "t/unit/unit.h"

#define LONG_64 "abcdefghijklmnopqrstuvwxyz0123456789" \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ_-"

static void
test_safe(void **state)
{
	static const struct { const char *full, *want; } rows[] = {
		{ "remediation:apply_fix", "remediation__apply_fix" },
		{ "get_sum", "get_sum" },
		{ "a-b:c-d", "a-b__c-d" },
		{ LONG_64, LONG_64 },
		/* Changed, cut or ambiguous: with a digest. */
		{ "a.b:c", "a_b__c_" },
		{ "a:b:c", "a__b_c_" },
		{ "a:b__c", "a__b__c_" },
		{ "a__b:c", "a__b__c_" },
		{ "a_:b", "a___b_" },
		{ "a:_b", "a___b_" },
		{ "weird name!", "weird_name__" },
		{ "", "_" },
		{ "s:", "s___" },
		{ ":t", "__t_" },
		{ "s:" LONG_64, "s__abcdefghijklmnopqrstuvwxyz" },
		{ LONG_64 ":t", "abcdefghijklmnopqrstuvwxyz" },
		{ "\xc3\xa9:t", "____t_" },
	};
	char safe[COUNT(rows)][TOOL_NAME_SAFE_SIZE];
	size_t len, digest;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		tool_name_safe(rows[i].full, safe[i]);
		len = strlen(safe[i]);
		digest = i < 4 ? 0 : 16;
		if (len == 0 || len > 64 || strspn(safe[i], "abcdefghijklmno"
			"pqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") !=
		    len || strncmp(safe[i], rows[i].want,
			strlen(rows[i].want)) != 0)
			fail_msg("%s -> %s", rows[i].full, safe[i]);
		assert_true(strlen(rows[i].want) + digest <= len);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(safe[i], safe[j]);
	}
}

static void
test_is(void **state)
{
	(void)state;
	assert_string_equal(tool_name_bare("s:t:u"), "t:u");
	assert_string_equal(tool_name_bare("t"), "t");
	assert_true(tool_name_is("s:t", "s:t"));
	assert_true(tool_name_is("s:t", "t"));
	assert_false(tool_name_is("s:t", "s"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_safe),
		cmocka_unit_test(test_is),
	};

	return cmocka_run_group_tests_name("tool_name", tests, NULL, NULL);
}
