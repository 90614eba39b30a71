/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/json.h"
#include "sql/db.h"
#include "sql/gate.h"

int
cli_refused(const struct cli *cli, int rc, int64_t gate_id,
    const struct verdict_result *result)
{
	char at[ISO_SECONDS_SIZE];

	if (*result->decision == '\0')
		return cli_fail(cli, rc, "g%lld: %s", (long long)gate_id,
		    result->why);
	iso_seconds(result->decided_at, at);
	return cli_fail(cli, rc, "g%lld: %s: \"%s\" by \"%s\" at %s",
	    (long long)gate_id, result->why, result->decision,
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
	if (cli->args != NULL)
		verdict->args = cli->args;
	if (verdict->input == NULL)
		verdict->input = cli->text;
	if (verdict->team == NULL)
		verdict->team = cli->team;
	verdict->now_ms = clock_ms();
	rc = gate_decide(cli->db, verdict, &result);
	if (rc != OK)
		return cli_refused(cli, rc, verdict->gate_id, &result);
	return print(cli, verdict->gate_id);
}

static int
decide(struct cli *cli, const char *word)
{
	struct verdict verdict = { .gate_id = gate_number(cli->words[0]),
	    .verdict = word };
	char session_id[SESSION_ID_MAX], others[128];
	struct rows rows;
	bool found;
	int status;

	rows = db_query(cli->db, Q_CLI_GATE, "ls", verdict.gate_id, word);
	found = rows_next(&rows);
	if (found) {
		snprintf(session_id, sizeof(session_id), "%s",
		    rows_str(&rows, 0));
		snprintf(others, sizeof(others), "%s", rows_str(&rows, 19));
	}
	status = cli_end(cli, &rows);
	if (status != EXIT_OK)
		return status;
	if (!found)
		return cli_fail(cli, E_NOTFOUND, "no gate \"%s\"",
		    cli->words[0]);
	if (*others != '\0')
		return cli_fail(cli, E_INVALID, "g%lld: \"%s\" is no verdict "
		    "here; use: gatehouse decide g%lld %s",
		    (long long)verdict.gate_id, word,
		    (long long)verdict.gate_id, others);
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

/* What is no JSON the database would take for a fault of its own. */
static bool
is_object(const char *text)
{
	struct json_error error;
	struct json *json = json_parse(text, strlen(text), &error);
	bool object = json_kind(json) == JSON_OBJECT;

	json_free(json);
	return object;
}

int
cmd_decide(struct cli *cli)
{
	if (cli->args != NULL && !is_object(cli->args))
		return cli_fail(cli, E_MISUSE, "--args: is no JSON object");
	if (cli->amount > 0 && strcmp(cli->words[1], "raise") != 0)
		return cli_fail(cli, E_MISUSE, "--amount goes with \"raise\"");
	return decide(cli, cli->words[1]);
}
