/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdio.h>

#include "cli/table.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "sql/db.h"
#include "sql/session.h"

static int
preview(struct cli *cli)
{
	struct rows rows = db_query(cli->db, Q_CLI_RETRY, "s", cli->words[0]);
	bool found = rows_next(&rows);
	int status;

	if (found && cli->json) {
		puts(rows_str(&rows, 7));
	} else if (found) {
		field_print("retry", rows_text(&rows, 0));
		field_print("reason", rows_text(&rows, 1));
		field_print("retries", rows_text(&rows, 2));
		field_print("failure", rows_text(&rows, 3));
		field_print("goes on", rows_text(&rows, 4));
		field_print("reused", rows_text(&rows, 5));
		field_print("asked first", rows_text(&rows, 6));
	}
	status = cli_end(cli, &rows);
	if (found || status != EXIT_OK)
		return status;
	return cli_fail(cli, E_NOTFOUND, "%s: session not found",
	    cli->words[0]);
}

int
cmd_retry(struct cli *cli)
{
	char origin[CLI_ORIGIN_MAX];
	struct session_ref ref;
	struct rows rows;
	int count, rc;

	if (cli->preview)
		return preview(cli);
	snprintf(ref.id, sizeof(ref.id), "%s", cli->words[0]);
	rc = session_retry(cli->db, cli->actor, cli_origin(cli, origin),
	    clock_ms(), &ref, &count);
	if (rc != OK)
		return cli_fail(cli, rc, "%s: %s", ref.id, ref.why);
	if (cli_session(cli, ref.id, &rows))
		printf("%s is %s, retry %d\n", ref.id, rows_str(&rows, 0),
		    count);
	return cli_end(cli, &rows);
}
