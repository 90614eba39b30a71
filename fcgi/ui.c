/* SPDX-License-Identifier: Apache-2.0 */
/* What an application wants a page to show, and where it leads. */
#include "fcgi/handlers.h"
#include "fcgi/input.h"
#include "fcgi/reply.h"
#include "lib/err.h"
#include "sql/db.h"

static int
answer(const struct request *req, enum query query, const char *app,
    struct reply *reply)
{
	struct rows rows = db_query(request_reader(req), query, "s", app);
	int rc = reply_row(reply, &rows);

	return rc == OK ? 200 : reply_failure(reply, rc, "");
}

int
ui_hints(const struct request *req, struct reply *reply)
{
	struct input in;
	const char *app;
	int status;

	input_open(&in, req, 0);
	app = input_query(&in, "app");
	status = input_failed(&in) ? input_refuse(&in, reply) :
	    answer(req, Q_UI_HINTS, app, reply);
	input_close(&in);
	return status;
}

int
ui_views(const struct request *req, struct reply *reply)
{
	return answer(req, Q_UI_VIEWS, req->param[0], reply);
}
