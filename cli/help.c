/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "lib/err.h"

static const char before[] =
	"usage: gatehouse [--db FILE] [--json] COMMAND [ARGUMENT...]\n\n";

static const char after[] = "\n"
	"The database is FILE, or that which GATEHOUSE_DB names; no other\n"
	"program has to run. \"try\" makes a database of its own, and removes\n"
	"it. GATE is g17 or 17. Who decides is NAME, else $SUDO_USER or the\n"
	"login name. R is viewer, operator, approver or admin, ROLE@APP for\n"
	"one application, several with commas. With --json answers, and\n"
	"errors on standard error, are JSON.\n\n"
	"FILTER, each with one word: --app, --environment, --agent (whose\n"
	"turn it is, or was last), --waiting (so long, or longer); of\n"
	"sessions --submitter, --parent, --query (words, all of them),\n"
	"--created-after and --created-before, and --oldest, alone, turns\n"
	"the order round; of approvals --kind, --tool, --risk, --assignee\n"
	"(none: nobody) and --deadline-before. A time is like\n"
	"2026-11-22T10:00:00Z, or 90s, 15m, 2h, 7d ago, or ahead.\n\n"
	"Exit codes: 0 done; 1 found problems, or refused; 2 wrong usage;\n"
	"3 not found; 4 illegal now, or too late; 5 no usable database; 6 a\n"
	"person must decide, and \"try\" has no terminal to ask on.\n";

static void
print_json(const struct command *c)
{
	printf("{\"command\":\"%s\",\"arguments\":\"%s\",\"help\":\"%s\"}",
	    c->name, c->arguments, c->help);
}

int
cmd_help(struct cli *cli)
{
	const char *wanted = cli->words[0];
	const struct command *c;
	int found = 0;

	fputs(cli->json ? "[" : wanted == NULL ? before : "", stdout);
	for (c = commands; c->name != NULL; c++) {
		if (wanted != NULL && strcmp(wanted, c->name) != 0)
			continue;
		if (cli->json && found > 0)
			fputs(",\n", stdout);
		if (cli->json)
			print_json(c);
		else
			printf("  %s%s%s\n      %s\n", c->name,
			    *c->arguments != '\0' ? " " : "", c->arguments,
			    c->help);
		found++;
	}
	fputs(cli->json ? "]\n" : wanted == NULL ? after : "", stdout);
	if (found > 0)
		return EXIT_OK;
	return cli_fail(cli, E_MISUSE, "unknown command \"%s\"", wanted);
}
