/* SPDX-License-Identifier: Apache-2.0 */
/* A person's answer to an agent that was not sure enough. */
#include <stdio.h>
#include <string.h>

#include "fcgi/handlers.h"
#include "fcgi/input.h"
#include "fcgi/reply.h"
#include "fcgi/verdict.h"
#include "lib/clock.h"
#include "lib/err.h"

enum {
	ACTOR_LEN_MAX = 120,
	TEAM_LEN_MAX = 120,
	TEXT_LEN_MAX = 64 * 1024,
};

static void
read_answer(struct input *in, struct verdict *verdict)
{
	static const char *const words[] = {
		"resume_with_input", "escalate", "stop", NULL
	};
	const char *said;

	verdict_read(in, verdict, words);
	verdict->input = input_string(in, "user_input", 0, TEXT_LEN_MAX);
	verdict->team = input_string(in, "team", INPUT_FILLED, TEAM_LEN_MAX);
	said = input_string(in, "actor", INPUT_FILLED, ACTOR_LEN_MAX);
	verdict_by(in, verdict, said);
	if (verdict->actor == NULL)
		verdict->actor = "operator";
}

/* E_CONFLICT: the answer is rejected, the session stays as it is. */
static int
decide(const struct request *req, struct verdict *verdict,
    struct verdict_result *result)
{
	int rc = gate_find_confidence(request_reader(req), verdict->session_id,
	    &verdict->gate_id, result->why);

	if (rc == OK)
		rc = gate_decide(request_writer(req), verdict, result);
	if (rc == E_INVALID && strncmp(result->why, "team: ", 6) == 0)
		rc = E_CONFLICT;
	return rc;
}

/* Appends data: {"event":...,"incident_id":...,"ts":...,KEY:VALUE}. */
static void
add_frame(struct reply *reply, const struct verdict *verdict,
    const char *event, const char *key, const char *value)
{
	struct buf *body = &reply->body;
	char ts[ISO_SECONDS_SIZE];

	iso_seconds(verdict->now_ms, ts);
	buf_addf(body, "data: {\"event\":\"%s\",\"incident_id\":", event);
	buf_add_json(body, verdict->session_id, strlen(verdict->session_id));
	buf_addf(body, ",\"ts\":\"%s\",\"%s\":", ts, key);
	buf_add_json(body, value, strlen(value));
	buf_adds(body, "}\n\n");
}

static int
add_completed(const struct request *req, const struct verdict *verdict,
    struct reply *reply)
{
	struct rows rows = db_query(request_reader(req), Q_SESSION_STATE, "s",
	    verdict->session_id);

	if (rows_next(&rows))
		add_frame(reply, verdict, "resume_completed", "status",
		    rows_str(&rows, 0));
	return rows_end(&rows);
}

/*
 * The same as a stream of events, for clients that ask for one. Its end does
 * not wait for the agents: they go on by themselves.
 */
static int
stream(const struct request *req, const struct verdict *verdict, int rc,
    const struct verdict_result *result, struct reply *reply)
{
	add_frame(reply, verdict, "resume_started", "action",
	    verdict->verdict);
	if (rc == OK)
		rc = add_completed(req, verdict, reply);
	else if (rc == E_CONFLICT)
		add_frame(reply, verdict, "resume_rejected", "reason",
		    result->why);
	if (rc != OK && rc != E_CONFLICT)
		buf_addf(&reply->body, "data: {\"error\":{\"code\":"
		    "\"resume_failed\",\"message\":\"%s\",\"details\":{}}}"
		    "\n\n", err_text(rc));
	reply->type = "text/event-stream; charset=utf-8";
	return 200;
}

int
resume(const struct request *req, struct reply *reply)
{
	struct verdict verdict = {
		.session_id = req->param[0],
		.now_ms = req->now_ms,
	};
	struct verdict_result result = { .why = "" };
	struct input in;
	int rc, status;

	input_open(&in, req, INPUT_BODY);
	read_answer(&in, &verdict);
	if (input_failed(&in)) {
		status = input_refuse(&in, reply);
	} else {
		rc = decide(req, &verdict, &result);
		if (strstr(req->accept, "text/event-stream") != NULL)
			status = stream(req, &verdict, rc, &result, reply);
		else
			status = rc == OK ?
			    verdict_answer(req, &verdict, reply) :
			    verdict_refuse(req, reply, rc, &result);
	}
	input_close(&in);
	return status;
}
