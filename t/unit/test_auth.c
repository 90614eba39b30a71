/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "sql/auth.h"
#include "t/unit/sql_fixture.h"

/* 121 bytes */
#define LONG_NAME \
	"1234567890123456789012345678901234567890123456789012345678901" \
	"234567890123456789012345678901234567890123456789012345678901"

enum { NOW = 1000 * 1000, DAY = 24 * 3600 * 1000 };

static char why[DB_WHY_MAX];

static int64_t
add(struct fixture *f, const char *person, const char *roles, int64_t until,
    char text[TOKEN_TEXT_SIZE])
{
	const struct token_new new = { .person = person, .roles = roles,
	    .by = "root", .now_ms = NOW, .expires_at = until };
	int64_t id;

	assert_int_equal(auth_token_add(f->db, &new, &id, text, why), OK);
	return id;
}

static int
by_header(struct fixture *f, const char *scheme, const char *text,
    int64_t now_ms, struct identity *who)
{
	char header[128];
	const struct credentials brought = { .authorization = header };

	snprintf(header, sizeof(header), "%s %s", scheme, text);
	return auth_identify(f->db, &brought, now_ms, who);
}

static int
by_token(struct fixture *f, const char *text, int64_t now_ms,
    struct identity *who)
{
	return by_header(f, "Bearer", text, now_ms, who);
}

static int
by_cookie(struct fixture *f, const char *text, int64_t now_ms,
    struct identity *who)
{
	char header[128];
	const struct credentials brought = { .cookie = header };

	snprintf(header, sizeof(header), "x=y; gatehouse=%s", text);
	return auth_identify(f->db, &brought, now_ms, who);
}

static void
test_token(void **state)
{
	struct fixture *f = *state;
	char text[TOKEN_TEXT_SIZE], other[TOKEN_TEXT_SIZE];
	struct identity who;

	add(f, "ann", "approver@test", NOW + DAY, text);
	assert_int_equal(add(f, "bob", "admin", 0, other), 2);
	assert_int_equal(by_token(f, text, NOW, &who), OK);
	assert_int_equal(who.via, VIA_TOKEN);
	assert_string_equal(who.name, "ann");
	assert_int_equal(who.token_id, 1);
	assert_true(who.expires_at == NOW + DAY);
	assert_true(auth_may(&who, ROLE_APPROVER, "test"));
	assert_true(auth_may(&who, ROLE_VIEWER, "test"));
	assert_false(auth_may(&who, ROLE_APPROVER, "other"));
	assert_false(auth_may(&who, ROLE_APPROVER, NULL));
	assert_false(auth_may(&who, ROLE_OPERATOR, "test"));
	assert_int_equal(by_token(f, other, NOW + 900 * (int64_t)DAY, &who),
	    OK);
	assert_true(auth_may(&who, ROLE_OPERATOR, NULL));

	/* over, wrong, unknown */
	assert_int_equal(by_token(f, text, NOW + DAY, &who), E_TIMEOUT);
	other[TOKEN_TEXT_SIZE / 2] ^= 1;
	assert_int_equal(by_token(f, other, NOW, &who), E_DENIED);
	text[4] = '2';
	assert_int_equal(by_token(f, text, NOW, &who), E_DENIED);
	text[4] = '3';
	assert_int_equal(by_token(f, text, NOW, &who), E_DENIED);
	assert_int_equal(by_token(f, "", NOW, &who), E_DENIED);
	/* not ours to judge */
	assert_int_equal(by_header(f, "Basic", "YTpi", NOW, &who), OK);
	assert_int_equal(who.via, VIA_NOBODY);
	assert_false(auth_may(&who, ROLE_VIEWER, NULL));
}

