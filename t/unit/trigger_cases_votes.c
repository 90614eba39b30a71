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
#define OTHER \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SEVEN	/* of {"n":7} */ \
	"1dd42de9287c1b6a96c617376c0df6b8304485783ed0b4803f1aac0f119471a5"
#define ARGS "invalid: args: go with edit, and only there"
#define EDIT(args) BALLOT(", args, args_sha256", "'edit', '" args "', '" \
	OTHER "'")
#define OTHERS "denied: the application lets others decide"
#define CHANGED "conflict: a change of a gate is kept"
#define CHANGE(gate, values) \
	"INSERT INTO gate_change (gate_id, actor, at, assigns, assignee," \
	" deadline) VALUES (" #gate ", 'ana', 30, " values ")"
/* The same session and call, of an application with more to say. */
#define LIKE(config, parameters) \
	"INSERT INTO app SELECT 2, 'like', 1, digest, dir, '" config "'," \
	" session_prefix, entry_agent, default_status, escalate_tool," \
	" escalate_status, escalate_team, escalation_teams," \
	" gate_timeout_ms, gate_on_timeout, 1, 1, loaded_at FROM app;" \
	"INSERT INTO tool SELECT 2, name, server, transport, category," \
	" description, '" parameters "', risk, repeatable, config, 1" \
	" FROM tool; INSERT INTO session (id, app_id, query, environment," \
	" submitter, node, ready_at, created_at, updated_at) VALUES (" ID \
	", 2, 'q', 'dev', '{}', 'first', 1, 1, 1);" SET("epoch = 1") ";" \
	MOVE("new", "in_progress") ";" TURN(1) ";" \
	PLAN(1, 0, "0, 'planned', 1, 14, 'r', NULL, NULL") ";"
#define TYPED \
	LIKE("{}", \
	    "{\"properties\":{\"n\":{},\"m\":{}},\"required\":[\"n\"]}") \
	OPEN("tool", "1", "", ", '" DIGEST "'")
#define CHOSEN \
	LIKE("{\"runtime\":{\"gateway\":{\"approvers\":{\"low\":" \
	    "[\"approver\",\"dora\"]}}}}", "{}")
