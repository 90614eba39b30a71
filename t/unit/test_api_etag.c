/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that the client has already, and questions about paths. */
#include "t/unit/api_fixture.h"
#include "t/unit/unit.h"

#include <stdio.h>
#include <string.h>

#define GATE "/api/v1/approvals/g1"

/* The tag of the last answer. */
static const char *
tag_of(const struct api *a, char tag[64])
{
	const char *at = strstr(a->reply.headers, "ETag: ");

	assert_non_null(at);
	snprintf(tag, 64, "%.*s", (int)strcspn(at + 6, "\r"), at + 6);
	return tag;
}

static void
test_same(void **state)
{
	static const char *const paths[] = { SESSION, SESSION "/full", GATE };
	struct api *a = *state;
	char tag[64], list[128];

	fixture_sql(a->fixture, api_running);
	fixture_sql(a->fixture, api_waiting);
	for (size_t i = 0; i < COUNT(paths); i++) {
		api_bring(a, "HTTP_IF_NONE_MATCH", NULL);
		assert_int_equal(api_get(a, paths[i]), 200);
		tag_of(a, tag);
		assert_int_equal(strncmp(tag, "W/", 2) == 0, i == 2);
		snprintf(list, sizeof(list), "W/\"a,b\", %s, \"c\"", tag);
		api_bring(a, "HTTP_IF_NONE_MATCH", list);
		assert_int_equal(api_get(a, paths[i]), 304);
		assert_int_equal(a->reply.body.len, 0);
		assert_non_null(strstr(a->reply.headers, tag));
		assert_int_equal(api_ask(a, "HEAD", paths[i], ""), 304);
		api_bring(a, "HTTP_IF_NONE_MATCH", "*");
		assert_int_equal(api_get(a, paths[i]), 304);
	}
	/* Of a weak one, and of a strong one made weak on the way. */
	api_bring(a, "HTTP_IF_NONE_MATCH", strchr(tag, '"'));
	assert_int_equal(api_get(a, GATE), 304);
}

static void
keep_tag(struct api *a, const char *path, char tag[64])
{
	api_bring(a, "HTTP_IF_MATCH", NULL);
	assert_int_equal(api_get(a, path), 200);
	tag_of(a, tag);
}

/* What one sees in a commit that fails refuses nobody. */
static void
test_no_match_in_nothing(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, api_running);
	api_bring(a, "HTTP_IF_MATCH", "\"x\"");
	sqlite3_commit_hook(a->fixture->db->sqlite, fixture_no_commit, NULL);
	assert_int_equal(api_ask(a, "PATCH", SESSION, "{}"), 422);
	api_refused(a, "unprocessable_entity", "constraint failed", "{}");
	sqlite3_commit_hook(a->fixture->db->sqlite, NULL, NULL);
	assert_int_equal(api_ask(a, "PATCH", SESSION, "{}"), 412);
}

/* A session changes as one has seen it, or not at all. */
static void
test_match(void **state)
{
	static const char *const paths[] = { SESSION, SESSION "/full" };
	struct api *a = *state;
	char tag[64], list[80], now[64];

	fixture_sql(a->fixture, api_running);
	fixture_sql(a->fixture, "UPDATE session SET extra_fields = '{}'");
	for (size_t i = 0; i < COUNT(paths); i++) {
		keep_tag(a, paths[i], tag);
		snprintf(list, sizeof(list), "\"x\", W/%s", tag);
		api_bring(a, "HTTP_IF_MATCH", list);
		assert_int_equal(api_ask(a, "PATCH", SESSION,
			"{\"extra_fields\":{\"a\":1}}"), 200);
		tag_of(a, now);
		/* It has changed. */
		assert_int_equal(api_ask(a, "PATCH", SESSION,
			"{\"extra_fields\":{\"a\":2}}"), 412);
		api_refused(a, "precondition_failed",
		    "If-Match: the session is another by now", "{}");
		assert_int_equal(api_ask(a, "DELETE", SESSION, ""), 412);
		fixture_is(a->fixture, "SELECT status || extra_fields"
		    " FROM session", "in_progress{\"a\":1}");
	}
	/* The answer to a change has the next one. */
	api_bring(a, "HTTP_IF_MATCH", now);
	assert_int_equal(api_ask(a, "PATCH", SESSION, "{\"deleted\":true}"),
	    409);
	assert_int_equal(api_ask(a, "DELETE", SESSION, ""), 204);
	assert_int_equal(strcmp(a->reply.headers, ""), 0);
	keep_tag(a, SESSION, tag);
	api_bring(a, "HTTP_IF_MATCH", now);
	assert_int_equal(api_ask(a, "DELETE", "/api/v1/incidents/" ID, ""),
	    412);
	api_bring(a, "HTTP_IF_MATCH", tag);
	assert_int_equal(api_ask(a, "DELETE", "/api/v1/incidents/" ID, ""),
	    200);
}