static void
test_revoke(void **state)
{
	struct fixture *f = *state;
	char text[TOKEN_TEXT_SIZE], cookie[TOKEN_TEXT_SIZE];
	struct identity who;
	int64_t id = add(f, "ann", "viewer", 0, text);

	assert_int_equal(by_token(f, text, NOW, &who), OK);
	assert_int_equal(auth_login(f->db, &who, "::1", NOW, cookie, why), OK);
	assert_int_equal(by_cookie(f, cookie, NOW, &who), OK);
	assert_int_equal(auth_token_revoke(f->db, id, "root", NOW + 5, why),
	    OK);
	assert_int_equal(auth_token_revoke(f->db, id, "eve", NOW + 6, why),
	    OK);
	fixture_is(f, "SELECT revoked_by || revoked_at FROM token",
	    "root1000005");
	assert_int_equal(by_token(f, text, NOW, &who), E_TIMEOUT);
	assert_int_equal(by_cookie(f, cookie, NOW, &who), E_TIMEOUT);
	assert_int_equal(auth_login(f->db, &who, "::1", NOW, cookie, why),
	    E_DENIED);
	assert_int_equal(auth_token_revoke(f->db, 9, "root", NOW, why),
	    E_NOTFOUND);
	assert_string_equal(why, "no such token");
	fixture_sound(f);
}

static void
test_login(void **state)
{
	struct fixture *f = *state;
	char text[TOKEN_TEXT_SIZE], cookie[TOKEN_TEXT_SIZE];
	struct identity who;

	add(f, "ann", "viewer", NOW + DAY, text);
	assert_int_equal(by_token(f, text, NOW, &who), OK);
	assert_int_equal(auth_login(f->db, &who, "::1", NOW, cookie, why), OK);
	assert_int_equal(by_cookie(f, cookie, NOW, &who), OK);
	assert_int_equal(who.via, VIA_LOGIN);
	assert_int_equal(who.login_id, 1);
	assert_int_equal(who.token_id, 1);
	assert_string_equal(who.name, "ann");
	/* one is not the other */
	assert_int_equal(by_token(f, cookie, NOW, &who), E_DENIED);
	assert_int_equal(by_cookie(f, text, NOW, &who), E_DENIED);
	/* its own end, and not later than the token's */
	assert_int_equal(by_cookie(f, cookie, NOW + AUTH_LOGIN_MS - 1, &who),
	    OK);
	assert_int_equal(by_cookie(f, cookie, NOW + AUTH_LOGIN_MS, &who),
	    E_TIMEOUT);
	assert_int_equal(auth_login(f->db, &who, "", NOW + DAY - 9, cookie,
	    why), OK);
	assert_int_equal(fixture_int(f, "SELECT max(expires_at) FROM login"),
	    NOW + DAY);
	assert_int_equal(by_cookie(f, cookie, NOW + DAY - 8, &who), OK);
	assert_int_equal(auth_logout(f->db, who.login_id, NOW, why), OK);
	assert_int_equal(auth_logout(f->db, who.login_id, NOW, why), OK);
	assert_int_equal(by_cookie(f, cookie, NOW + DAY - 8, &who), E_TIMEOUT);
	fixture_sound(f);
}

static void
test_nginx(void **state)
{
	static const char *const bad[] = {
		"system", "runner", "a\nb", "a\x7f", "\xff",
		LONG_NAME,
	};
	struct fixture *f = *state;
	struct credentials brought = { .user = "ann" };
	struct identity who;

	assert_int_equal(auth_identify(f->db, &brought, NOW, &who), OK);
	assert_int_equal(who.via, VIA_NGINX);
	assert_string_equal(who.name, "ann");
	assert_false(auth_may(&who, ROLE_VIEWER, NULL));
	assert_int_equal(auth_grant(f->db, "ann", "viewer", "root", 5, why),
	    OK);
	assert_int_equal(auth_grant(f->db, "ann", "operator", "root", 6, why),
	    OK);
	assert_int_equal(auth_identify(f->db, &brought, NOW, &who), OK);
	assert_string_equal(who.roles, "operator");
	/* The password that nginx checked is none of ours; nor a cookie. */
	brought.authorization = "Basic YW5uOng=";
	brought.cookie = "gatehouse=nonsense";
	assert_int_equal(auth_identify(f->db, &brought, NOW, &who), OK);
	assert_int_equal(who.via, VIA_NGINX);
	/* Who sends a token means it. */
	brought.authorization = "Bearer nonsense";
	assert_int_equal(auth_identify(f->db, &brought, NOW, &who), E_DENIED);
	brought.authorization = NULL;
	for (size_t i = 0; i < COUNT(bad); i++) {
		brought.user = bad[i];
		assert_int_equal(auth_identify(f->db, &brought, NOW, &who),
		    E_INVALID);
	}
	assert_int_equal(auth_grant(f->db, "ann", NULL, "root", 7, why), OK);
	assert_int_equal(auth_grant(f->db, "ann", NULL, "root", 8, why),
	    E_NOTFOUND);
	assert_int_equal(auth_grant(f->db, "", "viewer", "root", 8, why),
	    E_INVALID);
	assert_int_equal(auth_grant(f->db, "bob", "boss", "root", 8, why),
	    E_INVALID);
	assert_string_equal(why, "roles: no such role");
	fixture_sound(f);
}

