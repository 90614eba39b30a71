/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/utf8.h"
#include "lib/when.h"
#include "sql/gate.h"
#include "sql/session_list.h"

enum {
	DAYS_MAX = 3650,
	LIMIT_MAX = 100000,
	NAME_MAX_BYTES = 127,
	TEXT_MAX = 64 * 1024,
};

/* The letters stand in struct command; they are no short options. */
static const struct option options[] = {
	{ "actor", required_argument, NULL, 'a' },
	{ "agent", required_argument, NULL, 'G' },
	{ "all", no_argument, NULL, 'A' },
	{ "amount", required_argument, NULL, 'n' },
	{ "app", required_argument, NULL, 'p' },
	{ "args", required_argument, NULL, 'J' },
	{ "assignee", required_argument, NULL, 'N' },
	{ "check", no_argument, NULL, 'c' },
	{ "created-after", required_argument, NULL, 'C' },
	{ "created-before", required_argument, NULL, 'B' },
	{ "days", required_argument, NULL, 'D' },
	{ "db", required_argument, NULL, 'd' },
	{ "deadline-before", required_argument, NULL, 'L' },
	{ "environment", required_argument, NULL, 'E' },
	{ "escalate", optional_argument, NULL, 'e' },
	{ "follow", no_argument, NULL, 'f' },
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, 'j' },
	{ "kind", required_argument, NULL, 'K' },
	{ "keep", no_argument, NULL, 'k' },
	{ "limit", required_argument, NULL, 'l' },
	{ "model", required_argument, NULL, 'm' },
	{ "oldest", no_argument, NULL, 'o' },
	{ "parent", required_argument, NULL, 'P' },
	{ "preview", no_argument, NULL, 'w' },
	{ "query", required_argument, NULL, 'q' },
	{ "rationale", required_argument, NULL, 'r' },
	{ "risk", required_argument, NULL, 'Y' },
	{ "roles", required_argument, NULL, 'R' },
	{ "since", required_argument, NULL, 's' },
	{ "status", required_argument, NULL, 'S' },
	{ "stop", no_argument, NULL, 'x' },
	{ "submitter", required_argument, NULL, 'u' },
	{ "text", required_argument, NULL, 't' },
	{ "tool", required_argument, NULL, 'T' },
	{ "version", no_argument, NULL, 'v' },
	{ "waiting", required_argument, NULL, 'W' },
	{ NULL, 0, NULL, 0 },
};

static const char everywhere[] = "dhjv";

static const char *
option_name(int letter)
{
	int i;

	for (i = 0; options[i].val != letter; i++)
		;
	return options[i].name;
}

static int
read_number(const struct cli *cli, int letter, int64_t min, int64_t max,
    int64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoll(optarg, &end, 10);
	if (end != optarg && *end == '\0' && errno == 0 && *number >= min &&
	    *number <= max)
		return OK;
	cli_fail(cli, E_MISUSE, "--%s: \"%s\" is no number from %lld to %lld",
	    option_name(letter), optarg, (long long)min, (long long)max);
	return E_INVALID;
}

static int
read_text(const struct cli *cli, int letter, size_t max, const char **text)
{
	size_t len = strlen(optarg);

	*text = optarg;
	if (len > 0 && len <= max && utf8_valid(optarg, len))
		return OK;
	if (len > max)
		cli_fail(cli, E_MISUSE, "--%s: is longer than %zu bytes",
		    option_name(letter), max);
	else
		cli_fail(cli, E_MISUSE, "--%s: %s", option_name(letter),
		    len == 0 ? "must not be empty" : "is not UTF-8");
	return E_INVALID;
}

static int
read_when(const struct cli *cli, int letter, int64_t *ms, enum when_side side)
{
	if (when_parse(optarg, clock_ms(), side, ms) == OK)
		return OK;
	cli_fail(cli, E_MISUSE, "--%s: \"%s\" is not %s",
	    option_name(letter), optarg, WHEN_FORMS);
	return E_INVALID;
}

/* One of the filters of a list. */
static int
store_filter(struct cli *cli, int letter)
{
	const char **const texts[128] = {
		['u'] = &cli->submitter, ['G'] = &cli->agent,
		['P'] = &cli->parent, ['S'] = &cli->status,
		['K'] = &cli->kind, ['T'] = &cli->tool, ['Y'] = &cli->risk,
		['N'] = &cli->assignee,
	};

	switch (letter) {
	case 'C':
		return read_when(cli, 'C', &cli->created_from, WHEN_PAST);
	case 'B':
		return read_when(cli, 'B', &cli->created_before, WHEN_PAST);
	case 'W':
		return read_when(cli, 'W', &cli->waiting_since, WHEN_PAST);
	case 'L':
		return read_when(cli, 'L', &cli->deadline_before,
		    WHEN_FUTURE);
	case 'J':
		return read_text(cli, 'J', TEXT_MAX, &cli->args);
	case 'o':
		cli->oldest = true;
		return OK;
	default:
		return texts[letter] == NULL ? OK :	/* 'h', 'v' */
		    read_text(cli, letter, NAME_MAX_BYTES, texts[letter]);
	}
}

