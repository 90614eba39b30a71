/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/utf8.h"
#include "sql/session.h"

int
cmd_un_duplicate(struct cli *cli)
{
	char origin[CLI_ORIGIN_MAX], original[SESSION_ID_MAX];
	struct session_ref ref;
	struct rows rows;
	int rc;

	if (cli->rationale != NULL && utf8_count(cli->rationale,
		strlen(cli->rationale)) > SESSION_NOTE_MAX)
		return cli_fail(cli, E_MISUSE,
		    "--rationale: is longer than %d characters",
		    SESSION_NOTE_MAX);
	snprintf(ref.id, sizeof(ref.id), "%s", cli->words[0]);
	rc = session_undo_duplicate(cli->db, cli->actor,
	    cli_origin(cli, origin), cli->rationale, clock_ms(), &ref,
	    original);
	if (rc != OK)
		return cli_fail(cli, rc, "%s: %s", ref.id, ref.why);
	if (cli_session(cli, ref.id, &rows))
		printf("%s is %s, and no duplicate%s%s\n", ref.id,
		    rows_str(&rows, 0), *original != '\0' ? " of " : "",
		    original);
	return cli_end(cli, &rows);
}
