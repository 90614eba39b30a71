/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stddef.h>

#include "lib/err.h"
#include "sql/db.h"
#include "sql/gate.h"

int
cmd_resume(struct cli *cli)
{
	struct verdict verdict = { .session_id = cli->words[0],
	    .input = cli->text, .team = cli->team };
	char why[DB_WHY_MAX];
	int rc;

	if ((cli->text != NULL) + cli->escalate + cli->stop != 1 ||
	    (cli->words[1] != NULL && (!cli->escalate || cli->team != NULL)))
		return cli_fail(cli, E_MISUSE, "usage: gatehouse resume ID "
		    "(--text T | --escalate [TEAM] | --stop)");
	if (cli->words[1] != NULL)
		verdict.team = cli->words[1];
	verdict.verdict = cli->text != NULL ? "resume_with_input" :
	    cli->escalate ? "escalate" : "stop";
	rc = gate_find_confidence(cli->db, verdict.session_id,
	    &verdict.gate_id, why);
	if (rc != OK)
		return cli_fail(cli, rc, "%s: %s", verdict.session_id, why);
	return cli_decide(cli, &verdict);
}
