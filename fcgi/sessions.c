/* SPDX-License-Identifier: Apache-2.0 */
/* Starting a session. */
#include <string.h>

#include "fcgi/access.h"
#include "fcgi/frames.h"
#include "fcgi/handlers.h"
#include "fcgi/input.h"
#include "fcgi/overrides.h"
#include "fcgi/reply.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/trace.h"
#include "sql/session.h"

enum {
	NAME_LEN_MAX = 64,		/* of an environment */
	APP_LEN_MAX = 32,
	PERSON_LEN_MAX = 120,		/* of a submitter, a team */
	TEXT_LEN_MAX = 64 * 1024,	/* of a query */
	OBJECT_MAX = REQUEST_BODY_MAX + 1024,	/* with what SQL adds */
};

/* A session as its client asks for it, before SQL fills in what is left out. */
struct wish {
	struct session_new new;
	const struct json *overrides;
	const char *other;		/* environment in the overrides */
	char trace[TRACE_SIZE];
	struct buf submitter, fields;
};

static void
read_submitter(struct input *in, struct wish *wish)
{
	static const char *const members[] = { "id", "team" };
	static const char *const fields[] = {
		"submitter.id", "submitter.team"
	};
	const struct json *submitter = input_object(in, "submitter");

	for (int i = 0; i < 2; i++) {
		const struct json *value = json_get(submitter, members[i]);

		if (value != NULL && json_kind(value) != JSON_STRING)
			input_complain(in, fields[i], "must be a string");
		else if (value != NULL)
			input_check(in, fields[i], json_string(value),
			    INPUT_FILLED, PERSON_LEN_MAX);
	}
	if (submitter != NULL)
		input_raw(in, "submitter", &wish->submitter);
}

/* The same by its older names. */
static void
read_reporter(struct input *in, struct wish *wish)
{
	static const char *const fields[] = { "reporter_id", "reporter_team" };
	static const char *const members[] = { "id", "team" };
	const char *comma = "";

	buf_addc(&wish->submitter, '{');
	for (int i = 0; i < 2; i++) {
		const char *value = input_string(in, fields[i], INPUT_FILLED,
		    PERSON_LEN_MAX);

		if (value == NULL)
			continue;
		buf_addf(&wish->submitter, "%s\"%s\":", comma, members[i]);
		buf_add_json(&wish->submitter, value, strlen(value));
		comma = ",";
	}
	buf_addc(&wish->submitter, '}');
}

/* What the application says about overrides; NULL: nothing, or a failure. */
static struct json *
read_schema(struct input *in, const char *app)
{
	struct rows rows = db_query(request_reader(in->req),
	    Q_OVERRIDES_SCHEMA, "s", app);
	const char *text = rows_next(&rows) ? rows_text(&rows, 0) : NULL;
	struct json_error error = { .rc = OK };
	struct json *schema = NULL;

	if (text != NULL)
		schema = json_parse_exact(text, strlen(text), &error);
	input_fail(in, rows_end(&rows));
	input_fail(in, error.rc);
	return schema;
}

static void
read_overrides(struct input *in, struct wish *wish)
{
	const struct json *overrides = input_object(in, "state_overrides");
	const struct json *other = json_get(overrides, "environment");
	struct json *schema;

	if (overrides == NULL)
		return;
	schema = read_schema(in, wish->new.app);
	overrides_check(in, overrides, schema);
	json_free(schema);
	wish->other = json_string(other);
	if (other != NULL && wish->other == NULL)
		input_complain(in, "state_overrides.environment",
		    "must be a string");
	input_raw(in, "state_overrides", &wish->fields);
}

static void
replace(struct buf *b, const struct rows *rows, int column)
{
	buf_reset(b);
	rows_add(rows, column, b);
}

/* SQL fills in what the client left out. */
static int
complete(const struct request *req, struct wish *wish)
{
	struct rows rows = db_query(request_reader(req), Q_SESSION_INPUT,
	    "sss", wish->submitter.data, wish->fields.data,
	    access_actor(req, NULL));
	int rc;

	if (rows_next(&rows)) {
		replace(&wish->submitter, &rows, 0);
		replace(&wish->fields, &rows, 1);
	}
	wish->new.submitter = buf_str(&wish->submitter);
	wish->new.extra_fields = buf_str(&wish->fields);
	wish->new.origin = access_origin(req);
	if (trace_read(request_param(req, "HTTP_TRACEPARENT"), wish->trace))
		wish->new.traceparent = wish->trace;
	wish->new.now_ms = req->now_ms;
	rc = rows_end(&rows);
	if (rc == OK)
		rc = wish->submitter.rc;
	return rc == OK ? wish->fields.rc : rc;
}

