/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/cors.h"

#include <string.h>

#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/err.h"
#include "lib/log.h"

enum { ORIGIN_MAX = 200, NAMES_MAX = 256 };	/* bytes */

/* Those of ours that a page does not get to see by itself. */
static const char exposed[] = "ETag, Location, Retry-After, "
    "X-Next-Cursor, X-Request-Id, X-Total-Count";

/* Neither "*" nor "null" is anybody in particular. */
static bool
is_site(const char *origin)
{
	return strstr(origin, "://") != NULL && strlen(origin) <= ORIGIN_MAX;
}

/* Whether it is listed; who cannot be looked up is not. */
static bool
find(const struct request *req, const char *origin, bool *credentials)
{
	struct rows rows = db_query(request_reader(req), Q_CORS_ORIGIN, "s",
	    origin);
	bool listed = rows_next(&rows) && rows_int(&rows, 0) > 0;
	int rc;

	*credentials = listed && rows_int(&rows, 1) == 1;
	rc = rows_end(&rows);
	if (rc != OK)
		log_error("cors_failed", "request_id=%s", req->id);
	return rc == OK && listed;
}

bool
cors_tell(const struct request *req, struct reply *reply)
{
	const char *origin = request_param(req, "HTTP_ORIGIN");
	bool credentials;

	if (*origin == '\0')
		return false;
	reply_header(reply, "Vary", "Origin");
	if (!is_site(origin) || !find(req, origin, &credentials))
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
