/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "cli/table.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "sql/session_list.h"

enum { LIMIT = 50 };

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

static struct session_filter
make_filter(const struct cli *cli)
{
	struct session_filter filter = {
		.app = cli->app,
		.status = cli->status != NULL ? cli->status :
		    cli->all ? "any" : "unfinished",
		.environment = cli->environment,
		.submitter = cli->submitter,
		.agent = cli->agent,
		.parent = cli->parent,
		.words = cli->query,
		.created_from = cli->created_from,
		.created_before = cli->created_before,
		.waiting_since = cli->waiting_since,
		.order = cli->oldest ? SESSION_OLDEST : SESSION_NEWEST,
	};

	return filter;
}

/* A line as cells of the table, each with its NUL. */
static void
put_cells(const struct rows *rows, struct buf *lines)
{
	int64_t at = rows_int(rows, SESSION_STARTED_AT);
	char age[AGE_SIZE];
	const char *const cells[] = {
		rows_str(rows, SESSION_ID), rows_str(rows, SESSION_STATUS),
		rows_str(rows, SESSION_ENVIRONMENT),
		age_text(clock_ms() - at, age), rows_str(rows, SESSION_LABEL),
	};

	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
		buf_add(lines, cells[i], strlen(cells[i]) + 1);
}

static void
print_page(const struct cli *cli, const struct walk_page *page,
    struct table *t, bool first)
{
	const char *text = buf_str(&page->lines), *end;

	if (cli->json) {
		printf("%s%s", first || page->count == 0 ? "" : ",", text);
		return;
	}
	for (end = text + page->lines.len; text < end; text += strlen(text) + 1)
		table_cell(t, text);
}

/* Page by page, up to the limit; OK or E_*. */
static int
print_pages(struct cli *cli, struct table *t)
{
	struct session_filter filter = make_filter(cli);
	int64_t left = cli->limit > 0 ? cli->limit : LIMIT;
	const struct walk_place *after = NULL;
	struct walk_place place;
	struct walk_page page;
	bool first = true;
	int rc;

	walk_open(&page, 0, cli->json ? walk_put_object : put_cells);
	do {
		page.limit = left < WALK_PAGE_MAX ? (int)left : WALK_PAGE_MAX;
		rc = session_list(cli->db, &filter, after, &page);
		if (rc != OK)
			break;
		print_page(cli, &page, t, first);
		first = first && page.count == 0;
		place = page.next;
		after = &place;
		left -= page.count;
	} while (left > 0 && !page.ended);
	walk_close(&page);
	return rc;
}

int
cmd_sessions(struct cli *cli)
{
	static const char *const heads[] = {
		"SESSION", "STATUS", "ENVIRONMENT", "AGE", "QUERY", NULL
	};
	int status = EXIT_OK, rc;
	struct table table;

	if (cli->status != NULL && cli->all)
		return cli_fail(cli, E_MISUSE,
		    "--status and --all do not go together");
	if (cli->status != NULL)
		status = check_status(cli);
	if (status != EXIT_OK)
		return status;
	table_init(&table, heads);
	if (cli->json)
		putchar('[');
	rc = print_pages(cli, &table);
	if (cli->json)
		puts("]");
	table_print(&table, TABLE_CUT);
	return rc == OK ? EXIT_OK : cli_fail(cli, rc, "%s", err_text(rc));
}
