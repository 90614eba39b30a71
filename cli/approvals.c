/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include "cli/table.h"
#include "lib/clock.h"
#include "sql/db.h"

static void
fill(struct table *t, struct rows *rows)
{
	int64_t now_ms = clock_ms();
	char age[AGE_SIZE], left[AGE_SIZE];

	while (rows_next(rows)) {
		table_cell(t, rows_text(rows, 0));
		table_cell(t, rows_text(rows, 1));
		table_cell(t, rows_text(rows, 2));
		table_cell(t, age_text(now_ms - rows_int(rows, 3), age));
		table_cell(t, rows_null(rows, 4) ? NULL :
		    age_text(rows_int(rows, 4) - now_ms, left));
		table_cell(t, rows_text(rows, 5));
		table_cell(t, rows_text(rows, 6));
		table_cell(t, rows_text(rows, 7));
	}
}

int
cmd_approvals(struct cli *cli)
{
	static const char *const heads[] = {
		"GATE", "KIND", "RISK", "AGE", "LEFT", "SESSION", "QUESTION",
		"ARGUMENTS", NULL
	};
	struct rows rows = db_query(cli->db, Q_CLI_GATES_OPEN, "");
	struct table table;

	if (cli->json)
		return cli_print_list(cli, &rows, 8);
	table_init(&table, heads);
	fill(&table, &rows);
	table_print(&table, TABLE_CUT);
	return cli_end(cli, &rows);
}
