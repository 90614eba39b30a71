/* SPDX-License-Identifier: Apache-2.0 */
/* What people change about an open gate: who looks at it, and until when. */
#include "cli/cli.h"

#include <stdio.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/when.h"
#include "sql/gate.h"

static int
print(struct cli *cli, int64_t gate_id)
{
	struct rows rows = db_query(cli->db, Q_CLI_GATE, "l", gate_id);
	char at[ISO_SECONDS_SIZE] = "for ever";

	if (rows_next(&rows) && cli->json) {
		puts(rows_str(&rows, 17));
	} else if (rows.rc == OK) {
		if (!rows_null(&rows, 10))
			iso_seconds(rows_int(&rows, 10), at);
		printf("g%lld: assigned to %s, open until %s\n",
		    (long long)gate_id, rows_null(&rows, 18) ? "nobody" :
		    rows_str(&rows, 18), at);
	}
	return cli_end(cli, &rows);
}

static int
change(struct cli *cli, struct gate_change *change)
{
	char origin[CLI_ORIGIN_MAX];
	struct verdict_result result;
	int rc;

	change->gate_id = gate_number(cli->words[0]);
	if (change->gate_id == 0)
		return cli_fail(cli, E_NOTFOUND, "no gate \"%s\"",
		    cli->words[0]);
	change->actor = cli->actor;
	change->origin = cli_origin(cli, origin);
	change->rationale = cli->rationale;
	rc = gate_change_apply(cli->db, change, &result);
	if (rc != OK)
		return cli_refused(cli, rc, change->gate_id, &result);
	return print(cli, change->gate_id);
}

int
cmd_assign(struct cli *cli)
{
	return change(cli, &(struct gate_change){ .assigns = true,
	    .assignee = cli->words[1], .now_ms = clock_ms() });
}

int
cmd_extend(struct cli *cli)
{
	struct gate_change later = { .now_ms = clock_ms() };

	if (when_parse(cli->words[1], later.now_ms, WHEN_FUTURE,
		&later.deadline) != OK)
		return cli_fail(cli, E_MISUSE, "\"%s\" is not " WHEN_FORMS,
		    cli->words[1]);
	return change(cli, &later);
}
