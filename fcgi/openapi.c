/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/openapi.h"

#include "fcgi/etag.h"
#include "fcgi/handlers.h"
#include "fcgi/reply.h"

int
openapi_get(const struct request *req, struct reply *reply)
{
	buf_adds(&reply->body, openapi_json);
	return etag_answer(req, reply, 0);
}
