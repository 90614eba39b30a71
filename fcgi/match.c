/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/match.h"

#include <string.h>

#include "fcgi/etag.h"
#include "fcgi/handlers.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/err.h"
#include "sql/tx.h"

bool
match_asked(const struct request *req, const struct route *route)
{
	return route->scope == SCOPE_SESSION &&
	    (strcmp(route->method, "PATCH") == 0 ||
		strcmp(route->method, "DELETE") == 0) &&
	    *request_param(req, "HTTP_IF_MATCH") != '\0';
}

/* Is it as the client has seen it? What is not there is the handler's. */
static bool
seen(const struct request *req, size_t told, struct reply *reply)
{
	static route_handler *const views[] = { session_get, session_full };
	const char *tags = request_param(req, "HTTP_IF_MATCH");
	bool same = false;
	int status;

	for (int i = 0; i < 2 && !same; i++) {
		status = views[i](req, reply);
		same = status == 404 || etag_matches(reply, tags);
		reply_rewind(reply, told);
	}
	return same;
}

int
match_answer(struct request *req, const struct route *route,
    struct reply *reply)
{
	size_t told = strlen(reply->headers);
	struct tx tx = TX(req->writer);
	int status = 0;

	request_wait(req);
	tx.outer = true;
	while (tx_loop(&tx)) {
		reply_rewind(reply, told);
		req->inside = true;
		status = seen(req, told, reply) ? route->handler(req, reply) :
		    reply_error(reply, 412,
			"If-Match: the session is another by now");
		req->inside = false;
		if (status >= 300)
			tx_fail(&tx, E_CONFLICT, "refused");
	}
	/* A refusal by what never came to be is none: sql/tx.c. */
	if (tx.rc == OK || (status >= 300 && tx.rc == E_CONFLICT))
		return status;
	reply_rewind(reply, told);
	return reply_failure(reply, tx.rc, tx.why);
}
