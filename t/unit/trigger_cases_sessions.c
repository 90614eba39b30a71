/* SPDX-License-Identifier: Apache-2.0 */
/* sql/triggers/sessions.sql */
#include "t/unit/trigger_cases.h"

#include <stddef.h>

#define BORN "invalid: a session starts as new"
#define BEGAN "conflict: how a session began never changes"
#define BY_MOVE "conflict: a status changes only through a move"
#define NO_DELETE "conflict: only a finished session can be deleted"
#define NO_RETRY "conflict: it is not retried"
#define POLICY(members) \
	"DROP TRIGGER app_fixed; UPDATE app SET config = json_object(" \
	"'orchestrator', json_object('retry_policy', json_object(" members ")))"
#define REASON "SELECT reason FROM session_retry"
#define SURE(confidence) RUN("outcome = 'ok', ended_at = 60, confidence = " \
	confidence)
#define BROKEN RUN("outcome = 'failed', ended_at = 60, summary = 'w'," \
	" tries = 3")
#define NO_MOVE "conflict: no such status move"
#define BIRTH(columns, values) \
	"INSERT INTO session (id, app_id, query, environment, submitter," \
	" node, created_at, updated_at" columns ")" \
	" VALUES ('T-20260101-009', 1, 'q', 'dev', '{}', 'first', 1, 1" \
	values ")"
#define KINDS(where) \
	"SELECT group_concat(kind, ' ') FROM (SELECT kind FROM event" \
	" WHERE " where " ORDER BY seq)"

#define TWIN SET("dedup_rationale = 'same'") ";" MOVE("new", "duplicate")
#define RETRACTED "conflict: a retraction is kept"
#define RETRACT(original) \
	"INSERT INTO retraction (session_id, original_id, actor, at)" \
	" VALUES (" ID ", " original ", 'ana', 70)"

#define COUNTS \
	"SELECT group_concat(status || ' ' || sessions) FROM session_count" \
	" WHERE sessions > 0"