/* Returns 0, or the status of the refusal. */
static int
create(const struct request *req, struct wish *wish, struct session_ref *ref,
    struct reply *reply)
{
	int rc = complete(req, wish);

	if (access_may(req, ROLE_OPERATOR, wish->new.app, reply) != 0)
		return 403;
	if (rc == OK)
		rc = session_create(request_writer(req), &wish->new, ref);
	/* An application that is not there is a wrong field, not a path. */
	if (rc == E_NOTFOUND)
		rc = E_INVALID;
	return rc == OK ? 0 : reply_failure(reply, rc, ref->why);
}

static int
refuse_environment(const struct wish *wish, struct reply *reply)
{
	struct buf details;

	buf_init(&details, REQUEST_BODY_MAX);
	buf_adds(&details, "{\"environment\":");
	buf_add_json(&details, wish->new.environment,
	    strlen(wish->new.environment));
	buf_adds(&details, ",\"state_overrides_environment\":");
	buf_add_json(&details, wish->other, strlen(wish->other));
	buf_addc(&details, '}');
	reply_refuse(reply, 422, "conflicting_environment",
	    "environment: differs from state_overrides.environment",
	    details.rc == OK ? details.data : NULL);
	buf_free(&details);
	return 422;
}

/* Reads who asks, in one of two ways. */
typedef void read_person(struct input *in, struct wish *wish);

/* Starts what the body asks for. Returns 0, or the status of the refusal. */
static int
start(const struct request *req, read_person *read_who,
    struct session_ref *ref, struct reply *reply)
{
	struct wish wish = { 0 };
	struct input in;
	int status;

	ref->why[0] = '\0';
	buf_init(&wish.submitter, OBJECT_MAX);
	buf_init(&wish.fields, OBJECT_MAX);
	input_open(&in, req, INPUT_BODY);
	wish.new.query = input_string(&in, "query", INPUT_REQUIRED,
	    TEXT_LEN_MAX);
	wish.new.environment = input_string(&in, "environment",
	    INPUT_REQUIRED | INPUT_FILLED | INPUT_NAME, NAME_LEN_MAX);
	wish.new.app = input_string(&in, "app", INPUT_NAME, APP_LEN_MAX);
	read_who(&in, &wish);
	read_overrides(&in, &wish);
	if (input_failed(&in))
		status = input_refuse(&in, reply);
	else if (wish.other != NULL &&
	    strcmp(wish.other, wish.new.environment) != 0)
		status = refuse_environment(&wish, reply);
	else
		status = create(req, &wish, ref, reply);
	input_close(&in);
	buf_free(&wish.submitter);
	buf_free(&wish.fields);
	return status;
}

/* The same, answered with its id by that name. */
static int
start_named(const struct request *req, read_person *read_who,
    const char *name, int done, struct reply *reply)
{
	struct session_ref ref;
	int status = start(req, read_who, &ref, reply);

	if (status != 0)
		return status;
	buf_addf(&reply->body, "{\"%s\":\"%s\"}", name, ref.id);
	return done;
}

int
sessions_create(const struct request *req, struct reply *reply)
{
	return start_named(req, read_submitter, "session_id", 201, reply);
}

int
sessions_investigate(const struct request *req, struct reply *reply)
{
	return start_named(req, read_reporter, "incident_id", 200, reply);
}

int
sessions_investigate_stream(const struct request *req, struct reply *reply)
{
	static const char *const events[] = {
		"investigation_started", "investigation_completed"
	};
	struct session_ref ref;
	int status = start(req, read_reporter, &ref, reply);

	if (status != 0)
		return status;
	for (int i = 0; i < 2; i++) {
		frames_begin(reply, events[i], ref.id, req->now_ms);
		frames_end(reply);
	}
	return frames_done(reply, true);
}
