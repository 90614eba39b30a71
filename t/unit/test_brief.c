/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/brief.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "t/unit/sql_fixture.h"
#include "t/unit/unit.h"

static const char id[] = "T-20260101-001";

#define HEAD "Session T-20260101-001\nStatus: new\nEnvironment: dev\n\n" \
	"Query:\nq\n"

static void
session(struct fixture *f, const char *findings, const char *inputs)
{
	char *text = sqlite3_mprintf("INSERT INTO session (id, app_id, query,"
	    " environment, submitter, node, ready_at, created_at, updated_at,"
	    " findings, user_inputs) VALUES (%Q, 1, 'q', 'dev', '{}', 'first',"
	    " 10, 10, 10, %Q, %Q)", id, findings, inputs);

	fixture_sql(f, text);
	sqlite3_free(text);
}

static void
tells(struct fixture *f, const char *want)
{
	struct tx tx = TX(f->db);
	struct buf out;

	buf_init(&out, BRIEF_MAX);
	while (tx_loop(&tx)) {
		buf_reset(&out);
		brief_write(&tx, id, &out);
	}
	assert_int_equal(tx.rc, OK);
	assert_string_equal(buf_str(&out), want);
	buf_free(&out);
}

static void
test_new(void **state)
{
	session(*state, "{}", "[]");
	tells(*state, HEAD);
}

/* Digit by digit. */
static void
test_findings(void **state)
{
	session(*state, "{\"triage\":{\"id\":9007199254740993,\"p\":0.10},"
	    "\"b\":{\"at\":[1, 2]}}", "[]");
	tells(*state, HEAD "\nFindings:\n"
	    "- triage: {\"id\":9007199254740993,\"p\":0.10}\n"
	    "- b: {\"at\":[1,2]}\n");
}

static void
test_inputs(void **state)
{
	session(*state, "{}", "[\"look at \\\"disk\\\"\", \"z\", \"a\"]");
	tells(*state, HEAD "\nThe operator adds:\n"
	    "- look at \"disk\"\n- z\n- a\n");
}

/* Those that came to an end, the oldest first. */
static void
test_turns(void **state)
{
	static const struct {
		const char *kind, *end;
	} turns[] = {
		{ "responsive",
		    "outcome = 'ok', confidence = 0.5, summary = 'so'" },
		{ "responsive", "outcome = 'failed', summary = 'x'" },
		{ "dispatch", "outcome = 'ok', summary = 'and so'" },
		{ "responsive", "outcome = 'ok', summary = 'and so on'" },
	};
	struct fixture *f = *state;

	session(f, "{}", "[]");
	fixture_sql(f, "UPDATE session SET epoch = 1, owner = 'r';"
	    "INSERT INTO move (session_id, from_status, to_status, cause,"
	    " actor, at) SELECT id, 'new', 'in_progress', 'c', 'r', 11"
	    " FROM session");
	for (size_t i = 0; i < COUNT(turns); i++) {
		char *text = sqlite3_mprintf("INSERT INTO agent_run"
		    " (session_id, agent, kind, epoch, started_at)"
		    " VALUES (%Q, 'first', %Q, 1, 12);"
		    "UPDATE agent_run SET ended_at = 13, %s"
		    " WHERE ended_at IS NULL", id, turns[i].kind,
		    turns[i].end);

		fixture_sql(f, text);
		sqlite3_free(text);
	}
	tells(f, "Session T-20260101-001\nStatus: in_progress\n"
	    "Environment: dev\n\nQuery:\nq\n\nEarlier turns:\n"
	    "- first (confidence 0.50): so\n- first: and so on\n");
}

/* What does not fit is left out; what comes first is told. */
static void
test_too_long(void **state)
{
	char *inputs = malloc(BRIEF_MAX + 64);

	assert_non_null(inputs);
	memset(inputs, 'x', BRIEF_MAX + 64);
	memcpy(inputs, "[\"short\",\"", 10);
	strcpy(inputs + BRIEF_MAX + 32, "\",\"late\"]");
	session(*state, "{\"a\":{}}", inputs);
	free(inputs);
	tells(*state, HEAD "\nFindings:\n- a: {}\n\nThe operator adds:\n"
	    "- short\n");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_new),
		FIXTURE_TEST(test_findings),
		FIXTURE_TEST(test_inputs),
		FIXTURE_TEST(test_turns),
		FIXTURE_TEST(test_too_long),
	};

	return cmocka_run_group_tests_name("brief", tests, NULL, NULL);
}