/* A note a minute, and none of what is revoked. */
static void
test_used(void **state)
{
	static const struct { int64_t at, noted; } rows[] = {
		{ NOW, NOW }, { NOW + 59999, NOW },
		{ NOW + 60000, NOW + 60000 }, { NOW + 90000, NOW + 60000 },
		{ NOW, NOW + 60000 },
	};
	struct fixture *f = *state;
	char text[TOKEN_TEXT_SIZE];
	struct identity who;

	add(f, "ann", "viewer", 0, text);
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(by_token(f, text, rows[i].at, &who), OK);
		assert_int_equal(who.used, i == 0 || i == 2);
		assert_int_equal(auth_used(f->db, 1, rows[i].at, why), OK);
		assert_int_equal(fixture_int(f, "SELECT used_at FROM token"),
		    rows[i].noted);
	}
	assert_int_equal(auth_token_revoke(f->db, 1, "root", NOW, why), OK);
	assert_int_equal(auth_used(f->db, 1, NOW + 900000, why), OK);
	assert_int_equal(fixture_int(f, "SELECT used_at FROM token"),
	    NOW + 60000);
}

/* What is stored opens nothing. */
static void
test_secret(void **state)
{
	struct fixture *f = *state;
	char text[TOKEN_TEXT_SIZE], query[256], hash[TOKEN_HASH_SIZE];

	add(f, "ann", "viewer", 0, text);
	/* ght_<id>_<secret>; the secret may have a "_" of its own. */
	token_hash(strchr(strchr(text, '_') + 1, '_') + 1, hash);
	snprintf(query, sizeof(query), "SELECT hash = '%s' FROM token", hash);
	assert_int_equal(fixture_int(f, query), 1);
	snprintf(query, sizeof(query), "SELECT count(*) FROM token WHERE "
	    "instr(hash || person || roles || created_by, '%s')", text + 6);
	assert_int_equal(fixture_int(f, query), 0);
}

static void
test_bad_new(void **state)
{
	static const struct token_new rows[] = {
		{ .person = "", .roles = "viewer" },
		{ .person = "a\nb", .roles = "viewer" },
		{ .person = "system", .roles = "viewer" },
		{ .person = "ann", .roles = "boss" },
		{ .person = "ann", .roles = "viewer", .expires_at = 1 },
	};
	struct fixture *f = *state;
	char text[TOKEN_TEXT_SIZE];
	int64_t id;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct token_new new = rows[i];

		new.by = "root";
		new.now_ms = NOW;
		assert_int_equal(auth_token_add(f->db, &new, &id, text, why),
		    E_INVALID);
	}
	assert_int_equal(fixture_int(f, "SELECT count(*) FROM token"), 0);
}

static void
test_origin(void **state)
{
	struct identity who = { .via = VIA_LOGIN, .token_id = 7 };
	struct buf out;
	(void)state;

	buf_init(&out, AUTH_ORIGIN_MAX);
	assert_int_equal(auth_origin(&who, "10.0.0.1", &out), OK);
	assert_string_equal(out.data, "{\"via\":\"login\",\"token_id\":7,"
	    "\"address\":\"10.0.0.1\"}");
	buf_reset(&out);
	auth_off(&who);
	assert_int_equal(auth_origin(&who, "\"", &out), OK);
	assert_string_equal(out.data,
	    "{\"via\":\"off\",\"address\":\"\\\"\"}");
	buf_free(&out);
	assert_string_equal(auth_via_name(VIA_NOBODY), "nobody");
	assert_true(auth_may(&who, ROLE_ADMIN, NULL));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_token),
		FIXTURE_TEST(test_revoke),
		FIXTURE_TEST(test_login),
		FIXTURE_TEST(test_nginx),
		FIXTURE_TEST(test_used),
		FIXTURE_TEST(test_secret),
		FIXTURE_TEST(test_bad_new),
		cmocka_unit_test(test_origin),
	};

	return cmocka_run_group_tests_name("auth", tests, NULL, NULL);
}
