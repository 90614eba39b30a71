/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdio.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "sql/db.h"
#include "sql/session.h"

/* One that was finished before keeps its status, so it is read. */
int
cmd_stop(struct cli *cli)
{
	char origin[CLI_ORIGIN_MAX];
	struct session_ref ref;
	struct rows rows;
	int rc;

	snprintf(ref.id, sizeof(ref.id), "%s", cli->words[0]);
	rc = session_stop(cli->db, cli->actor, cli_origin(cli, origin),
	    clock_ms(), &ref);
	if (rc != OK)
		return cli_fail(cli, rc, "%s: %s", ref.id, ref.why);
	if (cli_session(cli, ref.id, &rows))
		printf("%s is %s\n", ref.id, rows_str(&rows, 0));
	return cli_end(cli, &rows);
}
