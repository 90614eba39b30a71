/* SPDX-License-Identifier: Apache-2.0 */
/* sql/triggers/gates.sql: gates. */
#include "t/unit/trigger_cases.h"

#include <stddef.h>

#define OPENED "invalid: a gate starts open"
#define NOT_RUNNING "conflict: the session does not run"
#define NO_FIT "invalid: the gate fits no tool call"
#define WEAK "denied: the application asks for more"
#define TERMS "conflict: the terms of a gate never change"
#define TOOL(rest, values) OPEN("tool", "1", rest, ", '" DIGEST "'" values)
#define ASK OPEN("confidence", "NULL", "", ", NULL")
#define DOUBT OPEN("in_doubt", "1", "", ", '" DIGEST "'")
/* Another application, whose terms are strict, with the session of a call. */
#define STRICT \
	"INSERT INTO app SELECT 2, 'strict', 1, digest, dir, config," \
	" session_prefix, entry_agent, default_status, escalate_tool," \
	" escalate_status, escalate_team, escalation_teams," \
	" gate_timeout_ms, gate_on_timeout, 2, 0, loaded_at FROM app;" \
	"INSERT INTO session (id, app_id, query, environment, submitter," \
	" node, ready_at, created_at, updated_at) VALUES (" ID ", 2, 'q'," \
	" 'dev', '{\"id\":\"sam\"}', 'first', 1, 1, 1);" \
	SET("epoch = 1") ";" MOVE("new", "in_progress")
#define DECIDE(verdict) VOTE(2, verdict, "ana", 90)
#define STATE \
	"SELECT status || ' ' || coalesce(started_at, 'never') || ' '" \
	" || coalesce(ended_at, 'never') || ' ' || is_error || ' '" \
	" || coalesce(result, 'none') FROM tool_call WHERE id = 1"

