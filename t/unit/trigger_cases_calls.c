/* SPDX-License-Identifier: Apache-2.0 */
/* sql/triggers/turns.sql: tool calls. */
#include "t/unit/trigger_cases.h"

#include <stddef.h>

#define LEASE "conflict: the lease of the session was lost"
#define TERMS "conflict: the terms of a tool call never change"
#define OVER "conflict: a finished tool call never changes"
#define NO_CALL_MOVE "conflict: no such move of a tool call"
#define UNDECIDED "conflict: its gate did not decide so"
#define ONLY_GATE "conflict: only its gate approves a tool call"
#define TIMES "CHECK constraint failed: tool_call_times"
#define DONE "result = '{\"a\":[1]}', ended_at = 70"
#define START "status = 'executing', attempt = 1, started_at = 40, "
/* A second call, 2, that nobody must approve. */
#define SECOND(repeatable) \
	PLAN(2, 1, #repeatable ", 'planned', 1, 14, NULL, NULL, NULL")
#define CALL2(set) "UPDATE tool_call SET " set " WHERE id = 2"
#define DOUBT(call) OPEN("in_doubt", #call, "", ", '" DIGEST "'")
#define INVOKED(field) \
	"SELECT payload ->> '" field "' FROM event WHERE kind = 'tool_invoked'"

const struct trigger_case call_cases[] = {
	/* tool_call_check */
	FORBID("npt", NULL, PLAN(2, 0, "0, 'executed', 1, 14, NULL, '1', 15"),
	    "invalid: a tool call starts as planned"),
	FORBID("npt", NULL, PLAN(2, 0,
	    "0, 'approved', 1, 14, NULL, NULL, NULL"),
	    "invalid: a tool call starts as planned"),
	FORBID("nptc", NULL,
	    "INSERT INTO tool_call (session_id, ordinal, agent,"
	    " tool, call_key, args, args_sha256, action, risk, repeatable,"
	    " status, epoch, created_at, approver) SELECT session_id, 1,"
	    " agent, tool, call_key, args, args_sha256, action, risk, 0,"
	    " 'planned', 1, 14, 'eve' FROM tool_call",
	    "invalid: a tool call starts as planned"),
	FORBID("nptc", NULL,
	    "INSERT INTO tool_call (session_id, ordinal, agent,"
	    " tool, call_key, args, args_sha256, action, risk, repeatable,"
	    " status, epoch, created_at, approved_at) SELECT session_id, 1,"
	    " agent, tool, call_key, args, args_sha256, action, risk, 0,"
	    " 'planned', 1, 14, 1 FROM tool_call",
	    "invalid: a tool call starts as planned"),
	FORBID("nptc", NULL,
	    "INSERT INTO tool_call (session_id, ordinal, agent,"
	    " tool, call_key, args, args_sha256, action, risk, repeatable,"
	    " status, epoch, created_at, attempt) SELECT session_id, 1,"
	    " agent, tool, call_key, args, args_sha256, action, risk, 0,"
	    " 'planned', 1, 14, 1 FROM tool_call",
	    "invalid: a tool call starts as planned"),
	FORBID("npt", NULL, PLAN(2, 0, "0, 'planned', 0, 14, NULL, NULL, NULL"),
	    LEASE),
	FORBID("npt", SET("epoch = 2"), SECOND(0), LEASE),
	FORBID("nptcg", NULL, SECOND(0), LEASE),
	FORBID("np", NULL, SECOND(0), "invalid: the tool call fits no turn"),
	FORBID("npt", RUN("ended_at = 5, outcome = 'ok'"), SECOND(0),
	    "invalid: the tool call fits no turn"),
	FORBID("npt", SESSION(2) "; UPDATE session SET epoch = 1 WHERE id ="
	    " 'T-20260101-002'; INSERT INTO move VALUES (NULL,"
	    " 'T-20260101-002', 'new', 'in_progress', 'c', 'a', 1, NULL,"
	    " NULL)",
	    "INSERT INTO tool_call (session_id, ordinal, run_id, agent, tool,"
	    " call_key, args, args_sha256, action, risk, repeatable, status,"
	    " epoch, created_at) VALUES ('T-20260101-002', 0, 1, 'a', 't',"
	    " 'c', '{\"n\":1}', '" DIGEST "', 'auto', 'low', 0, 'planned',"
	    " 1, 1)",
	    "invalid: the tool call fits no turn"),
	/* tool_call_beside */
	FORBID("npt", NULL, PLAN(2, 0, "0, 'planned', 1, 14, NULL, NULL, NULL"),
	    "invalid: not the id of that call of the session"),
	FORBID("npt", NULL, PLAN(1048576, 1048575,
	    "0, 'planned', 1, 14, NULL, NULL, NULL"),
	    "invalid: not the id of that call of the session"),
	/* tool_call_times, tool_call_result */
	FORBID("npt", NULL, PLAN(2, 0, "0, 'planned', 1, 14, NULL, NULL, 15"),
	    TIMES),
	FORBID("npt", NULL, PLAN(2, 0, "0, 'refused', 1, 14, NULL, '1', NULL"),
	    TIMES),
	FORBID("npt", NULL, PLAN(2, 0, "0, 'refused', 1, 14, NULL, NULL, 15"),
	    "CHECK constraint failed: tool_call_result"),
	FORBID("nptc", NULL, CALL("started_at = 5"), TIMES),
	FORBID("nptcg", NULL, CALL("ended_at = 5"), TIMES),
	FORBID("nptcga", NULL, CALL("started_at = 5"), TIMES),
	FORBID("nptcga", NULL, CALL("result = '1', ended_at = 5"), TIMES),
	FORBID("nptcgax", NULL, CALL("ended_at = 5"), TIMES),
	FORBID("nptcgax", NULL, CALL("status = 'approved', ended_at = 5"),
	    "CHECK constraint failed: tool_call_result"),
	GIVES("nptcgax", NULL, "UPDATE OR IGNORE tool_call SET"
	    " status = 'approved', ended_at = 5",
	    "SELECT status FROM tool_call", "executing"),

	/* tool_call_refused */
	GIVES("npt", PLAN(1, 0, "0, 'refused', 1, 14, NULL, '{\"no\":1}', 15"),
	    "SELECT 1", "SELECT content || at FROM message"
	    " WHERE tool_call_id = 1", "{\"no\":1}15"),

	/* tool_call_fixed, tool_call_place */
	FORBID("nptc", NULL, CALL("session_id = 'x'"), TERMS),
	FORBID("nptc", NULL, CALL("ordinal = 5"), TERMS),
	FORBID("nptc", NULL, CALL("run_id = NULL"), TERMS),
	FORBID("nptc", NULL, CALL("agent = 'x'"), TERMS),
	FORBID("nptc", NULL, CALL("tool = 'x'"), TERMS),
	FORBID("nptc", NULL, CALL("call_key = 'x'"), TERMS),
	FORBID("nptcga", NULL, CALL("args = '{\"n\":2}'"), TERMS),
	FORBID("nptcga", NULL, CALL("args_sha256 = args_sha256"), TERMS),
	FORBID("nptc", NULL, CALL("action = 'auto'"), TERMS),
	FORBID("nptc", NULL, CALL("gate_reason = NULL"), TERMS),
	FORBID("nptc", NULL, CALL("risk = 'low'"), TERMS),
	FORBID("nptc", NULL, CALL("repeatable = 1"), TERMS),
	FORBID("nptc", NULL, CALL("created_at = 1"), TERMS),
	FORBID("nptc", NULL, CALL("id = 7"), TERMS),
	{ "nptc", SECOND(0), "UPDATE OR REPLACE tool_call SET rowid = 1"
	    " WHERE id = 2", TERMS, "SELECT count(*) FROM tool_call", "2" },
	FORBID("nptc", SECOND(0), "UPDATE OR REPLACE tool_call SET oid = 1"
	    " WHERE id = 2", TERMS),

	/* tool_call_approver */
	FORBID("nptc", NULL, CALL("approver = 'eve'"), ONLY_GATE),
	FORBID("nptcg", NULL, CALL("approver = 'eve'"), ONLY_GATE),
	FORBID("nptcga", NULL, CALL("approver = 'eve'"), ONLY_GATE),
	FORBID("nptcga", NULL, CALL("approved_at = 1"), ONLY_GATE),
	FORBID("nptcga", NULL, CALL("approval_rationale = 'x'"), ONLY_GATE),
	FORBID("nptcgax", NULL,
	    CALL("status = 'approved', approver = 'eve', " DONE),
	    ONLY_GATE),

	/* tool_call_doubt */
	FORBID("nptcgax", DOUBT(1), CALL("ended_at = 70"), UNDECIDED),
	GIVES("nptcgax", DOUBT(1), MOVE("awaiting_input", "stopped"),
	    "SELECT status || ended_at FROM tool_call", "in_doubt70"),
	GIVES("nptcgax", MOVE("in_progress", "stopped"),
	    CALL("status = 'in_doubt', ended_at = 80"),
	    "SELECT status || ended_at FROM tool_call", "in_doubt80"),

	/* tool_call_over */
	FORBID("nptcgaxe", NULL, CALL("result = '2'"), OVER),
	FORBID("nptcgaxe", NULL, CALL("ended_at = NULL, started_at = NULL"),
	    OVER),
	FORBID("nptcgaxe", NULL, CALL("status = 'executing'"), OVER),
	FORBID("nptcg", VOTE(1, "reject", "ana", 30), CALL("is_error = 1"),
	    OVER),

	/* tool_call_status: along tool_call_move */
	FORBID("nptc", NULL, CALL("status = 'approved'"), NO_CALL_MOVE),
	FORBID("nptc", NULL, CALL("status = 'executed', started_at = 1, " DONE),
	    NO_CALL_MOVE),
	FORBID("nptcg", NULL, CALL("status = 'executing', started_at = 1"),
	    NO_CALL_MOVE),
	FORBID("nptcgax", NULL, CALL("status = 'cancelled', ended_at = 5"),
	    NO_CALL_MOVE),
	FORBID("nptc", NULL,
	    "UPDATE OR IGNORE tool_call SET status = 'approved'",
	    NO_CALL_MOVE),
	/* people's states only with the gate */
	FORBID("nptc", NULL, CALL("status = 'pending_approval'"),
	    "conflict: no gate is open for the call"),
	FORBID("nptcgax", NULL, CALL("status = 'in_doubt'"),
	    "conflict: no gate is open for the call"),
	FORBID("nptcg", NULL, CALL("status = 'approved'"), UNDECIDED),
	FORBID("nptcg", NULL, CALL("status = 'rejected', " DONE), UNDECIDED),
	FORBID("nptcg", NULL, CALL("status = 'timeout', " DONE), UNDECIDED),
	FORBID("nptcg", NULL, CALL("status = 'cancelled', ended_at = 5"),
	    UNDECIDED),
	FORBID("nptcgax", DOUBT(1), CALL("status = 'approved', " DONE),
	    UNDECIDED),
	FORBID("nptcgax", DOUBT(1), CALL("status = 'executed', " DONE),
	    UNDECIDED),
	/* cancelled by the end of the session only */
	FORBID("nptc", NULL, CALL("status = 'cancelled', ended_at = 5"),
	    "conflict: only the end of the session cancels"),
	FORBID("nptcga", NULL, CALL("status = 'cancelled', ended_at = 5"),
	    "conflict: only the end of the session cancels"),
	/* a start: nobody must be asked any more, under the lease */
	FORBID("nptc", NULL, CALL(START "epoch = 1"),
	    "denied: the call needs an approval"),
	GIVES("nptcga", NULL, CALL(START "epoch = 1"),
	    "SELECT status FROM tool_call", "executing"),
	FORBID("nptcga", SET("epoch = 2"), CALL(START "epoch = 1"), LEASE),
	FORBID("npt", SECOND(0) ";" SET("epoch = 2"), CALL2(START "epoch = 1"),
	    LEASE),
	FORBID("npt", SECOND(0) ";" OPEN("confidence", "NULL", "", ", NULL"),
	    CALL2(START "epoch = 1"), LEASE),
	GIVES("npt", SECOND(0), CALL2(START "epoch = 1"),
	    "SELECT status FROM tool_call", "executing"),
	/* an end: under the lease */
	FORBID("nptcgax", SET("epoch = 3"), CALL("status = 'approved', " DONE),
	    LEASE),
	GIVES("nptcgax", SET("epoch = 3"),
	    CALL("status = 'approved', epoch = 3, "
	    DONE), INVOKED("status"), "approved"),
	GIVES("nptcgax", MOVE("in_progress", "stopped"),
	    CALL("status = 'approved', " DONE), INVOKED("status"),
	    "approved"),
	FORBID("npt", SECOND(0) ";" CALL2(START "epoch = 1"),
	    CALL2("status = 'approved', " DONE),
	    "denied: the call needs an approval"),
	/* what may have run already */
	FORBID("npt", SECOND(0) ";" CALL2(START "epoch = 1"),
	    CALL2("status = 'planned', started_at = NULL"),
	    "denied: the call may have run already"),
	FORBID("nptcgax", NULL, CALL("status = 'approved', started_at = NULL"),
	    "denied: the call may have run already"),
	GIVES("npt", SECOND(1) ";" CALL2(START "epoch = 1"),
	    CALL2("status = 'planned', started_at = NULL"),
	    "SELECT status FROM tool_call", "planned"),

	/* tool_call_started */
	GIVES("nptcgax", NULL, "SELECT 1",
	    "SELECT payload || ts FROM event WHERE kind = 'tool_started'",
	    "{\"tool_call_id\":\"0\",\"tool\":\"s:fix\",\"agent\":\"first\","
	    "\"attempt\":1}40"),

	/* tool_call_ended */
	GIVES("nptcgax", NULL, CALL("status = 'approved', " DONE),
	    "SELECT payload FROM event WHERE kind = 'tool_invoked'",
	    "{\"tool_call_id\":\"0\",\"tool\":\"s:fix\",\"agent\":\"first\","
	    "\"args\":{\"n\":1},\"result\":{\"a\":[1]},"
	    "\"result_kind\":\"dict\",\"is_error\":false,"
	    "\"latency_ms\":30.0,\"risk\":\"high\",\"status\":\"approved\"}"),
	GIVES("nptcgax", NULL, CALL("status = 'approved', " DONE),
	    "SELECT run_id || content || at FROM message WHERE role = 'tool'",
	    "1{\"a\":[1]}70"),
	GIVES("nptcg", MOVE("awaiting_input", "stopped"), "SELECT 1",
	    "SELECT count(*) FROM event WHERE kind = 'tool_invoked'", "0"),
	GIVES("npt", "INSERT INTO tool_call (id, session_id, ordinal, agent,"
	    " tool, call_key, args, args_sha256, action, risk, repeatable,"
	    " status, epoch, created_at) VALUES (2, " ID ", 1, 'framework',"
	    " 't', 'c', json_quote(printf('%.5000c', 'x')),"
	    " sha256(json_quote(printf('%.5000c', 'x'))),"
	    " 'auto', 'low', 0, 'planned', 1, 1);" CALL2(START "epoch = 1"),
	    CALL2("status = 'executed', result = '7', ended_at = 70"),
	    "SELECT length(payload ->> '$.args.preview') || (payload ->>"
	    " 'result_kind') || (SELECT count(*) FROM message"
	    " WHERE role = 'tool') FROM event WHERE kind = 'tool_invoked'",
	    "4096int0"),
	{ .given = NULL }
};
