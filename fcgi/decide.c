/* SPDX-License-Identifier: Apache-2.0 */
/* A person's verdict on one gate, or on many. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/fit.h"
#include "fcgi/handlers.h"
#include "fcgi/input.h"
#include "fcgi/reply.h"
#include "fcgi/verdict.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/when.h"

enum {
	APPROVER_LEN_MAX = 120,
	RATIONALE_LEN_MAX = 16 * 1024,
	TEXT_LEN_MAX = 64 * 1024,
	TEAM_LEN_MAX = 120,
	BATCH_MAX = 100,	/* gates of one request */
};

/* Each of these fields goes with one verdict. */
static void
check_pair(struct input *in, const struct verdict *verdict, bool given,
    const char *field, const char *word)
{
	if (given && verdict->verdict != NULL &&
	    strcmp(verdict->verdict, word) != 0)
		input_complain(in, field, "goes with %s", word);
}

static void
read_verdict(struct input *in, struct verdict *verdict, struct buf *args)
{
	static const char *const words[] = {
		"approve", "reject", "edit", "respond", "escalate",
		"run_again", "done", "fail", "raise", "finish", "stop", NULL
	};

	verdict_read(in, verdict, words);
	verdict_by(in, verdict, input_string(in, "approver", INPUT_FILLED |
	    (in->req->who.via == VIA_OFF ? INPUT_REQUIRED : 0),
	    APPROVER_LEN_MAX));
	verdict->rationale = input_string(in, "rationale", 0,
	    RATIONALE_LEN_MAX);
	verdict->amount = input_int(in, "amount", 0, 1, VERDICT_AMOUNT_MAX);
	check_pair(in, verdict, verdict->amount > 0, "amount", "raise");
	verdict->input = input_string(in, "user_input", 0, TEXT_LEN_MAX);
	check_pair(in, verdict, verdict->input != NULL, "user_input",
	    "respond");
	verdict->team = input_string(in, "team", INPUT_FILLED, TEAM_LEN_MAX);
	check_pair(in, verdict, verdict->team != NULL, "team", "escalate");
	if (input_object(in, "args") != NULL) {
		check_pair(in, verdict, true, "args", "edit");
		input_fail(in, input_raw(in, "args", args));
		verdict->args = buf_str(args);
	} else if (verdict->verdict != NULL &&
	    strcmp(verdict->verdict, "edit") == 0) {
		input_complain(in, "args", "required, to edit");
	}
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

/* Do the edited arguments fit what the tool says that it takes? */
static void
check_args(struct input *in, const struct verdict *verdict)
{
	struct rows rows = db_query(request_reader(in->req),
	    Q_GATE_PARAMETERS, "l", verdict->gate_id);
	struct json *schema = NULL, *args = NULL;

	if (rows_next(&rows)) {
		schema = json_parse_exact(rows_str(&rows, 0),
		    strlen(rows_str(&rows, 0)), NULL);
		args = json_parse_exact(verdict->args, strlen(verdict->args),
		    NULL);
		if (schema != NULL && args != NULL)
			fit_check(in, "args", schema, args, NULL);
		else
			input_fail(in, E_NOMEM);
	}
	input_fail(in, rows_end(&rows));
	json_free(schema);
	json_free(args);
}

static int
decide(const struct request *req, const struct verdict *verdict, int rc,
    struct verdict_result *result, struct reply *reply)
{
	if (rc == OK)
		rc = gate_decide(request_writer(req), verdict, result);
	return rc == OK ? verdict_answer(req, verdict, reply) :
	    verdict_refuse(req, reply, rc, result);
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
	struct buf args;
	int rc, status;

	buf_init(&args, REQUEST_BODY_MAX);
	input_open(&in, req, INPUT_BODY);
	read_verdict(&in, &verdict, &args);
	if (input_failed(&in)) {
		status = input_refuse(&in, reply);
	} else {
		rc = find_gate(req, &verdict, &result);
		if (rc == OK && verdict.args != NULL)
			check_args(&in, &verdict);
		status = input_failed(&in) ? input_refuse(&in, reply) :
		    decide(req, &verdict, rc, &result, reply);
	}
	input_close(&in);
	buf_free(&args);
	return status;
}

/* The verdicts of a batch, in the order of the request. */
struct batch {
	const char *names[BATCH_MAX];	/* of the gates, as they were sent */
	struct verdict verdicts[BATCH_MAX];
	struct verdict_result results[BATCH_MAX];
	int rc[BATCH_MAX];
	int count;
};

static const char *
member_text(struct input *in, const char *field, const struct json *item,
    const char *key, size_t max)
{
	const struct json *value = json_get(item, key);
	char name[64];

	if (value == NULL || json_kind(value) == JSON_NULL)
		return NULL;
	snprintf(name, sizeof(name), "%.40s.%.20s", field, key);
	if (json_string(value) == NULL)
		input_complain(in, name, "must be a string");
	else
		return input_check(in, name, json_string(value), INPUT_FILLED,
		    max);
	return NULL;
}

static void
read_item(struct input *in, const struct json *item, struct batch *batch)
{
	struct verdict *verdict = &batch->verdicts[batch->count];
	double version = json_number(json_get(item, "version"), 0);
	const char *gate, *word;
	char field[32];

	snprintf(field, sizeof(field), "decisions[%d]", batch->count);
	*verdict = batch->verdicts[0];
	gate = member_text(in, field, item, "gate_id", 20);
	word = member_text(in, field, item, "decision", 20);
	verdict->rationale = member_text(in, field, item, "rationale",
	    RATIONALE_LEN_MAX);
	batch->names[batch->count] = gate;
	verdict->gate_id = gate != NULL ? gate_number(gate) : 0;
	verdict->verdict = word;
	verdict->gate_version = version >= 1 && version < 1e9 ?
	    (int64_t)version : 0;
	if (gate == NULL || word == NULL || version < 1 || version >= 1e9)
		input_complain(in, field,
		    "gate_id, decision and version are required");
	else if (strcmp(word, "approve") != 0 && strcmp(word, "reject") != 0)
		input_complain(in, field, "decision: approve or reject");
	batch->count++;
}

static void
read_batch(struct input *in, struct batch *batch)
{
	const struct json *list = json_get(in->body, "decisions"), *item;

	verdict_by(in, &batch->verdicts[0], input_string(in, "approver",
	    INPUT_FILLED | (in->req->who.via == VIA_OFF ? INPUT_REQUIRED : 0),
	    APPROVER_LEN_MAX));
	batch->verdicts[0].now_ms = in->req->now_ms;
	if (in->body == NULL)
		return;
	if (json_kind(list) != JSON_ARRAY || json_first(list) == NULL) {
		input_complain(in, "decisions", "must be a list of decisions");
		return;
	}
	for (item = json_first(list); item != NULL; item = json_next(item)) {
		if (batch->count == BATCH_MAX) {
			input_complain(in, "decisions", "more than %d",
			    BATCH_MAX);
			break;
		}
		read_item(in, item, batch);
	}
}

/* Whose gates are another application's are not decided. */
static int
check_access(const struct request *req, struct batch *batch)
{
	int rc = OK;

	for (int i = 0; i < batch->count && rc == OK; i++) {
		struct rows rows = db_query(request_reader(req), Q_GATE_APP,
		    "l", batch->verdicts[i].gate_id);

		if (rows_next(&rows) && !auth_may(&req->who, ROLE_APPROVER,
			rows_str(&rows, 0)))
			batch->verdicts[i].gate_id = 0;
		rc = rows_end(&rows);
	}
	return rc;
}

static void
write_outcome(const struct request *req, const struct batch *batch, int i,
    struct reply *reply)
{
	const struct verdict *verdict = &batch->verdicts[i];
	struct reply refusal;
	int status = 200;

	reply_init(&refusal);
	if (batch->rc[i] != OK)
		status = verdict_refuse(req, &refusal, batch->rc[i],
		    &batch->results[i]);
	buf_addf(&reply->body, "%s{\"gate_id\":", i > 0 ? "," : "");
	buf_add_json(&reply->body, batch->names[i], strlen(batch->names[i]));
	buf_addf(&reply->body, ",\"decision\":\"%s\",\"status\":%d",
	    verdict->verdict, status);
	if (status == 200)
		buf_addf(&reply->body, ",\"version\":%lld,\"open\":%s}",
		    (long long)batch->results[i].version,
		    batch->results[i].open ? "true" : "false");
	else	/* {"error":...} without its first brace */
		buf_addf(&reply->body, ",%s", buf_str(&refusal.body) + 1);
	reply_free(&refusal);
}

static int
decide_all(const struct request *req, struct batch *batch,
    struct reply *reply)
{
	int rc = check_access(req, batch);

	if (rc == OK)
		rc = gate_decide_all(request_writer(req), batch->verdicts,
		    batch->results, batch->rc, batch->count);
	if (rc != OK)
		return reply_failure(reply, rc, "");
	buf_addc(&reply->body, '[');
	for (int i = 0; i < batch->count; i++)
		write_outcome(req, batch, i, reply);
	buf_addc(&reply->body, ']');
	return 200;
}

int
approvals_decide_all(const struct request *req, struct reply *reply)
{
	struct batch *batch = calloc(1, sizeof(*batch));
	struct input in;
	int status;

	if (batch == NULL)
		return reply_failure(reply, E_NOMEM, "");
	input_open(&in, req, INPUT_BODY);
	read_batch(&in, batch);
	if (input_failed(&in))
		status = input_refuse(&in, reply);
	else
		status = decide_all(req, batch, reply);
	input_close(&in);
	free(batch);
	return status;
}

static void
read_change(struct input *in, struct gate_change *change)
{
	const struct json *assignee = json_get(in->body, "assignee");
	const char *deadline = input_string(in, "deadline", INPUT_FILLED, 32);
	struct verdict who = { .actor = NULL };

	verdict_by(in, &who, input_string(in, "actor", INPUT_FILLED |
	    (in->req->who.via == VIA_OFF ? INPUT_REQUIRED : 0),
	    APPROVER_LEN_MAX));
	change->actor = who.actor;
	change->origin = who.origin;
	change->gate_version = verdict_version(in);
	change->assigns = assignee != NULL;
	change->assignee = input_string(in, "assignee", INPUT_FILLED,
	    APPROVER_LEN_MAX);
	change->rationale = input_string(in, "rationale", 0,
	    RATIONALE_LEN_MAX);
	if (deadline != NULL && when_parse(deadline, change->now_ms,
		WHEN_FUTURE, &change->deadline) != OK)
		input_complain(in, "deadline", "must be " WHEN_FORMS);
	if (assignee == NULL && deadline == NULL && in->body != NULL)
		input_complain(in, "body", "needs assignee or deadline");
}

int
approvals_change(const struct request *req, struct reply *reply)
{
	struct gate_change change = {
		.gate_id = gate_number(req->param[0]),
		.now_ms = req->now_ms,
	};
	struct verdict_result result;
	struct input in;
	int rc, status;

	input_open(&in, req, INPUT_BODY);
	read_change(&in, &change);
	if (input_failed(&in)) {
		status = input_refuse(&in, reply);
	} else {
		rc = gate_change_apply(request_writer(req), &change, &result);
		status = rc == OK ? approvals_get(req, reply) :
		    verdict_refuse(req, reply, rc, &result);
	}
	input_close(&in);
	return status;
}
