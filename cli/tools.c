/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdio.h>

#include "cli/table.h"
#include "cli/tools_check.h"
#include "lib/err.h"
#include "sql/db.h"

/* A misspelt name would look like an application without tools. */
static int
check_app(const struct cli *cli)
{
	struct rows rows = db_query(cli->db, Q_CLI_APP_KNOWN, "s", cli->app);
	bool known = cli->app == NULL || rows_next(&rows);
	int status = cli_end(cli, &rows);

	if (status != EXIT_OK || known)
		return status;
	return cli_fail(cli, E_NOTFOUND, "no application \"%s\"", cli->app);
}

static int
print_table(const struct cli *cli, enum query query,
    const char *const *heads)
{
	struct rows rows = db_query(cli->db, query, "s", cli->app);
	struct table table;

	table_init(&table, heads);
	while (rows_next(&rows))
		for (int i = 0; heads[i] != NULL; i++)
			table_cell(&table, rows_text(&rows, i));
	table_print(&table, TABLE_CUT);
	return cli_end(cli, &rows);
}

static int
print_json(const struct cli *cli)
{
	struct rows rows = db_query(cli->db, Q_CLI_TOOLS, "s", cli->app);
	int status;

	fputs("{\"tools\":", stdout);
	status = cli_print_list(cli, &rows, 6);
	if (status != EXIT_OK)
		return status;
	rows = db_query(cli->db, Q_CLI_TOOL_SERVERS, "s", cli->app);
	fputs(",\"servers\":", stdout);
	status = cli_print_list(cli, &rows, 7);
	puts("}");
	return status;
}

int
cmd_tools(struct cli *cli)
{
	static const char *const tools[] = {
		"TOOL", "RISK", "TRANSPORT", "STATE", "APP", "AGENTS", NULL
	};
	static const char *const servers[] = {
		"SERVER", "TRANSPORT", "STATE", "SINCE", "TOOLS", "APP",
		"REASON", NULL
	};
	int status = check_app(cli);

	if (status != EXIT_OK)
		return status;
	if (cli->check)
		return tools_check(cli);
	if (cli->json)
		return print_json(cli);
	status = print_table(cli, Q_CLI_TOOLS, tools);
	if (status == EXIT_OK)
		status = print_table(cli, Q_CLI_TOOL_SERVERS, servers);
	return status;
}
