/* SPDX-License-Identifier: Apache-2.0 */
/* What is loaded, in the newest version of each application. */
#include "fcgi/handlers.h"
#include "fcgi/reply.h"
#include "lib/err.h"
#include "sql/db.h"

static int
list(struct db *db, enum query query, struct reply *reply)
{
	struct rows rows = db_query(db, query, "");
	int rc = reply_rows(reply, &rows, NULL);

	return rc == OK ? 200 : reply_failure(reply, rc, "");
}

int
definitions_agents(const struct request *req, struct reply *reply)
{
	return list(request_reader(req), Q_AGENTS, reply);
}

int
definitions_tools(const struct request *req, struct reply *reply)
{
	return list(request_reader(req), Q_TOOLS, reply);
}

int
definitions_tool_servers(const struct request *req, struct reply *reply)
{
	return list(request_reader(req), Q_TOOL_SERVERS, reply);
}

int
definitions_environments(const struct request *req, struct reply *reply)
{
	return list(request_reader(req), Q_ENVIRONMENTS, reply);
}
