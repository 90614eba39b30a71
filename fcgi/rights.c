/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/rights.h"

#include <stddef.h>

const struct right rights[] = {
	/* a session: start, annotate, delete, stop */
	{ MAY_INSERT, "session_number", NULL },
	{ MAY_UPDATE, "session_number", "last" },
	{ MAY_INSERT, "session", NULL },
	{ MAY_UPDATE, "session", "extra_fields" },
	{ MAY_UPDATE, "session", "version" },
	{ MAY_UPDATE, "session", "updated_at" },
	{ MAY_UPDATE, "session", "deleted_at" },
	{ MAY_UPDATE, "session", "deleted_by" },
	{ MAY_UPDATE, "session", "deleted_origin" },
	{ MAY_INSERT, "event", NULL },
	{ MAY_INSERT, "move", NULL },
	/* a gate: decide */
	{ MAY_INSERT, "vote", NULL },
	{ MAY_INSERT, "gate_change", NULL },
	{ MAY_INSERT, "retraction", NULL },
	/* who asks: sign in and out, the last use of a token */
	{ MAY_INSERT, "login", NULL },
	{ MAY_UPDATE, "login", "ended_at" },
	{ MAY_UPDATE, "token", "used_at" },
	/* the answer to a key: fcgi/once.h */
	{ MAY_INSERT, "request_key", NULL },
	{ MAY_DELETE, "request_key", NULL },
	/* GET /ready: can it be written? */
	{ MAY_INSERT, "written", NULL },
	{ MAY_UPDATE, "written", "at" },
	{ .table = NULL }
};
