/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A person's verdict on a gate, whichever way it comes.
 *
 *	struct verdict verdict = { .session_id = id, .gate_id = 17,
 *	    .verdict = "approve", .actor = "ana", .now_ms = clock_ms() };
 *	struct verdict_result result;
 *	rc = gate_decide(db, &verdict, &result);
 */
#ifndef SQL_GATE_H
#define SQL_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "sql/session.h"

#define VERDICT_AMOUNT_MAX INT64_C(1000000000000)

struct verdict {
	const char *session_id;
	int64_t gate_id;		/* from gate_find */
	int64_t gate_version;		/* what the person saw; 0: any */
	const char *verdict;
	const char *actor;
	const char *said;		/* who the client says it is; or NULL */
	const char *origin;		/* sql/auth.h; NULL: a program */
	const char *rationale;		/* or NULL */
	const char *input;		/* resume_with_input, respond */
	const char *args;		/* edit: a JSON object to run instead */
	const char *roles;		/* of the actor, or NULL: not known */
	const char *team;		/* escalate; NULL: the default */
	int64_t amount;			/* raise: by how much; 0: as before */
	int64_t now_ms;
};

struct verdict_result {
	char why[DB_WHY_MAX];
	/* Who decided what and when, if somebody has; else "". */
	char decision[32];
	char decided_by[128];
	int64_t decided_at;
	char voted[32];			/* what this actor did before, or "" */
	int64_t voted_at;
	int64_t version;		/* of the gate */
	bool stale;			/* gate_version is not it */
	/* Who made it another since then; "assign", "extend" or a verdict. */
	char change[32];
	char changed_by[128];
	int64_t changed_at;
	bool open;			/* more votes are needed */
};

/*
 * gate_decide casts a vote. Repeating one's own vote, word for word, is OK and
 * changes nothing. E_NOTFOUND: no such gate in the session; E_CONFLICT:
 * decided, expired or changed meanwhile, or already voted otherwise;
 * E_DENIED: this actor may not; E_INVALID: not a verdict of this gate.
 */
int gate_decide(struct db *db, const struct verdict *verdict,
	struct verdict_result *result);

/*
 * gate_decide_all casts the votes of one person on many gates in one
 * transaction; rc[i] and results[i] are what gate_decide would say of each.
 * Returns OK, or what kept all of them from being written.
 */
int gate_decide_all(struct db *db, const struct verdict verdicts[],
	struct verdict_result results[], int rc[], int count);

/* What somebody changes about an open gate. */
struct gate_change {
	int64_t gate_id;
	int64_t gate_version;		/* what the person saw; 0: any */
	const char *actor;
	const char *origin;
	bool assigns;
	const char *assignee;		/* NULL: nobody */
	int64_t deadline;		/* ms; 0: as it is */
	const char *rationale;		/* or NULL */
	int64_t now_ms;
};

/*
 * gate_change_apply asks somebody to look at a gate, or puts its deadline
 * off. Errors as gate_decide; E_INVALID: a deadline that is not later, or too
 * late.
 */
int gate_change_apply(struct db *db, const struct gate_change *change,
	struct verdict_result *result);

/* gate_number reads "g17" or "17"; 0: it is neither. */
int64_t gate_number(const char *word);

/*
 * gate_find turns the public name of a call or gate into a gate's id:
 * "g17", or the number of a tool call, which names its gate only if that is
 * the session's one open gate, or the last gate of that call when none is
 * open. E_NOTFOUND: no such session or call, or neither form; E_CONFLICT: the
 * number does not name the one open gate.
 */
int gate_find(struct db *db, const char *session_id, const char *name,
	int64_t *gate_id, char why[DB_WHY_MAX]);

/*
 * gate_find_confidence finds the open confidence gate of a session.
 * E_NOTFOUND: no such session; E_CONFLICT: it does not wait at one, and why
 * is "not_awaiting_input (status=...)" or names the gate that it waits at.
 */
int gate_find_confidence(struct db *db, const char *session_id,
	int64_t *gate_id, char why[DB_WHY_MAX]);

#endif
