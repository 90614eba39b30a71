/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <string.h>

#include "lib/tag.h"

/* As b2sum -l 128 says. */
static void
test_vectors(void **state)
{
	static const struct { const char *text, *want; } rows[] = {
		{ "", "cae66941d9efbd404e4d88758ea67670" },
		{ "abc", "cf4ab791c62b8d2b2109c90275287816" },
	};
	char hex[TAG_HEX_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		tag_hex(rows[i].text, strlen(rows[i].text), hex);
		assert_string_equal(hex, rows[i].want);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
	};

	return cmocka_run_group_tests_name("tag", tests, NULL, NULL);
}
