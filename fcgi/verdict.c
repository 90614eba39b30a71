/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/verdict.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/access.h"
#include "fcgi/input.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/clock.h"
#include "lib/err.h"

enum { WORD_LEN_MAX = 32 };

void
verdict_read(struct input *in, struct verdict *verdict,
    const char *const words[])
{
	char known[128] = "";
	size_t len;
	int i;

	verdict->gate_version = input_int(in, "version", 0, 1,
	    INPUT_INT_MAX);
	verdict->verdict = input_string(in, "decision", INPUT_REQUIRED,
	    WORD_LEN_MAX);
	if (verdict->verdict == NULL)
		return;
	for (i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], verdict->verdict) == 0)
			return;
		len = strlen(known);
		snprintf(known + len, sizeof(known) - len, "%s%s",
		    i > 0 ? ", " : "", words[i]);
	}
	input_complain(in, "decision", "must be one of %s", known);
}

void
verdict_by(const struct input *in, struct verdict *verdict, const char *said)
{
	verdict->actor = access_actor(in->req, said);
	verdict->said = access_said(in->req, said);
	verdict->origin = access_origin(in->req);
}

int
verdict_answer(const struct request *req, const struct verdict *verdict,
    struct reply *reply)
{
	struct rows rows = db_query(request_reader(req), Q_VERDICT_ANSWER,
	    "lsss", verdict->gate_id, verdict->verdict, verdict->actor,
	    verdict->rationale);
	int rc = reply_row(reply, &rows);

	return rc == OK ? 200 : reply_failure(reply, rc, "");
}

int
verdict_refuse(struct reply *reply, int rc,
    const struct verdict_result *result)
{
	char at[ISO_SECONDS_SIZE];
	struct buf details;
	int status;

	if (rc != E_CONFLICT || result->decision[0] == '\0')
		return reply_failure(reply, rc, result->why);
	iso_seconds(result->decided_at, at);
	buf_init(&details, 1024);
	buf_addf(&details, "{\"decision\":\"%s\",\"decided_by\":",
	    result->decision);
	buf_add_json(&details, result->decided_by, strlen(result->decided_by));
	buf_addf(&details, ",\"decided_at\":\"%s\"}", at);
	status = reply_refuse(reply, 409, NULL, result->why,
	    details.rc == OK ? details.data : NULL);
	buf_free(&details);
	return status;
}
