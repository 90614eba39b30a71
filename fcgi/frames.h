/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What came of a request, as a stream of events, for clients that ask for
 * one. It tells what is committed and ends: agents go on by themselves,
 * whether the client stays or not.
 *
 *	frames_begin(reply, "retry_started", id, req->now_ms);
 *	buf_addf(&reply->body, ",\"retry_count\":%d", count);
 *	frames_end(reply);
 *	return frames_done(reply, true);
 */
#ifndef FCGI_FRAMES_H
#define FCGI_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

struct reply;
struct request;

/* frames_wanted: does the client ask for a stream of events? */
bool frames_wanted(const struct request *req);

/*
 * frames_begin starts {"event":event,"incident_id":id,"ts":now_ms; the caller
 * may append more members, each with a comma before it; frames_end closes it.
 */
void frames_begin(struct reply *reply, const char *event, const char *id,
    int64_t now_ms);
void frames_end(struct reply *reply);

/* frames_add is a whole one, with one more member: text. */
void frames_add(struct reply *reply, const char *event, const char *id,
    int64_t now_ms, const char *key, const char *text);

/*
 * frames_status tells of an event that has happened to a session, with its
 * status. OK or the E_* of rows_end.
 */
int frames_status(const struct request *req, struct reply *reply,
    const char *event, const char *id);

/* frames_done makes the reply a stream; done: it tells of something that was
 * done, and not of a refusal. Returns 200. */
int frames_done(struct reply *reply, bool done);

#endif
