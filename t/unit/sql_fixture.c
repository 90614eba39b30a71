/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/sql_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/err.h"
#include "sql/verify.h"
#include "t/unit/unit.h"

static const char fixture_app[] =
    "INSERT INTO app (id, name, version, digest, dir, config, session_prefix,"
    " entry_agent, default_status, escalate_tool, escalate_status,"
    " escalate_team, escalation_teams, gate_timeout_ms, gate_on_timeout,"
    " gate_quorum, submitter_may_approve, loaded_at)"
    " VALUES (1, 'test', 1, 'd', '/', '{}', 'T', 'first', 'done', NULL,"
    " 'escalated', 'ops', '[\"ops\",\"net\"]', 1000, 'timeout', 1, 1, 1);"
    "INSERT INTO status (app_id, name, terminal, kind) VALUES"
    " (1, 'done', 1, 'success'), (1, 'escalated', 1, 'escalation');"
    "INSERT INTO agent (app_id, name, kind, description, model, prompt, tools,"
    " routes, config)"
    " VALUES (1, 'first', 'responsive', '', 'm', '', '[]', '[]', '{}');"
    "INSERT INTO tool (app_id, name, server, transport, category, description,"
    " parameters, risk, repeatable, config)"
    " VALUES (1, 's:fix', 's', 'command', '', '', '{}', 'high', 0, '{}');"
    "INSERT INTO model (app_id, name, provider, kind, config)"
    " VALUES (1, 'm', 'p', 'script', '{}')";

/*
 * The life of a session, one letter for each step; @ stands for its number,
 * which is that of its gate, too, $ for its id, # for that of its turn and
 * its call.
 */
static const char *const story[] = {
	['n'] = "INSERT INTO session (id, app_id, query, environment,"
	    " submitter, node, ready_at, created_at, updated_at)"
	    " VALUES ($, 1, 'q', 'dev', '{\"id\":\"sam\"}',"
	    " 'first', 10, 10, 10)",
	['p'] = "UPDATE session SET owner = 'r', epoch = 1, ready_at = 1000"
	    " WHERE id = $;"
	    "INSERT INTO move (session_id, from_status, to_status, cause,"
	    " actor, at)"
	    " VALUES ($, 'new', 'in_progress', 'claimed', 'r', 11)",
	['t'] = "INSERT INTO agent_run (id, session_id, agent, kind, epoch,"
	    " started_at)"
	    " VALUES (#, $, 'first', 'responsive', 1, 12);"
	    "INSERT INTO message (session_id, run_id, role, content,"
	    " input_tokens, output_tokens, at)"
	    " VALUES ($, #, 'assistant', 'so', 3, 2, 13)",
	['c'] = "INSERT INTO tool_call (id, session_id, ordinal, run_id,"
	    " agent, tool, call_key, args, args_sha256, action, gate_reason,"
	    " risk, repeatable, status, epoch, created_at)"
	    " VALUES (#, $, 0, #, 'first', 's:fix', 'c1',"
	    " '{\"n\":1}', '" FIXTURE_DIGEST "', 'approve', 'high_risk',"
	    " 'high', 0, 'planned', 1, 14)",
	['g'] = "INSERT INTO gate (id, session_id, kind, reason, question,"
	    " tool_call_id, args_sha256, opened_at, deadline)"
	    " VALUES (@, $, 'tool', 'high_risk', 'Run it?', #,"
	    " '" FIXTURE_DIGEST "', 20, 1020)",
	['a'] = "INSERT INTO vote (gate_id, verdict, actor, rationale, at)"
	    " VALUES (@, 'approve', 'ana', 'fine', 30)",
	['x'] = "UPDATE session SET owner = 'r', epoch = 2, ready_at = 1000"
	    " WHERE id = $;"
	    "UPDATE tool_call SET status = 'executing', attempt = 1,"
	    " epoch = 2, started_at = 40 WHERE id = #",
	['e'] = "UPDATE tool_call SET status = 'approved',"
	    " result = '{\"ok\":true}', ended_at = 50 WHERE id = #",
	['f'] = "UPDATE agent_run SET ended_at = 60, outcome = 'ok',"
	    " summary = 'fixed', confidence = 0.9, signal = 'success',"
	    " next_node = '__end__' WHERE id = #;"
	    "INSERT INTO move (session_id, from_status, to_status, cause,"
	    " actor, at)"
	    " VALUES ($, 'in_progress', 'done', 'finalized',"
	    " 'runner', 61)",
};

char *
fixture_story_text(char step, int number)
{
	const char *from = story[(unsigned char)step];
	char *text = calloc(1, 8 * strlen(from)), *to = text;

	assert_non_null(text);
	for (; *from != '\0'; from++) {
		if (*from == '@')
			to += sprintf(to, "%d", number);
		else if (*from == '$')
			to += sprintf(to, "'T-20260101-%03d'", number);
		else if (*from == '#')
			to += sprintf(to, "%d", (number - 1) << 20 | 1);
		else
			*to++ = *from;
	}
	return text;
}

static const char *
live(struct fixture *f, const char *steps, int number)
{
	const char *error = "";

	for (; *steps != '\0' && error[0] == '\0'; steps++) {
		char *text = fixture_story_text(*steps, number);

		error = fixture_try(f, text);
		free(text);
	}
	return error;
}

const char *
fixture_try_story(struct fixture *f, const char *steps)
{
	return live(f, steps, 1);
}

