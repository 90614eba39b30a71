/* SPDX-License-Identifier: Apache-2.0 */
/* One session: read it, annotate it, delete it, end it. */
#include <stdio.h>
#include <string.h>

#include "fcgi/access.h"
#include "fcgi/etag.h"
#include "fcgi/handlers.h"
#include "fcgi/input.h"
#include "fcgi/reply.h"
#include "lib/err.h"
#include "lib/json.h"
#include "sql/session.h"

enum { ACTOR_LEN_MAX = 120 };

static const char not_found[] = "session not found";

static int
show(const struct request *req, struct reply *reply)
{
	struct rows rows = db_query(request_reader(req), Q_SESSION_GET, "s",
	    req->param[0]);
	int rc = reply_row(reply, &rows);

	return rc == OK ? 200 : reply_failure(reply, rc, not_found);
}

int
session_get(const struct request *req, struct reply *reply)
{
	int status = show(req, reply);

	return status == 200 ? etag_answer(req, reply, 0) : status;
}

/* No session has lessons yet, an unknown one neither (statement 216). */
int
session_lessons(const struct request *req, struct reply *reply)
{
	(void)req;
	buf_adds(&reply->body, "[]");
	return 200;
}

/* What a PATCH asks for. */
struct change {
	int64_t version;
	bool delete;
	const char *actor;
	struct buf merge;	/* empty: nothing to merge */
};

static void
read_change(struct input *in, struct change *change)
{
	static const char *const shown[] = { "query", "environment",
		"reporter" };
	const struct json *fields = input_object(in, "extra_fields");

	change->version = input_int(in, "version", 0, 1,
	    INPUT_INT_MAX);
	change->delete = input_bool(in, "deleted", false);
	change->actor = access_actor(in->req, input_string(in, "actor",
	    INPUT_FILLED, ACTOR_LEN_MAX));
	if (change->actor == NULL)
		change->actor = "api";
	/* These are columns of the session and never change. */
	for (int i = 0; i < 3; i++)
		if (json_get(fields, shown[i]) != NULL)
			input_complain(in, "extra_fields", "\"%s\" is reserved",
			    shown[i]);
	if (fields != NULL)
		input_raw(in, "extra_fields", &change->merge);
	if (fields != NULL && change->delete)
		input_complain(in, "deleted", "not together with extra_fields");
}

static int
apply_change(const struct request *req, const struct change *change,
    struct reply *reply)
{
	struct session_ref ref = { .why = "" };
	int rc = OK;

	snprintf(ref.id, sizeof(ref.id), "%s", req->param[0]);
	if (change->delete)
		rc = session_delete(request_writer(req), change->version,
		    change->actor, access_origin(req), req->now_ms, &ref);
	else if (change->merge.len > 0)
		rc = session_patch(request_writer(req), buf_str(&change->merge),
		    change->version, change->actor, access_origin(req),
		    req->now_ms, &ref);
	return rc == OK ? session_get(req, reply) :
	    reply_failure(reply, rc, ref.why);
}

int
session_change(const struct request *req, struct reply *reply)
{
	struct change change = { 0 };
	struct input in;
	int status;

	buf_init(&change.merge, REQUEST_BODY_MAX);
	input_open(&in, req, INPUT_BODY);
	read_change(&in, &change);
	if (input_failed(&in))
		status = input_refuse(&in, reply);
	else if (change.merge.rc != OK)
		status = reply_failure(reply, change.merge.rc, "");
	else
		status = apply_change(req, &change, reply);
	input_close(&in);
	buf_free(&change.merge);
	return status;
}

int
session_end(const struct request *req, struct reply *reply)
{
	struct session_ref ref = { .why = "" };
	int rc;

	snprintf(ref.id, sizeof(ref.id), "%s", req->param[0]);
	rc = session_stop(request_writer(req), access_actor(req, "api"),
	    access_origin(req), req->now_ms, &ref);
	return rc == OK ? 204 : reply_failure(reply, rc, ref.why);
}

/* As PATCH does with "deleted"; for clients that know of incidents. */
int
session_remove(const struct request *req, struct reply *reply)
{
	struct change change = { .delete = true };

	change.actor = access_actor(req, "api");
	return apply_change(req, &change, reply);
}

/* Appends ,"key":[...]. */
static int
append_list(struct reply *reply, const char *key, struct rows rows)
{
	buf_addf(&reply->body, ",\"%s\":", key);
	return reply_rows(reply, &rows, NULL);
}

/* Appends ,"key":value. */
static int
append_value(struct reply *reply, const char *key, struct rows rows)
{
	buf_addf(&reply->body, ",\"%s\":", key);
	return reply_row(reply, &rows);
}

/* All of it at one moment: the caller holds a snapshot. */
static int
append_full(struct reply *reply, struct db *db, const char *id)
{
	struct rows rows = db_query(db, Q_SESSION_COSTED, "s", id);
	int rc;

	buf_adds(&reply->body, "{\"session\":");
	rc = reply_row(reply, &rows);
	if (rc == OK)
		rc = append_list(reply, "agents_run",
		    db_query(db, Q_SESSION_RUNS, "s", id));
	if (rc == OK)
		rc = append_list(reply, "tool_calls",
		    db_query(db, Q_SESSION_CALLS, "s", id));
	if (rc == OK)
		rc = append_list(reply, "events",
		    db_query(db, Q_SESSION_EVENTS, "sli", id, INT64_C(0), -1));
	if (rc == OK)
		rc = append_value(reply, "agent_definitions",
		    db_query(db, Q_SESSION_AGENTS, "s", id));
	if (rc == OK)
		rc = append_value(reply, "vm_seq",
		    db_query(db, Q_SESSION_SEQ, "s", id));
	buf_addc(&reply->body, '}');
	return rc;
}

int
session_full(const struct request *req, struct reply *reply)
{
	struct db *db = request_reader(req);
	/* Inside a transaction everything is of one moment. */
	int rc = req->inside ? OK : db_snapshot(db);

	if (rc == OK)
		rc = append_full(reply, db, req->param[0]);
	if (!req->inside)
		db_snapshot_end(db);
	return rc == OK ? etag_answer(req, reply, 0) :
	    reply_failure(reply, rc, not_found);
}
