/* SPDX-License-Identifier: Apache-2.0 */
/* fcgi/access.c: every route, each role, and the ways to be refused. */
#include "t/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/route.h"
#include "lib/err.h"
#include "lib/strikes.h"
#include "t/unit/api_fixture.h"

#define ME "/api/v1/me"
#define GATES "/api/v1/approvals"
#define NEW "{\"query\":\"q\",\"environment\":\"dev\"," \
	"\"submitter\":{\"id\":\"sam\",\"team\":\"ops\"}}"
#define DECIDE "{\"decision\":\"approve\",\"approver\":\"bob\"}"

/* The path of a route, with the session that is there. */
static void
fill_in(const char *pattern, char path[128])
{
	snprintf(path, 128, "%s", pattern);
	if (strncmp(pattern, SESSIONS "/{id}", strlen(SESSIONS "/{id}")) == 0)
		snprintf(path, 128, SESSION "%s",
		    pattern + strlen(SESSIONS "/{id}"));
	if (strstr(path, "{call}") != NULL)
		memcpy(strstr(path, "{call}"), "g1", sizeof("g1"));
}

static int
ask(struct api *a, const struct route *route)
{
	char path[128];

	fill_in(route->pattern, path);
	return api_ask(a, route->method, path,
	    strcmp(route->method, "GET") == 0 ? "" : "{}");
}

/* Every route of the table, and every role: who comes in, and who does not. */
static void
test_every_route(void **state)
{
	static const struct { const char *name; unsigned has; } roles[] = {
		{ "viewer", ROLE_VIEWER },
		{ "operator", ROLE_OPERATOR | ROLE_VIEWER },
		{ "approver", ROLE_APPROVER | ROLE_VIEWER },
		{ "admin", ROLES_ALL },
	};
	struct api *a = *state;
	char header[96];

	fixture_sql(a->fixture, api_running);
	fixture_sql(a->fixture, api_waiting);
	for (const struct route *r = routes; r->method != NULL; r++) {
		api_bring(a, "HTTP_AUTHORIZATION", NULL);
		assert_int_equal(ask(a, r) == 401, r->role != ROUTE_OPEN);
		for (size_t i = 0; i < COUNT(roles); i++) {
			bool may = r->role <= 0 ||
			    (roles[i].has & (unsigned)r->role) != 0;
			int status;

			api_bring(a, "HTTP_AUTHORIZATION",
			    api_token(a, roles[i].name, header));
			status = ask(a, r);
			if (status == 401 || (status == 403) == may)
				fail_msg("%s %s as %s: %d", r->method,
				    r->pattern, roles[i].name, status);
		}
	}
}

/* Roles at one application: its session, its list, nothing of others. */
static void
test_scope(void **state)
{
	static const struct {
		const char *roles, *method, *path, *body;
		int status;
	} rows[] = {
		{ "viewer@test", "GET", SESSION, "", 200 },
		{ "viewer@other", "GET", SESSION, "", 403 },
		{ "viewer@other", "GET", SESSIONS "/T-20260101-009", "", 404 },
		{ "viewer@test", "GET", SESSIONS, "", 403 },
		{ "viewer@test", "GET", SESSIONS "?app=test", "", 200 },
		{ "viewer@test", "GET", SESSIONS "?app=other", "", 403 },
		{ "viewer@test", "GET", SESSIONS "?app=test&app=other", "",
		    422 },
		{ "viewer@test", "GET", SESSIONS "/recent", "", 403 },
		{ "viewer@test", "GET", GATES, "", 403 },
		{ "viewer@test", "GET", GATES "?app=test", "", 200 },
		{ "viewer@other", "GET", GATES "?app=test", "", 403 },
		{ "viewer@test", "GET", GATES "/g1", "", 200 },
		{ "viewer@other", "GET", GATES "/g1", "", 403 },
		{ "viewer@other", "GET", GATES "/g9", "", 404 },
		{ "approver@other", "PATCH", GATES "/g1", "{}", 403 },
		{ "viewer@test", "POST", GATES, "{}", 403 },
		{ "viewer@test", "GET", "/api/v1/tools", "", 200 },
		{ "viewer@test", "DELETE", SESSION, "", 403 },
		{ "operator@test", "PATCH", SESSION, "{}", 200 },
		{ "operator@test", "POST", SESSION "/resume", "{}", 403 },
		{ "operator@other", "DELETE", SESSION, "", 403 },
		{ "operator@test", "POST", SESSIONS, NEW, 403 },
		{ "operator@test", "POST", SESSIONS, "{\"app\":\"test\","
		    "\"query\":\"q\",\"environment\":\"dev\"}", 201 },
		{ "operator@other", "POST", SESSIONS, "{\"app\":\"test\","
		    "\"query\":\"q\",\"environment\":\"dev\"}", 403 },
		{ "approver@other", "POST", SESSION "/approvals/g1", DECIDE,
		    403 },
		{ "approver@test", "POST", SESSION "/approvals/g1", DECIDE,
		    200 },
	};
	struct api *a = *state;
	char header[96];

	fixture_sql(a->fixture, api_running);
	fixture_sql(a->fixture, api_waiting);
	for (size_t i = 0; i < COUNT(rows); i++) {
		int status;

		api_bring(a, "HTTP_AUTHORIZATION", api_token(a, rows[i].roles,
		    header));
		status = api_ask(a, rows[i].method, rows[i].path,
		    rows[i].body);
		if (status != rows[i].status)
			fail_msg("%s %s as %s: %d, not %d", rows[i].method,
			    rows[i].path, rows[i].roles, status,
			    rows[i].status);
	}
}

