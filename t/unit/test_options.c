/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "lib/err.h"

enum { WORDS_MAX = 12 };

/* Splits line at blanks and reads it; *command is NULL if it was refused. */
static void
read_line(char *line, struct cli *cli, const struct command **command)
{
	char *argv[WORDS_MAX + 1] = { line };
	int argc = 0;

	for (char *word = strtok(line, " "); word != NULL && argc < WORDS_MAX;
	    word = strtok(NULL, " "))
		argv[argc++] = word;
	*cli = (struct cli){ .since = -1 };
	optind = 0;	/* getopt begins anew */
	if (options_read(cli, argc, argv, command) != OK)
		*command = NULL;
}

/* What was understood, in one line. */
static void
describe(const struct cli *cli, const struct command *command, char *out,
    size_t size)
{
	snprintf(out, size, "%s %s %s db=%s json=%d actor=%s why=%s status=%s "
	    "text=%s team=%s flags=%d%d%d%d%d limit=%lld since=%lld",
	    command->name, cli->words[0] ? cli->words[0] : "-",
	    cli->words[1] ? cli->words[1] : "-", cli->db_path, cli->json,
	    cli->actor, cli->rationale ? cli->rationale : "-",
	    cli->status ? cli->status : "-", cli->text ? cli->text : "-",
	    cli->team ? cli->team : "-", cli->all, cli->check, cli->escalate,
	    cli->follow, cli->stop, (long long)cli->limit,
	    (long long)cli->since);
}

static void
test_read(void **state)
{
#define REST " why=- status=- text=- team=- flags=00000 limit=0 since=-1"
	static const struct {
		const char *line, *understood;
	} cases[] = {
		{ "gatehouse approvals",
		    "approvals - - db=env json=0 actor=sue" REST },
		{ "gatehouse --db x --json approvals",
		    "approvals - - db=x json=1 actor=sue" REST },
		{ "gatehouse approvals --json --db=x",
		    "approvals - - db=x json=1 actor=sue" REST },
		{ "gatehouse approve g1 --actor bob --rationale ok",
		    "approve g1 - db=env json=0 actor=bob why=ok status=- "
		    "text=- team=- flags=00000 limit=0 since=-1" },
		{ "gatehouse sessions --status new --limit 7",
		    "sessions - - db=env json=0 actor=sue why=- status=new "
		    "text=- team=- flags=00000 limit=7 since=-1" },
		{ "gatehouse resume S --escalate=t",
		    "resume S - db=env json=0 actor=sue why=- status=- "
		    "text=- team=t flags=00100 limit=0 since=-1" },
		{ "gatehouse resume S --escalate t",
		    "resume S t db=env json=0 actor=sue why=- status=- "
		    "text=- team=- flags=00100 limit=0 since=-1" },
		{ "gatehouse tail --since 0 S --follow",
		    "tail S - db=env json=0 actor=sue why=- status=- "
		    "text=- team=- flags=00010 limit=0 since=0" },
		{ "gatehouse stop -- --odd",
		    "stop --odd - db=env json=0 actor=sue" REST },
		{ "gatehouse load DIR --help",
		    "help load - db=env json=0 actor=sue" REST },
		{ "gatehouse --version",
		    "version - - db=env json=0 actor=sue" REST },
	};
#undef REST
	const struct command *command;
	char line[256], said[512];
	struct cli cli;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		snprintf(line, sizeof(line), "%s", cases[i].line);
		read_line(line, &cli, &command);
		if (command == NULL)
			fail_msg("refused: %s", cases[i].line);
		describe(&cli, command, said, sizeof(said));
		if (strcmp(said, cases[i].understood) != 0)
			fail_msg("%s:\n%s", cases[i].line, said);
	}
}

static void
test_refuse(void **state)
{
	static const char *const cases[] = {
		"gatehouse", "gatehouse --json", "gatehouse nonsense",
		"gatehouse approvals x", "gatehouse approve",
		"gatehouse approve a b", "gatehouse approve a --limit 1",
		"gatehouse approve a --actor=", "gatehouse approve a --actor",
		"gatehouse sessions --limit 0", "gatehouse sessions --limit -1",
		"gatehouse sessions --limit 1e3", "gatehouse tail --since x",
		"gatehouse sessions --limit 99999999999999999999",
		"gatehouse sessions --what", "gatehouse sessions -x",
		"gatehouse approve \xff", "gatehouse decide a",
	};
	const struct command *command;
	struct cli cli;
	char line[256];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		snprintf(line, sizeof(line), "%s", cases[i]);
		read_line(line, &cli, &command);
		if (command != NULL)
			fail_msg("accepted: %s", cases[i]);
	}
}

/* What the table says about a command fits in what there is. */
static void
test_table(void **state)
{
	(void)state;
	for (const struct command *c = commands; c->name != NULL; c++) {
		assert_in_range(c->words_max, c->words_min, CLI_WORDS_MAX);
		assert_non_null(c->run);
		assert_true(*c->help != '\0');
		assert_null(strpbrk(c->help, "\"\\\n"));
		assert_null(strpbrk(c->arguments, "\"\\\n"));
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_refuse),
		cmocka_unit_test(test_table),
	};

	setenv("GATEHOUSE_DB", "env", 1);
	setenv("SUDO_USER", "sue", 1);
	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