const struct trigger_case session_cases[] = {
	/* session_check */
	FORBID("", NULL, BIRTH(", status, ready_at", ", 'in_progress', 1"),
	    BORN),
	FORBID("", NULL, BIRTH(", status", ", 'done'"), BORN),
	FORBID("", NULL, BIRTH(", ready_at, move_id", ", 1, 1"), BORN),
	FORBID("", NULL, BIRTH(", ready_at, epoch", ", 1, 1"), BORN),
	FORBID("", NULL, BIRTH(", ready_at, version", ", 1, 2"), BORN),
	FORBID("", NULL, BIRTH(", ready_at, owner", ", 1, 'r'"), BORN),
	FORBID("", NULL, BIRTH(", ready_at, deleted_at", ", 1, 1"), BORN),
	FORBID("", NULL, "INSERT INTO session (id, app_id, query, environment,"
	    " submitter, node, ready_at, created_at, updated_at) VALUES"
	    " ('T-20260101-009', 7, 'q', 'dev', '{}', 'first', 1, 1, 1)",
	    "unknown: no such application"),
	/* I12: the constraint */
	FORBID("", NULL, BIRTH("", ""), "CHECK constraint failed"),
	FORBID("np", NULL, SET("ready_at = NULL"), "CHECK constraint failed"),
	FORBID("nptcg", NULL, SET("ready_at = 5"), "CHECK constraint failed"),
	FORBID("", NULL, "INSERT INTO session (id, app_id, query, environment,"
	    " submitter, node, ready_at, created_at, updated_at) VALUES"
	    " ('T-20260101-001/x', 1, 'q', 'dev', '{}', 'first', 1, 1, 1)",
	    "CHECK constraint failed"),

	/* session_created */
	GIVES("n", NULL, "SELECT 1", "SELECT kind || payload || ts"
	    " FROM event WHERE session_id = " ID, "session.created"
	    "{\"id\":\"T-20260101-001\",\"status\":\"new\",\"label\":\"q\","
	    "\"created_at\":\"1970-01-01T00:00:00Z\","
	    "\"updated_at\":\"1970-01-01T00:00:00Z\","
	    "\"actor\":\"sam\",\"origin\":null}10"),

	GIVES("n", NULL, SESSION(2), COUNTS, "new 2"),

	/* session_named, session_app_fixed */
	FORBID("", NULL, BIRTH(", ready_at, app", ", 1, 'other'"),
	    "unknown: no such application"),
	GIVES("n", NULL, "SELECT 1", "SELECT app FROM session", "test"),
	FORBID("n", NULL, SET("app = 'other'"), BEGAN),
	FORBID("n", NULL, SET("app = NULL"), BEGAN),

	/* session_waits, session_worker, and what sets them */
	GIVES("nptcg", NULL, "SELECT 1",
	    "SELECT waiting_since || agent FROM session", "20first"),
	GIVES("nptcga", NULL, "SELECT 1",
	    "SELECT waiting_since IS NULL FROM session", "1"),
	FORBID("nptcg", NULL, SET("waiting_since = 5"),
	    "conflict: a session waits since its move"),
	FORBID("nptcg", NULL, SET("agent = 'second'"),
	    "conflict: the agent has no turn"),

	/* session_status */
	FORBID("n", NULL, SET("status = 'in_progress'"), BY_MOVE),
	FORBID("np", NULL, SET("status = 'done', ready_at = NULL"), BY_MOVE),
	FORBID("nptcg", NULL, SET("status = 'in_progress', ready_at = 1"),
	    BY_MOVE),
	FORBID("np", NULL, SET("move_id = 0"), BY_MOVE),
	FORBID("np", NULL, SET("move_id = 2"), BY_MOVE),
	FORBID("np", NULL, "UPDATE OR IGNORE session SET status = 'new'",
	    BY_MOVE),
	{ "np", NULL, "UPDATE OR FAIL session SET status = 'new'", BY_MOVE,
	    "SELECT status FROM session", "in_progress" },
	FORBID("np", NULL, "UPDATE OR ROLLBACK session SET status = 'new'",
	    BY_MOVE),
	FORBID("np", NULL, "UPDATE OR REPLACE session SET status = 'new'",
	    BY_MOVE),
	GIVES("np", NULL, SET("status = status, node = 'other'"),
	    "SELECT node FROM session", "other"),

	/* session_epoch */
	FORBID("np", NULL, SET("epoch = 0"),
	    "conflict: epoch and version only grow"),
	FORBID("np", NULL, SET("version = 1"),
	    "conflict: epoch and version only grow"),

	/* session_fixed, session_place */
	FORBID("n", NULL, SET("id = 'T-20260101-002'"), BEGAN),
	FORBID("n", NULL, SET("app_id = 2"), BEGAN),
	FORBID("n", NULL, SET("query = 'x'"), BEGAN),
	FORBID("n", NULL, SET("environment = 'production'"), BEGAN),
	FORBID("n", NULL, SET("submitter = '{\"id\":\"eve\"}'"), BEGAN),
	FORBID("n", NULL, SET("created_at = 1"), BEGAN),
	FORBID("n", NULL, SET("traceparent = hex(zeroblob(27)) || '0'"), BEGAN),
	FORBID("", NULL, BIRTH(", ready_at, traceparent", ", 1, '00-'"),
	    "CHECK constraint failed"),
	{ "n", SESSION(2), "UPDATE OR REPLACE session SET rowid = 2"
	    " WHERE id = " ID, BEGAN, "SELECT count(*) FROM session", "2" },

	/* session_delete, session_deleted */
	FORBID("n", NULL, SET("deleted_at = 5"), NO_DELETE),
	FORBID("np", NULL, SET("deleted_at = 5"), NO_DELETE),
	FORBID("nptcg", NULL, SET("deleted_at = 5"), NO_DELETE),
	GIVES("np", MOVE("in_progress", "done"), SET("deleted_at = 80"),
	    KINDS("ts = 80"), "session.deleted"),
	FORBID("np", MOVE("in_progress", "done") ";" SET("deleted_at = 80"),
	    SET("deleted_at = NULL"), NO_DELETE),
	FORBID("np", MOVE("in_progress", "done") ";" SET("deleted_at = 80"),
	    SET("deleted_at = 81"), NO_DELETE),

	/* move_check */
	FORBID("", NULL, MOVE("new", "in_progress"),
	    "unknown: no such session"),
	FORBID("np", NULL, MOVE("new", "in_progress"),
	    "conflict: the session has another status"),
	FORBID("n", NULL, MOVE("new", "awaiting_input"), NO_MOVE),
	FORBID("np", NULL, MOVE("in_progress", "nowhere"), NO_MOVE),
	FORBID("np", MOVE("in_progress", "done"), MOVE("done", "in_progress"),
	    NO_MOVE),
	FORBID("np", MOVE("in_progress", "stopped"), MOVE("stopped",
	    "in_progress"),
	    NO_MOVE),
	FORBID("np", FAIL("1") ";" SET("deleted_at = 80"), RETRY, NO_MOVE),
	FORBID("np", NULL, MOVE("in_progress", "awaiting_input"),
	    "conflict: no gate is open"),
	FORBID("nptcg", NULL, MOVE("awaiting_input", "in_progress"),
	    "conflict: a gate is still open"),
	FORBID("nptcg", NULL, "INSERT OR IGNORE INTO move VALUES (NULL, " ID ","
	    " 'awaiting_input', 'in_progress', 'c', 'a', 1, NULL, NULL)",
	    "conflict: a gate is still open"),
	FORBID("np", NULL,
	    "INSERT INTO move VALUES (NULL, " ID ", 'in_progress',"
	    " 'done', '', 'a', 1, NULL, NULL)", "CHECK constraint failed"),
	FORBID("np", NULL,
	    "INSERT INTO move VALUES (NULL, " ID ", 'in_progress',"
	    " 'done', 'c', '', 1, NULL, NULL)", "CHECK constraint failed"),
	/* an older number than that of the last move */
	FORBID("np", SESSION(2), "INSERT INTO move VALUES (-1, " ID ","
	    " 'in_progress', 'done', 'c', 'a', 1, NULL, NULL)",
	    "denied: this event"),

	/* move_apply: the session */
	GIVES("np", NULL, MOVE("in_progress", "done"),
	    "SELECT status || move_id || ' ' || version || ' ' || updated_at"
	    " || coalesce(ready_at, ' never ') || coalesce(owner, 'nobody')"
	    " FROM session", "done2 3 70 never nobody"),
	GIVES("n", SET("owner = 'r', epoch = 1, ready_at = 99"),
	    MOVE("new", "in_progress"),
	    "SELECT status || ready_at || owner FROM session",
	    "in_progress99r"),
	GIVES("np", FAIL("1"), RETRY,
	    "SELECT ready_at || coalesce(owner, ' nobody') FROM session",
	    "70 nobody"),
	/* how many there are */
	GIVES("n", NULL, MOVE("new", "in_progress"), COUNTS, "in_progress 1"),
	GIVES("np", NULL, MOVE("in_progress", "done"), COUNTS, "done 1"),
	GIVES("np", FAIL("1"), RETRY, COUNTS, "in_progress 1"),
	GIVES("nptcg", NULL, "SELECT 1", COUNTS, "awaiting_input 1"),
	GIVES("nptcg", NULL, MOVE("awaiting_input", "stopped"), COUNTS,
	    "stopped 1"),
	GIVES("nptcga", NULL, "SELECT 1", COUNTS, "in_progress 1"),
	/* its two events, in order, after their cause */
	GIVES("np", NULL, MOVE("in_progress", "done"), KINDS("ts = 70"),
	    "status_changed session.status_changed session.agent_running"),
	GIVES("n", NULL, MOVE("new", "in_progress"),
	    "SELECT group_concat(payload, ' ') FROM event WHERE ts = 70",
	    "{\"from\":\"new\",\"to\":\"in_progress\",\"cause\":\"test\","
	    "\"actor\":\"eve\",\"origin\":null}"
	    " {\"id\":\"T-20260101-001\",\"status\":"
	    "\"in_progress\",\"from\":\"new\",\"to\":\"in_progress\","
	    "\"cause\":\"test\"}"),
	/* I5: what it ends */
	GIVES("nptcg", NULL, MOVE("awaiting_input", "stopped"),
	    "SELECT decision || decided_by || decided_at FROM gate",
	    "cancelledeve70"),
	GIVES("nptcg", NULL, MOVE("awaiting_input", "stopped"),
	    "SELECT status || ended_at FROM tool_call", "cancelled70"),
	GIVES("nptc", NULL, MOVE("in_progress", "stopped"),
	    "SELECT status || ended_at FROM tool_call", "cancelled70"),
	GIVES("nptcga", NULL, MOVE("in_progress", "stopped"),
	    "SELECT status || ended_at FROM tool_call", "cancelled70"),
	GIVES("nptcgax", NULL, MOVE("in_progress", "stopped"),
	    "SELECT status FROM tool_call", "executing"),
	GIVES("npt", NULL, MOVE("in_progress", "error"),
	    "SELECT outcome || ended_at FROM agent_run", "cancelled70"),
	GIVES("nptcg", NULL, MOVE("awaiting_input", "stopped"),
	    KINDS("ts = 70"), "status_changed session.status_changed"
	    " gate_decided session.agent_running"),
	/* stop wins over a later approval */
	FORBID("nptcg", MOVE("awaiting_input", "stopped"),
	    VOTE(1, "approve", "ana", 80),
	    "conflict: the gate is already decided"),

	/* move_check: who may be retried */
	FORBID("np", FAIL("1"), MOVE("error", "in_progress"), NO_RETRY),
	FORBID("np", FAIL("0"), RETRY, NO_RETRY),
	FORBID("np", FAIL("NULL"), RETRY, NO_RETRY),
	FORBID("np", NULL, "INSERT INTO move VALUES (NULL, " ID ","
	    " 'in_progress', 'done', 'c', 'a', 1, NULL, 1)",
	    "CHECK constraint failed"),
	FORBID("np", FAIL("1") ";" RETRY ";" FAIL("1") ";" RETRY ";" FAIL("1"),
	    RETRY, NO_RETRY),
	FORBID("np", POLICY("'max_retries', 0") ";" FAIL("1"), RETRY, NO_RETRY),
	FORBID("np", POLICY("'retry_on_transient', json('false')") ";"
	    FAIL("1"), RETRY, NO_RETRY),
	GIVES("np", FAIL("1"), "SELECT 1", REASON, "auto_retry"),
	GIVES("np", FAIL("0"), "SELECT 1", REASON, "permanent_error"),
	GIVES("np", FAIL("NULL"), "SELECT 1", REASON, "permanent_error"),
	GIVES("np", NULL, "SELECT 1", REASON, "permanent_error"),
	GIVES("np", POLICY("'max_retries', 0") ";" FAIL("0"), "SELECT 1",
	    REASON, "max_retries_exceeded"),
	GIVES("np", POLICY("'retry_on_transient', json('false')") ";"
	    FAIL("1"), "SELECT 1", REASON, "transient_disabled"),
	/* how sure the newest turn was counts if the failure tells nothing */
	GIVES("npt", SURE("0.39") ";" FAIL("NULL"), "SELECT 1",
	    REASON, "low_confidence_no_retry"),
	GIVES("npt", SURE("0.4") ";" FAIL("NULL"), "SELECT 1",
	    REASON, "permanent_error"),
	GIVES("npt", SURE("0.39") ";" FAIL("1"), "SELECT 1",
	    REASON, "auto_retry"),
	GIVES("npt", SURE("0.39") ";" FAIL("0"), "SELECT 1",
	    REASON, "permanent_error"),
	GIVES("npt", POLICY("'retry_low_confidence_threshold', 0.3") ";"
	    SURE("0.39") ";" FAIL("NULL"), "SELECT 1",
	    REASON, "permanent_error"),

	/* session_attempt, and what a retry does */
	FORBID("np", NULL, SET("attempt = 1"),
	    "conflict: only a retry is another attempt"),
	GIVES("np", SET("extra_fields = '{\"failure\":\"w\",\"k\":1}'")
	    ";" FAIL("1"), RETRY, "SELECT attempt || extra_fields FROM session",
	    "1{\"k\":1,\"retry_count\":1,"
	    "\"active_thread_id\":\"T-20260101-001:retry-1\"}"),
	GIVES("npt", BROKEN ";" FAIL("1"), RETRY,
	    "SELECT coalesce(outcome, 'open') || coalesce(ended_at, '-')"
	    " || summary || tries || ' ' || waited_ms FROM agent_run",
	    "open-0 10"),
	GIVES("npt", BROKEN ";" FAIL("1"), RETRY, KINDS("ts = 70"),
	    "status_changed session.status_changed session.agent_running"),
	GIVES("npt", BROKEN ";" FAIL("1"), RETRY, "SELECT payload FROM event"
	    " WHERE ts = 70 AND kind = 'session.agent_running'",
	    "{\"id\":\"T-20260101-001\",\"agent\":\"first\"}"),

	/* move_fixed */
	FORBID("np", NULL, "UPDATE move SET cause = 'x'",
	    "conflict: a move never changes"),
	FORBID("np", NULL, "UPDATE OR REPLACE move SET rowid = 9",
	    "conflict: a move never changes"),

	/* retraction_* */
	FORBID("np", NULL, RETRACT("NULL"), "conflict: not a duplicate"),
	FORBID("n", TWIN, RETRACT("'T-20260101-001'"),
	    "conflict: not a duplicate"),
	GIVES("n", TWIN, RETRACT("NULL"),
	    "SELECT status || ready_at || coalesce(dedup_rationale, 'none')"
	    " FROM session", "new70none"),
	GIVES("n", TWIN, RETRACT("NULL"),
	    "SELECT cause || actor FROM move ORDER BY id DESC LIMIT 1",
	    "un_duplicateana"),
	FORBID("n", TWIN ";" RETRACT("NULL"), RETRACT("NULL"),
	    "conflict: not a duplicate"),
	FORBID("n", TWIN ";" RETRACT("NULL"),
	    "UPDATE retraction SET note = 'x'", RETRACTED),
	FORBID("n", TWIN ";" RETRACT("NULL"), "DELETE FROM retraction",
	    RETRACTED),
	FORBID("n", TWIN ";" RETRACT("NULL") ";" MOVE("new", "duplicate"),
	    "INSERT OR REPLACE INTO retraction (id, session_id, actor, at)"
	    " VALUES (1, " ID ", 'eve', 71)", RETRACTED),
	{ .given = NULL }
};
