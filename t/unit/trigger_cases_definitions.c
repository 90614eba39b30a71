/* SPDX-License-Identifier: Apache-2.0 */
/* sql/triggers/definitions.sql */
#include "t/unit/trigger_cases.h"

#include <stddef.h>

#define APP(verb, id, version) \
	verb " INTO app SELECT " #id ", name, " #version ", digest, dir," \
	" config, session_prefix, entry_agent, default_status," \
	" escalate_tool, escalate_status, escalate_team, escalation_teams," \
	" gate_timeout_ms, gate_on_timeout, 1, 1, loaded_at FROM app"
#define APP_NAMED(name) \
	"INSERT INTO app SELECT 2, '" name "', 1, digest, dir, config," \
	" session_prefix, entry_agent, default_status, escalate_tool," \
	" escalate_status, escalate_team, escalation_teams," \
	" gate_timeout_ms, gate_on_timeout, 1, 1, loaded_at FROM app"
#define ARC(from, to) \
	"INSERT INTO status_move VALUES (1, '" from "', '" to "')"
#define COUNTED(status) \
	"SELECT group_concat(app || sessions) FROM session_count" \
	" WHERE status = '" status "'"
#define NO_ARC "denied: not a move of the state machine"
#define SERVER \
	"INSERT INTO tool_server VALUES (1, 'm', 'stdio', 'c', '{}')"
#define TELL_OF(name, server, transport, category) \
	"INSERT INTO tool VALUES (1, '" name "', '" server "'," \
	" '" transport "', '" category "', '', '{}', NULL, 0, '{}', 1)"
#define TOLD SERVER "; " TELL_OF("m:a", "m", "stdio", "c")
#define RULES "denied: these rules never change"