#define NAMED CHOSEN OPEN("tool", "1", ", approvers", ", '" DIGEST "'," \
	    " '[\"approver\",\"dora\"]'")
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
	    "\"votes\":1,\"quorum\":2,\"origin\":null}"),
	GIVES("nptc", STRICT_GATE, "INSERT INTO vote (gate_id, verdict, actor,"
	    " at, origin) VALUES (1, 'approve', 'ana', 30,"
	    " '{\"via\":\"unix\",\"user\":\"root\"}')",
	    "SELECT payload -> '$.origin' FROM event WHERE kind = 'vote_cast'",
	    "{\"via\":\"unix\",\"user\":\"root\"}"),
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

	/* edit: another call, asked about again; the policy first */
	FORBID("nptcg", NULL, BALLOT("", "'edit'"), ARGS),
	FORBID("nptcg", NULL, BALLOT(", args", "'edit', '{}'"), ARGS),
	FORBID("nptcg", NULL, BALLOT(", args, args_sha256", "'approve', '{}',"
	    " '" OTHER "'"), ARGS),
	FORBID("nptcg", NULL, BALLOT(", args, args_sha256", "'edit',"
	    " '{\"n\":1}', '" DIGEST "'"), "invalid: args: nothing is edited"),
	FORBID("nptcg", NULL, EDIT("[]"), "CHECK constraint failed"),
	FORBID("", TYPED, EDIT("{\"n\":1,\"force\":1}"),
	    "invalid: args: the tool has no such parameter"),
	FORBID("", TYPED, EDIT("{\"m\":1}"),
	    "invalid: args: a required parameter is missing"),
	GIVES("", TYPED, BALLOT(", args, args_sha256", "'edit', '{\"n\":7}',"
	    " '" SEVEN "'"),
	    "SELECT status || gate_reason || args || args_original"
	    " FROM tool_call", "plannededited{\"n\":7}{\"n\":1}"),
	GIVES("nptcg", BALLOT(", args, args_sha256", "'edit', '{\"n\":7}',"
	    " '" SEVEN "'"), "SELECT 1", WHERE_TO,
	    "in_progress first {} gate_decided ana"),
	FORBID("nptc", STRICT_GATE, "INSERT INTO vote (gate_id, actor, at,"
	    " verdict, args, args_sha256) VALUES (1, 'sam', 30, 'edit', '{}',"
	    " '" OTHER "')", "denied: the submitter may not approve"),

	/* respond, escalate: the call did not run */
	FORBID("nptcg", NULL, BALLOT(", input", "'respond', ' '"), BLANK),
	GIVES("nptcg", NULL, BALLOT(", input", "'respond', 'no'"),
	    "SELECT status || result FROM tool_call",
	    "rejected{\"response\":\"no\",\"by\":\"ana\"}"),
	GIVES("nptcg", NULL, BALLOT("", "'escalate'"), WHERE_TO,
	    "escalated first {\"team\":\"ops\",\"escalated_to\":\"ops\"}"
	    " escalate ana"),
	GIVES("nptc", PLAN(2, 1, "0, 'planned', 1, 14, 'r', NULL, NULL") ";"
	    OPEN("tool", "1", "", ", '" DIGEST "'") ";"
	    OPEN("tool", "2", "", ", '" DIGEST "'"),
	    BALLOT("", "'escalate'"), "SELECT group_concat(status) FROM"
	    " tool_call", "rejected,cancelled"),

	/* who may decide */
	FORBID("", CHOSEN, OPEN("tool", "1", "", ", '" DIGEST "'"),
	    "denied: the application names others"),
	FORBID("", NAMED, VOTE(1, "approve", "ana", 30), OTHERS),
	FORBID("", NAMED, VOTE(1, "reject", "ana", 30), OTHERS),
	FORBID("", NAMED, BALLOT(", roles", "'approve', 'viewer"
	    " approver@other'"), OTHERS),
	GIVES("", NAMED, BALLOT(", roles", "'approve', 'viewer"
	    " approver@like'"), "SELECT decision FROM gate", "approve"),
	GIVES("", NAMED, BALLOT(", roles", "'approve', 'approver'"),
	    "SELECT decision FROM gate", "approve"),
	GIVES("", NAMED, BALLOT(", roles", "'approve', 'admin'"),
	    "SELECT decision FROM gate", "approve"),
	GIVES("", NAMED, VOTE(1, "approve", "dora", 30),
	    "SELECT decision FROM gate", "approve"),

	/* gate_change_check */
	FORBID("nptcg", NULL, CHANGE(7, "1, 'bob', NULL"),
	    "unknown: no such gate"),
	FORBID("nptcga", NULL, CHANGE(1, "1, 'bob', NULL"), DECIDED),
	FORBID("nptcg", NULL, "INSERT INTO gate_change (gate_id, gate_version,"
	    " actor, at, assigns) VALUES (1, 3, 'ana', 30, 1)",
	    "conflict: the gate changed meanwhile"),
	FORBID("nptcg", NULL, "INSERT INTO gate_change (gate_id, actor, at,"
	    " assigns) VALUES (1, 'ana', 1020, 1)",
	    "conflict: the gate has expired"),
	FORBID("nptcg", NULL, CHANGE(1, "0, NULL, 1020"),
	    "invalid: deadline: not later than it is"),
	FORBID("nptcg", NULL, CHANGE(1, "0, NULL, 2592000031"),
	    "invalid: deadline: more than 30 days away"),
	FORBID("nptcg", "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT"
	    " n + 1 FROM n WHERE n < 100) INSERT INTO gate_change (gate_id,"
	    " actor, at, assigns) SELECT 1, 'ana', 30, 1 FROM n",
	    CHANGE(1, "1, 'bob', NULL"),
	    "conflict: the gate was changed 100 times"),
	FORBID("nptcg", NULL, CHANGE(1, "0, 'bob', 1021"),
	    "CHECK constraint failed"),
	FORBID("nptcg", NULL, CHANGE(1, "0, NULL, NULL"),
	    "CHECK constraint failed"),

	/* gate_change_made */
	GIVES("nptcg", CHANGE(1, "1, 'bob', NULL"), CHANGE(1, "0, NULL, 1021"),
	    "SELECT assignee || deadline || version FROM gate", "bob10213"),
	GIVES("nptcg", CHANGE(1, "1, 'bob', 1021"), CHANGE(1, "1, NULL, NULL"),
	    "SELECT coalesce(assignee, 'none') || deadline FROM gate",
	    "none1021"),
	GIVES("nptcg", NULL, CHANGE(1, "1, 'bob', NULL"),
	    "SELECT payload ->> '$.to.assignee' FROM event"
	    " WHERE kind = 'gate_changed'", "bob"),
	FORBID("nptcg", CHANGE(1, "1, 'bob', NULL"),
	    "UPDATE gate SET assignee = 'eve'",
	    "conflict: nobody changed the gate so"),
	FORBID("nptcg", CHANGE(1, "1, 'bob', NULL"), "INSERT INTO event"
	    " (session_id, kind, payload, ts) VALUES (" ID ", 'gate_changed',"
	    " '{\"gate_id\":\"g1\"}', 1)",
	    "denied: this event comes with what it tells of"),

	/* gate_change_fixed, _kept, _new */
	FORBID("nptcg", CHANGE(1, "1, 'bob', NULL"),
	    "UPDATE gate_change SET actor = 'eve'", CHANGED),
	FORBID("nptcg", CHANGE(1, "1, 'bob', NULL"),
	    "DELETE FROM gate_change", CHANGED),
	FORBID("nptcg", CHANGE(1, "1, 'bob', NULL"), "INSERT OR REPLACE INTO"
	    " gate_change (id, gate_id, actor, at, assigns) VALUES (1, 1,"
	    " 'eve', 30, 1)", CHANGED),

	/* vote_fixed */
	FORBID("nptcga", NULL, "UPDATE vote SET rationale = 'x'",
	    "conflict: a vote never changes"),
	{ .given = NULL }
};
