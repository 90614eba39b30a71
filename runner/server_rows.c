/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/server_rows.h"

#include <stdio.h>
#include <string.h>

#include "lib/err.h"
#include "lib/log.h"
#include "runner/tool_server.h"
#include "sql/tx.h"

enum { LIST_MAX = 8 * SERVER_TOOLS_MAX * SERVER_TOOL_NAME_MAX };

static void
write_state(struct tx *tx, int64_t app_id, const char *runner,
    const struct tool_server *server)
{
	bool available = server->state == SERVER_AVAILABLE;

	tx_run(tx, Q_SERVER_STATE_WRITE, "lssssl" "si", app_id, server->name,
	    runner, tool_server_state_name(server->state),
	    server->state != SERVER_UNAVAILABLE ? NULL :
	    server->reason != NULL ? server->reason : "out of memory",
	    server->since_ms, server->protocol, available ? 0 : server->tries);
}

static int
write_tool(struct tx *tx, int64_t app_id, const char *server,
    const struct server_tool *tool)
{
	char name[SERVER_NAME_MAX + SERVER_TOOL_NAME_MAX + 2];
	int changed;

	snprintf(name, sizeof(name), "%s:%s", server, tool->name);
	changed = tx_run(tx, Q_SERVER_TOOL_CHANGE, "lsssi", app_id, name,
	    tool->description, tool->schema, (int)tool->repeatable);
	if (changed == 0)
		changed = tx_run(tx, Q_SERVER_TOOL_INSERT, "lssssi", app_id,
		    server, tool->name, tool->description, tool->schema,
		    (int)tool->repeatable);
	return changed;
}

/* True: a row was written. */
static bool
write_tools(struct tx *tx, int64_t app_id, const struct tool_server *server)
{
	const struct server_tools *tools = &server->tools;
	struct buf names;
	int changed = 0;

	buf_init(&names, LIST_MAX);
	buf_addc(&names, '[');
	for (int i = 0; i < tools->count; i++) {
		const struct server_tool *tool = &tools->list[i];

		changed += write_tool(tx, app_id, server->name, tool);
		if (i > 0)
			buf_addc(&names, ',');
		buf_add_json(&names, tool->name, strlen(tool->name));
	}
	buf_addc(&names, ']');
	if (names.rc != OK)
		tx_fail(tx, names.rc, "%s", err_text(names.rc));
	changed += tx_run(tx, Q_SERVER_TOOLS_ABSENT, "lss", app_id,
	    server->name, buf_str(&names));
	buf_free(&names);
	return changed > 0;
}

/* Will the same succeed later? */
static bool
passes(int rc)
{
	return rc == E_BUSY || rc == E_FULL || rc == E_IO || rc == E_NOMEM ||
	    rc == E_AGAIN;
}

static const char *
reason(const struct tx *tx)
{
	return tx->why[0] != '\0' ? tx->why : err_text(tx->rc);
}

bool
server_rows_write(struct db *db, int64_t app_id, const char *runner,
    const struct tool_server *server, bool *changed)
{
	struct tx tx = TX(db);

	while (tx_loop(&tx)) {
		write_state(&tx, app_id, runner, server);
		*changed = server->tools_changed &&
		    write_tools(&tx, app_id, server);
	}
	if (tx.rc == OK)
		return true;
	*changed = false;
	log_error("server_not_written", "server=%s again=%d why=\"%s\"",
	    server->name, passes(tx.rc), reason(&tx));
	return !passes(tx.rc);
}

void
server_rows_forget(struct db *db, const char *runner, int64_t app_id)
{
	struct tx tx = TX(db);

	while (tx_loop(&tx))
		tx_run(&tx, Q_SERVER_STATES_FORGET, "sl", runner, app_id);
	if (tx.rc != OK)
		log_error("servers_not_forgotten", "why=\"%s\"",
		    reason(&tx));
}
