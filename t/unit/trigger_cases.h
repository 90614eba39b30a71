/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the triggers of sql/triggers/ forbid and do, as tables; run by
 * test_triggers.c. One file here for each file there.
 */
#ifndef T_UNIT_TRIGGER_CASES_H
#define T_UNIT_TRIGGER_CASES_H

struct trigger_case {
	const char *given;	/* steps of fixture_story */
	const char *also;	/* SQL that follows them, or NULL */
	const char *when;	/* the statement */
	const char *error;	/* how its message begins; NULL: it succeeds */
	const char *ask;	/* afterwards, with the one answer, as text */
	const char *answer;
};

/* Each ends with an empty row. */
extern const struct trigger_case definition_cases[];
extern const struct trigger_case session_cases[];
extern const struct trigger_case turn_cases[];
extern const struct trigger_case call_cases[];
extern const struct trigger_case gate_cases[];
extern const struct trigger_case vote_cases[];
extern const struct trigger_case budget_cases[];
extern const struct trigger_case history_cases[];
extern const struct trigger_case access_cases[];

/* What is refused, and what is done. */
#define FORBID(given, also, when, error) \
	{ given, also, when, error, NULL, NULL }
#define GIVES(given, also, when, ask, answer) \
	{ given, also, when, NULL, ask, answer }

/* Shorthand for the statements. */
#define ID "'" "T-20260101-001" "'"
#define DIGEST \
	"2bfd14f43d17fc7cea24e0917a8879b4b2f880b8baeec1b9d90fbaad655e71bd"
#define MOVE(from, to) \
	"INSERT INTO move (session_id, from_status, to_status, cause, actor," \
	" at) VALUES (" ID ", '" from "', '" to "', 'test', 'eve', 70)"
#define FAIL(transient) \
	"INSERT INTO move (session_id, from_status, to_status, cause, actor," \
	" transient, at) VALUES (" ID ", 'in_progress', 'error', 'test'," \
	" 'r', " transient ", 60)"
#define RETRY \
	"INSERT INTO move (session_id, from_status, to_status, cause, actor," \
	" at) VALUES (" ID ", 'error', 'in_progress', 'retry', 'ana', 70)"
#define VOTE(gate, verdict, actor, at) \
	"INSERT INTO vote (gate_id, verdict, actor, at)" \
	" VALUES (" #gate ", '" verdict "', '" actor "', " #at ")"
#define CALL(set) "UPDATE tool_call SET " set " WHERE id = 1"
#define GATE(set) "UPDATE gate SET " set " WHERE id = 1"
#define RUN(set) "UPDATE agent_run SET " set " WHERE id = 1"
#define SET(set) "UPDATE session SET " set " WHERE id = " ID
#define TELL(kind, payload) TELL_AT(kind, payload, 70)
#define TELL_AT(kind, payload, at) \
	"INSERT INTO event (session_id, kind, payload, ts)" \
	" VALUES (" ID ", '" kind "', '" payload "', " #at ")"

/* A second session, by its number, and things of it. */
#define SESSION(number) \
	"INSERT INTO session (id, app_id, query, environment, submitter," \
	" node, ready_at, created_at, updated_at) VALUES" \
	" ('T-20260101-00" #number "', 1, 'q', 'dev', '{}', 'first', 1, 1, 1)"
#define TURN(id) \
	"INSERT INTO agent_run (id, session_id, agent, kind, epoch," \
	" started_at) VALUES (" #id ", " ID ", 'first', 'responsive', 1, 70)"
#define PLAN(id, ordinal, rest) \
	"INSERT INTO tool_call (id, session_id, ordinal, run_id, agent," \
	" tool, call_key, args, args_sha256, action, risk, repeatable," \
	" status, epoch, created_at, gate_reason, result, ended_at)" \
	" VALUES (" #id ", " ID ", " #ordinal ", 1, 'first', 's:fix'," \
	" 'c', '{\"n\":1}', '" DIGEST "', 'auto', 'low', " rest ")"
/* call is a number, or "NULL" for a question without one. */
#define OPEN(kind, call, rest, values) \
	"INSERT INTO gate (session_id, kind, reason, question, opened_at," \
	" tool_call_id, args_sha256" rest ") VALUES (" ID ", '" kind "'," \
	" 'r', 'q', 20, " call values ")"

#endif
