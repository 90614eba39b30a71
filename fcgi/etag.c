/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/etag.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/err.h"
#include "lib/tag.h"

/*
 * Tags have no quotes inside, so one with its quotes is found only as a whole;
 * that it is weak, W/, makes no difference.
 */
static bool
has(const char *tags, const char *quoted)
{
	return strcmp(tags, "*") == 0 || strstr(tags, quoted) != NULL;
}

static bool
reads(const struct request *req)
{
	return strcmp(req->method, "GET") == 0 ||
	    strcmp(req->method, "HEAD") == 0;
}

bool
etag_matches(const struct reply *reply, const char *tags)
{
	char hex[TAG_HEX_SIZE], tag[TAG_HEX_SIZE + sizeof("\"\"")];

	tag_hex(reply->body.data, reply->body.len, hex);
	snprintf(tag, sizeof(tag), "\"%s\"", hex);
	return reply->body.rc == OK && has(tags, tag);
}

int
etag_answer(const struct request *req, struct reply *reply, size_t uncounted)
{
	struct buf *body = &reply->body;
	char hex[TAG_HEX_SIZE], tag[TAG_HEX_SIZE + sizeof("W/\"\"")];
	bool weak = uncounted > 0;

	/* It will be refused. */
	if (body->rc != OK)
		return 200;
	tag_hex(body->data + uncounted, body->len - uncounted, hex);
	snprintf(tag, sizeof(tag), "%s\"%s\"", weak ? "W/" : "", hex);
	reply_header(reply, "ETag", tag);
	if (!reads(req) || !has(request_param(req, "HTTP_IF_NONE_MATCH"),
		tag + (weak ? 2 : 0)))
		return 200;
	buf_reset(body);
	return 304;
}
