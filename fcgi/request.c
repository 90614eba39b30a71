/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/request.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/reply.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/query.h"
#include "sql/pool.h"

/* A buffer that grew beyond this is not kept for the next request. */
enum { KEEP_MAX = 64 * 1024 };

void
request_init(struct request *req, struct reading *reading, struct db *writer,
    const struct access *access)
{
	memset(req, 0, sizeof(*req));
	buf_init(&req->query, QUERY_SPACE(REQUEST_QUERY_MAX));
	buf_init(&req->body, REQUEST_BODY_MAX);
	buf_init(&req->origin, AUTH_ORIGIN_MAX);
	req->access = access;
	req->reading = reading;
	req->writer = writer;
}

void
request_free(struct request *req)
{
	buf_free(&req->query);
	buf_free(&req->body);
	buf_free(&req->origin);
}

struct db *
request_reader(const struct request *req)
{
	struct reading *reading = req->reading;
	char why[DB_WHY_MAX];

	if (req->inside)
		return req->writer;
	/* Cannot fail: the one that was given back is still open. */
	if (reading->db == NULL)
		reading->db = pool_take(reading->pool, why);
	return reading->db;
}

struct db *
request_writer(const struct request *req)
{
	request_wait(req);
	return req->writer;
}

void
request_rest(const struct request *req)
{
	if (req->reading->db != NULL)
		pool_give(req->reading->pool, req->reading->db);
	req->reading->db = NULL;
}

void
request_wait(const struct request *req)
{
	request_rest(req);
	if (req->reading->turn)
		pool_leave(req->reading->pool);
	req->reading->turn = false;
}

static void
empty(struct buf *b)
{
	if (b->cap > KEEP_MAX)
		buf_free(b);
	else
		buf_reset(b);
}

static int
read_query(struct request *req, const char *text, struct reply *reply)
{
	int rc;

	empty(&req->query);
	if (text == NULL || *text == '\0')
		return 0;
	if (strlen(text) > REQUEST_QUERY_MAX)
		return reply_error(reply, 414,
		    "the query string is larger than 64 KiB");
	rc = query_decode(&req->query, text);
	if (rc == E_INVALID)
		return reply_refuse(reply, 422, NULL,
		    "query string: not percent-encoded UTF-8",
		    "{\"query string\":\"not percent-encoded UTF-8\"}");
	return rc == OK ? 0 : reply_failure(reply, rc, "");
}

/* The web server has gone amidst it: what came may be a whole, or nothing. */
static bool
is_cut(const struct request *req, const struct source *source)
{
	const char *length = source->param(source->arg, "CONTENT_LENGTH");

	return length != NULL && strtoll(length, NULL, 10) >
	    (long long)req->body.len;
}

static int
read_body(struct request *req, const struct source *source,
    struct reply *reply)
{
	char chunk[4096];
	int n;

	empty(&req->body);
	while ((n = source->read(source->arg, chunk, sizeof(chunk))) > 0)
		if (buf_add(&req->body, chunk, (size_t)n) != OK)
			break;
	if (req->body.rc == E_TOOBIG)
		return reply_error(reply, 413,
		    "the request body is larger than 1 MiB");
	if (req->body.rc != OK)
		return reply_failure(reply, req->body.rc, "");
	if (is_cut(req, source))
		return reply_error(reply, 400, "the request body is cut short");
	return 0;
}

static const char *
text_or_empty(const char *text)
{
	return text != NULL ? text : "";
}

const char *
request_param(const struct request *req, const char *name)
{
	return text_or_empty(req->source->param(req->source->arg, name));
}

int
request_read(struct request *req, const struct source *source,
    struct reply *reply)
{
	int status;

	req->source = source;
	req->method = request_param(req, "REQUEST_METHOD");
	req->path = request_param(req, "DOCUMENT_URI");
	req->accept = request_param(req, "HTTP_ACCEPT");
	req->id = request_param(req, "HTTP_X_REQUEST_ID");
	req->route = NULL;
	req->now_ms = clock_ms();
	status = read_query(req, source->param(source->arg, "QUERY_STRING"),
	    reply);
	if (status == 0)
		status = read_body(req, source, reply);
	if (status == 0 && (*req->method == '\0' || *req->path == '\0'))
		status = reply_error(reply, 400, "no method or no path");
	return status;
}

const char *
request_query(const struct request *req, const char *name, bool *twice)
{
	return query_find(&req->query, name, twice);
}
