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
#define NO_ARC "denied: not a move of the state machine"
#define RULES "denied: these rules never change"

const struct trigger_case definition_cases[] = {
	/* app_states, status_moves */
	GIVES("", NULL, APP("INSERT", 2, 2),
	    "SELECT group_concat(name) FROM (SELECT name FROM status"
	    " WHERE app_id = 2 ORDER BY name)",
	    "awaiting_input,duplicate,error,in_progress,new,stopped"),
	GIVES("", NULL, APP("INSERT", 2, 2),
	    "SELECT count(*) FROM status_move WHERE app_id = 2", "12"),
	GIVES("np", NULL, APP("INSERT", 2, 2),
	    "SELECT group_concat(name || sessions) FROM app_running", "test1"),
	GIVES("", NULL, APP_NAMED("other"),
	    "SELECT group_concat(name || sessions) FROM app_running",
	    "other0,test0"),
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
