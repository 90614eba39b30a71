/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocations of a request fail, ours and SQLite's, one at a time, and not
 * every one of many: the answer is a 500 or 503, or what it would be; the
 * database is sound, and the next request is answered as if nothing had been.
 */
#include "t/unit/api_fixture.h"

#include <stdio.h>
#include <string.h>

#include "lib/err.h"
#include "lib/log.h"
#include "t/unit/nomem_fixture.h"
#include "t/unit/unit.h"

enum { TRIES = 20000 };

static struct {
	sqlite3_mem_methods real;
	int countdown;		/* fails at 0; below: never */
} memory = { .countdown = -1 };

static bool
fails_now(void)
{
	return memory.countdown >= 0 && memory.countdown-- == 0;
}

static void *
take(int size)
{
	return fails_now() ? NULL : memory.real.xMalloc(size);
}

static void *
resize(void *old, int size)
{
	return fails_now() ? NULL : memory.real.xRealloc(old, size);
}

static void
arm_sqlite(int n)
{
	memory.countdown = n;
}

static bool
disarm_sqlite(void)
{
	bool failed = memory.countdown < 0;

	memory.countdown = -1;
	return failed;
}

#define LOGIN "/api/v1/login"

static char login_body[128];

static const struct {
	const char *method, *path, *body;
	int status;
} requests[] = {
	{ "GET", SESSION, "", 200 },
	{ "GET", SESSION "/full", "", 200 },
	{ "GET", SESSION "/events?since=1&limit=3", "", 200 },
	{ "GET", SESSION "/approvals", "", 200 },
	{ "GET", SESSIONS "?status=awaiting_input&app=test", "", 200 },
	{ "GET", SESSIONS "?status=nonsense", "", 422 },
	{ "GET", SESSIONS "/nobody", "", 404 },
	{ "GET", "/api/v1/nothing", "", 404 },
	{ "GET", "/api/v1/tools", "", 200 },
	{ "GET", "/metrics", "", 200 },
	{ "GET", "/ready", "", 503 },	/* no runner */
	{ "POST", SESSIONS, "{\"query\":5,\"environment\":\"\"}", 422 },
	{ "POST", SESSIONS, "{\"query\":\"q\",\"environment\":\"dev\","
	    "\"submitter\":{\"id\":\"a\"},\"state_overrides\":{\"k\":[1]}}",
	    201 },
	{ "PATCH", SESSION, "{\"extra_fields\":{\"x\":{\"y\":1}}}", 200 },
	{ "POST", SESSION "/resume", "{\"decision\":\"stop\"}", 409 },
	{ "POST", SESSION "/approvals/g1", "{\"decision\":\"approve\","
	    "\"approver\":\"ann\",\"rationale\":\"so\"}", 200 },
	{ "POST", LOGIN, login_body, 200 },
	{ "GET", "/api/v1/me", "", 200 },
	{ "POST", "/api/v1/logout", "", 204 },
	{ "DELETE", SESSION, "", 204 },
};

/* As for the first request; and no session may be left for the cap. */
static void
start_anew(struct api *a)
{
	buf_free(&a->req.query);
	buf_free(&a->req.body);
	buf_free(&a->req.origin);
	buf_free(&a->reply.body);
	fixture_sql(a->fixture, "INSERT INTO move (session_id, from_status,"
	    " to_status, cause, actor, at) SELECT id, 'new', 'stopped',"
	    " 'test', 'test', 99 FROM session WHERE status = 'new';"
	    "DELETE FROM written");
}

/* Where nobody is asked, nobody signs in. */
static int
wanted(const struct api *a, size_t i)
{
	if (a->access.off && strcmp(requests[i].path, LOGIN) == 0)
		return 409;
	return requests[i].status;
}

/*
 * SQLite 3.40 says of JSON that it found no memory to parse that it is none,
 * so a CHECK refuses what is right: a wrong reason, and nothing written.
 */
static bool
is_fair(const struct api *a, int status, int want)
{
	return status == want || status == 500 || status == 503 ||
	    (status == 422 && strstr(buf_str(&a->reply.body),
	    "CHECK constraint failed: json_valid(") != NULL);
}

static void
fail_each(struct api *a, void (*arm)(int), bool (*disarm)(void))
{
	int total = 0;

	for (size_t i = 0; i < COUNT(requests); i++) {
		int n = -1, status, want = wanted(a, i);

		do {
			n += 1 + n / 8;
			start_anew(a);
			arm(n);
			status = api_ask(a, requests[i].method,
			    requests[i].path, requests[i].body);
			if (!is_fair(a, status, want))
				fail_msg("%s %s: %d after %d allocations: %s",
				    requests[i].method, requests[i].path,
				    status, n, buf_str(&a->reply.body));
			total++;
		} while (disarm() && n < TRIES);
		assert_int_equal(status, want);
		fixture_sound(a->fixture);
	}
	assert_true(total > 2 * (int)COUNT(requests));
}

static void
test_ours(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, api_running);
	fixture_sql(a->fixture, api_waiting);
	fail_each(a, nomem_arm, nomem_disarm);
}

static void
test_sqlite(void **state)
{
	struct api *a = *state;

	fixture_sql(a->fixture, api_running);
	fixture_sql(a->fixture, api_waiting);
	fixture_sql(a->fixture, "PRAGMA synchronous = OFF");
	fail_each(a, arm_sqlite, disarm_sqlite);
}

/* Nobody comes in, and nobody is shut out, for lack of memory. */
static void
ask_for_tokens(struct api *a, char header[96])
{
	api_bring(a, "HTTP_AUTHORIZATION", api_token(a,
	    "viewer operator admin@test", header));
	snprintf(login_body, sizeof(login_body), "{\"token\":\"%s\"}",
	    header + strlen("Bearer "));
}

static void
test_strict(void **state, void (*run)(struct api *a))
{
	struct api *a = *state;
	char header[96];

	fixture_sql(a->fixture, api_running);
	fixture_sql(a->fixture, api_waiting);
	fixture_sql(a->fixture, "PRAGMA synchronous = OFF");
	ask_for_tokens(a, header);
	run(a);
}

static void
fail_ours(struct api *a)
{
	fail_each(a, nomem_arm, nomem_disarm);
}

static void
fail_sqlite(struct api *a)
{
	fail_each(a, arm_sqlite, disarm_sqlite);
}

static void
test_strict_ours(void **state)
{
	test_strict(state, fail_ours);
}

static void
test_strict_sqlite(void **state)
{
	test_strict(state, fail_sqlite);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		API_TEST(test_ours),
		API_TEST(test_sqlite),
		API_STRICT_TEST(test_strict_ours),
		API_STRICT_TEST(test_strict_sqlite),
	};
	sqlite3_mem_methods methods;

	log_open("test", LOG_ERROR - 1);
	sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory.real);
	methods = memory.real;
	methods.xMalloc = take;
	methods.xRealloc = resize;
	sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
	return cmocka_run_group_tests_name("nomem_api", tests, NULL, NULL);
}
