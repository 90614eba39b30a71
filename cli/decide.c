/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "sql/db.h"
#include "sql/gate.h"

/* Names the one who was first, where that is the reason. */
static int
fail(struct cli *cli, int rc, const struct verdict *verdict,
    const struct verdict_result *result)
{
	char at[ISO_SECONDS_SIZE];

	if (*result->decision == '\0')
		return cli_fail(cli, rc, "g%lld: %s",
		    (long long)verdict->gate_id, result->why);
	iso_seconds(result->decided_at, at);
	return cli_fail(cli, rc, "g%lld: %s: \"%s\" by \"%s\" at %s",
	    (long long)verdict->gate_id, result->why, result->decision,
	    result->decided_by, at);
}

static int
print(struct cli *cli, int64_t gate_id)
{
	struct rows rows = db_query(cli->db, Q_CLI_GATE, "l", gate_id);

	if (!rows_next(&rows))
		return cli_end(cli, &rows);
	if (cli->json)
		puts(rows_str(&rows, 17));
	else if (rows_null(&rows, 12))
		printf("g%lld: the vote counts, more are needed\n",
		    (long long)gate_id);
	else
		printf("g%lld: %s by %s; %s is %s\n", (long long)gate_id,
		    rows_str(&rows, 12), rows_str(&rows, 13),
		    rows_str(&rows, 0), rows_str(&rows, 16));
	return cli_end(cli, &rows);
}

int
cli_decide(struct cli *cli, struct verdict *verdict)
{
	char origin[CLI_ORIGIN_MAX];
	struct verdict_result result;
	int rc;

	verdict->actor = cli->actor;
	verdict->origin = cli_origin(cli, origin);
	verdict->rationale = cli->rationale;
	verdict->amount = cli->amount;
	verdict->now_ms = clock_ms();
	rc = gate_decide(cli->db, verdict, &result);
	if (rc != OK)
		return fail(cli, rc, verdict, &result);
	return print(cli, verdict->gate_id);
}

/* Reads g17 or 17. */
static int64_t
gate_number(const char *word)
{
	const char *digits = word + (*word == 'g');
	size_t len = strspn(digits, "0123456789");

	if (len == 0 || len > 18 || digits[len] != '\0')
		return 0;
	return strtoll(digits, NULL, 10);
}

static int
decide(struct cli *cli, const char *word)
{
	struct verdict verdict = { .gate_id = gate_number(cli->words[0]),
	    .verdict = word };
	char session_id[SESSION_ID_MAX];
	struct rows rows;
	bool found;
	int status;

	rows = db_query(cli->db, Q_CLI_GATE, "l", verdict.gate_id);
	found = rows_next(&rows);
	if (found)
		snprintf(session_id, sizeof(session_id), "%s",
		    rows_str(&rows, 0));
	status = cli_end(cli, &rows);
	if (status != EXIT_OK)
		return status;
	if (!found)
		return cli_fail(cli, E_NOTFOUND, "no gate \"%s\"",
		    cli->words[0]);
	verdict.session_id = session_id;
	return cli_decide(cli, &verdict);
}

int
cmd_approve(struct cli *cli)
{
	return decide(cli, "approve");
}

int
cmd_reject(struct cli *cli)
{
	return decide(cli, "reject");
}

int
cmd_decide(struct cli *cli)
{
	if (cli->amount > 0 && strcmp(cli->words[1], "raise") != 0)
		return cli_fail(cli, E_MISUSE, "--amount goes with \"raise\"");
	return decide(cli, cli->words[1]);
}
