/* SPDX-License-Identifier: Apache-2.0 */
/* sql/triggers/budgets.sql, and what budgets are elsewhere. */
#include "t/unit/trigger_cases.h"

#include <stddef.h>

#define LOADED "conflict: a loaded budget never changes"
#define NO_FIT "invalid: the gate fits no budget"
#define USED_UP "denied: a budget is used up"
#define COUNTED "conflict: an attempt is counted when it starts"
#define GROWS "conflict: what a turn used only grows"
#define BUDGET(agent, name, amount) \
	"INSERT INTO budget VALUES (1, '" agent "', '" name "', " #amount ")"
#define DETAIL(name, agent, limit, used) \
	"'{\"budget\":\"" name "\",\"agent\":" agent ",\"limit\":" #limit \
	",\"used\":" #used "}'"
#define ASK_AT(at, detail) \
	"INSERT INTO gate (session_id, kind, reason, question, opened_at," \
	" detail) VALUES (" ID ", 'budget', 'r', 'q', " #at ", " detail ")"
#define ASK(limit, used) ASK_AT(20, DETAIL("tokens", "null", limit, used))
/* The story's turn used 5 tokens for 1 reply, and began at 12. */
#define TOKENS BUDGET("", "tokens", 5)
#define ASKED TOKENS ";" ASK(5, 5)
#define RAISE_BY(amount) \
	"INSERT INTO vote (gate_id, verdict, actor, at, amount)" \
	" VALUES (1, 'raise', 'ana', 30, " amount ")"
#define SAY(role) \
	"INSERT INTO message (session_id, run_id, role, content," \
	" input_tokens, at) VALUES (" ID ", 1, '" role "', 'x', 1, 60)"
/* After the story's call, which began, another one. */
#define SECOND PLAN(2, 1, "0, 'planned', 2, 14, NULL, NULL, NULL")
#define START(at) \
	"UPDATE tool_call SET status = 'executing', attempt = attempt + 1," \
	" epoch = 2, started_at = " #at " WHERE id = 2"
#define ALLOWED "SELECT allowed || ' ' || used FROM budget_use"
#define STATE \
	"SELECT status || ' ' || node || ' ' || cause FROM session s" \
	" JOIN move m ON m.id = s.move_id"

