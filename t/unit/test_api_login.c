/* SPDX-License-Identifier: Apache-2.0 */
/* fcgi/login.c, fcgi/me.c: a browser signs in, and who it is then. */
#include "t/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "t/unit/api_fixture.h"

#define ME "/api/v1/me"
#define NEW "{\"query\":\"q\",\"environment\":\"dev\"}"

static void
test_login(void **state)
{
	struct api *a = *state;
	char header[96], body[128], cookie[256];
	const char *value;

	api_token(a, "operator viewer@test", header);
	snprintf(body, sizeof(body), "{\"token\":\"%s\"}", header + 7);
	api_bring(a, "X", "Y");
	assert_int_equal(api_post(a, "/api/v1/login", "{}"), 422);
	assert_int_equal(api_post(a, "/api/v1/login",
	    "{\"token\":\"ght_1_x\"}"), 401);
	api_bring(a, "HTTP_SEC_FETCH_SITE", "cross-site");
	assert_int_equal(api_post(a, "/api/v1/login", body), 403);
	api_bring(a, "HTTPS", "on");
	assert_int_equal(api_post(a, "/api/v1/login", body), 200);
	api_is(a, "$.id", "ann");
	assert_non_null(strstr(a->reply.headers, "; Path=/; Max-Age=43200; "
	    "HttpOnly; SameSite=Strict; Secure\r\n"));
	api_bring(a, "HTTPS", "");
	assert_int_equal(api_post(a, "/api/v1/login", body), 200);
	assert_null(strstr(a->reply.headers, "Secure"));
	value = strstr(a->reply.headers, "gatehouse=");
	assert_non_null(value);
	snprintf(cookie, sizeof(cookie), "%.*s", (int)strcspn(value, ";"),
	    value);

	api_bring(a, "HTTP_COOKIE", cookie);
	assert_int_equal(api_get(a, ME), 200);
	api_is(a, "$.via", "login");
	api_is(a, "$.token_id", "1");
	assert_int_equal(api_post(a, SESSIONS, NEW), 403);
	api_also(a, "HTTP_X_GATEHOUSE_CSRF", "1");
	assert_int_equal(api_post(a, SESSIONS, NEW), 201);
	fixture_is(a->fixture, "SELECT origin ->> 'via' FROM session",
	    "login");
	assert_int_equal(api_post(a, "/api/v1/logout", ""), 204);
	assert_non_null(strstr(a->reply.headers, "gatehouse=; Path=/; "
	    "Max-Age=0;"));
	assert_int_equal(api_get(a, ME), 401);
	/* A token has nothing to sign out of. */
	api_bring(a, "HTTP_AUTHORIZATION", header);
	assert_int_equal(api_post(a, "/api/v1/logout", ""), 204);
	assert_int_equal(api_get(a, ME), 200);
	fixture_is(a->fixture, "SELECT group_concat(ended_at IS NOT NULL)"
	    " FROM login", "0,1");
	fixture_sound(a->fixture);
	a->access.off = true;
	assert_int_equal(api_post(a, "/api/v1/login", body), 409);
}

static void
test_me(void **state)
{
	struct api *a = *state;
	char header[96];

	api_bring(a, "HTTP_AUTHORIZATION", api_token(a,
	    "operator approver@test viewer@test admin@other", header));
	assert_int_equal(api_get(a, ME), 200);
	api_is(a, "$.id", "ann");
	api_is(a, "$.authentication", "on");
	api_is(a, "$.via", "token");
	api_is(a, "$.roles", "[\"operator\"]");
	api_is(a, "$.applications", "{\"test\":[\"approver\",\"viewer\"],"
	    "\"other\":[\"admin\"]}");
	api_is(a, "$.may", "{\"view\":true,\"start\":true,\"stop\":true,"
	    "\"retry\":true,\"annotate\":true,\"decide\":false,"
	    "\"administer\":false}");
	api_is(a, "$.why_not", "{\"decide\":\"only at some applications: "
	    "there you are approver\",\"administer\":\"only at some "
	    "applications: there you are admin\"}");
	api_is(a, "$.expires_at", NULL);
	api_is(a, "$.server.schema", "1");
	api_bring(a, "GATEHOUSE_USER", "eve");
	assert_int_equal(api_get(a, ME), 200);
	api_is(a, "$.via", "nginx");
	api_is(a, "$.roles", "[]");
	api_is(a, "$.token_id", NULL);
	api_is(a, "$.why_not.view", "needs the role viewer");
	api_bring(a, "GATEHOUSE_USER", "system");
	assert_int_equal(api_get(a, ME), 401);
	a->access.off = true;
	assert_int_equal(api_get(a, ME), 200);
	api_is(a, "$.id", NULL);
	api_is(a, "$.authentication", "off");
	api_is(a, "$.may.administer", "1");
}

/* The last use is noted, and a database that is full keeps nobody out. */
static void
test_use(void **state)
{
	struct api *a = *state;
	char header[96];

	api_bring(a, "HTTP_AUTHORIZATION", api_token(a, "viewer", header));
	fixture_sql(a->fixture, "PRAGMA query_only = 1");
	assert_int_equal(api_get(a, ME), 200);
	fixture_sql(a->fixture, "PRAGMA query_only = 0");
	assert_int_equal(fixture_int(a->fixture,
	    "SELECT count(used_at) FROM token"), 0);
	assert_int_equal(api_get(a, ME), 200);
	assert_int_equal(fixture_int(a->fixture,
	    "SELECT count(used_at) FROM token"), 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		API_STRICT_TEST(test_login),
		API_STRICT_TEST(test_me),
		API_STRICT_TEST(test_use),
	};

	return cmocka_run_group_tests_name("api_login", tests, NULL, NULL);
}
