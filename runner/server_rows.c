/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/server_rows.h"

#include <stdio.h>
#include <string.h>

#include "lib/err.h"
#include "runner/tool_server.h"
#include "sql/tx.h"

enum { LIST_MAX = 8 * SERVER_TOOLS_MAX * SERVER_TOOL_NAME_MAX };

void
server_rows_state(struct tx *tx, int64_t app_id, const char *runner,
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

bool
server_rows_tools(struct tx *tx, int64_t app_id,
    const struct tool_server *server)
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
