/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/cors.h"

#include <string.h>

#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/err.h"
#include "lib/log.h"
#include "sql/origin.h"

enum { NAMES_MAX = 256 };	/* bytes */

/* Those of ours that a page does not get to see by itself. */
static const char exposed[] = "ETag, Location, Retry-After, "
    "X-Next-Cursor, X-Request-Id, X-Total-Count";

bool
cors_tell(const struct request *req, struct reply *reply)
{
	const char *origin = request_param(req, "HTTP_ORIGIN");
	bool credentials;
	int rc;

	if (*origin == '\0')
		return false;
	reply_header(reply, "Vary", "Origin");
	rc = origin_find(request_reader(req), origin, &credentials);
	if (rc != OK && rc != E_NOTFOUND)
		log_error("cors_failed", "request_id=%s", req->id);
	if (rc != OK)
		return false;
	reply_header(reply, "Access-Control-Allow-Origin", origin);
	if (credentials)
		reply_header(reply, "Access-Control-Allow-Credentials",
		    "true");
	reply_header(reply, "Access-Control-Expose-Headers", exposed);
	return true;
}

/* Any header may be sent, if these are names of headers. */
static void
allow_headers(const struct request *req, struct reply *reply)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_, ";
	const char *names = request_param(req,
	    "HTTP_ACCESS_CONTROL_REQUEST_HEADERS");
	size_t len = strspn(names, allowed);

	if (len > 0 && len <= NAMES_MAX && names[len] == '\0')
		reply_header(reply, "Access-Control-Allow-Headers", names);
}

int
cors_preflight(const struct request *req, struct reply *reply)
{
	if (*request_param(req, "HTTP_ACCESS_CONTROL_REQUEST_METHOD") == '\0')
		return 204;
	reply_header(reply, "Access-Control-Allow-Methods", reply->allow);
	allow_headers(req, reply);
	reply_header(reply, "Access-Control-Max-Age", "600");
	reply->type = "text/plain";
	return 200;
}
