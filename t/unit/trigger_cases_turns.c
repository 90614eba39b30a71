/* SPDX-License-Identifier: Apache-2.0 */
/* sql/triggers/turns.sql: turns and messages. */
#include "t/unit/trigger_cases.h"

#include <stddef.h>

#define LEASE "conflict: the lease of the session was lost"
#define TURN_OVER "conflict: a finished turn never changes"
#define NO_TURN "invalid: the message fits no turn"
#define NO_CALL "invalid: the message fits no tool call"
#define TURN_AS(id, kind, epoch, columns, values) \
	"INSERT INTO agent_run (id, session_id, agent, kind, epoch," \
	" started_at" columns ") VALUES (" #id ", " ID ", 'first', '" kind \
	"', " #epoch ", 70" values ")"
#define SAY(run, role, rest) \
	"INSERT INTO message (session_id, run_id, role, content, at," \
	" tool_call_id) VALUES (" ID ", " #run ", '" role "', " rest ")"
#define ENDED "ended_at = 70, outcome = "
#define KINDS \
	"SELECT coalesce(group_concat(kind, ' '), 'none') FROM (" \
	"SELECT kind FROM event WHERE ts = 70 ORDER BY seq)"

const struct trigger_case turn_cases[] = {
	/* agent_run_check */
	FORBID("n", NULL, TURN_AS(1, "responsive", 0, "", ""), LEASE),
	FORBID("np", NULL, TURN_AS(1, "responsive", 0, "", ""), LEASE),
	FORBID("np", NULL, TURN_AS(1, "responsive", 2, "", ""), LEASE),
	FORBID("np", NULL, TURN_AS(1, "responsive", 1, ", ended_at, outcome",
	    ", 71, 'ok'"), LEASE),
	FORBID("np", SET("epoch = 2"), TURN_AS(1, "responsive", 1, "", ""),
	    LEASE),
	FORBID("np", MOVE("in_progress", "stopped"),
	    TURN_AS(1, "responsive", 1, "", ""), LEASE),
	FORBID("npt", NULL, TURN_AS(2, "responsive", 1, "", ""),
	    "conflict: a turn is running"),

	/* agent_run_beside */
	FORBID("np", NULL, TURN_AS(1048577, "responsive", 1, "", ""),
	    "invalid: not an id of a turn of the session"),

	/* agent_run_started */
	GIVES("np", NULL, TURN_AS(1, "responsive", 1, "", ""), KINDS,
	    "agent_started session.agent_running"),
	GIVES("np", NULL, TURN_AS(1, "dispatch", 1, "", ""), KINDS, "none"),

	/* agent_run_fixed */
	FORBID("npt", NULL, RUN("id = 2"), TURN_OVER),
	FORBID("npt", NULL, RUN("rowid = 2"), TURN_OVER),
	FORBID("npt", NULL, RUN("session_id = 'x'"), TURN_OVER),
	FORBID("npt", NULL, RUN("agent = 'x'"), TURN_OVER),
	FORBID("npt", NULL, RUN("kind = 'dispatch'"), TURN_OVER),
	FORBID("npt", NULL, RUN("epoch = 9"), TURN_OVER),
	FORBID("npt", NULL, RUN("started_at = 9"), TURN_OVER),
	FORBID("npt", RUN(ENDED "'ok'"), RUN("summary = 'x'"), TURN_OVER),
	FORBID("npt", RUN(ENDED "'ok'"), RUN("ended_at = NULL, outcome = NULL"),
	    TURN_OVER),
	{ "npt", RUN(ENDED "'ok'") ";" TURN_AS(2, "responsive", 1, "", ""),
	    "UPDATE OR REPLACE agent_run SET id = 1 WHERE id = 2", TURN_OVER,
	    "SELECT count(*) FROM agent_run", "2" },

	/* agent_run_ended */
	GIVES("npt", NULL, RUN(ENDED "'ok', confidence = 0.5, next_node = 'n'"),
	    KINDS, "confidence_emitted route_decided agent_finished"),
	GIVES("npt", NULL, RUN(ENDED "'ok', confidence = 0.5, next_node = 'n'"),
	    "SELECT group_concat(payload, ' ') FROM event WHERE ts = 70"
	    " AND kind <> 'agent_finished'",
	    "{\"agent\":\"first\",\"value\":0.5,\"rationale\":\"\","
	    "\"signal\":null} {\"agent\":\"first\",\"signal\":\"default\","
	    "\"next_node\":\"n\"}"),
	GIVES("npt", NULL, RUN(ENDED "'ok', confidence = 0.5, next_node = 'n'"),
	    "SELECT payload FROM event WHERE kind = 'agent_finished'",
	    "{\"agent\":\"first\",\"input_tokens\":3,"
	    "\"output_tokens\":2,\"total_tokens\":5,"
	    "\"started_at\":\"1970-01-01T00:00:00Z\","
	    "\"ended_at\":\"1970-01-01T00:00:00Z\",\"summary\":\"\","
	    "\"confidence\":0.5,\"confidence_rationale\":null,"
	    "\"signal\":null}"),
	GIVES("npt", NULL, RUN(ENDED "'cancelled'"), KINDS, "none"),
	GIVES("np", TURN_AS(1, "dispatch", 1, "", ""), RUN(ENDED "'ok'"), KINDS,
	    "none"),

	/* agent_run_failed; only a retry opens a turn again */
	GIVES("npt", NULL, RUN(ENDED "'failed', summary = 'w'"),
	    "SELECT kind || payload FROM event WHERE ts = 70",
	    "agent_failed{\"agent\":\"first\",\"summary\":\"w\"}"),
	FORBID("npt", RUN(ENDED "'failed'"),
	    RUN("ended_at = NULL, outcome = NULL"), TURN_OVER),
	FORBID("npt", RUN(ENDED "'failed'"), RUN("summary = 'x'"), TURN_OVER),

	/* message_check */
	FORBID("npt", NULL, SAY(2, "user", "'x', 70, NULL"), NO_TURN),
	FORBID("npt", SESSION(2),
	    "INSERT INTO message (session_id, run_id, role,"
	    " content, at) VALUES ('T-20260101-002', 1, 'user', 'x', 70)",
	    NO_TURN),
	FORBID("npt", RUN(ENDED "'ok'"), SAY(1, "user", "'x', 70, NULL"),
	    NO_TURN),
	FORBID("nptc", NULL, SAY(1, "tool", "'{}', 70, 1"), NO_CALL),
	FORBID("nptcgaxe", NULL, SAY(1, "tool", "'{}', 70, 1"),
	    "conflict: a message never changes"),
	FORBID("nptcgaxe", NULL, SAY(1, "tool", "'{\"ok\":true}', 70, 1"),
	    "conflict: a message never changes"),
	FORBID("npt", NULL, SAY(1, "user", "'x', 70, 1"),
	    "CHECK constraint failed"),

	/* message_tokens */
	GIVES("npt", NULL, "SELECT 1", "SELECT input_tokens || ' ' ||"
	    " output_tokens FROM agent_run", "3 2"),
	GIVES("npt", NULL, "SELECT 1", "SELECT input_tokens || ' ' ||"
	    " output_tokens || ' ' || version || ' ' || updated_at"
	    " FROM session", "3 2 3 13"),
	GIVES("npt", SAY(1, "user", "'x', 70, NULL"), "SELECT 1",
	    "SELECT version FROM session", "3"),

	/* message_fixed */
	FORBID("npt", NULL, "UPDATE message SET content = 'x'",
	    "conflict: a message never changes"),
	{ .given = NULL }
};