/* Stores one option; its argument is in optarg. */
static int
store(struct cli *cli, int letter)
{
	switch (letter) {
	case 'a':
		return read_text(cli, 'a', NAME_MAX_BYTES, &cli->actor);
	case 'A':
		cli->all = true;
		return OK;
	case 'c':
		cli->check = true;
		return OK;
	case 'D':
		return read_number(cli, 'D', 0, DAYS_MAX, &cli->days);
	case 'd':
		cli->db_path = optarg;
		return OK;
	case 'e':
		cli->escalate = true;
		return optarg == NULL ? OK :
		    read_text(cli, 'e', NAME_MAX_BYTES, &cli->team);
	case 'E':
		return read_text(cli, 'E', NAME_MAX_BYTES, &cli->environment);
	case 'f':
		cli->follow = true;
		return OK;
	case 'j':
		cli->json = true;
		return OK;
	case 'k':
		cli->keep = true;
		return OK;
	case 'l':
		return read_number(cli, 'l', 1, LIMIT_MAX, &cli->limit);
	case 'm':
		return read_text(cli, 'm', NAME_MAX_BYTES, &cli->model);
	case 'n':
		return read_number(cli, 'n', 1, VERDICT_AMOUNT_MAX,
		    &cli->amount);
	case 'p':
		return read_text(cli, 'p', PATH_MAX, &cli->app);
	case 'q':
		return read_text(cli, 'q', TEXT_MAX, &cli->query);
	case 'r':
		return read_text(cli, 'r', TEXT_MAX, &cli->rationale);
	case 'R':
		return read_text(cli, 'R', TEXT_MAX, &cli->roles);
	case 's':
		return read_number(cli, 's', 0, INT64_MAX, &cli->since);
	case 't':
		return read_text(cli, 't', TEXT_MAX, &cli->text);
	case 'w':
		cli->preview = true;
		return OK;
	case 'x':
		cli->stop = true;
		return OK;
	default:
		return store_filter(cli, letter);
	}
}

static const struct command *
find_command(const char *name)
{
	const struct command *c;

	for (c = commands; c->name != NULL; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

static bool
is_name(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= NAME_MAX_BYTES && utf8_valid(text, len);
}

/* Who sits there, also behind sudo. */
static const char *
find_actor(void)
{
	const char *name = getenv("SUDO_USER");
	const struct passwd *user;

	if (name == NULL || !is_name(name)) {
		user = getpwuid(getuid());
		name = user != NULL ? user->pw_name : "unknown";
	}
	return name;
}

static int
check_words(struct cli *cli, const struct command *command, int count,
    char **words)
{
	size_t len;

	if (count < command->words_min || count > command->words_max) {
		cli_fail(cli, E_MISUSE, "usage: gatehouse %s%s%s",
		    command->name, *command->arguments != '\0' ? " " : "",
		    command->arguments);
		return E_INVALID;
	}
	for (int i = 0; i < count; i++) {
		cli->words[i] = words[i];
		len = strlen(words[i]);
		if (len == 0 || len >= PATH_MAX || !utf8_valid(words[i], len)) {
			cli_fail(cli, E_MISUSE, "%s: argument %d is %s",
			    command->name, i + 1, len == 0 ? "empty" :
			    len >= PATH_MAX ? "too long" : "not UTF-8");
			return E_INVALID;
		}
	}
	return OK;
}

static int
check_options(const struct cli *cli, const struct command *command,
    const bool *given)
{
	for (int i = 0; options[i].name != NULL; i++) {
		int letter = options[i].val;

		if (!given[letter] || strchr(everywhere, letter) != NULL ||
		    strchr(command->options, letter) != NULL)
			continue;
		cli_fail(cli, E_MISUSE, "--%s does not go with \"%s\"",
		    options[i].name, command->name);
		return E_INVALID;
	}
	return OK;
}

/* What was asked for: a command, or the help or version option. */
static int
choose(struct cli *cli, const bool *given, char *word,
    const struct command **command)
{
	if (given['h'] || given['v'] || word == NULL) {
		*command = find_command(given['v'] ? "version" : "help");
		cli->words[0] = given['h'] ? word : NULL;
		if (given['h'] || given['v'])
			return OK;
		cli_fail(cli, E_MISUSE,
		    "no command given; see: gatehouse help");
		return E_INVALID;
	}
	*command = find_command(word);
	if (*command != NULL)
		return OK;
	cli_fail(cli, E_MISUSE, "unknown command \"%s\"; see: gatehouse help",
	    word);
	return E_INVALID;
}

/* A short one, none of which there are, may stand among others. */
static int
refuse(const struct cli *cli, const char *option, int letter)
{
	char alone[] = { '-', (char)optopt, '\0' };

	if (optopt != 0 && strncmp(option, "--", 2) != 0)
		option = alone;
	if (letter == ':')
		cli_fail(cli, E_MISUSE, "%s: an argument is missing", option);
	else
		cli_fail(cli, E_MISUSE, "%s: no such option, or it takes no "
		    "argument; see: gatehouse help", option);
	return E_INVALID;
}

int
options_read(struct cli *cli, int argc, char **argv,
    const struct command **command)
{
	bool given[128] = { false };
	int letter;

	cli->db_path = getenv("GATEHOUSE_DB");
	cli->user = cli->actor = find_actor();
	cli->created_from = INT64_MIN;
	cli->created_before = cli->waiting_since = INT64_MAX;
	cli->deadline_before = INT64_MAX;
	opterr = 0;
	while ((letter = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (letter == '?' || letter == ':')
			return refuse(cli, argv[optind - 1], letter);
		if (store(cli, letter) != OK)
			return E_INVALID;
		given[letter] = true;
	}
	if (choose(cli, given, argv[optind], command) != OK)
		return E_INVALID;
	if (given['h'] || given['v'])
		return OK;
	if (check_options(cli, *command, given) != OK)
		return E_INVALID;
	return check_words(cli, *command, argc - optind - 1,
	    argv + optind + 1);
}
