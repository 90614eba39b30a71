/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdio.h>

#include "cli/table.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "sql/db.h"

static void
print_time(const char *name, int64_t ms)
{
	char at[ISO_SECONDS_SIZE], age[AGE_SIZE], text[64];

	iso_seconds(ms, at);
	snprintf(text, sizeof(text), "%s (%s ago)", at,
	    age_text(clock_ms() - ms, age));
	field_print(name, text);
}

static void
print_session(const struct cli *cli, const struct rows *rows)
{
	char text[128];

	field_print("session", cli->words[0]);
	field_print("status", rows_text(rows, 0));
	field_print("environment", rows_text(rows, 1));
	field_print("query", rows_text(rows, 2));
	field_print("submitter", rows_text(rows, 3));
	snprintf(text, sizeof(text), "%s version %lld", rows_str(rows, 4),
	    (long long)rows_int(rows, 5));
	field_print("application", text);
	print_time("created", rows_int(rows, 6));
	print_time("updated", rows_int(rows, 7));
	snprintf(text, sizeof(text), "%lld in, %lld out",
	    (long long)rows_int(rows, 8), (long long)rows_int(rows, 9));
	field_print("tokens", text);
	field_print("findings", rows_text(rows, 10));
	field_print("extra", rows_text(rows, 11));
}

static void
fill_runs(struct table *t, struct rows *rows)
{
	char text[AGE_SIZE];

	while (rows_next(rows)) {
		table_cell(t, rows_text(rows, 0));
		table_cell(t, rows_text(rows, 1));
		snprintf(text, sizeof(text), "%.2f", rows_real(rows, 2));
		table_cell(t, rows_null(rows, 2) ? NULL : text);
		table_cell(t, rows_text(rows, 3));
		table_cell(t, rows_null(rows, 5) ? NULL :
		    age_text(rows_int(rows, 5) - rows_int(rows, 4), text));
		table_cell(t, rows_text(rows, 6));
	}
}

static void
fill_calls(struct table *t, struct rows *rows)
{
	char age[AGE_SIZE];

	while (rows_next(rows)) {
		table_number(t, rows_int(rows, 0));
		for (int i = 1; i < 6; i++)
			table_cell(t, rows_text(rows, i));
		table_cell(t, age_text(clock_ms() - rows_int(rows, 6), age));
		table_cell(t, rows_text(rows, 7));
	}
}

static void
fill_gates(struct table *t, struct rows *rows)
{
	char age[AGE_SIZE];

	while (rows_next(rows)) {
		for (int i = 0; i < 4; i++)
			table_cell(t, rows_text(rows, i));
		table_cell(t, age_text(clock_ms() - rows_int(rows, 4), age));
		table_cell(t, rows_text(rows, 5));
	}
}

static const struct {
	enum query query;
	const char *heads[TABLE_COLUMNS_MAX];
	void (*fill)(struct table *t, struct rows *rows);
} parts[] = {
	{ Q_CLI_SESSION_RUNS, { "AGENT", "OUTCOME", "CONFIDENCE", "SIGNAL",
	    "TOOK", "SUMMARY" }, fill_runs },
	{ Q_CLI_SESSION_CALLS, { "CALL", "AGENT", "TOOL", "RISK", "STATUS",
	    "APPROVER", "AGE", "ARGUMENTS" }, fill_calls },
	{ Q_CLI_SESSION_GATES, { "GATE", "KIND", "DECISION", "BY", "AGE",
	    "QUESTION" }, fill_gates },
};

static int
print_parts(struct cli *cli)
{
	struct table table;
	struct rows rows;
	int status = EXIT_OK;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) &&
	    status == EXIT_OK; i++) {
		rows = db_query(cli->db, parts[i].query, "s", cli->words[0]);
		table_init(&table, parts[i].heads);
		parts[i].fill(&table, &rows);
		if (table.count > (size_t)table.columns)
			putchar('\n');
		table_print(&table, TABLE_WHOLE);
		status = cli_end(cli, &rows);
	}
	return status;
}

static int
print_json(struct cli *cli, const struct rows *session)
{
	struct rows gates;
	int status;

	printf("{\"session\":%s,\"gates\":", rows_str(session, 12));
	gates = db_query(cli->db, Q_CLI_SESSION_GATES, "s", cli->words[0]);
	status = cli_print_list(cli, &gates, 6);
	puts("}");
	return status;
}

static int
show_session(struct cli *cli)
{
	struct rows rows = db_query(cli->db, Q_CLI_SESSION, "s",
	    cli->words[0]);
	int status;

	if (!rows_next(&rows)) {
		status = cli_end(cli, &rows);
		return status != EXIT_OK ? status :
		    cli_fail(cli, E_NOTFOUND, "no session \"%s\"",
		    cli->words[0]);
	}
	if (cli->json) {
		status = print_json(cli, &rows);
	} else {
		print_session(cli, &rows);
		status = print_parts(cli);
	}
	rows_end(&rows);
	return status;
}

/* All of it as it was at one moment. */
int
cmd_show(struct cli *cli)
{
	int rc = db_snapshot(cli->db), status;

	if (rc != OK)
		return cli_fail(cli, rc, "%s", err_text(rc));
	status = show_session(cli);
	db_snapshot_end(cli->db);
	return status;
}
