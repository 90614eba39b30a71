/* SPDX-License-Identifier: Apache-2.0 */
/* A session that was taken for a duplicate, and is none. */
#include <stdio.h>
#include <string.h>

#include "fcgi/access.h"
#include "fcgi/handlers.h"
#include "fcgi/input.h"
#include "fcgi/reply.h"
#include "lib/err.h"
#include "lib/utf8.h"
#include "sql/session.h"

enum { PERSON_LEN_MAX = 120, CHAR_MAX_BYTES = 4 };

static void
add_text(struct reply *reply, const char *key, const char *text)
{
	buf_addf(&reply->body, ",\"%s\":", key);
	if (text != NULL && *text != '\0')
		buf_add_json(&reply->body, text, strlen(text));
	else
		buf_adds(&reply->body, "null");
}

/* What is it, that is no duplicate? */
static int
refuse(const struct request *req, const struct session_ref *ref, int rc,
    struct reply *reply)
{
	struct rows rows;
	struct buf details;

	if (rc != E_CONFLICT)
		return reply_failure(reply, rc, ref->why);
	buf_init(&details, 256);
	buf_adds(&details, "{\"status\":");
	rows = db_query(request_reader(req), Q_SESSION_STATE, "s", ref->id);
	if (rows_next(&rows))
		buf_add_json(&details, rows_str(&rows, 0),
		    strlen(rows_str(&rows, 0)));
	buf_addc(&details, '}');
	rc = rows_end(&rows);
	if (rc == OK)
		rc = details.rc;
	rc = rc == OK ? reply_refuse(reply, 409, NULL, ref->why,
	    details.data) : reply_failure(reply, rc, "");
	buf_free(&details);
	return rc;
}

static int
retract(const struct request *req, const char *said, const char *note,
    struct reply *reply)
{
	const char *actor = access_actor(req, said);
	struct session_ref ref = { .why = "" };
	char original[SESSION_ID_MAX] = "";
	int rc;

	if (actor == NULL)
		actor = "api";
	snprintf(ref.id, sizeof(ref.id), "%s", req->param[0]);
	rc = session_undo_duplicate(request_writer(req), actor,
	    access_origin(req), note, req->now_ms, &ref, original);
	if (rc != OK)
		return refuse(req, &ref, rc, reply);
	buf_addf(&reply->body, "{\"session_id\":\"%s\",\"status\":\"new\","
	    "\"parent_session_id\":null", ref.id);
	add_text(reply, "original_match_id", original);
	add_text(reply, "retracted_by", actor);
	add_text(reply, "note", note);
	buf_addc(&reply->body, '}');
	return 200;
}

static const char *
read_note(struct input *in)
{
	const char *note = input_string(in, "note", 0,
	    CHAR_MAX_BYTES * SESSION_NOTE_MAX);

	if (note != NULL && utf8_count(note, strlen(note)) > SESSION_NOTE_MAX)
		input_complain(in, "note", "longer than %d characters",
		    SESSION_NOTE_MAX);
	return note;
}

/* The body may be left out. */
int
session_retract(const struct request *req, struct reply *reply)
{
	const char *said, *note;
	struct input in;
	int status;

	input_open(&in, req, req->body.len > 0 ? INPUT_BODY : 0);
	said = input_string(&in, "retracted_by", INPUT_FILLED,
	    PERSON_LEN_MAX);
	note = read_note(&in);
	status = input_failed(&in) ? input_refuse(&in, reply) :
	    retract(req, said, note, reply);
	input_close(&in);
	return status;
}