static void
test_match_any(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, api_running);
	api_bring(a, "HTTP_IF_MATCH", "*");
	assert_int_equal(api_ask(a, "PATCH", SESSION, "{}"), 200);
	api_bring(a, "HTTP_IF_MATCH", "\"x\"");
	assert_int_equal(api_ask(a, "DELETE", SESSION "1", ""), 404);
	assert_int_equal(api_ask(a, "PATCH", SESSION, "{}"), 412);
	/* Elsewhere it is not looked at. */
	assert_int_equal(api_get(a, SESSION), 200);
	assert_int_equal(api_post(a, SESSION "/un-duplicate", ""), 409);
}

static void
test_other(void **state)
{
	static const char *const paths[] = { SESSION, SESSION "/full" };
	struct api *a = *state;
	char tag[COUNT(paths)][64];

	fixture_sql(a->fixture, api_running);
	for (size_t i = 0; i < COUNT(paths); i++) {
		assert_int_equal(api_get(a, paths[i]), 200);
		tag_of(a, tag[i]);
	}
	assert_string_not_equal(tag[0], tag[1]);
	fixture_sql(a->fixture, api_waiting);
	for (size_t i = 0; i < COUNT(paths); i++) {
		api_bring(a, "HTTP_IF_NONE_MATCH", tag[i]);
		assert_int_equal(api_get(a, paths[i]), 200);
		assert_null(strstr(a->reply.headers, tag[i]));
	}
	api_bring(a, "HTTP_IF_NONE_MATCH", "");
	assert_int_equal(api_get(a, SESSION), 200);
	api_bring(a, "HTTP_IF_NONE_MATCH", "*");
	assert_int_equal(api_get(a, SESSIONS "/none"), 404);
	/* A change is answered, whatever the client has. */
	assert_int_equal(api_ask(a, "PATCH", SESSION, "{}"), 200);
}

static void
test_head(void **state)
{
	struct api *a = *state;
	struct buf head;

	buf_init(&head, 1024);
	assert_int_equal(api_ask(a, "HEAD", "/health", ""), 200);
	reply_head(&a->reply, 200, &head);
	assert_non_null(strstr(buf_str(&head), "Content-Length: 15\r\n"));
	buf_reset(&head);
	reply_head(&a->reply, 304, &head);
	assert_string_equal(buf_str(&head), "Status: 304 Not Modified\r\n\r\n");
	buf_free(&head);
	assert_int_equal(api_ask(a, "HEAD", SESSION "/resume", ""), 405);
}

/* Nobody needs to be known for it. */
static void
test_options(void **state)
{
	struct api *a = *state;

	assert_int_equal(api_ask(a, "OPTIONS", SESSION, ""), 204);
	assert_string_equal(a->reply.allow,
	    "GET, HEAD, PATCH, DELETE, OPTIONS");
	assert_int_equal(a->reply.body.len, 0);
	assert_int_equal(api_ask(a, "OPTIONS", "/api/v1/none", ""), 404);
	assert_int_equal(api_ask(a, "HEAD", SESSION, ""), 401);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		API_TEST(test_same),
		API_TEST(test_no_match_in_nothing),
		API_TEST(test_match),
		API_TEST(test_match_any),
		API_TEST(test_other),
		API_TEST(test_head),
		API_STRICT_TEST(test_options),
	};

	return cmocka_run_group_tests_name("api_etag", tests, NULL, NULL);
}