/* Who has a role somewhere is told where it would do. */
static void
test_where(void **state)
{
	static const struct {
		const char *roles, *path, *message;
	} rows[] = {
		{ "viewer@test", SESSIONS, "this needs the role viewer "
		    "everywhere; or name an application, as app" },
		{ "viewer@test", SESSIONS "?app=other",
		    "this needs the role viewer at that application" },
		{ "viewer@test", SESSIONS "/recent",
		    "this needs the role viewer everywhere" },
		{ "viewer@other", SESSION,
		    "this needs the role viewer at its application" },
	};
	struct api *a = *state;
	char header[96];

	fixture_sql(a->fixture, api_running);
	for (size_t i = 0; i < COUNT(rows); i++) {
		api_bring(a, "HTTP_AUTHORIZATION", api_token(a, rows[i].roles,
		    header));
		api_get(a, rows[i].path);
		api_is(a, "$.error.message", rows[i].message);
	}
	assert_int_equal(api_post(a, SESSIONS, NEW), 403);
	api_is(a, "$.error.message", "this needs the role operator");
}

/* A batch leaves alone what is not of the application. */
static void
test_batch(void **state)
{
	static const char body[] = "{\"decisions\":[{\"gate_id\":\"g1\","
	    "\"decision\":\"approve\",\"version\":1}]}";
	struct api *a = *state;
	char header[96];

	fixture_sql(a->fixture, api_running);
	fixture_sql(a->fixture, api_waiting);
	api_bring(a, "HTTP_AUTHORIZATION", api_token(a, "approver@other",
	    header));
	assert_int_equal(api_post(a, GATES, body), 200);
	api_is(a, "$[0].status", "404");
	api_is(a, "$[0].gate_id", "g1");
	assert_int_equal(fixture_int(a->fixture, "SELECT count(*) FROM vote"),
	    0);
	api_bring(a, "HTTP_AUTHORIZATION", api_token(a, "approver@test",
	    header));
	assert_int_equal(api_post(a, GATES, body), 200);
	api_is(a, "$[0].status", "200");
	fixture_is(a->fixture, "SELECT actor || (origin ->> 'token_id')"
	    " FROM vote", "ann2");
}

/* Who acts is who is known; what the body says is a remark. */
static void
test_actor(void **state)
{
	struct api *a = *state;
	char header[96];

	fixture_sql(a->fixture, api_running);
	fixture_sql(a->fixture, api_waiting);
	api_bring(a, "HTTP_AUTHORIZATION", api_token(a, "admin", header));
	assert_int_equal(api_post(a, SESSION "/approvals/g1", DECIDE), 200);
	api_is(a, "$.approver", "ann");
	fixture_is(a->fixture, "SELECT actor || ' ' || said || origin"
	    " FROM vote", "ann bob{\"via\":\"token\",\"token_id\":1,"
	    "\"address\":\"192.0.2.7\"}");
	assert_int_equal(api_ask(a, "PATCH", SESSION, "{\"actor\":\"bob\","
	    "\"extra_fields\":{\"x\":1}}"), 200);
	fixture_is(a->fixture, "SELECT payload ->> 'actor' FROM event"
	    " WHERE kind = 'session.patched'", "ann");
	assert_int_equal(api_ask(a, "DELETE", SESSION, ""), 204);
	fixture_is(a->fixture, "SELECT actor || (origin ->> 'token_id')"
	    " FROM move ORDER BY id DESC", "ann1");
	assert_int_equal(api_ask(a, "PATCH", SESSION, "{\"deleted\":true}"),
	    200);
	fixture_is(a->fixture, "SELECT (payload ->> 'actor') ||"
	    " (payload ->> '$.origin.token_id') FROM event"
	    " WHERE kind = 'session.deleted'", "ann1");
	assert_int_equal(api_post(a, SESSIONS, NEW), 201);
	fixture_is(a->fixture, "SELECT submitter || (origin ->> 'token_id')"
	    " FROM session ORDER BY rowid DESC", "{\"id\":\"ann\","
	    "\"team\":\"ops\",\"said\":\"sam\"}1");
	assert_int_equal(api_post(a, SESSIONS, "{\"query\":\"\","
	    "\"environment\":\"e\"}"), 201);
	fixture_is(a->fixture, "SELECT submitter FROM session"
	    " ORDER BY rowid DESC", "{\"id\":\"ann\",\"team\":\"platform\"}");
	fixture_sound(a->fixture);
}

