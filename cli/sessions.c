/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include "cli/table.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "sql/db.h"

enum { LIMIT = 50 };

static void
fill(struct table *t, struct rows *rows)
{
	int64_t now_ms = clock_ms();
	char age[AGE_SIZE];

	while (rows_next(rows)) {
		table_cell(t, rows_text(rows, 0));
		table_cell(t, rows_text(rows, 1));
		table_cell(t, rows_text(rows, 2));
		table_cell(t, age_text(now_ms - rows_int(rows, 3), age));
		table_cell(t, rows_text(rows, 4));
	}
}

/* A misspelt status would look like one that no session has. */
static int
check_status(struct cli *cli)
{
	struct rows rows = db_query(cli->db, Q_CLI_STATUS_KNOWN, "s",
	    cli->status);
	bool known = rows_next(&rows) && rows_int(&rows, 0) > 0;
	int rc = rows_end(&rows);

	if (rc != OK)
		return cli_fail(cli, rc, "%s", err_text(rc));
	if (!known)
		return cli_fail(cli, E_NOTFOUND,
		    "no application has a status \"%s\"", cli->status);
	return EXIT_OK;
}

int
cmd_sessions(struct cli *cli)
{
	static const char *const heads[] = {
		"SESSION", "STATUS", "ENVIRONMENT", "AGE", "QUERY", NULL
	};
	int64_t limit = cli->limit > 0 ? cli->limit : LIMIT;
	int status = EXIT_OK;
	struct table table;
	struct rows rows;

	if (cli->status != NULL && cli->all)
		return cli_fail(cli, E_MISUSE,
		    "--status and --all do not go together");
	if (cli->status != NULL)
		status = check_status(cli);
	if (status != EXIT_OK)
		return status;
	rows = cli->status != NULL ?
	    db_query(cli->db, Q_CLI_SESSIONS_STATUS, "ls", limit, cli->status) :
	    db_query(cli->db, cli->all ? Q_CLI_SESSIONS_ALL :
		Q_CLI_SESSIONS_UNFINISHED, "l", limit);
	if (cli->json)
		return cli_print_list(cli, &rows, 5);
	table_init(&table, heads);
	fill(&table, &rows);
	table_print(&table, TABLE_CUT);
	return cli_end(cli, &rows);
}