const struct trigger_case gate_cases[] = {
	/* gate_check */
	FORBID("nptc", NULL, TOOL(", decision, decided_at, decided_by",
	    ", 'approve', 1, 'eve'"), OPENED),
	FORBID("nptc", NULL, TOOL(", version", ", 2"), OPENED),
	FORBID("n", NULL, ASK, NOT_RUNNING),
	FORBID("np", MOVE("in_progress", "done"), ASK, NOT_RUNNING),
	FORBID("np", MOVE("in_progress", "error") ";" SET("deleted_at = 80"),
	    ASK,
	    NOT_RUNNING),
	FORBID("", NULL, ASK, NOT_RUNNING),
	FORBID("nptcgaxe", NULL, TOOL("", ""), NO_FIT),
	FORBID("nptcga", NULL, TOOL("", ""), NO_FIT),
	FORBID("nptc", NULL, DOUBT, NO_FIT),
	FORBID("nptcga", NULL, DOUBT, NO_FIT),
	FORBID("nptc", NULL, OPEN("tool", "7", "", ", '" DIGEST "'"), NO_FIT),
	FORBID("nptc", NULL, OPEN("tool", "1", "", ", 'other'"), NO_FIT),
	FORBID("nptc", SESSION(2) "; UPDATE session SET epoch = 1 WHERE id ="
	    " 'T-20260101-002'; INSERT INTO move VALUES (NULL,"
	    " 'T-20260101-002', 'new', 'in_progress', 'c', 'a', 1, NULL,"
	    " NULL)",
	    "INSERT INTO gate (session_id, kind, reason, question, opened_at,"
	    " tool_call_id, args_sha256) VALUES ('T-20260101-002', 'tool',"
	    " 'r', 'q', 1, 1, '" DIGEST "')", NO_FIT),
	FORBID("", STRICT ";" TURN(1) ";" PLAN(1, 0, "0, 'planned', 1, 14, 'r',"
	    " NULL, NULL"), TOOL(", submitter_may_approve, quorum", ", 0, 1"),
	    WEAK),
	FORBID("", STRICT ";" TURN(1) ";" PLAN(1, 0, "0, 'planned', 1, 14, 'r',"
	    " NULL, NULL"), TOOL(", submitter_may_approve, quorum", ", 1, 2"),
	    WEAK),
	GIVES("", STRICT ";" TURN(1) ";" PLAN(1, 0, "0, 'planned', 1, 14, 'r',"
	    " NULL, NULL"), TOOL(", submitter_may_approve, quorum", ", 0, 3"),
	    "SELECT status FROM session", "awaiting_input"),
	FORBID("", STRICT ";" TURN(1) ";" PLAN(1, 0,
	    "0, 'planned', 1, 14, NULL,"
	    " NULL, NULL") ";" CALL("status = 'executing', started_at = 1"),
	    DOUBT, WEAK),
	FORBID("np", ASK, ASK, "conflict: the gate exists"),
	FORBID("nptcg", NULL, ASK, "conflict: another question is open"),
	FORBID("nptc", ASK, TOOL("", ""), "conflict: another question is open"),
	FORBID("np", NULL,
	    "INSERT INTO gate (session_id, kind, reason, question,"
	    " opened_at, deadline) VALUES (" ID ", 'confidence', 'r', 'q', 1,"
	    " 2)", "CHECK constraint failed"),

	/* gate_opened */
	GIVES("nptc", NULL, TOOL("", ""), "SELECT status FROM tool_call",
	    "pending_approval"),
	GIVES("nptcgax", NULL, DOUBT, "SELECT status FROM tool_call",
	    "in_doubt"),
	GIVES("nptcg", NULL, "SELECT 1",
	    "SELECT group_concat(kind, ' ') FROM event WHERE ts = 20",
	    "gate_fired status_changed session.status_changed"),
	GIVES("nptcg", NULL, "SELECT 1",
	    "SELECT payload FROM event WHERE kind = 'gate_fired'",
	    "{\"gate_id\":\"g1\",\"kind\":\"tool\",\"tool\":\"s:fix\","
	    "\"agent\":\"first\",\"reason\":\"high_risk\","
	    "\"tool_call_id\":\"0\",\"args\":{\"n\":1},\"risk\":\"high\","
	    "\"environment\":\"dev\"}"),
	GIVES("nptcg", NULL, "SELECT 1", "SELECT status || cause || actor ||"
	    " coalesce(ready_at, ' never') || coalesce(owner, ' nobody')"
	    " FROM session s JOIN move m ON m.id = s.move_id",
	    "awaiting_inputgate_pausedrunner never nobody"),
	/* two gates, one pause */
	GIVES("nptc", PLAN(2, 1, "0, 'planned', 1, 14, 'r', NULL, NULL") ";"
	    TOOL("", ""), OPEN("tool", "2", "", ", '" DIGEST "'"),
	    "SELECT group_concat(kind, ' ') FROM event WHERE ts = 20",
	    "gate_fired status_changed session.status_changed gate_fired"),

	/* gate_fixed */
	FORBID("nptcga", NULL, GATE("version = 3"),
	    "conflict: the gate is already decided"),
	FORBID("nptcga", NULL, GATE("decision = NULL, decided_at = NULL,"
	    " decided_by = NULL"), "conflict: the gate is already decided"),
	FORBID("nptcga", NULL, GATE("decision = 'reject'"),
	    "conflict: the gate is already decided"),
	FORBID("nptcg", NULL, GATE("id = 2"), TERMS),
	FORBID("nptcg", NULL, GATE("rowid = 2"), TERMS),
	FORBID("nptcg", NULL, GATE("session_id = 'x'"), TERMS),
	FORBID("nptcg", NULL, GATE("kind = 'in_doubt'"), TERMS),
	FORBID("nptcg", NULL, GATE("quorum = 2"), TERMS),
	FORBID("nptcg", NULL, GATE("tool_call_id = 2"), TERMS),
	FORBID("nptcg", NULL, GATE("args_sha256 = 'x'"), TERMS),
	FORBID("nptcg", NULL, GATE("submitter_may_approve = 0"), TERMS),
	FORBID("nptcg", NULL, GATE("deadline = NULL"),
	    "conflict: nobody changed the gate so"),
	FORBID("nptcg", NULL, GATE("deadline = 99"),
	    "conflict: nobody changed the gate so"),
	FORBID("nptcg", NULL, GATE("on_timeout = 'reject'"), TERMS),
	FORBID("nptcg", NULL, GATE("opened_at = 1"), TERMS),
	FORBID("nptcg", NULL, GATE("detail = '[]'"), TERMS),
	FORBID("nptcg", NULL, GATE("reason = 'x'"), TERMS),
	FORBID("nptcg", NULL, GATE("question = 'x'"), TERMS),
	FORBID("nptcg", NULL, GATE("rationale = 'x'"), TERMS),
	FORBID("nptcg", NULL, GATE("version = 2"),
	    "conflict: the version of a gate counts votes"),
	FORBID("nptcg", NULL, GATE("version = 0"),
	    "conflict: the version of a gate counts votes"),
	FORBID("nptcg", NULL, GATE("decision = 'cancelled', decided_at = 1,"
	    " decided_by = 'eve'"),
	    "conflict: only the end of the session cancels"),
	FORBID("nptcg", NULL, GATE("decision = 'approve', decided_at = 1,"
	    " decided_by = 'eve'"), "denied: the quorum is not reached"),
	FORBID("nptcg", NULL, GATE("decision = 'reject', decided_at = 1,"
	    " decided_by = 'eve'"), "denied: nobody voted so"),
	FORBID("nptcg", NULL, GATE("decision = 'yes', decided_at = 1,"
	    " decided_by = 'eve'"), "denied: nobody voted so"),
	FORBID("nptcg", NULL, "UPDATE OR IGNORE gate SET decision = 'reject',"
	    " decided_at = 1, decided_by = 'eve'", "denied: nobody voted so"),
	FORBID("nptcg", NULL, GATE("decided_by = 'eve'"),
	    "CHECK constraint failed"),
	FORBID("nptcg", NULL, GATE("decided_at = 1"),
	    "CHECK constraint failed"),

	/* gate_decided: a tool gate */
	GIVES("nptcga", NULL, "SELECT 1",
	    "SELECT payload FROM event WHERE kind = 'gate_decided'",
	    "{\"gate_id\":\"g1\",\"kind\":\"tool\",\"decision\":\"approve\","
	    "\"by\":\"ana\",\"rationale\":\"fine\",\"origin\":null}"),
	GIVES("nptcga", NULL, "SELECT 1", STATE,
	    "approved never never 0 none"),
	GIVES("nptcga", NULL, "SELECT 1", "SELECT approver || approved_at"
	    " || approval_rationale FROM tool_call", "ana30fine"),
	GIVES("nptcg", NULL, VOTE(1, "reject", "ana", 30), STATE,
	    "rejected never 30 0 {\"rejected\":true,\"rationale\":null}"),
	GIVES("nptcg", NULL, VOTE(1, "timeout", "system", 1020), STATE,
	    "timeout never 1020 0 {\"timeout\":true,\"rationale\":null}"),
	GIVES("nptc", TOOL(", deadline, on_timeout", ", 99, 'reject'"),
	    VOTE(1, "timeout", "system", 99), STATE,
	    "rejected never 99 0 {\"rejected\":true,\"rationale\":null}"),
	GIVES("nptcg", MOVE("awaiting_input", "stopped"), "SELECT 1",
	    "SELECT status || coalesce(approver, ' nobody') ||"
	    " coalesce(approved_at, ' never') FROM tool_call",
	    "cancelled nobody never"),
	/* gate_decided: an outcome in doubt */
	GIVES("nptcgax", DOUBT, DECIDE("run_again"), STATE,
	    "approved never never 0 none"),
	GIVES("nptcgax", DOUBT, DECIDE("done"), STATE,
	    "approved 40 90 0 {\"taken_as_done\":true,\"by\":\"ana\","
	    "\"rationale\":null}"),
	GIVES("nptcgax", DOUBT, DECIDE("fail"), STATE,
	    "approved 40 90 1 {\"error\":\"the outcome of this call is"
	    " unknown; it was taken as failed\",\"by\":\"ana\","
	    "\"rationale\":null}"),
	GIVES("nptcgax", DOUBT, DECIDE("fail"), "SELECT count(*) FROM message"
	    " WHERE tool_call_id = 1", "1"),
	GIVES("npt", PLAN(1, 0, "0, 'planned', 1, 14, NULL, NULL, NULL") ";"
	    CALL("status = 'executing', started_at = 40") ";" DOUBT,
	    VOTE(1, "run_again", "ana", 90), STATE,
	    "planned never never 0 none"),
	GIVES("npt", PLAN(1, 0, "0, 'planned', 1, 14, NULL, NULL, NULL") ";"
	    CALL("status = 'executing', started_at = 40") ";" DOUBT,
	    VOTE(1, "done", "ana", 90), "SELECT status FROM tool_call",
	    "executed"),
	GIVES("npt", "INSERT INTO tool_call (id, session_id, ordinal, agent,"
	    " tool, call_key, args, args_sha256, action, risk, repeatable,"
	    " status, epoch, created_at) VALUES (1, " ID ", 0, 'a', 't',"
	    " 'c', '{\"n\":1}', '" DIGEST "', 'notify', 'medium', 0, 'planned',"
	    " 1, 1);" CALL("status = 'executing', started_at = 40") ";" DOUBT,
	    VOTE(1, "done", "ana", 90), "SELECT status FROM tool_call",
	    "executed_with_notify"),
	GIVES("nptcgax", DOUBT, MOVE("awaiting_input", "stopped"), STATE,
	    "in_doubt 40 70 0 none"),
	{ .given = NULL }
};
