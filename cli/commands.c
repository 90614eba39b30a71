/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stddef.h>

const struct command commands[] = {
	{ "init", "", "make the database, or bring it up to date",
	    0, 0, "", NEEDS_CREATE, cmd_init },
	{ "load", "DIR [--check]",
	    "check an application and load it (--check: do not load)",
	    1, 1, "c", NEEDS_NOTHING, cmd_load },
	{ "sessions", "[--status S | --all] [--limit N] [FILTER...]",
	    "list sessions, newest first; those not finished, unless told",
	    0, 0, "SAlpEuGPqCBWo", NEEDS_READ, cmd_sessions },
	{ "show", "ID", "show one session with its turns, calls and gates",
	    1, 1, "", NEEDS_READ, cmd_show },
	{ "approvals", "[FILTER...]", "list open gates, oldest first",
	    0, 0, "pEGKTYNLW", NEEDS_READ, cmd_approvals },
	{ "approve", "GATE [--rationale T] [--actor NAME]",
	    "let the call of a gate run",
	    1, 1, "ra", NEEDS_WRITE, cmd_approve },
	{ "reject", "GATE [--rationale T] [--actor NAME]",
	    "do not let it run; the agent is told why",
	    1, 1, "ra", NEEDS_WRITE, cmd_reject },
	{ "decide", "GATE VERDICT [--args JSON | --text T | --amount N] "
	    "[--rationale T] [--actor NAME]",
	    "any verdict; of a call also edit (its arguments), respond (the "
	    "text, instead of running) and escalate; in doubt: run_again, "
	    "done or fail; of a "
	    "budget: raise (by N, else as before), finish or stop",
	    2, 2, "nratJe", NEEDS_WRITE, cmd_decide },
	{ "assign", "GATE [NAME] [--rationale T] [--actor NAME]",
	    "ask NAME to look at a gate, in place of whoever was asked; "
	    "without NAME: nobody",
	    1, 2, "ra", NEEDS_WRITE, cmd_assign },
	{ "extend", "GATE TIME [--rationale T] [--actor NAME]",
	    "let a gate wait longer, at most 30 days from now; 2h, or a time",
	    2, 2, "ra", NEEDS_WRITE, cmd_extend },
	{ "resume", "ID (--text T | --escalate [TEAM] | --stop) [--actor NAME]",
	    "answer an agent that is not sure enough",
	    1, 2, "texa", NEEDS_WRITE, cmd_resume },
	{ "retry", "ID [--preview] [--actor NAME]",
	    "take a session up that failed in passing, where it failed "
	    "(--preview: only tell what that would do)",
	    1, 1, "aw", NEEDS_WRITE, cmd_retry },
	{ "un-duplicate", "ID [--rationale T] [--actor NAME]",
	    "say that a session is no duplicate after all; it runs then",
	    1, 1, "ra", NEEDS_WRITE, cmd_un_duplicate },
	{ "stop", "ID [--actor NAME]", "stop a session for good",
	    1, 1, "a", NEEDS_WRITE, cmd_stop },
	{ "token", "(add NAME --roles R [--days N] | list [--all] | revoke ID)",
	    "bearer tokens: make one (for 90 days; 0: for ever), list, end",
	    1, 2, "RDA", NEEDS_WRITE, cmd_token },
	{ "role", "(set NAME --roles R | list | remove NAME)",
	    "what people may do who come with a name from nginx",
	    1, 2, "R", NEEDS_WRITE, cmd_role },
	{ "tail", "[ID] [--since SEQ] [--follow]",
	    "print the audit log, and with --follow what is added to it",
	    0, 1, "sf", NEEDS_READ, cmd_tail },
	{ "tools", "[--app NAME] [--check]",
	    "list the tools and their servers (--check: ask each server now)",
	    0, 0, "pc", NEEDS_READ, cmd_tools },
	{ "try", "AGENT --query TEXT [--app DIR] [--environment E] [--model M]"
	    " [--follow] [--keep]",
	    "run one agent here and watch it; gates are asked on the spot",
	    1, 1, "qpEmfka", NEEDS_NOTHING, cmd_try },
	{ "verify", "", "look for what must never be; prints nothing if all "
	    "is well", 0, 0, "", NEEDS_READ, cmd_verify },
	{ "version", "", "print the versions of program and schema",
	    0, 0, "", NEEDS_NOTHING, cmd_version },
	{ "help", "[COMMAND]", "print this",
	    0, 1, "", NEEDS_NOTHING, cmd_help },
	{ .name = NULL },
};
