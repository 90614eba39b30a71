/* SPDX-License-Identifier: Apache-2.0 */
/* Roles of people whom nginx knows by name. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "cli/table.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "sql/auth.h"

static int
usage(struct cli *cli)
{
	return cli_fail(cli, E_MISUSE, "usage: gatehouse role "
	    "(set NAME --roles R | list | remove NAME)");
}

static int
grant(struct cli *cli, const char *roles)
{
	char why[DB_WHY_MAX];
	int rc = auth_grant(cli->db, cli->words[1], roles, cli->user,
	    clock_ms(), why);

	if (rc != OK)
		return cli_fail(cli, rc, "%s: %s", cli->words[1], why);
	if (cli->json)
		puts("{\"done\":true}");
	else if (roles != NULL)
		printf("%s: %s\n", cli->words[1], roles);
	else
		printf("%s: no roles\n", cli->words[1]);
	return EXIT_OK;
}

static int
list(struct cli *cli)
{
	static const char *const heads[] = {
		"PERSON", "ROLES", "SINCE", "BY", NULL
	};
	struct rows rows = db_query(cli->db, Q_CLI_ROLES, "");
	int64_t now_ms = clock_ms();
	char age[AGE_SIZE];
	struct table t;

	if (cli->json)
		return cli_print_list(cli, &rows, 4);
	table_init(&t, heads);
	while (rows_next(&rows)) {
		table_cell(&t, rows_text(&rows, 0));
		table_cell(&t, rows_text(&rows, 1));
		table_cell(&t, age_text(now_ms - rows_int(&rows, 2), age));
		table_cell(&t, rows_text(&rows, 3));
	}
	table_print(&t, TABLE_CUT);
	return cli_end(cli, &rows);
}

int
cmd_role(struct cli *cli)
{
	char roles[ROLES_TEXT_MAX];
	bool named = cli->words[1] != NULL;
	int status;

	if (strcmp(cli->words[0], "set") == 0 && named) {
		status = cli_roles(cli, roles);
		return status == EXIT_OK ? grant(cli, roles) : status;
	}
	if (cli->roles != NULL)
		return usage(cli);
	if (strcmp(cli->words[0], "remove") == 0 && named)
		return grant(cli, NULL);
	if (strcmp(cli->words[0], "list") == 0 && !named)
		return list(cli);
	return usage(cli);
}
