/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdio.h>

#include "cli/list.h"
#include "cli/table.h"
#include "lib/clock.h"
#include "sql/gate_list.h"

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
		NULL
	};

	snprintf(gate, sizeof(gate), "g%lld", (long long)rows_int(rows, 0));
	list_cells(lines, cells);
}

static int
page(struct cli *cli, const struct walk_place *after, struct walk_page *page)
{
	const struct gate_filter filter = {
		.app = cli->app, .environment = cli->environment,
		.kind = cli->kind, .tool = cli->tool, .agent = cli->agent,
		.risk = cli->risk, .assignee = cli->assignee,
		.deadline_before = cli->deadline_before,
		.opened_until = cli->waiting_since,
	};

	return gate_list(cli->db, &filter, clock_ms(), after, page);
}

int
cmd_approvals(struct cli *cli)
{
	static const char *const heads[] = {
		"GATE", "KIND", "RISK", "AGE", "LEFT", "SESSION", "QUESTION",
		"ARGUMENTS", NULL
	};
	const struct list list = {
		.heads = heads, .cells = put_cells, .object = gate_list_put,
		.page = page,
	};

	return list_print(cli, &list);
}
