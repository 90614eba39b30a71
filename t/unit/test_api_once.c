/* SPDX-License-Identifier: Apache-2.0 */
/* fcgi/once.c: a POST that is sent again is done once. */
#include "t/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/flight.h"
#include "fcgi/once.h"
#include "t/unit/api_fixture.h"

#define KEY "HTTP_IDEMPOTENCY_KEY"
#define NEW "{\"query\":\"q\",\"environment\":\"dev\"}"
#define OTHER "{\"query\":\"r\",\"environment\":\"dev\"}"
#define VERDICT SESSION "/approvals/0"
#define APPROVE "{\"decision\":\"approve\",\"approver\":\"ann\"}"
#define COUNT_OF(table) "SELECT count(*) FROM " table

static int
count(struct api *a, const char *sql)
{
	return (int)fixture_int(a->fixture, sql);
}

static void
test_again(void **state)
{
	struct api *a = *state;
	char first[256];

	api_bring(a, KEY, "k 1");
	assert_int_equal(api_post(a, SESSIONS, NEW), 201);
	snprintf(first, sizeof(first), "%s", buf_str(&a->reply.body));
	assert_int_equal(api_post(a, SESSIONS, NEW), 201);
	api_answers(a, first);
	assert_int_equal(count(a, COUNT_OF("session")), 1);
	assert_int_equal(api_post(a, SESSIONS, OTHER), 422);
	api_refused(a, "unprocessable_entity",
	    "Idempotency-Key: was used for another request",
	    "{\"Idempotency-Key\":\"was used for another request\"}");
	assert_int_equal(api_post(a, SESSIONS "?x=1", NEW), 422);
	assert_int_equal(api_post(a, "/api/v1/approvals", NEW), 422);
	api_bring(a, KEY, "k 2");
	assert_int_equal(api_post(a, SESSIONS, NEW), 201);
	api_bring(a, KEY, NULL);
	assert_int_equal(api_post(a, SESSIONS, NEW), 201);
	assert_int_equal(count(a, COUNT_OF("session")), 3);
	assert_int_equal(count(a, COUNT_OF("request_key")), 2);
}

static void
test_keys(void **state)
{
	struct api *a = *state;
	char key[ONCE_KEY_MAX + 2];

	memset(key, '~', sizeof(key));
	key[ONCE_KEY_MAX + 1] = '\0';
	api_bring(a, KEY, key);
	assert_int_equal(api_post(a, SESSIONS, NEW), 422);
	key[ONCE_KEY_MAX] = '\0';
	assert_int_equal(api_post(a, SESSIONS, NEW), 201);
	api_bring(a, KEY, "");
	assert_int_equal(api_post(a, SESSIONS, NEW), 422);
	api_bring(a, KEY, "a\tb");
	assert_int_equal(api_post(a, SESSIONS, NEW), 422);
	api_bring(a, KEY, "\xc3\xa9");
	assert_int_equal(api_post(a, SESSIONS, NEW), 422);
	assert_int_equal(api_get(a, SESSIONS), 200);
	assert_int_equal(count(a, COUNT_OF("session")), 1);
}

static void
test_refusals_keep_no_key(void **state)
{
	struct api *a = *state;

	api_bring(a, KEY, "k");
	assert_int_equal(api_post(a, SESSIONS, "{}"), 422);
	assert_int_equal(api_post(a, VERDICT, APPROVE), 404);
	assert_int_equal(count(a, COUNT_OF("request_key")), 0);
	assert_int_equal(api_post(a, SESSIONS, NEW), 201);
	assert_int_equal(count(a, COUNT_OF("request_key")), 1);
}

/* Nothing is done while another with the key is at work for long. */
static void
test_in_flight(void **state)
{
	struct api *a = *state;
	struct flight first = { .person = "", .key = "k" };
	struct buf head;

	buf_init(&head, 1024);
	assert_int_equal(flights_enter(a->access.flights, &first), 0);
	api_bring(a, KEY, "k");
	assert_int_equal(api_post(a, SESSIONS, NEW), 409);
	api_refused(a, "conflict",
	    "Idempotency-Key: the first request with it is still at work",
	    "{\"Idempotency-Key\":\"the first request with it is still at "
	    "work\"}");
	reply_head(&a->reply, 409, &head);
	assert_non_null(strstr(buf_str(&head), "\r\nRetry-After: 1\r\n"));
	buf_free(&head);
	assert_int_equal(count(a, COUNT_OF("session")), 0);
	flights_leave(a->access.flights, &first);
	assert_int_equal(api_post(a, SESSIONS, NEW), 201);
	assert_int_equal(api_post(a, SESSIONS, NEW), 201);
	assert_int_equal(count(a, COUNT_OF("session")), 1);
}

/* What the handler did goes if its answer cannot be kept. */
static void
test_all_or_nothing(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, "CREATE TRIGGER t BEFORE INSERT ON request_key"
	    " BEGIN SELECT RAISE(ABORT, 'conflict: not now'); END");
	api_bring(a, KEY, "k");
	assert_int_equal(api_post(a, SESSIONS, NEW), 409);
	assert_int_equal(count(a, COUNT_OF("session")), 0);
	fixture_sql(a->fixture, "DROP TRIGGER t");
	assert_int_equal(api_post(a, SESSIONS, NEW), 201);
}

