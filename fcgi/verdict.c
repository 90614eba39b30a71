/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/access.h"
#include "fcgi/input.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/clock.h"
#include "lib/err.h"

enum { WORD_LEN_MAX = 32 };

/* "3" of RFC 9110, 13.1.1; "*" is any. */
static int64_t
read_if_match(struct input *in, const char *text)
{
	size_t len = strlen(text), digits;

	if (strcmp(text, "*") == 0)
		return 0;
	digits = text[0] == '"' ? strspn(text + 1, "0123456789") : 0;
	if (digits > 0 && digits < 16 && len == digits + 2 &&
	    text[len - 1] == '"')
		return strtoll(text + 1, NULL, 10);
	input_complain(in, "If-Match", "must be the version, in quotes");
	return 0;
}

int64_t
verdict_version(struct input *in)
{
	const char *text = request_param(in->req, "HTTP_IF_MATCH");
	int64_t version = input_int(in, "version", 0, 1, INPUT_INT_MAX);
	int64_t match = *text != '\0' ? read_if_match(in, text) : 0;

	if (version != 0 && match != 0 && version != match)
		input_complain(in, "version", "differs from If-Match");
	return match != 0 ? match : version;
}

void
verdict_read(struct input *in, struct verdict *verdict,
    const char *const words[])
{
	char known[128] = "";
	size_t len;
	int i;

	verdict->gate_version = verdict_version(in);
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
	verdict->roles = in->req->who.roles;
}

int
verdict_answer(const struct request *req, const struct verdict *verdict,
    struct reply *reply)
{
	struct rows rows = db_query(request_reader(req), Q_VERDICT_ANSWER,
	    "lsssl", verdict->gate_id, verdict->verdict, verdict->actor,
	    verdict->rationale, verdict->now_ms);
	int rc = reply_row(reply, &rows);

	return rc == OK ? 200 : reply_failure(reply, rc, "");
}

/*
 * Appends ,"KEY":"WORD","VERB_by":"WHO","VERB_at":"TIME" unless there is no
 * word; by NULL: the actor.
 */
static void
add_deed(struct buf *details, const char *key, const char *word,
    const char *verb, const char *by, int64_t at_ms)
{
	char at[ISO_SECONDS_SIZE];

	if (*word == '\0')
		return;
	iso_seconds(at_ms, at);
	buf_addf(details, ",\"%s\":\"%s\"", key, word);
	if (by != NULL) {
		buf_addf(details, ",\"%s_by\":", verb);
		buf_add_json(details, by, strlen(by));
	}
	buf_addf(details, ",\"%s_at\":\"%s\"", verb, at);
}

static void
write_details(const struct verdict_result *result, struct buf *details)
{
	buf_addf(details, "{\"version\":%lld", (long long)result->version);
	add_deed(details, "change", result->change, "changed",
	    result->changed_by, result->changed_at);
	add_deed(details, "decision", result->decision, "decided",
	    result->decided_by, result->decided_at);
	add_deed(details, "your_decision", result->voted, "your_decision",
	    NULL, result->voted_at);
	buf_addc(details, '}');
}

int
verdict_refuse(const struct request *req, struct reply *reply, int rc,
    const struct verdict_result *result)
{
	bool match = *request_param(req, "HTTP_IF_MATCH") != '\0';
	struct buf details;
	int status;

	if (rc != E_CONFLICT || (result->decision[0] == '\0' &&
		result->voted[0] == '\0' && !result->stale))
		return reply_failure(reply, rc, result->why);
	buf_init(&details, 1024);
	write_details(result, &details);
	status = reply_refuse(reply, match && result->stale ? 412 : 409, NULL,
	    result->why, details.rc == OK ? details.data : NULL);
	buf_free(&details);
	return status;
}
