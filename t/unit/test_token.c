/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "lib/token.h"

#define S43 "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO-_"

static void
test_round(void **state)
{
	char text[TOKEN_TEXT_SIZE], hash[TOKEN_HASH_SIZE];
	char other[TOKEN_HASH_SIZE];
	struct token token = { .id = INT64_C(999999999999999999) }, got;
	(void)state;

	token_mint(token.secret);
	assert_int_equal(strlen(token.secret), TOKEN_SECRET_SIZE - 1);
	token_print(TOKEN_BEARER, &token, text);
	assert_true(token_parse(text, strlen(text), TOKEN_BEARER, &got));
	assert_true(got.id == token.id);
	assert_string_equal(got.secret, token.secret);
	token_hash(got.secret, hash);
	token_mint(got.secret);
	assert_string_not_equal(got.secret, token.secret);
	token_hash(token.secret, other);
	assert_true(token_same(hash, other));
	token_hash(got.secret, other);
	assert_false(token_same(hash, other));
	/* each digit counts */
	for (int i = 0; i < TOKEN_HASH_SIZE - 1; i++) {
		memcpy(other, hash, sizeof(hash));
		other[i] ^= 1;
		assert_false(token_same(hash, other));
	}
	assert_false(token_same(hash, ""));
	/* BLAKE2b-256 of the text */
	token_hash(S43, hash);
	assert_string_equal(hash, "a35d0a4124600ee6a3dda9170ee2ff99"
	    "42de165de9cf79aa54066dce362a397d");
}

static void
test_parse(void **state)
{
	static const struct {
		const char *text;
		int64_t id;	/* 0: it is none */
	} rows[] = {
		{ "ght_1_" S43, 1 },
		{ "ght_120_" S43, 120 },
		{ "ght_999999999999999999_" S43, INT64_C(999999999999999999) },
		{ "", 0 },
		{ "ght_", 0 },
		{ "ght_1", 0 },
		{ "ght_1_", 0 },
		{ "ght__" S43, 0 },
		{ "ght_0_" S43, 0 },
		{ "ght_01_" S43, 0 },
		{ "ght_-1_" S43, 0 },
		{ "ght_1000000000000000000_" S43, 0 },
		{ "ght_1_" S43 "x", 0 },
		{ "ght_1_" S43 " ", 0 },
		{ "ght_1-" S43, 0 },
		{ "ghl_1_" S43, 0 },
		{ "GHT_1_" S43, 0 },
		{ "ght_1_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO-", 0 },
		{ "ght_1_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO-=", 0 },
		{ "ght_1_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO-+", 0 },
	};
	struct token token;
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		bool good = token_parse(rows[i].text, strlen(rows[i].text),
		    TOKEN_BEARER, &token);

		if (good != (rows[i].id != 0) ||
		    (good && token.id != rows[i].id))
			fail_msg("%s", rows[i].text);
	}
	/* a NUL inside is no end */
	assert_false(token_parse("ght_1_abcdefghijklmnopqrstuvwxyz\0"
	    "BCDEFGHIJKLMNO-_", 49, TOKEN_BEARER, &token));
}

static void
test_headers(void **state)
{
	static const struct {
		const char *header, *bearer, *cookie;
	} rows[] = {
		{ NULL, NULL, NULL },
		{ "", NULL, NULL },
		{ "Bearer abc", "abc", NULL },
		{ "bEARER   abc", "abc", NULL },
		{ "Bearer", "", NULL },
		{ "Bearer ", "", NULL },
		{ "Bearerabc", NULL, NULL },
		{ "Basic abc", NULL, NULL },
		{ " Bearer abc", NULL, NULL },
		{ "gatehouse=abc", NULL, "abc" },
		{ "a=b; gatehouse=abc; c=d", NULL, "abc" },
		{ "a=b;gatehouse=abc", NULL, "abc" },
		{ "gatehouse=", NULL, "" },
		{ "gatehouse", NULL, NULL },
		{ "xgatehouse=abc", NULL, NULL },
		{ "gatehouse2=abc", NULL, NULL },
		{ "Gatehouse=abc", NULL, NULL },
		{ "a=gatehouse=abc", NULL, NULL },
		{ "gatehouse=a; gatehouse=b", NULL, NULL },
		{ ";;; gatehouse=a ;", NULL, "a " },
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t len = 0, cookie_len = 0;
		const char *bearer = token_bearer(rows[i].header, &len);
		const char *cookie = token_cookie(rows[i].header, &cookie_len);

		if ((bearer == NULL) != (rows[i].bearer == NULL) ||
		    (bearer != NULL && (strcmp(bearer, rows[i].bearer) != 0 ||
			len != strlen(bearer))))
			fail_msg("bearer in %s", rows[i].header);
		if ((cookie == NULL) != (rows[i].cookie == NULL) ||
		    (cookie != NULL && (cookie_len != strlen(rows[i].cookie) ||
			memcmp(cookie, rows[i].cookie, cookie_len) != 0)))
			fail_msg("cookie in %s", rows[i].header);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_headers),
	};

	return cmocka_run_group_tests_name("token", tests, NULL, NULL);
}