const struct trigger_case budget_cases[] = {
	/* budget_fixed, budget_kept, budget_new */
	FORBID("", TOKENS, "UPDATE budget SET amount = 9", LOADED),
	FORBID("", TOKENS, "DELETE FROM budget", "conflict: budgets are kept"),
	FORBID("", TOKENS, "INSERT OR REPLACE INTO budget VALUES (1, '',"
	    " 'tokens', 9)", LOADED),
	GIVES("", TOKENS, BUDGET("first", "tokens", 5),
	    "SELECT count(*) FROM budget", "2"),
	FORBID("", NULL, BUDGET("", "tokens", 0), "CHECK constraint failed"),
	FORBID("", NULL, BUDGET("", "money", 5), "CHECK constraint failed"),

	/* gate_budget */
	FORBID("npt", NULL, ASK(5, 5), NO_FIT),
	FORBID("npt", BUDGET("", "tokens", 6), ASK(6, 5), NO_FIT),
	FORBID("npt", BUDGET("", "tokens", 6), ASK(5, 5), NO_FIT),
	FORBID("npt", TOKENS, ASK(5, 6), NO_FIT),
	FORBID("npt", TOKENS, ASK_AT(20, DETAIL("tokens", "\"first\"", 5, 5)),
	    NO_FIT),
	FORBID("npt", TOKENS, ASK_AT(20, DETAIL("model_calls", "null", 5, 5)),
	    NO_FIT),
	FORBID("npt", TOKENS, ASK_AT(20, "'{}'"), NO_FIT),
	GIVES("npt", TOKENS, ASK(5, 5), STATE,
	    "awaiting_input first gate_paused"),
	GIVES("npt", BUDGET("first", "model_calls", 1),
	    ASK_AT(20, DETAIL("model_calls", "\"first\"", 1, 1)),
	    "SELECT payload ->> 'agent' || ' ' || (payload ->> 'kind')"
	    " FROM event WHERE kind = 'gate_fired'", "first budget"),
	FORBID("npt", BUDGET("", "wall_time", 1),
	    ASK_AT(1011, DETAIL("wall_time", "null", 1, 1)), NO_FIT),
	GIVES("npt", BUDGET("", "wall_time", 1),
	    ASK_AT(1012, DETAIL("wall_time", "null", 1, 1)), STATE,
	    "awaiting_input first gate_paused"),
	FORBID("npt", ASKED, OPEN("confidence", "NULL", "", ", NULL"),
	    "conflict: the gate exists"),
	FORBID("nptc", ASKED, OPEN("tool", "1", "", ", '" DIGEST "'"),
	    "conflict: another question is open"),
	FORBID("nptcg", TOKENS, ASK(5, 5),
	    "conflict: another question is open"),

	/* what people say */
	FORBID("npt", ASKED, VOTE(1, "approve", "ana", 30),
	    "invalid: decision: not one of this gate's"),
	FORBID("npt", ASKED, RAISE_BY("0"), "CHECK constraint failed"),
	FORBID("npt", ASKED, "INSERT INTO vote (gate_id, verdict, actor, at,"
	    " amount) VALUES (1, 'stop', 'ana', 30, 5)",
	    "CHECK constraint failed"),
	FORBID("npt", TOKENS ";"
	    "INSERT INTO gate (session_id, kind, reason, question, opened_at,"
	    " submitter_may_approve, detail) VALUES (" ID ", 'budget', 'r',"
	    " 'q', 20, 0, " DETAIL("tokens", "null", 5, 5) ")",
	    VOTE(1, "raise", "sam", 30),
	    "denied: the submitter may not approve"),
	GIVES("npt", ASKED, VOTE(1, "raise", "ana", 30), STATE,
	    "in_progress first gate_decided"),
	GIVES("npt", ASKED, VOTE(1, "raise", "ana", 30), ALLOWED, "10 5"),
	GIVES("npt", ASKED, RAISE_BY("1"), ALLOWED, "6 5"),
	GIVES("npt", ASKED ";" RAISE_BY("1") ";" SAY("assistant"), ASK(6, 6),
	    ALLOWED, "6 6"),
	GIVES("npt", ASKED ";" RAISE_BY("1") ";" SAY("assistant") ";"
	    ASK(6, 6), VOTE(2, "raise", "ana", 70), ALLOWED, "11 6"),
	GIVES("npt", ASKED, VOTE(1, "finish", "ana", 30), STATE,
	    "in_progress __end__ gate_decided"),
	GIVES("npt", ASKED, VOTE(1, "stop", "ana", 30), STATE,
	    "stopped first stop"),
	GIVES("npt", ASKED, VOTE(1, "stop", "ana", 30), ALLOWED, "5 5"),

	/* message_budget */
	FORBID("npt", TOKENS, SAY("assistant"), USED_UP),
	FORBID("npt", BUDGET("first", "tokens", 5), SAY("assistant"), USED_UP),
	FORBID("npt", BUDGET("", "model_calls", 1), SAY("assistant"), USED_UP),
	GIVES("npt", BUDGET("", "tokens", 6), SAY("assistant"), ALLOWED,
	    "6 6"),
	GIVES("npt", BUDGET("other", "tokens", 1), SAY("assistant"), ALLOWED,
	    "1 0"),
	GIVES("npt", BUDGET("", "tool_calls", 1), SAY("assistant"), ALLOWED,
	    "1 0"),
	GIVES("npt", TOKENS, SAY("user"), ALLOWED, "5 5"),

	/* tool_call_budget, tool_call_begun */
	FORBID("nptcgaxe", BUDGET("", "tool_calls", 1) ";" SECOND, START(60),
	    USED_UP),
	FORBID("nptcgaxe", BUDGET("first", "tool_calls", 1) ";" SECOND,
	    START(60), USED_UP),
	GIVES("nptcgaxe", BUDGET("other", "tool_calls", 1) ";" SECOND,
	    START(60), ALLOWED, "1 0"),
	GIVES("nptcgaxe", BUDGET("", "tool_calls", 2) ";" SECOND, START(60),
	    ALLOWED, "2 2"),
	GIVES("nptcgaxe", TOKENS ";" SECOND, START(60), ALLOWED, "5 5"),
	/* the 10 ms that the gate was open do not count */
	GIVES("nptcgaxe", BUDGET("", "wall_time", 1) ";" SECOND, START(1021),
	    "SELECT waited_ms || ' ' || calls || ' ' || replies"
	    " FROM agent_run", "10 2 1"),
	FORBID("nptcgaxe", BUDGET("", "wall_time", 1) ";" SECOND, START(1022),
	    USED_UP),
	GIVES("nptcgaxef", BUDGET("", "wall_time", 1), "SELECT 1",
	    "SELECT used || coalesce(since, '') FROM budget_use", "38"),
	/* once more, or by people, is not one more */
	GIVES("nptcgax", BUDGET("", "tool_calls", 1) ";" OPEN("in_doubt", "1",
	    "", ", '" DIGEST "'") ";" VOTE(2, "run_again", "ana", 90),
	    "UPDATE tool_call SET status = 'executing', attempt = 2,"
	    " epoch = 2, started_at = 95", ALLOWED, "1 1"),
	GIVES("nptcgaxe", BUDGET("", "tool_calls", 1) ";"
	    "INSERT INTO tool_call (id, session_id, ordinal, agent, tool,"
	    " call_key, args, args_sha256, action, risk, repeatable, status,"
	    " epoch, created_at) VALUES (2, " ID ", 1, 'orchestrator',"
	    " 's:fix', 'c', '{\"n\":1}', '" DIGEST "', 'auto', 'low', 0,"
	    " 'planned', 2, 14)", START(60), ALLOWED, "1 1"),

	/* tool_call_attempt */
	FORBID("nptcga", NULL, CALL("attempt = 1"), COUNTED),
	FORBID("nptcgax", NULL, CALL("attempt = 2"), COUNTED),
	FORBID("nptcgax", NULL, CALL("attempt = 0"), COUNTED),
	FORBID("nptcga", SET("epoch = 2"),
	    CALL("status = 'executing', attempt = 2,"
	    " epoch = 2, started_at = 40"), COUNTED),

	/* agent_run_used */
	FORBID("npt", NULL, RUN("replies = 0"), GROWS),
	FORBID("npt", NULL, RUN("input_tokens = 0"), GROWS),
	FORBID("npt", NULL, RUN("output_tokens = 0"), GROWS),
	FORBID("nptcgax", NULL, RUN("calls = 0"), GROWS),
	FORBID("npt", NULL, RUN("waited_ms = 99"), GROWS),
	{ .given = NULL }
};