void
fixture_story_as(struct fixture *f, const char *steps, int number)
{
	const char *error = live(f, steps, number);

	if (error[0] != '\0')
		fail_msg("%s: %s", steps, error);
}

void
fixture_story(struct fixture *f, const char *steps)
{
	fixture_story_as(f, steps, 1);
}

int
fixture_dir(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	snprintf(f->dir, sizeof(f->dir), "/tmp/gatehouse-unit.XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/test.db", f->dir);
	*state = f;
	return 0;
}

int
fixture_open(void **state)
{
	char why[DB_WHY_MAX];
	struct fixture *f;

	if (fixture_dir(state) != 0)
		return -1;
	f = *state;
	if (db_open(&f->db, f->path, DB_CREATE, why) != OK) {
		fprintf(stderr, "%s\n", why);
		return -1;
	}
	return db_exec(f->db, fixture_app) == SQLITE_OK ? 0 : -1;
}

int
fixture_close(void **state)
{
	struct fixture *f = *state;
	char command[128];
	int status;

	db_close(f->db);
	snprintf(command, sizeof(command), "rm -rf %s", f->dir);
	status = system(command);
	free(f);
	return status;
}

const char *
fixture_try(struct fixture *f, const char *text)
{
	return db_exec(f->db, text) == SQLITE_OK ? "" :
	    sqlite3_errmsg(f->db->sqlite);
}

void
fixture_sql(struct fixture *f, const char *text)
{
	const char *why = fixture_try(f, text);

	if (why[0] != '\0')
		fail_msg("%s: %s", text, why);
}

static sqlite3_stmt *
first_row(struct fixture *f, const char *query)
{
	sqlite3_stmt *stmt = NULL;

	if (sqlite3_prepare_v2(f->db->sqlite, query, -1, &stmt, NULL) !=
	    SQLITE_OK || sqlite3_step(stmt) != SQLITE_ROW)
		fail_msg("%s: %s", query, sqlite3_errmsg(f->db->sqlite));
	return stmt;
}

int64_t
fixture_int(struct fixture *f, const char *query)
{
	sqlite3_stmt *stmt = first_row(f, query);
	int64_t value = sqlite3_column_int64(stmt, 0);

	sqlite3_finalize(stmt);
	return value;
}

void
fixture_uncap(struct fixture *f)
{
	fixture_sql(f, "INSERT INTO app (name, version, digest, dir, config,"
	    " session_prefix, entry_agent, default_status, escalate_status,"
	    " escalation_teams, gate_timeout_ms, gate_on_timeout, gate_quorum,"
	    " submitter_may_approve, loaded_at) SELECT name, 2, digest, dir,"
	    " '{\"runtime\":{\"max_concurrent_sessions\":1000000}}',"
	    " session_prefix, entry_agent, default_status, escalate_status,"
	    " escalation_teams, gate_timeout_ms, gate_on_timeout, gate_quorum,"
	    " submitter_may_approve, loaded_at FROM app");
}

char *
fixture_text(struct fixture *f, const char *query)
{
	sqlite3_stmt *stmt = first_row(f, query);
	const char *text = (const char *)sqlite3_column_text(stmt, 0);
	char *copy = strdup(text != NULL ? text : "(null)");

	sqlite3_finalize(stmt);
	assert_non_null(copy);
	return copy;
}

void
fixture_is(struct fixture *f, const char *query, const char *text)
{
	char *got = fixture_text(f, query);

	if (strcmp(got, text) != 0)
		fail_msg("%s: \"%s\", not \"%s\"", query, got, text);
	free(got);
}

int
fixture_count_up(struct tx *tx, const char *counter)
{
	return tx_run(tx, Q_SESSION_NUMBER, "sl", counter, INT64_C(0));
}

void
fixture_stumble(struct tx *tx)
{
	tx_run(tx, Q_VOTE_INSERT, "llsssssl", INT64_C(999), INT64_C(0),
	    "approve", "ana", NULL, NULL, NULL, INT64_C(1));
}

int
fixture_no_commit(void *arg)
{
	int *count = arg;

	if (count != NULL)
		++*count;
	return 1;
}

int64_t
fixture_counter(struct fixture *f, const char *name)
{
	char query[128];

	snprintf(query, sizeof(query), "SELECT coalesce(max(last), 0) "
	    "FROM session_number WHERE prefix = '%s'", name);
	return fixture_int(f, query);
}

/* Interrupted writing makes SQLite roll the whole transaction back. */
static int
interrupt(void *arg)
{
	(void)arg;
	return 1;
}

void
fixture_break(struct tx *tx)
{
	sqlite3_progress_handler(tx->db->sqlite, 1, interrupt, NULL);
	fixture_count_up(tx, "broken");
	sqlite3_progress_handler(tx->db->sqlite, 0, NULL, NULL);
	assert_int_equal(tx->rc, E_IO);
	assert_true(sqlite3_get_autocommit(tx->db->sqlite));
}

void
fixture_finding(void *arg, const char *invariant, const char *session_id,
    const char *problem)
{
	(void)arg;
	fprintf(stderr, "# %s %s %s\n", invariant, session_id, problem);
}

void
fixture_sound(struct fixture *f)
{
	int count = 0;

	assert_int_equal(verify(f->db, fixture_finding, NULL, &count), OK);
	assert_int_equal(count, 0);
}
