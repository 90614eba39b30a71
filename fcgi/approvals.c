/* SPDX-License-Identifier: Apache-2.0 */
/* Gates about tool calls: which are open, and a person's verdict on one. */
#include <stdio.h>
#include <string.h>

#include "fcgi/handlers.h"
#include "fcgi/input.h"
#include "fcgi/reply.h"
#include "fcgi/verdict.h"
#include "lib/err.h"

enum {
	APPROVER_LEN_MAX = 120,
	RATIONALE_LEN_MAX = 16 * 1024,
};

int
approvals_open(const struct request *req, struct reply *reply)
{
	struct rows rows;
	int limit, rc;

	if (input_limit(req, 100, &limit, reply) != 0)
		return 422;
	rows = db_query(request_reader(req), Q_GATES_OPEN, "li", req->now_ms,
	    limit);
	rc = reply_rows(reply, &rows, NULL);
	return rc == OK ? 200 : reply_failure(reply, rc, "");
}

int
approvals_of_session(const struct request *req, struct reply *reply)
{
	struct rows rows = db_query(request_reader(req), Q_SESSION_STATE, "s",
	    req->param[0]);
	bool found = rows_next(&rows);
	int rc = rows_end(&rows);

	if (rc == OK && !found)
		rc = E_NOTFOUND;
	if (rc == OK) {
		rows = db_query(request_reader(req), Q_GATES_OF_SESSION, "ls",
		    req->now_ms, req->param[0]);
		rc = reply_rows(reply, &rows, NULL);
	}
	return rc == OK ? 200 : reply_failure(reply, rc, "session not found");
}

static void
read_verdict(struct input *in, struct verdict *verdict)
{
	static const char *const words[] = {
		"approve", "reject", "run_again", "done", "fail",
		"raise", "finish", "stop", NULL
	};

	verdict_read(in, verdict, words);
	verdict_by(in, verdict, input_string(in, "approver", INPUT_FILLED |
	    (in->req->who.via == VIA_OFF ? INPUT_REQUIRED : 0),
	    APPROVER_LEN_MAX));
	verdict->rationale = input_string(in, "rationale", 0,
	    RATIONALE_LEN_MAX);
	verdict->amount = input_int(in, "amount", 0, 1, VERDICT_AMOUNT_MAX);
	if (verdict->amount > 0 && verdict->verdict != NULL &&
	    strcmp(verdict->verdict, "raise") != 0)
		input_complain(in, "amount", "goes with raise");
}

/*
 * The gate that the path names. E_CONFLICT also if it asks for words: no
 * verdict on a tool call answers that.
 */
static int
find_gate(const struct request *req, struct verdict *verdict,
    struct verdict_result *result)
{
	int rc = gate_find(request_reader(req), req->param[0], req->param[1],
	    &verdict->gate_id, result->why);
	struct rows rows;
	bool asks_for_words;

	if (rc != OK)
		return rc;
	rows = db_query(request_reader(req), Q_GATE_STATE, "ls",
	    verdict->gate_id, req->param[0]);
	asks_for_words = rows_next(&rows) &&
	    strcmp(rows_str(&rows, 1), "confidence") == 0;
	rc = rows_end(&rows);
	if (rc != OK || !asks_for_words)
		return rc;
	snprintf(result->why, sizeof(result->why),
	    "the gate asks for input: answer it with resume");
	return E_CONFLICT;
}

int
approvals_decide(const struct request *req, struct reply *reply)
{
	struct verdict verdict = {
		.session_id = req->param[0],
		.now_ms = req->now_ms,
	};
	struct verdict_result result = { .why = "" };
	struct input in;
	int rc, status;

	input_open(&in, req, INPUT_BODY);
	read_verdict(&in, &verdict);
	if (input_failed(&in)) {
		status = input_refuse(&in, reply);
	} else {
		rc = find_gate(req, &verdict, &result);
		if (rc == OK)
			rc = gate_decide(request_writer(req), &verdict,
			    &result);
		status = rc == OK ? verdict_answer(req, &verdict, reply) :
		    verdict_refuse(reply, rc, &result);
	}
	input_close(&in);
	return status;
}
