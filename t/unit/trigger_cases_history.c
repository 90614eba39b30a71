/* SPDX-License-Identifier: Apache-2.0 */
/* sql/triggers/history.sql */
#include "t/unit/trigger_cases.h"

#include <stddef.h>

#define NEVER "conflict: an event never changes"
#define FALSE_EVENT "denied: this event comes with what it tells of"
#define CHANGED(from, to) \
	"{\"from\":\"" from "\",\"to\":\"" to "\",\"cause\":\"claimed\"}"

const struct trigger_case history_cases[] = {
	/* event_fixed, event_new */
	FORBID("n", NULL, "UPDATE event SET payload = '{}'", NEVER),
	FORBID("n", NULL, "UPDATE OR REPLACE event SET rowid = 9", NEVER),
	FORBID("np", NULL, "INSERT INTO event VALUES (-5, " ID ","
	    " 'session.patched', '{}', 70)",
	    "conflict: an event comes after all others"),
	FORBID("np", NULL, "REPLACE INTO event VALUES (2, " ID ","
	    " 'session.patched', '{}', 70)",
	    "conflict: an event comes after all others"),
	FORBID("np", NULL, "INSERT INTO event VALUES (-1, " ID ","
	    " 'session.patched', '{}', 70)", "CHECK constraint failed"),
	GIVES("np", NULL, TELL("session.patched", "{}"),
	    "SELECT max(seq) FROM event", "4"),
	FORBID("np", NULL, TELL("session.patched", "no json"),
	    "CHECK constraint failed"),

	/* event_check: none is made up, none is doubled */
	FORBID("n", NULL, TELL("session.created", "{}"), FALSE_EVENT),
	FORBID("np", NULL, TELL("status_changed", CHANGED("new",
	    "in_progress")),
	    FALSE_EVENT),
	FORBID("np", NULL, TELL("session.status_changed",
	    CHANGED("new", "in_progress")), FALSE_EVENT),
	FORBID("np", NULL, TELL("status_changed", CHANGED("in_progress",
	    "done")),
	    FALSE_EVENT),
	FORBID("nptcg", NULL, TELL("gate_fired", "{\"gate_id\":\"g1\"}"),
	    FALSE_EVENT),
	FORBID("np", NULL, TELL("gate_fired", "{\"gate_id\":\"g7\"}"),
	    FALSE_EVENT),
	FORBID("nptcgax", OPEN("in_doubt", "1", "", ", '" DIGEST "'"),
	    TELL("gate_fired", "{\"gate_id\":\"g2\"}"), FALSE_EVENT),
	FORBID("np", OPEN("confidence", "NULL", "", ", NULL"),
	    TELL("gate_fired", "{\"gate_id\":\"g1\"}"), FALSE_EVENT),
	FORBID("nptcg", NULL, TELL("gate_decided", "{\"gate_id\":\"g1\","
	    "\"decision\":\"approve\",\"by\":\"ana\"}"), FALSE_EVENT),
	FORBID("nptcga", NULL, TELL("gate_decided", "{\"gate_id\":\"g1\","
	    "\"decision\":\"approve\",\"by\":\"ana\"}"), FALSE_EVENT),
	FORBID("np", OPEN("confidence", "NULL", "", ", NULL") ";"
	    "INSERT INTO vote (gate_id, verdict, actor, input, at)"
	    " VALUES (1, 'resume_with_input', 'ana', 'go', 30)",
	    TELL("gate_decided", "{\"gate_id\":\"g1\",\"decision\":"
	    "\"resume_with_input\",\"by\":\"ana\"}"), FALSE_EVENT),
	FORBID("nptcgax", OPEN("in_doubt", "1", "", ", '" DIGEST "'") ";"
	    VOTE(2, "done", "ana", 30), TELL("gate_decided",
	    "{\"gate_id\":\"g2\",\"decision\":\"done\",\"by\":\"ana\"}"),
	    FALSE_EVENT),
	FORBID("nptcg", NULL, TELL("vote_cast", "{\"gate_id\":\"g1\","
	    "\"votes\":0}"), FALSE_EVENT),
	FORBID("nptcg", NULL, TELL("vote_cast", "{\"gate_id\":\"g1\","
	    "\"votes\":1}"), FALSE_EVENT),
	FORBID("nptc", OPEN("tool", "1", ", quorum", ", '" DIGEST "', 2") ";"
	    VOTE(1, "approve", "ana", 30), TELL("vote_cast",
	    "{\"gate_id\":\"g1\",\"votes\":1}"), FALSE_EVENT),
	FORBID("nptcga", NULL, TELL("tool_started",
	    "{\"tool_call_id\":\"0\"}"), FALSE_EVENT),
	FORBID("nptcg", VOTE(1, "reject", "ana", 30), TELL("tool_invoked",
	    "{\"tool_call_id\":\"0\",\"status\":\"executed\"}"), FALSE_EVENT),
	FORBID("nptcgaxe", NULL,
	    "INSERT INTO event (session_id, kind, payload, ts)"
	    " SELECT session_id, kind, payload, ts FROM event"
	    " WHERE kind = 'tool_invoked'", FALSE_EVENT),
	FORBID("nptcgax", NULL, TELL("tool_invoked",
	    "{\"tool_call_id\":\"0\",\"status\":\"executing\"}"), FALSE_EVENT),
	FORBID("n", NULL,
	    "INSERT OR IGNORE INTO event (session_id, kind, payload,"
	    " ts) VALUES (" ID ", 'session.created', '{}', 1)", FALSE_EVENT),

	/* *_new: nothing is replaced */
	FORBID("n", NULL, "REPLACE INTO session (id, app_id, query,"
	    " environment, submitter, node, ready_at, created_at, updated_at)"
	    " SELECT id, app_id, query, environment, submitter, node, 1, 1, 1"
	    " FROM session",
	    "conflict: the session exists"),
	{ "n", NULL, "INSERT OR REPLACE INTO session (rowid, id, app_id,"
	    " query, environment, submitter, node, ready_at, created_at,"
	    " updated_at) SELECT rowid, 'T-20260101-002', app_id, query,"
	    " environment, submitter, node, 1, 1, 1 FROM session",
	    "conflict: the session exists", "SELECT id FROM session",
	    "T-20260101-001" },
	FORBID("n", NULL, "INSERT INTO session (id, app_id, query, environment,"
	    " submitter, node, ready_at, created_at, updated_at) VALUES ("
	    ID ", 1, 'q', 'dev', '{}', 'first', 1, 1, 1)"
	    " ON CONFLICT (id) DO UPDATE SET node = 'x'",
	    "conflict: the session exists"),
	FORBID("np", NULL, "REPLACE INTO move SELECT id, session_id,"
	    " from_status, to_status, cause, actor, at, origin, transient"
	    " FROM move",
	    "conflict: a move never changes"),
	FORBID("npt", NULL, "REPLACE INTO agent_run SELECT * FROM agent_run",
	    "conflict: a turn is running"),
	FORBID("nptcgaxef", NULL,
	    "REPLACE INTO agent_run SELECT * FROM agent_run",
	    "conflict: a turn is running"),
	FORBID("npt", NULL, "REPLACE INTO agent_run (session_id, agent, kind,"
	    " epoch, started_at) SELECT session_id, agent, kind, epoch,"
	    " started_at FROM agent_run", "conflict: a turn is running"),
	FORBID("npt", NULL, "REPLACE INTO message SELECT * FROM message",
	    "conflict: a message never changes"),
	FORBID("nptcgaxe", NULL,
	    "REPLACE INTO message (session_id, run_id, role,"
	    " content, tool_call_id, at) SELECT session_id, run_id, role,"
	    " content, tool_call_id, at FROM message WHERE role = 'tool'",
	    "conflict: a message never changes"),
	FORBID("nptc", NULL, "REPLACE INTO tool_call SELECT * FROM tool_call",
	    "conflict: the tool call exists"),
	FORBID("nptc", NULL,
	    "REPLACE INTO tool_call (session_id, ordinal, agent,"
	    " tool, call_key, args, args_sha256, action, risk, repeatable,"
	    " status, epoch, created_at) SELECT session_id, ordinal, agent,"
	    " tool, call_key, '{}', args_sha256, action, risk, repeatable,"
	    " status, epoch, created_at FROM tool_call",
	    "conflict: the tool call exists"),
	FORBID("nptcg", NULL, "REPLACE INTO gate SELECT * FROM gate",
	    "conflict: the gate exists"),
	FORBID("nptcg", NULL, OPEN("tool", "1", "", ", '" DIGEST "'"),
	    "conflict: the gate exists"),
	FORBID("nptcga", NULL, "REPLACE INTO vote SELECT * FROM vote",
	    "conflict: this person has voted"),

	/* *_kept: nothing is deleted */
	FORBID("nptcga", NULL, "DELETE FROM event",
	    "conflict: events are kept"),
	FORBID("nptcga", NULL, "DELETE FROM session",
	    "conflict: sessions are kept"),
	FORBID("nptcga", NULL, "DELETE FROM move", "conflict: moves are kept"),
	FORBID("nptcga", NULL, "DELETE FROM agent_run",
	    "conflict: turns are kept"),
	FORBID("nptcga", NULL, "DELETE FROM message",
	    "conflict: messages are kept"),
	FORBID("nptcga", NULL, "DELETE FROM tool_call",
	    "conflict: tool calls are kept"),
	FORBID("nptcga", NULL, "DELETE FROM gate", "conflict: gates are kept"),
	FORBID("nptcga", NULL, "DELETE FROM vote", "conflict: votes are kept"),
	{ .given = NULL }
};
