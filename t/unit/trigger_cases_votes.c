/* SPDX-License-Identifier: Apache-2.0 */
/* sql/triggers/gates.sql: votes. */
#include "t/unit/trigger_cases.h"

#include <stddef.h>

#define DECIDED "conflict: the gate is already decided"
#define NO_VERDICT "invalid: decision: not one of this gate's"
#define SYSTEM "denied: only the system lets a gate expire"
#define VOTED "conflict: this person has voted"
#define FURTHER "invalid: at: the session is further on"
#define BLANK "invalid: user_input: must not be blank"
#define NO_TEAM "invalid: team: not an escalation team"
#define ASK OPEN("confidence", "NULL", "", ", NULL")
#define STRICT_GATE \
	OPEN("tool", "1", ", quorum, submitter_may_approve", \
	    ", '" DIGEST "', 2, 0")
#define BALLOT(columns, values) \
	"INSERT INTO vote (gate_id, actor, at, verdict" columns ")" \
	" VALUES (1, 'ana', 30, " values ")"
/* An application with a tool for escalation, no default team, no teams. */
#define TOOLED(team, teams) \
	"INSERT INTO app SELECT 2, 'tooled', 1, digest, dir, config," \
	" session_prefix, entry_agent, default_status, 's:page'," \
	" 'escalated', " team ", '" teams "', gate_timeout_ms," \
	" gate_on_timeout, 1, 1, loaded_at FROM app;" \
	"INSERT INTO session (id, app_id, query, environment, submitter," \
	" node, ready_at, created_at, updated_at) VALUES (" ID ", 2, 'q'," \
	" 'dev', '{}', 'first', 1, 1, 1);" MOVE("new", "in_progress") ";" ASK
#define WHERE_TO \
	"SELECT status || ' ' || node || ' ' || extra_fields || ' ' || cause" \
	" || ' ' || actor FROM session s JOIN move m ON m.id = s.move_id"

