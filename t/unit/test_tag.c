/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <string.h>

#include "lib/tag.h"

/* As the authors of SipHash publish them (vectors.h, of 128 bits). */
static void
test_vectors(void **state)
{
	static const struct { size_t len; const char *want; } rows[] = {
		{ 0, "a3817f04ba25a8e66df67214c7550293" },
		{ 1, "da87c1d86b99af44347659119b22fc45" },
		{ 2, "8177228da4a45dc7fca38bdef60affe4" },
		{ 63, "5150d1772f50834a503e069a973fbd7c" },
	};
	unsigned char bytes[64];
	char hex[TAG_HEX_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	for (size_t i = 0; i < COUNT(rows); i++) {
		tag_hex(bytes, rows[i].len, hex);
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