const struct trigger_case definition_cases[] = {
	/* app_states, status_moves */
	GIVES("", NULL, APP("INSERT", 2, 2),
	    "SELECT group_concat(name) FROM (SELECT name FROM status"
	    " WHERE app_id = 2 ORDER BY name)",
	    "awaiting_input,duplicate,error,in_progress,new,stopped"),
	GIVES("", NULL, APP("INSERT", 2, 2),
	    "SELECT count(*) FROM status_move WHERE app_id = 2", "12"),
	/* status_counted */
	GIVES("np", NULL, APP("INSERT", 2, 2), COUNTED("in_progress"), "test1"),
	GIVES("", NULL, APP_NAMED("other"), COUNTED("new"), "other0,test0"),
	GIVES("", NULL, "INSERT INTO status VALUES (1, 'paid', 1, 'success')",
	    COUNTED("paid"), "test0"),
	GIVES("", NULL, "INSERT INTO status VALUES (1, 'paid', 1, 'success')",
	    "SELECT group_concat(from_status) FROM (SELECT from_status"
	    " FROM status_move WHERE to_status = 'paid' ORDER BY 1)",
	    "awaiting_input,in_progress,new"),
	GIVES("", NULL, "INSERT INTO status VALUES (1, 'limbo', 0, 'pending')",
	    "SELECT count(*) FROM status_move WHERE to_status = 'limbo'",
	    "0"),

	/* status_move_check */
	FORBID("", NULL, ARC("stopped", "in_progress"), NO_ARC),
	FORBID("", NULL, ARC("done", "in_progress"), NO_ARC),
	FORBID("", NULL, ARC("error", "new"), NO_ARC),
	FORBID("", NULL, ARC("new", "awaiting_input"), NO_ARC),
	FORBID("", NULL, ARC("in_progress", "new"), NO_ARC),
	FORBID("", NULL, ARC("awaiting_input", "error"), NO_ARC),
	FORBID("", NULL, ARC("awaiting_input", "duplicate"), NO_ARC),
	FORBID("", NULL, ARC("new", "nowhere"), NO_ARC),
	FORBID("", NULL, ARC("done", "escalated"), NO_ARC),
	FORBID("", NULL, "INSERT OR IGNORE INTO status_move"
	    " VALUES (1, 'stopped', 'new')", NO_ARC),
	FORBID("", NULL, "INSERT OR REPLACE INTO status_move"
	    " VALUES (1, 'stopped', 'new')", NO_ARC),
	FORBID("", NULL, ARC("new", "done"), "UNIQUE constraint failed"),

	/* *_fixed, *_kept, *_new: what is loaded stays */
	FORBID("", NULL, "UPDATE app SET gate_quorum = 2",
	    "conflict: a loaded application never changes"),
	FORBID("", NULL, "UPDATE OR REPLACE app SET rowid = 1",
	    "conflict: a loaded application never changes"),
	FORBID("", NULL, "DELETE FROM app", "conflict: applications are kept"),
	FORBID("", NULL, APP("INSERT OR REPLACE", 1, 2),
	    "conflict: a loaded application never changes"),
	FORBID("", NULL, APP("INSERT OR REPLACE", 2, 1),
	    "conflict: a loaded application never changes"),
	FORBID("", NULL, APP("REPLACE", 1, 1),
	    "conflict: a loaded application never changes"),
	FORBID("", NULL, "UPDATE agent SET prompt = 'x'",
	    "conflict: a loaded agent never changes"),
	FORBID("", NULL, "DELETE FROM agent", "conflict: agents are kept"),
	FORBID("", NULL, "REPLACE INTO agent SELECT * FROM agent",
	    "conflict: a loaded agent never changes"),
	FORBID("", NULL, "UPDATE tool SET risk = 'low'",
	    "conflict: a loaded tool never changes"),
	FORBID("", NULL, "DELETE FROM tool", "conflict: tools are kept"),
	FORBID("", NULL, "REPLACE INTO tool SELECT * FROM tool",
	    "conflict: a loaded tool never changes"),
	/* What a server told of may change, but not become another's. */
	FORBID("", NULL, "UPDATE tool SET description = 'x'",
	    "conflict: a loaded tool never changes"),
	FORBID("", TOLD, "UPDATE tool SET server = 'other' WHERE name = 'm:a'",
	    "conflict: a loaded tool never changes"),
	FORBID("", TOLD, "UPDATE tool SET transport = 'command',"
	    " description = 'x' WHERE name = 'm:a'",
	    "conflict: a loaded tool never changes"),
	FORBID("", TOLD, "UPDATE tool SET name = 'm:b' WHERE name = 'm:a'",
	    "conflict: a loaded tool never changes"),
	FORBID("", TOLD, "DELETE FROM tool", "conflict: tools are kept"),
	GIVES("", TOLD, "UPDATE tool SET description = 'x', parameters = '[]',"
	    " repeatable = 1, risk = 'low', present = 0 WHERE name = 'm:a'",
	    "SELECT description || parameters || repeatable || risk || present"
	    " FROM tool WHERE name = 'm:a'", "x[]1low0"),
	FORBID("", NULL, "INSERT INTO tool SELECT app_id, 's:off', server,"
	    " transport, category, description, parameters, risk, repeatable,"
	    " config, 0 FROM tool", "CHECK constraint failed"),

	/* tool_told */
	FORBID("", SERVER, TELL_OF("n:a", "n", "stdio", "c"),
	    "unknown: no such tool server"),
	FORBID("", SERVER, TELL_OF("n:a", "m", "stdio", "c"),
	    "unknown: no such tool server"),
	FORBID("", SERVER, TELL_OF("m:a", "m", "http", "c"),
	    "unknown: no such tool server"),
	FORBID("", SERVER, TELL_OF("m:a", "m", "stdio", "other"),
	    "unknown: no such tool server"),
	GIVES("", SERVER, TELL_OF("m:a", "m", "stdio", "c"),
	    "SELECT name FROM tool WHERE server = 'm'", "m:a"),

	FORBID("", SERVER, "UPDATE tool_server SET config = '[]'",
	    "conflict: a loaded server never changes"),
	FORBID("", SERVER, "DELETE FROM tool_server",
	    "conflict: tool servers are kept"),
	FORBID("", SERVER, "REPLACE INTO tool_server SELECT * FROM tool_server",
	    "conflict: a loaded server never changes"),
	FORBID("", SERVER, "INSERT INTO tool_server_state VALUES"
	    " (1, 'm', 'r', 'unavailable', NULL, 1, NULL, 0)",
	    "CHECK constraint failed"),
	FORBID("", SERVER, "INSERT INTO tool_server_state VALUES"
	    " (1, 'm', 'r', 'available', 'why', 1, NULL, 0)",
	    "CHECK constraint failed"),
	FORBID("", SERVER, "INSERT INTO tool_server_state VALUES"
	    " (1, 'm', 'r', 'asleep', NULL, 1, NULL, 0)",
	    "CHECK constraint failed"),

	FORBID("", NULL, "UPDATE model SET kind = 'x'",
	    "conflict: a loaded model never changes"),
	FORBID("", NULL, "DELETE FROM model", "conflict: models are kept"),
	FORBID("", NULL, "REPLACE INTO model SELECT * FROM model",
	    "conflict: a loaded model never changes"),
	FORBID("", NULL, "UPDATE status SET terminal = 1",
	    "conflict: a loaded status never changes"),
	FORBID("", NULL, "DELETE FROM status", "conflict: statuses are kept"),
	FORBID("", NULL, "REPLACE INTO status VALUES (1, 'new', 1, 'success')",
	    "conflict: a loaded status never changes"),
	FORBID("", NULL, "UPDATE status_move SET from_status = 'stopped'",
	    "conflict: the state machine never changes"),
	FORBID("", NULL, "DELETE FROM status_move",
	    "conflict: the state machine never changes"),

	/* the schema's own rules */
	FORBID("", NULL,
	    "INSERT INTO tool_call_move VALUES ('timeout', 'approved')",
	    RULES),
	FORBID("", NULL, "UPDATE tool_call_move SET to_status = 'approved'",
	    RULES),
	FORBID("", NULL, "DELETE FROM tool_call_move", RULES),
	FORBID("", NULL, "INSERT INTO gate_verdict VALUES ('tool', 'yes')",
	    RULES),
	FORBID("", NULL, "UPDATE gate_verdict SET verdict = 'yes'", RULES),
	FORBID("", NULL, "DELETE FROM gate_verdict", RULES),
	FORBID("", NULL, "INSERT INTO event_kind VALUES ('other')", RULES),
	FORBID("", NULL, "UPDATE event_kind SET kind = 'other'", RULES),
	FORBID("", NULL, "DELETE FROM event_kind", RULES),
	{ .given = NULL }
};
