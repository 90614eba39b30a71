/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/handlers.h"
#include "fcgi/reply.h"

int
health_get(const struct request *req, struct reply *reply)
{
	(void)req;
	buf_adds(&reply->body, "{\"status\":\"ok\"}");
	return 200;
}
