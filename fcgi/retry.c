/* SPDX-License-Identifier: Apache-2.0 */
/* A session that failed in passing is taken up where it failed. */
#include <stdio.h>

#include "fcgi/access.h"
#include "fcgi/frames.h"
#include "fcgi/handlers.h"
#include "fcgi/reply.h"
#include "lib/err.h"
#include "sql/session.h"

int
retry_preview(const struct request *req, struct reply *reply)
{
	struct rows rows = db_query(request_reader(req), Q_RETRY_PREVIEW, "s",
	    req->param[0]);
	int rc = reply_row(reply, &rows);

	return rc == OK ? 200 : reply_failure(reply, rc, "session not found");
}

static int
stream(const struct request *req, const struct session_ref *ref, int rc,
    int count, struct reply *reply)
{
	bool done = rc == OK;

	if (done) {
		frames_begin(reply, "retry_started", ref->id, req->now_ms);
		buf_addf(&reply->body, ",\"retry_count\":%d", count);
		frames_end(reply);
		rc = frames_status(req, reply, "retry_completed", ref->id);
		if (rc != OK)
			return reply_failure(reply, rc, "");
	} else {
		frames_add(reply, "retry_rejected", ref->id, req->now_ms,
		    "reason", ref->why);
	}
	return frames_done(reply, done);
}

static int
answer(const struct request *req, struct reply *reply)
{
	struct rows rows = db_query(request_reader(req), Q_RETRY_ANSWER, "s",
	    req->param[0]);
	int rc = reply_row(reply, &rows);

	return rc == OK ? 200 : reply_failure(reply, rc, "");
}

int
retry(const struct request *req, struct reply *reply)
{
	struct session_ref ref = { .why = "" };
	int count = 0, rc;

	snprintf(ref.id, sizeof(ref.id), "%s", req->param[0]);
	rc = session_retry(request_writer(req), access_actor(req, "api"),
	    access_origin(req), req->now_ms, &ref, &count);
	if (frames_wanted(req) &&
	    (rc == OK || rc == E_CONFLICT || rc == E_NOTFOUND))
		return stream(req, &ref, rc, count, reply);
	return rc == OK ? answer(req, reply) :
	    reply_failure(reply, rc, ref.why);
}