const struct trigger_case vote_cases[] = {
	/* vote_check */
	FORBID("nptcg", NULL, VOTE(9, "approve", "ana", 30),
	    "unknown: no such gate"),
	FORBID("nptcga", NULL, VOTE(1, "reject", "bob", 40), DECIDED),
	FORBID("nptcga", NULL, VOTE(1, "approve", "bob", 40), DECIDED),
	FORBID("nptcga", NULL, VOTE(1, "timeout", "system", 2000), DECIDED),
	FORBID("nptcg", NULL, VOTE(1, "yes", "ana", 30), NO_VERDICT),
	FORBID("nptcg", NULL, VOTE(1, "Approve", "ana", 30), NO_VERDICT),
	FORBID("nptcg", NULL, VOTE(1, "approve ", "ana", 30), NO_VERDICT),
	FORBID("nptcg", NULL, VOTE(1, "", "ana", 30), NO_VERDICT),
	FORBID("nptcg", NULL, VOTE(1, "stop", "ana", 30), NO_VERDICT),
	FORBID("nptcg", NULL, VOTE(1, "cancelled", "ana", 30), NO_VERDICT),
	FORBID("nptcg", NULL, BALLOT("", "NULL"), NO_VERDICT),
	FORBID("np", ASK, VOTE(1, "approve", "ana", 30), NO_VERDICT),
	FORBID("nptcg", NULL, BALLOT(", gate_version", "'approve', 2"),
	    "conflict: the gate changed meanwhile"),
	GIVES("nptcg", NULL, BALLOT(", gate_version", "'approve', 1"),
	    "SELECT decision FROM gate", "approve"),
	FORBID("nptcg", NULL, VOTE(1, "timeout", "ana", 2000), SYSTEM),
	FORBID("nptcg", NULL, VOTE(1, "approve", "system", 30), SYSTEM),
	FORBID("nptcg", NULL, VOTE(1, "approve", "", 30), "CHECK constraint"),
	FORBID("nptcg", NULL, VOTE(1, "approve", "ana", 19), FURTHER),
	FORBID("nptcg", TELL("session.patched", "{}"),
	    VOTE(1, "approve", "ana", 69), FURTHER),
	GIVES("nptcg", TELL("session.patched", "{}"),
	    VOTE(1, "approve", "ana", 70), "SELECT decision FROM gate",
	    "approve"),
	FORBID("np", ASK, VOTE(1, "stop", "ana", 9999999999999),
	    "invalid: at: lies in the future"),
	/* a clock that was wrong for a while stops nobody */
	GIVES("np", ASK ";" TELL_AT("session.patched", "{}", 9999999999999),
	    VOTE(1, "stop", "ana", 9999999999999), "SELECT decision FROM gate",
	    "stop"),
	FORBID("nptcg", NULL, VOTE(1, "approve", "ana", 1020),
	    "conflict: the gate has expired"),
	FORBID("nptcg", NULL, VOTE(1, "reject", "ana", 5000),
	    "conflict: the gate has expired"),
	FORBID("nptcg", NULL, VOTE(1, "timeout", "system", 1019),
	    "conflict: the gate has not expired"),
	FORBID("nptc", OPEN("tool", "1", "", ", '" DIGEST "'"),
	    VOTE(1, "timeout", "system", 999999),
	    "conflict: the gate has not expired"),
	FORBID("nptc", STRICT_GATE, VOTE(1, "approve", "sam", 30),
	    "denied: the submitter may not approve"),
	GIVES("nptc", STRICT_GATE, VOTE(1, "reject", "sam", 30),
	    "SELECT decision FROM gate", "reject"),
	GIVES("nptcg", NULL, VOTE(1, "approve", "sam", 30),
	    "SELECT decision FROM gate", "approve"),
	FORBID("nptcgax", OPEN("in_doubt", "1", ", submitter_may_approve", ", '"
	    DIGEST "', 0"), VOTE(2, "run_again", "sam", 90),
	    "denied: the submitter may not approve"),
	FORBID("np", ASK, BALLOT("", "'resume_with_input'"), BLANK),
	FORBID("np", ASK, BALLOT(", input",
	    "'resume_with_input', ' ' || char(9,"
	    " 10, 11, 12, 13)"), BLANK),
	FORBID("np", ASK, BALLOT(", team", "'escalate', 'nobody'"), NO_TEAM),
	FORBID("", TOOLED("NULL", "[\"net\"]"), BALLOT("", "'escalate'"),
	    NO_TEAM),
	GIVES("", TOOLED("NULL", "[]"), BALLOT(", team", "'escalate', 'any'"),
	    "SELECT extra_fields FROM session",
	    "{\"team\":\"any\",\"escalated_to\":\"any\"}"),
	FORBID("nptcg", NULL,
	    "INSERT OR IGNORE INTO vote (gate_id, verdict, actor,"
	    " at) VALUES (1, 'yes', 'ana', 30)", NO_VERDICT),
	FORBID("nptcg", NULL,
	    "INSERT OR FAIL INTO vote (gate_id, verdict, actor,"
	    " at) VALUES (1, 'yes', 'ana', 30)", NO_VERDICT),
	FORBID("nptcga", NULL, "INSERT OR REPLACE INTO vote (gate_id, verdict,"
	    " actor, at) VALUES (1, 'reject', 'ana', 30)", VOTED),

	/* vote_count: the version, the quorum of distinct people */
	GIVES("nptc", STRICT_GATE, VOTE(1, "approve", "ana", 30),
	    "SELECT version || coalesce(decision, ' open') FROM gate",
	    "2 open"),
	GIVES("nptc", STRICT_GATE, VOTE(1, "approve", "ana", 30),
	    "SELECT payload FROM event WHERE kind = 'vote_cast'",
	    "{\"gate_id\":\"g1\",\"verdict\":\"approve\",\"by\":\"ana\","
	    "\"votes\":1,\"quorum\":2}"),
	GIVES("nptcga", NULL, "SELECT 1",
	    "SELECT count(*) FROM event WHERE kind = 'vote_cast'", "0"),
	FORBID("nptc", STRICT_GATE ";" VOTE(1, "approve", "ana", 30),
	    VOTE(1, "approve", "ana", 31), VOTED),
	GIVES("nptc", STRICT_GATE ";" VOTE(1, "approve", "ana", 30),
	    VOTE(1, "approve", "bob", 31),
	    "SELECT decision || decided_by || decided_at || version FROM gate",
	    "approvebob313"),
	GIVES("nptc", STRICT_GATE ";" VOTE(1, "approve", "ana", 30),
	    VOTE(1, "reject", "bob", 31), "SELECT decision FROM gate",
	    "reject"),
	FORBID("nptc", STRICT_GATE ";" VOTE(1, "approve", "ana", 30),
	    BALLOT(", gate_version", "'approve', 1"), VOTED),
	FORBID("nptc", STRICT_GATE ";" VOTE(1, "approve", "ana", 30),
	    "INSERT INTO vote (gate_id, verdict, actor, at, gate_version)"
	    " VALUES (1, 'approve', 'bob', 31, 1)",
	    "conflict: the gate changed meanwhile"),
	GIVES("nptcga", NULL, "SELECT 1", "SELECT rationale FROM gate",
	    "fine"),
	/* I3: the last gate decided sets the session going */
	GIVES("nptcga", NULL, "SELECT 1", WHERE_TO,
	    "in_progress first {} gate_decided ana"),
	GIVES("nptcga", NULL, "SELECT 1",
	    "SELECT ready_at || coalesce(owner, ' nobody') FROM session",
	    "30 nobody"),
	GIVES("nptc", PLAN(2, 1, "0, 'planned', 1, 14, 'r', NULL, NULL") ";"
	    OPEN("tool", "1", "", ", '" DIGEST "'") ";"
	    OPEN("tool", "2", "", ", '" DIGEST "'"),
	    VOTE(1, "approve", "ana", 30), "SELECT status FROM session",
	    "awaiting_input"),
	/* what people answer to a doubtful agent */
	GIVES("np", ASK, BALLOT(", input", "'resume_with_input', '  yes do' ||"
	    " char(10)"), "SELECT user_inputs || status FROM session",
	    "[\"yes do\"]in_progress"),
	GIVES("np", ASK, BALLOT("", "'stop'"), WHERE_TO,
	    "stopped first {} stop ana"),
	GIVES("np", ASK, BALLOT("", "'escalate'"), WHERE_TO,
	    "escalated first {\"team\":\"ops\",\"escalated_to\":\"ops\"}"
	    " escalate ana"),
	GIVES("np", ASK, BALLOT(", team", "'escalate', 'net'"),
	    "SELECT extra_fields ->> 'team' FROM session", "net"),
	GIVES("", TOOLED("NULL", "[]"), BALLOT("", "'escalate'"), WHERE_TO,
	    "in_progress __escalate__ {} escalate ana"),

	/* vote_fixed */
	FORBID("nptcga", NULL, "UPDATE vote SET rationale = 'x'",
	    "conflict: a vote never changes"),
	{ .given = NULL }
};
