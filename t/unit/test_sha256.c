/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <string.h>

#include "lib/sha256.h"

/* The examples of FIPS 180-2, appendix B. */
static void
test_vectors(void **state)
{
	static const struct { const char *text, *want; } rows[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb924"
		    "27ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223"
		    "b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		    "248d6a61d20638b8e5c026930c3e6039"
		    "a33ce45964ff2167f6ecedd419db06c1" },
	};
	char hex[SHA256_HEX_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		sha256_hex(rows[i].text, strlen(rows[i].text), hex);
		assert_string_equal(hex, rows[i].want);
	}
}

static void
test_nul_counts(void **state)
{
	char one[SHA256_HEX_SIZE], two[SHA256_HEX_SIZE];

	(void)state;
	sha256_hex("a\0b", 3, one);
	sha256_hex("a\0c", 3, two);
	assert_string_not_equal(one, two);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_nul_counts),
	};

	return cmocka_run_group_tests_name("sha256", tests, NULL, NULL);
}