/* What one sees in a commit that fails refuses nobody. */
static void
test_refused_by_nothing(void **state)
{
	struct api *a = *state;

	api_bring(a, KEY, "k");
	sqlite3_commit_hook(a->fixture->db->sqlite, fixture_no_commit, NULL);
	assert_int_equal(api_post(a, VERDICT, APPROVE), 422);
	api_refused(a, "unprocessable_entity", "constraint failed", "{}");
	sqlite3_commit_hook(a->fixture->db->sqlite, NULL, NULL);
	assert_int_equal(api_post(a, VERDICT, APPROVE), 404);
}

/* The answer to a verdict reads what the verdict wrote. */
static void
test_verdict(void **state)
{
	struct api *a = *state;
	char first[8192];

	fixture_sql(a->fixture, api_running);
	fixture_sql(a->fixture, api_waiting);
	api_bring(a, KEY, "k");
	assert_int_equal(api_post(a, VERDICT, APPROVE), 200);
	api_is(a, "$.version", "2");
	api_is(a, "$.status", "in_progress");
	snprintf(first, sizeof(first), "%s", buf_str(&a->reply.body));
	assert_int_equal(api_post(a, VERDICT, APPROVE), 200);
	api_answers(a, first);
	assert_int_equal(count(a, COUNT_OF("vote")), 1);
}

static void
test_stream(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, api_running);
	fixture_sql(a->fixture, api_unsure);
	a->accept = "text/event-stream";
	api_bring(a, KEY, "k");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(api_post(a, SESSION "/resume",
		    "{\"decision\":\"resume_with_input\","
		    "\"user_input\":\"go\"}"), 200);
		assert_string_equal(a->reply.type,
		    "text/event-stream; charset=utf-8");
		assert_non_null(strstr(buf_str(&a->reply.body),
		    "resume_completed"));
	}
	assert_int_equal(count(a, COUNT_OF("vote")), 1);
}

/* A day later the key is free, and eight that are over go with each new. */
static void
test_the_end(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL"
	    " SELECT i + 1 FROM n WHERE i < 20) INSERT INTO request_key"
	    " (person, key, digest, status, headers, body, at)"
	    " SELECT '', 'k' || i, printf('%064d', 1), 201, '', '{}', i"
	    " FROM n");
	api_bring(a, KEY, "k20");
	assert_int_equal(api_post(a, SESSIONS, NEW), 201);
	assert_int_equal(count(a, COUNT_OF("request_key")), 13);
	assert_int_equal(api_post(a, SESSIONS, NEW), 201);
	assert_int_equal(count(a, COUNT_OF("request_key")), 13);
	assert_int_equal(count(a, COUNT_OF("session")), 1);
}

static void
test_other_person(void **state)
{
	struct api *a = *state;
	const struct token_new new = { .person = "bob", .roles = "operator",
	    .by = "root", .now_ms = 1 };
	char header[96], text[TOKEN_TEXT_SIZE], why[DB_WHY_MAX], other[96];
	int64_t id;

	assert_int_equal(auth_token_add(a->fixture->db, &new, &id, text, why),
	    0);
	snprintf(other, sizeof(other), "Bearer %s", text);
	api_bring(a, "HTTP_AUTHORIZATION", api_token(a, "operator", header));
	api_also(a, KEY, "k");
	assert_int_equal(api_post(a, SESSIONS, NEW), 201);
	assert_int_equal(api_post(a, SESSIONS, NEW), 201);
	api_bring(a, "HTTP_AUTHORIZATION", other);
	api_also(a, KEY, "k");
	assert_int_equal(api_post(a, SESSIONS, OTHER), 201);
	assert_int_equal(count(a, COUNT_OF("session")), 2);
	/* It keeps nobody in who may not. */
	fixture_sql(a->fixture, "UPDATE token SET revoked_at = 9,"
	    " revoked_by = 'root'");
	assert_int_equal(api_post(a, SESSIONS, OTHER), 401);
}

/* What another origin is told is not kept. */
static void
test_origins(void **state)
{
	struct api *a = *state;

	api_bring(a, KEY, "k");
	api_also(a, "HTTP_ORIGIN", "https://a.example");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(api_post(a, SESSIONS, NEW), 201);
		assert_string_equal(a->reply.headers, "Vary: Origin\r\n");
	}
	fixture_is(a->fixture, "SELECT headers FROM request_key", "");
	api_bring(a, KEY, "k");
	assert_int_equal(api_post(a, SESSIONS, NEW), 201);
	assert_string_equal(a->reply.headers, "");
}

/* A secret is never stored. */
static void
test_login(void **state)
{
	struct api *a = *state;
	char header[96], body[128];

	snprintf(body, sizeof(body), "{\"token\":\"%s\"}",
	    api_token(a, "viewer", header) + 7);
	api_bring(a, KEY, "k");
	assert_int_equal(api_post(a, "/api/v1/login", body), 200);
	assert_int_equal(count(a, COUNT_OF("request_key")), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		API_TEST(test_again),
		API_TEST(test_keys),
		API_TEST(test_refusals_keep_no_key),
		API_TEST(test_in_flight),
		API_TEST(test_all_or_nothing),
		API_TEST(test_refused_by_nothing),
		API_TEST(test_verdict),
		API_TEST(test_stream),
		API_TEST(test_the_end),
		API_TEST(test_origins),
		API_STRICT_TEST(test_other_person),
		API_STRICT_TEST(test_login),
	};

	return cmocka_run_group_tests_name("api_once", tests, NULL, NULL);
}
