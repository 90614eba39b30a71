/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/rights.h"
#include "lib/err.h"
#include "sql/auth.h"
#include "sql/confine.h"
#include "sql/gate.h"
#include "sql/sql_text.h"
#include "t/unit/sql_fixture.h"

static const struct right none[] = { { .what = 0 } };

static bool
prepares(struct fixture *f, const char *text)
{
	sqlite3_stmt *stmt = NULL;
	int result = sqlite3_prepare_v2(f->db->sqlite, text, -1, &stmt, NULL);

	sqlite3_finalize(stmt);
	return result == SQLITE_OK;
}

/* What is refused would be done if it were not for us. */
static void
refuses(struct fixture *f, const char *text)
{
	if (prepares(f, text))
		fail_msg("%s", text);
	sqlite3_set_authorizer(f->db->sqlite, NULL, NULL);
	if (!prepares(f, text))
		fail_msg("%s: %s", text, sqlite3_errmsg(f->db->sqlite));
	confine(f->db, rights);
}

static bool
starts_with(const char *text, const char *word)
{
	return strncmp(text, word, strlen(word)) == 0;
}

static bool
writes(const char *text)
{
	return starts_with(text, "INSERT") || starts_with(text, "UPDATE") ||
	    starts_with(text, "DELETE") || starts_with(text, "REPLACE");
}

/* Nobody who only reads writes; and every reading statement still works. */
static void
test_reader(void **state)
{
	struct fixture *f = *state;
	int count = 0;

	confine(f->db, none);
	for (int i = 0; i < Q_COUNT; i++) {
		const char *text = query_text[i].text;

		if (prepares(f, text) == writes(text))
			fail_msg("%s", query_text[i].name);
		count += writes(text);
	}
	assert_in_range(count, 30, 300);
}

/* What a process of HTTP has no business with. */
static void
test_handlers(void **state)
{
	static const char *const refused[] = {
		"INSERT INTO token (hash) VALUES ('x')",
		"UPDATE token SET revoked_at = NULL",
		"UPDATE token SET roles = 'admin'",
		"UPDATE token SET used_at = 1, roles = 'admin'",
		"UPDATE login SET token_id = 2",
		"INSERT INTO role_grant (person) VALUES ('x')",
		"UPDATE role_grant SET roles = 'admin'",
		"UPDATE session SET status = 'done'",
		"UPDATE session SET owner = 'x'",
		"UPDATE session SET ready_at = 1, version = 2",
		"UPDATE session SET submitter = '{}'",
		"INSERT INTO tool_call (id) VALUES (1)",
		"UPDATE tool_call SET status = 'approved'",
		"UPDATE gate SET decision = 'approve'",
		"INSERT INTO gate (id) VALUES (1)",
		"INSERT INTO message (id) VALUES (1)",
		"INSERT INTO app (id) VALUES (1)",
		"UPDATE vote SET actor = 'x'",
		"DELETE FROM vote",
		"DELETE FROM event",
		"UPDATE request_key SET body = ''",
		"INSERT INTO sqlite_sequence VALUES ('event', 0)",
		"DROP TRIGGER vote_check",
		"CREATE TABLE x (y)",
		"CREATE TEMP TABLE x (y)",
		"CREATE TRIGGER x AFTER INSERT ON vote BEGIN SELECT 1; END",
		"CREATE VIEW x AS SELECT 1",
		"ALTER TABLE vote ADD COLUMN x",
		"ATTACH '/tmp/other' AS other",
		"DETACH main",
		"PRAGMA foreign_keys = OFF",
		"PRAGMA writable_schema = ON",
		"PRAGMA journal_mode = DELETE",
		"PRAGMA data_version = 1",
		"PRAGMA user_version = 2",
		"REINDEX",
		"ANALYZE",
	};
	static const char *const granted[] = {
		"SELECT * FROM token",
		"PRAGMA data_version",
		"PRAGMA user_version",
		"PRAGMA integrity_check(1)",
		"BEGIN IMMEDIATE",
		"SAVEPOINT x",
		"UPDATE token SET used_at = 1",
		"UPDATE session SET extra_fields = '{}', version = version + 1",
		"INSERT INTO vote (gate_id) VALUES (1)",
	};
	struct fixture *f = *state;

	confine(f->db, rights);
	assert_false(prepares(f, "UPDATE sqlite_master SET sql = ''"));
	assert_false(prepares(f, "SELECT load_extension('x')"));
	assert_string_not_equal(fixture_try(f, "VACUUM"), "");
	for (size_t i = 0; i < COUNT(refused); i++)
		refuses(f, refused[i]);
	for (size_t i = 0; i < COUNT(granted); i++)
		if (!prepares(f, granted[i]))
			fail_msg("%s", granted[i]);
}

/* What handlers do they may do, and triggers follow them. */
static void
test_deeds(void **state)
{
	struct fixture *f = *state;
	const struct session_new new = { .query = "q", .environment = "dev",
	    .submitter = "{}", .extra_fields = "{}", .now_ms = 5 };
	const struct verdict verdict = { .session_id = FIXTURE_SESSION,
	    .gate_id = 1, .verdict = "approve", .actor = "ana", .now_ms = 30 };
	const struct token_new token = { .person = "ana", .roles = "viewer",
	    .by = "r", .now_ms = 5 };
	struct identity who = { .token_id = 1 };
	char text[TOKEN_TEXT_SIZE], why[DB_WHY_MAX];
	struct verdict_result result;
	struct session_ref ref;
	int64_t id;

	fixture_story(f, "nptcg");
	assert_int_equal(auth_token_add(f->db, &token, &id, text, why), OK);
	confine(f->db, rights);
	assert_int_equal(gate_decide(f->db, &verdict, &result), OK);
	snprintf(ref.id, sizeof(ref.id), FIXTURE_SESSION);
	assert_int_equal(session_patch(f->db, "{}", 0, "ana", NULL, 40, &ref),
	    OK);
	assert_int_equal(session_stop(f->db, "ana", NULL, 50, &ref), OK);
	assert_int_equal(session_delete(f->db, 0, "ana", NULL, 60, &ref), OK);
	assert_int_equal(session_create(f->db, &new, &ref), OK);
	assert_int_equal(session_create(f->db, &new, &ref), OK);
	assert_int_equal(auth_login(f->db, &who, "", 9, text, why), OK);
	assert_int_equal(auth_logout(f->db, 1, 10, why), OK);
	assert_int_equal(auth_used(f->db, 1, 99999, why), OK);
	assert_int_equal(auth_token_add(f->db, &token, &id, text, why),
	    E_MISUSE);
	assert_int_equal(auth_token_revoke(f->db, 1, "ana", 6, why), E_MISUSE);
	assert_int_equal(auth_grant(f->db, "ana", "admin", "ana", 6, why),
	    E_MISUSE);
	fixture_sound(f);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_reader),
		FIXTURE_TEST(test_handlers),
		FIXTURE_TEST(test_deeds),
	};

	return cmocka_run_group_tests_name("confine", tests, NULL, NULL);
}
