/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "cli/table.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "sql/gate_list.h"

/* A line as cells of the table, each with its NUL. */
static void
put_cells(const struct rows *rows, struct buf *lines)
{
	int64_t now_ms = clock_ms();
	char gate[32], age[AGE_SIZE], left[AGE_SIZE];
	const char *const cells[] = {
		gate, rows_str(rows, GATE_KIND), rows_null(rows, GATE_RISK) ?
		    "-" : rows_str(rows, GATE_RISK),
		age_text(now_ms - rows_int(rows, GATE_OPENED_AT), age),
		rows_null(rows, GATE_DEADLINE_AT) ? "-" : age_text(
		    rows_int(rows, GATE_DEADLINE_AT) - now_ms, left),
		rows_str(rows, GATE_SESSION), rows_str(rows, GATE_QUESTION),
		rows_null(rows, GATE_ARGS) ? "-" : rows_str(rows, GATE_ARGS),
	};

	snprintf(gate, sizeof(gate), "g%lld", (long long)rows_int(rows, 0));
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
		buf_add(lines, cells[i], strlen(cells[i]) + 1);
}

static void
print_page(const struct cli *cli, const struct walk_page *page,
    struct table *t, bool first)
{
	const char *text = buf_str(&page->lines), *end;

	if (cli->json) {
		printf("%s%s", first || page->count == 0 ? "" : ",\n ", text);
		return;
	}
	for (end = text + page->lines.len; text < end; text += strlen(text) + 1)
		table_cell(t, text);
}

/* Every page; OK or E_*. */
static int
print_pages(struct cli *cli, struct table *t)
{
	const struct gate_filter filter = {
		.app = cli->app, .environment = cli->environment,
		.kind = cli->kind, .tool = cli->tool, .agent = cli->agent,
		.risk = cli->risk, .assignee = cli->assignee,
		.deadline_before = cli->deadline_before,
		.opened_until = cli->waiting_since,
	};
	const struct walk_place *after = NULL;
	struct walk_place place;
	struct walk_page page;
	bool first = true;
	int rc;

	walk_open(&page, WALK_PAGE_MAX, cli->json ? gate_list_put : put_cells);
	do {
		rc = gate_list(cli->db, &filter, clock_ms(), after, &page);
		if (rc != OK)
			break;
		print_page(cli, &page, t, first);
		first = first && page.count == 0;
		place = page.next;
		after = &place;
	} while (!page.ended);
	walk_close(&page);
	return rc;
}

int
cmd_approvals(struct cli *cli)
{
	static const char *const heads[] = {
		"GATE", "KIND", "RISK", "AGE", "LEFT", "SESSION", "QUESTION",
		"ARGUMENTS", NULL
	};
	struct table table;
	int rc;

	table_init(&table, heads);
	if (cli->json)
		putchar('[');
	rc = print_pages(cli, &table);
	if (cli->json)
		puts("]");
	table_print(&table, TABLE_CUT);
	return rc == OK ? EXIT_OK : cli_fail(cli, rc, "%s", err_text(rc));
}