/* I11 goes by who is known: one person with two tokens is one person. */
static void
test_one_person(void **state)
{
	struct api *a = *state;
	char header[96];

	fixture_sql(a->fixture, api_running);
	fixture_sql(a->fixture, "INSERT INTO tool_call (id, session_id,"
	    " ordinal, run_id, agent, tool, call_key, args, args_sha256,"
	    " action, gate_reason, risk, repeatable, status, epoch,"
	    " created_at) VALUES (1, '" ID "', 0, 1, 'first', 's:fix', 'c1',"
	    " '{\"n\":1}', '" FIXTURE_DIGEST "', 'approve', 'r', 'high', 0,"
	    " 'planned', 1, 14); INSERT INTO gate (id, session_id, kind,"
	    " reason, question, tool_call_id, args_sha256, opened_at, quorum,"
	    " submitter_may_approve) VALUES (1, '" ID "', 'tool', 'r', 'q', 1,"
	    " '" FIXTURE_DIGEST "', 20, 2, 0)");
	api_bring(a, "HTTP_AUTHORIZATION", api_token(a, "approver", header));
	assert_int_equal(api_post(a, SESSION "/approvals/g1", DECIDE), 200);
	api_is(a, "$.open", "1");
	api_bring(a, "HTTP_AUTHORIZATION", api_token(a, "approver", header));
	assert_int_equal(api_post(a, SESSION "/approvals/g1",
	    "{\"decision\":\"approve\",\"approver\":\"carl\"}"), 200);
	api_is(a, "$.open", "1");
	fixture_sql(a->fixture, "INSERT INTO role_grant (person, roles,"
	    " granted_at, granted_by) VALUES ('sam', 'approver', 1, 'r')");
	api_bring(a, "GATEHOUSE_USER", "sam");
	api_also(a, "HTTP_X_GATEHOUSE_CSRF", "1");
	assert_int_equal(api_post(a, SESSION "/approvals/g1", DECIDE), 403);
	api_refused(a, "forbidden", "the submitter may not approve", "{}");
}

/* What a browser adds by itself is no proof of who wrote the request. */
static void
test_forged_by_another_site(void **state)
{
	static const struct {
		const char *who, *csrf, *site;
		int status;
	} rows[] = {
		{ "nginx", NULL, NULL, 403 },
		{ "nginx", "", NULL, 403 },
		{ "nginx", "1", NULL, 201 },
		{ "nginx", "1", "same-origin", 201 },
		{ "nginx", "1", "none", 201 },
		{ "nginx", "1", "cross-site", 403 },
		{ "nginx", "1", "same-site", 403 },
		{ "token", NULL, NULL, 201 },
		{ "token", NULL, "cross-site", 201 },
		{ "off", NULL, NULL, 201 },
		{ "off", NULL, "same-origin", 201 },
		{ "off", NULL, "cross-site", 403 },
	};
	struct api *a = *state;
	char header[96];

	fixture_uncap(a->fixture);
	fixture_sql(a->fixture, "INSERT INTO role_grant (person, roles,"
	    " granted_at, granted_by) VALUES ('sam', 'admin', 1, 'r')");
	api_token(a, "admin", header);
	for (size_t i = 0; i < COUNT(rows); i++) {
		a->access.off = strcmp(rows[i].who, "off") == 0;
		api_bring(a, "X", "Y");
		if (strcmp(rows[i].who, "nginx") == 0)
			api_bring(a, "GATEHOUSE_USER", "sam");
		if (strcmp(rows[i].who, "token") == 0)
			api_bring(a, "HTTP_AUTHORIZATION", header);
		if (rows[i].csrf != NULL)
			api_also(a, "HTTP_X_GATEHOUSE_CSRF", rows[i].csrf);
		if (rows[i].site != NULL)
			api_also(a, "HTTP_SEC_FETCH_SITE", rows[i].site);
		if (api_post(a, SESSIONS, NEW) != rows[i].status)
			fail_msg("row %zu: %s", i, buf_str(&a->reply.body));
		/* Reading needs no such proof. */
		assert_int_equal(api_get(a, SESSIONS), 200);
	}
}

