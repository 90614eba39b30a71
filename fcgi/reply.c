/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/reply.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/err.h"
#include "lib/refusal.h"
#include "sql/rows.h"

/* A buffer that grew beyond this is not kept for the next request. */
enum { KEEP_MAX = 256 * 1024 };

static const struct status {
	int status;
	const char *phrase;
	const char *code;	/* of the envelope */
} statuses[] = {
	{ 200, "OK", NULL },
	{ 201, "Created", NULL },
	{ 204, "No Content", NULL },
	{ 304, "Not Modified", NULL },
	{ 400, "Bad Request", "bad_request" },
	{ 401, "Unauthorized", "unauthorized" },
	{ 403, "Forbidden", "forbidden" },
	{ 404, "Not Found", "not_found" },
	{ 405, "Method Not Allowed", "http_error" },
	{ 409, "Conflict", "conflict" },
	{ 412, "Precondition Failed", "precondition_failed" },
	{ 413, "Content Too Large", "http_error" },
	{ 414, "URI Too Long", "http_error" },
	{ 415, "Unsupported Media Type", "http_error" },
	{ 422, "Unprocessable Content", "unprocessable_entity" },
	{ 429, "Too Many Requests", "rate_limited" },
	{ 500, "Internal Server Error", "internal_error" },
	{ 503, "Service Unavailable", "service_unavailable" },
};

static const struct status *
find_status(int status)
{
	size_t i, last = sizeof(statuses) / sizeof(statuses[0]) - 1;

	for (i = 0; i < last; i++)
		if (statuses[i].status == status)
			return &statuses[i];
	return &statuses[last];
}

void
reply_init(struct reply *reply)
{
	memset(reply, 0, sizeof(*reply));
	buf_init(&reply->body, REPLY_BODY_MAX);
}

void
reply_free(struct reply *reply)
{
	buf_free(&reply->body);
}

void
reply_reset(struct reply *reply)
{
	reply->type = NULL;
	reply->allow[0] = '\0';
	reply->headers[0] = '\0';
	reply->retry_s = 0;
	reply->refused = false;
	if (reply->body.cap > KEEP_MAX)
		buf_free(&reply->body);
	else
		buf_reset(&reply->body);
}

void
reply_rewind(struct reply *reply, size_t headers_len)
{
	reply->type = NULL;
	reply->refused = false;
	reply->headers[headers_len] = '\0';
	buf_reset(&reply->body);
}

void
reply_header(struct reply *reply, const char *name, const char *value)
{
	size_t len = strlen(reply->headers);
	size_t room = sizeof(reply->headers) - len;

	if ((size_t)snprintf(reply->headers + len, room, "%s: %s\r\n", name,
		value) >= room)
		reply->headers[len] = '\0';
}

int
reply_error(struct reply *reply, int status, const char *message)
{
	return reply_refuse(reply, status, NULL, message, NULL);
}

int
reply_refuse(struct reply *reply, int status, const char *code,
    const char *message, const char *details)
{
	struct buf *body = &reply->body;

	if (code == NULL)
		code = find_status(status)->code;
	reply->type = NULL;
	buf_reset(body);
	buf_addf(body, "{\"error\":{\"code\":\"%s\",\"message\":", code);
	buf_add_json(body, message, strlen(message));
	buf_addf(body, ",\"details\":%s}}", details != NULL ? details : "{}");
	return status;
}

static int
refuse_field(struct reply *reply, int status, const char *why)
{
	struct buf details;

	buf_init(&details, 4096);
	refusal_details(&details, why);
	reply_refuse(reply, status, NULL, why,
	    details.rc == OK ? details.data : NULL);
	buf_free(&details);
	return status;
}

/*
 * json_valid says no, too, when memory runs out; and whatever a handler
 * writes was found to be JSON before.
 */
static bool
lacks_memory(const char *why)
{
	return strstr(why, "CHECK constraint failed: json_valid(") != NULL;
}

int
reply_failure(struct reply *reply, int rc, const char *why)
{
	switch (rc) {
	case E_INVALID:
		return lacks_memory(why) ?
		    reply_error(reply, 500, "internal error") :
		    refuse_field(reply, 422, why);
	case E_NOTFOUND:
		return reply_error(reply, 404, why);
	case E_CONFLICT:
		return refuse_field(reply, 409, why);
	case E_DENIED:
		return reply_error(reply, 403, why);
	case E_LIMIT:
		return reply_error(reply, 429, why);
	case E_BUSY:
		return reply_error(reply, 503, "the database is busy");
	case E_FULL:
		return reply_error(reply, 503,
		    "the database cannot be written: disk full or read-only");
	default:
		return reply_error(reply, 500, "internal error");
	}
}

int
reply_rows(struct reply *reply, struct rows *rows, int *count)
{
	struct buf *body = &reply->body;
	int n = 0;

	buf_addc(body, '[');
	for (; rows_next(rows); n++) {
		if (n > 0)
			buf_addc(body, ',');
		rows_add(rows, 0, body);
	}
	buf_addc(body, ']');
	if (count != NULL)
		*count = n;
	return rows_end(rows);
}

int
reply_row(struct reply *reply, struct rows *rows)
{
	bool found = rows_next(rows);
	int rc;

	if (found)
		rows_add(rows, 0, &reply->body);
	rc = rows_end(rows);
	return rc == OK && !found ? E_NOTFOUND : rc;
}

void
reply_head(const struct reply *reply, int status, struct buf *head)
{
	buf_adds(head, "Status: ");
	buf_addi(head, status);
	buf_addc(head, ' ');
	buf_adds(head, find_status(status)->phrase);
	if (status != 204 && status != 304) {
		buf_adds(head, "\r\nContent-Type: ");
		buf_adds(head, reply->type != NULL ? reply->type :
		    "application/json");
		buf_adds(head, "\r\nContent-Length: ");
		buf_addi(head, (int64_t)reply->body.len);
	}
	buf_adds(head, "\r\n");
	if (reply->allow[0] != '\0')
		buf_addf(head, "Allow: %s\r\n", reply->allow);
	if (status == 429 || status == 503 || reply->retry_s > 0)
		buf_addf(head, "Retry-After: %d\r\n",
		    reply->retry_s > 0 ? reply->retry_s : 1);
	buf_adds(head, reply->headers);
	buf_adds(head, "\r\n");
}
