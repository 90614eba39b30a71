/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/frames.h"

#include <string.h>

#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/clock.h"

bool
frames_wanted(const struct request *req)
{
	return strstr(req->accept, "text/event-stream") != NULL;
}

void
frames_begin(struct reply *reply, const char *event, const char *id,
    int64_t now_ms)
{
	char ts[ISO_SECONDS_SIZE];

	iso_seconds(now_ms, ts);
	buf_addf(&reply->body, "data: {\"event\":\"%s\",\"incident_id\":",
	    event);
	buf_add_json(&reply->body, id, strlen(id));
	buf_addf(&reply->body, ",\"ts\":\"%s\"", ts);
}

void
frames_end(struct reply *reply)
{
	buf_adds(&reply->body, "}\n\n");
}

void
frames_add(struct reply *reply, const char *event, const char *id,
    int64_t now_ms, const char *key, const char *text)
{
	frames_begin(reply, event, id, now_ms);
	buf_addf(&reply->body, ",\"%s\":", key);
	buf_add_json(&reply->body, text, strlen(text));
	frames_end(reply);
}

int
frames_status(const struct request *req, struct reply *reply,
    const char *event, const char *id)
{
	struct rows rows = db_query(request_reader(req), Q_SESSION_STATE, "s",
	    id);

	if (rows_next(&rows))
		frames_add(reply, event, id, req->now_ms, "status",
		    rows_str(&rows, 0));
	return rows_end(&rows);
}

int
frames_done(struct reply *reply, bool done)
{
	reply->refused = !done;
	reply->type = "text/event-stream; charset=utf-8";
	return 200;
}