static void
test_content_type(void **state)
{
	static const struct { const char *type, *body; int status; } rows[] = {
		{ "application/json", NEW, 201 },
		{ "Application/JSON; charset=utf-8", NEW, 201 },
		{ "", NEW, 415 },
		{ "text/plain", NEW, 415 },
		{ "application/x-www-form-urlencoded", NEW, 415 },
		{ "application/json5", NEW, 415 },
		{ "multipart/form-data; boundary=x", NEW, 415 },
		{ "", "", 422 },
	};
	struct api *a = *state;

	a->access.off = true;
	for (size_t i = 0; i < COUNT(rows); i++) {
		api_bring(a, "CONTENT_TYPE", rows[i].type);
		assert_int_equal(api_post(a, SESSIONS, rows[i].body),
		    rows[i].status);
	}
	api_refused(a, "unprocessable_entity", "body: expected a value at byte"
	    " 0", "{\"body\":\"expected a value at byte 0\"}");
}

/* Authentication is off only where nobody else comes. */
static void
test_off(void **state)
{
	static const struct { const char *address; int status; } rows[] = {
		{ "127.0.0.1", 200 }, { "127.9.9.9", 200 }, { "::1", 200 },
		{ "unix:", 200 }, { "unix:/run/g.sock", 200 },
		{ "::ffff:127.0.0.1", 200 },
		{ "", 403 }, { "10.0.0.1", 403 }, { "192.0.2.127", 403 },
		{ "::", 403 }, { "::11", 403 }, { "2001:db8::1", 403 },
		{ "0.0.0.0", 403 }, { "::ffff:10.0.0.1", 403 },
	};
	struct api *a = *state;

	a->access.off = true;
	for (size_t i = 0; i < COUNT(rows); i++) {
		api_bring(a, "SERVER_ADDR", rows[i].address);
		if (api_get(a, ME) != rows[i].status ||
		    api_get(a, "/health") != rows[i].status)
			fail_msg("%s: %s", rows[i].address,
			    buf_str(&a->reply.body));
	}
	api_refused(a, "forbidden", "authentication is off: only a loopback "
	    "address or a unix socket is served", "{}");
}

/* The eleventh guess waits, however good; other addresses do not. */
static void
test_guesses(void **state)
{
	struct api *a = *state;
	char header[96];
	struct buf head;

	api_token(a, "viewer", header);
	api_bring(a, "HTTP_AUTHORIZATION", "Bearer nonsense");
	for (int i = 0; i < STRIKES_FREE; i++) {
		assert_int_equal(api_get(a, ME), 401);
		api_refused(a, "unauthorized", "the secret is wrong", "{}");
		assert_non_null(strstr(a->reply.headers,
		    "WWW-Authenticate: Bearer\r\n"));
	}
	assert_int_equal(api_get(a, ME), 429);
	api_refused(a, "rate_limited",
	    "too many wrong secrets came from this address", "{}");
	assert_int_equal(a->reply.retry_s, 1);
	buf_init(&head, 1024);
	reply_head(&a->reply, 429, &head);
	assert_non_null(strstr(head.data, "Retry-After: 1\r\n"));
	buf_free(&head);
	api_bring(a, "HTTP_AUTHORIZATION", header);
	assert_int_equal(api_get(a, ME), 429);
	a->params[3] = "192.0.2.8";
	assert_int_equal(api_get(a, ME), 200);

	/* One that was good once is no guess. */
	api_bring(a, "HTTP_AUTHORIZATION", header);
	a->params[3] = "192.0.2.9";
	fixture_sql(a->fixture, "UPDATE token SET revoked_at = 5,"
	    " revoked_by = 'r'");
	for (int i = 0; i < 2 * STRIKES_FREE; i++)
		assert_int_equal(api_get(a, ME), 401);
	api_refused(a, "unauthorized", "it has expired or was revoked", "{}");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		API_STRICT_TEST(test_every_route),
		API_STRICT_TEST(test_scope),
		API_STRICT_TEST(test_where),
		API_STRICT_TEST(test_batch),
		API_STRICT_TEST(test_actor),
		API_STRICT_TEST(test_one_person),
		API_STRICT_TEST(test_forged_by_another_site),
		API_STRICT_TEST(test_content_type),
		API_STRICT_TEST(test_off),
		API_STRICT_TEST(test_guesses),
	};

	return cmocka_run_group_tests_name("api_access", tests, NULL, NULL);
}
