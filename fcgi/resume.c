/* SPDX-License-Identifier: Apache-2.0 */
/* A person's answer to an agent that was not sure enough. */
#include <stdio.h>
#include <string.h>

#include "fcgi/frames.h"
#include "fcgi/handlers.h"
#include "fcgi/input.h"
#include "fcgi/reply.h"
#include "fcgi/verdict.h"
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

static int
stream(const struct request *req, const struct verdict *verdict, int rc,
    const struct verdict_result *result, struct reply *reply)
{
	frames_add(reply, "resume_started", verdict->session_id,
	    verdict->now_ms, "action", verdict->verdict);
	if (rc == OK)
		rc = frames_status(req, reply, "resume_completed",
		    verdict->session_id);
	else if (rc == E_CONFLICT)
		frames_add(reply, "resume_rejected", verdict->session_id,
		    verdict->now_ms, "reason", result->why);
	if (rc != OK && rc != E_CONFLICT)
		buf_addf(&reply->body, "data: {\"error\":{\"code\":"
		    "\"resume_failed\",\"message\":\"%s\",\"details\":{}}}"
		    "\n\n", err_text(rc));
	return frames_done(reply, rc == OK);
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
		if (frames_wanted(req))
			status = stream(req, &verdict, rc, &result, reply);
		else
			status = rc == OK ?
			    verdict_answer(req, &verdict, reply) :
			    verdict_refuse(req, reply, rc, &result);
	}
	input_close(&in);
	return status;
}
