/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/utf8.h"
#include "sql/tx.h"

/* Cut, where it must be, between characters: it goes into JSON. */
static void
copy_text(char *to, size_t size, const char *text)
{
	size_t len = utf8_cut(text, strlen(text), size - 1);

	memcpy(to, text, len);
	to[len] = '\0';
}

/* Reads the gate's state; false: no such gate (in the session, if given). */
static bool
read_gate(struct tx *tx, int64_t gate_id, const char *session_id,
    struct verdict_result *result)
{
	struct rows rows = tx_query(tx, Q_GATE_STATE, "ls", gate_id,
	    session_id);
	bool found = rows_next(&rows);

	if (found) {
		result->version = rows_int(&rows, 2);
		result->open = rows_null(&rows, 3);
		snprintf(result->decision, sizeof(result->decision), "%s",
		    rows_str(&rows, 3));
		copy_text(result->decided_by, sizeof(result->decided_by),
		    rows_str(&rows, 4));
		result->decided_at = rows_int(&rows, 5);
	}
	rows_end(&rows);
	return found;
}

/*
 * Is the gate another than the actor saw? Then what was done last, unless it
 * never was as they say.
 */
static void
compare(struct tx *tx, int64_t gate_id, int64_t seen,
    struct verdict_result *result)
{
	struct rows rows;

	result->stale = result->open && seen != 0 && seen != result->version;
	if (!result->stale || seen > result->version)
		return;
	rows = tx_query(tx, Q_GATE_LAST_CHANGE, "l", gate_id);
	if (rows_next(&rows)) {
		copy_text(result->change, sizeof(result->change),
		    rows_str(&rows, 0));
		copy_text(result->changed_by, sizeof(result->changed_by),
		    rows_str(&rows, 1));
		result->changed_at = rows_int(&rows, 2);
	}
	rows_end(&rows);
}

/* Has the actor voted? OK, and true, if it was the same; else it sticks. */
static bool
voted_before(struct tx *tx, const struct verdict *verdict,
    struct verdict_result *result)
{
	struct rows rows = tx_query(tx, Q_VOTE_OF, "lssss", verdict->gate_id,
	    verdict->actor, verdict->verdict, verdict->input, verdict->args);
	bool found = rows_next(&rows), same = false;

	if (found) {
		same = rows_int(&rows, 2) != 0;
		snprintf(result->voted, sizeof(result->voted), "%s",
		    rows_str(&rows, 0));
		result->voted_at = rows_int(&rows, 1);
	}
	rows_end(&rows);
	if (found && !same)
		tx_fail(tx, E_CONFLICT, "you have decided \"%s\" here already",
		    result->voted);
	return found;
}

static void
cast(struct tx *tx, const struct verdict *verdict,
    struct verdict_result *result)
{
	memset(result, 0, sizeof(*result));
	if (!read_gate(tx, verdict->gate_id, verdict->session_id, result)) {
		tx_fail(tx, E_NOTFOUND, "gate not found");
		return;
	}
	if (voted_before(tx, verdict, result))
		return;
	compare(tx, verdict->gate_id, verdict->gate_version, result);
	tx_run(tx, Q_VOTE_INSERT, "llssssslsslss", verdict->gate_id,
	    verdict->gate_version, verdict->verdict, verdict->actor,
	    verdict->rationale, verdict->input, verdict->team,
	    verdict->now_ms, verdict->said, verdict->origin,
	    verdict->amount, verdict->roles, verdict->args);
	if (tx->rc == OK)
		read_gate(tx, verdict->gate_id, verdict->session_id, result);
}

/* A verdict, and what comes of it. */
struct decision {
	const struct verdict *verdict;
	struct verdict_result *result;
};

static void
decide(struct tx *tx, void *arg)
{
	const struct decision *decision = arg;

	cast(tx, decision->verdict, decision->result);
}

int
gate_decide(struct db *db, const struct verdict *verdict,
    struct verdict_result *result)
{
	struct decision decision = { verdict, result };
	struct tx tx = TX(db);

	tx_do(&tx, decide, &decision);
	memcpy(result->why, tx.why, sizeof(result->why));
	return tx.rc;
}

int
gate_decide_all(struct db *db, const struct verdict verdicts[],
    struct verdict_result results[], int rc[], int count)
{
	struct tx tx = TX(db);

	while (tx_loop(&tx))
		for (int i = 0; i < count; i++) {
			cast(&tx, &verdicts[i], &results[i]);
			rc[i] = tx.rc;
			memcpy(results[i].why, tx.why, sizeof(tx.why));
			tx_excuse(&tx);
		}
	return tx.rc;
}

