/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every command has in hand: its words and options, the database if it
 * asked for one, and the way to fail.
 *
 *	int
 *	cmd_stop(struct cli *cli)
 *	{
 *		char origin[CLI_ORIGIN_MAX];
 *		struct session_ref ref;
 *		int rc;
 *
 *		snprintf(ref.id, sizeof(ref.id), "%s", cli->words[0]);
 *		rc = session_stop(cli->db, cli->actor, cli_origin(cli, origin),
 *		    clock_ms(), &ref);
 *		if (rc != OK)
 *			return cli_fail(cli, rc, "%s: %s", ref.id, ref.why);
 *		puts("stopped");
 *		return EXIT_OK;
 *	}
 *
 * and one line in cli/commands.c.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stdint.h>

struct db;
struct rows;
struct verdict;
struct verdict_result;

/* What the program ends with; "gatehouse help" lists them. */
enum {
	EXIT_OK = 0,
	EXIT_PROBLEM = 1,	/* found problems, or refused */
	EXIT_USAGE = 2,
	EXIT_NOTFOUND = 3,
	EXIT_CONFLICT = 4,	/* illegal now, or too late */
	EXIT_DATABASE = 5,	/* the database cannot be used */
	EXIT_WAITS = 6,		/* a person must decide, and none is there */
};

enum { CLI_WORDS_MAX = 2 };

struct cli {
	struct db *db;		/* open as the command needs it, else NULL */
	const char *db_path;	/* NULL: none was named */
	bool json;
	const char *words[CLI_WORDS_MAX];	/* NULL: not given */
	/* Options; each command allows its own. */
	const char *user;	/* who sits there; never NULL */
	const char *actor;	/* who acts: user, or who they say it is */
	const char *rationale, *roles, *status, *text, *team;
	const char *app, *environment, *model, *query;
	const char *submitter, *agent, *parent, *kind, *tool, *risk, *assignee;
	const char *args;
	int64_t created_from, created_before, waiting_since;	/* ms */
	int64_t deadline_before;
	bool all, check, escalate, follow, keep, oldest, preview, stop;
	int64_t limit, amount;	/* 0: not given */
	int64_t days;		/* -1: not given */
	int64_t since;		/* -1: not given */
};

enum { CLI_ORIGIN_MAX = 1024 };

/* What a command needs of the database before it runs. */
enum cli_needs { NEEDS_NOTHING, NEEDS_READ, NEEDS_WRITE, NEEDS_CREATE };

struct command {
	const char *name;
	const char *arguments;	/* for people; "" for none */
	const char *help;	/* one line */
	int words_min, words_max;
	const char *options;	/* letters of those it allows: cli/options.c */
	enum cli_needs needs;
	int (*run)(struct cli *cli);	/* returns an EXIT_* */
};

/* All commands, in the order of the help; the last has no name. */
extern const struct command commands[];

/*
 * options_read fills cli and finds the command. OK, or E_INVALID after it
 * said on standard error what is wrong.
 */
int options_read(struct cli *cli, int argc, char **argv,
    const struct command **command);

/* cli_open opens the database. EXIT_OK, or it said why not. */
int cli_open(struct cli *cli, enum cli_needs needs);

/*
 * cli_fail says on standard error why a command failed with code, an E_*,
 * and returns the EXIT_* that stands for it.
 */
int cli_fail(const struct cli *cli, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* cli_waits says for what a person is needed; returns EXIT_WAITS. */
int cli_waits(const struct cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * cli_origin writes how the actor is known, for the audit trail: by the user
 * who sits there, whatever name was given. Returns out.
 */
const char *cli_origin(const struct cli *cli, char out[CLI_ORIGIN_MAX]);

/*
 * cli_roles turns --roles into the text that rows hold. EXIT_OK, or it said
 * what is wrong.
 */
int cli_roles(const struct cli *cli, char *roles);

/*
 * cli_session reads a session that was changed a moment ago, for the caller to
 * end with cli_end. With --json it is printed. Returns whether it is to be told
 * in words: it was read, and the status is in column 0.
 */
bool cli_session(const struct cli *cli, const char *id, struct rows *rows);

/* cli_end ends rows. EXIT_OK, or it said why they could not be read. */
int cli_end(const struct cli *cli, struct rows *rows);

/*
 * cli_print_list prints one column of all rows, JSON texts, as a list, and
 * ends rows as cli_end does.
 */
int cli_print_list(const struct cli *cli, struct rows *rows, int column);

/*
 * cli_decide casts a vote with the actor and rationale that were given, and
 * prints what came of it. Returns an EXIT_*.
 */
int cli_decide(struct cli *cli, struct verdict *verdict);

/*
 * cli_refused says why something about a gate failed with rc, and who was
 * first, where that is the reason. Returns an EXIT_*.
 */
int cli_refused(const struct cli *cli, int rc, int64_t gate_id,
    const struct verdict_result *result);

int cmd_approvals(struct cli *cli);
int cmd_approve(struct cli *cli);
int cmd_assign(struct cli *cli);
int cmd_decide(struct cli *cli);
int cmd_extend(struct cli *cli);
int cmd_help(struct cli *cli);
int cmd_init(struct cli *cli);
int cmd_load(struct cli *cli);
int cmd_reject(struct cli *cli);
int cmd_resume(struct cli *cli);
int cmd_retry(struct cli *cli);
int cmd_role(struct cli *cli);
int cmd_sessions(struct cli *cli);
int cmd_show(struct cli *cli);
int cmd_stop(struct cli *cli);
int cmd_tail(struct cli *cli);
int cmd_token(struct cli *cli);
int cmd_tools(struct cli *cli);
int cmd_try(struct cli *cli);
int cmd_un_duplicate(struct cli *cli);
int cmd_verify(struct cli *cli);
int cmd_version(struct cli *cli);

#endif