int
gate_change_apply(struct db *db, const struct gate_change *change,
    struct verdict_result *result)
{
	struct tx tx = TX(db);

	while (tx_loop(&tx)) {
		memset(result, 0, sizeof(*result));
		if (!read_gate(&tx, change->gate_id, NULL, result))
			tx_fail(&tx, E_NOTFOUND, "gate not found");
		compare(&tx, change->gate_id, change->gate_version, result);
		tx_run(&tx, Q_GATE_CHANGE, "llssislsl", change->gate_id,
		    change->gate_version, change->actor, change->origin,
		    change->assigns, change->assignee, change->deadline,
		    change->rationale, change->now_ms);
	}
	memcpy(result->why, tx.why, sizeof(result->why));
	return tx.rc;
}

/* Runs a query for one integer; returns whether there was a row. */
static bool
ask(struct rows rows, int64_t *value, int *rc)
{
	bool found = rows_next(&rows);

	if (found)
		*value = rows_int(&rows, 0);
	*rc = rows_end(&rows);
	return found;
}

/* As ids are written: one name for each. */
static bool
is_number(const char *text)
{
	return *text != '\0' && strlen(text) <= 18 &&
	    text[strspn(text, "0123456789")] == '\0' &&
	    (text[0] != '0' || text[1] == '\0');
}

int64_t
gate_number(const char *word)
{
	const char *digits = word + (*word == 'g');

	return is_number(digits) ? strtoll(digits, NULL, 10) : 0;
}

static int
find_by_call(struct db *db, const char *session_id, int64_t ordinal,
    int64_t *gate_id, char why[DB_WHY_MAX])
{
	int64_t open = 0;
	int rc;

	ask(db_query(db, Q_GATE_OPEN_COUNT, "s", session_id), &open, &rc);
	if (rc != OK)
		return rc;
	if (open == 1 && ask(db_query(db, Q_GATE_OPEN_OF_CALL, "sl",
		session_id, ordinal), gate_id, &rc))
		return rc;
	if (rc != OK)
		return rc;
	if (!ask(db_query(db, Q_GATE_OF_CALL, "sl", session_id, ordinal),
		gate_id, &rc) && rc == OK) {
		snprintf(why, DB_WHY_MAX, "no gate for tool call %lld",
		    (long long)ordinal);
		return E_NOTFOUND;
	}
	if (rc != OK || open == 0)
		return rc;	/* a decided gate: the vote will say by whom */
	snprintf(why, DB_WHY_MAX, open > 1 ?
	    "several gates are open: name one by its gate_id" :
	    "the open gate is for another tool call");
	return E_CONFLICT;
}

int
gate_find(struct db *db, const char *session_id, const char *name,
    int64_t *gate_id, char why[DB_WHY_MAX])
{
	struct rows rows;
	bool found;
	int rc;

	why[0] = '\0';
	rows = db_query(db, Q_SESSION_STATE, "s", session_id);
	found = rows_next(&rows);
	rc = rows_end(&rows);
	if (rc == OK && !found) {
		snprintf(why, DB_WHY_MAX, "session not found");
		return E_NOTFOUND;
	}
	if (rc != OK)
		return rc;
	if (name[0] == 'g' && is_number(name + 1)) {
		*gate_id = strtoll(name + 1, NULL, 10);
		return OK;
	}
	if (is_number(name))
		return find_by_call(db, session_id, strtoll(name, NULL, 10),
		    gate_id, why);
	snprintf(why, DB_WHY_MAX, "neither a gate_id nor a tool_call_id");
	return E_NOTFOUND;
}

int
gate_find_confidence(struct db *db, const char *session_id, int64_t *gate_id,
    char why[DB_WHY_MAX])
{
	struct rows rows = db_query(db, Q_SESSION_STATE, "s", session_id);
	bool found = rows_next(&rows), waits;
	int rc;

	waits = found && strcmp(rows_str(&rows, 0), "awaiting_input") == 0;
	snprintf(why, DB_WHY_MAX, found ? "not_awaiting_input (status=%s)" :
	    "session not found", found ? rows_str(&rows, 0) : "");
	rc = rows_end(&rows);
	if (rc != OK || !found)
		return rc != OK ? rc : E_NOTFOUND;
	if (!waits)
		return E_CONFLICT;
	if (ask(db_query(db, Q_GATE_OPEN_CONFIDENCE, "s", session_id), gate_id,
		&rc) || rc != OK)
		return rc;
	snprintf(why, DB_WHY_MAX, "the session waits for a decision on a tool "
	    "call, not for input");
	return E_CONFLICT;
}
