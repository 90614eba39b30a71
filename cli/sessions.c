/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <string.h>

#include "cli/list.h"
#include "cli/table.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "sql/session_list.h"

enum { LIMIT = 50 };

static const char *
status_asked(const struct cli *cli)
{
	return cli->status != NULL ? cli->status :
	    cli->all ? "any" : "unfinished";
}

/* What is misspelt would look like what no session has. */
static int
check_known(const struct cli *cli)
{
	struct rows rows = db_query(cli->db, Q_FILTERS_KNOWN, "ss", cli->app,
	    status_asked(cli));
	bool found = rows_next(&rows);
	bool app = found && rows_int(&rows, 0);
	bool status = found && rows_int(&rows, 1);
	int rc = cli_end(cli, &rows);

	if (rc != EXIT_OK)
		return rc;
	if (!app)
		return cli_fail(cli, E_NOTFOUND, "no application \"%s\"",
		    cli->app);
	if (!status)
		return cli_fail(cli, E_NOTFOUND,
		    "no application has a status \"%s\"", cli->status);
	return EXIT_OK;
}

/* Words that can be looked for, or none. */
static int
check_words(const struct cli *cli)
{
	if (cli->query == NULL)
		return EXIT_OK;
	if (session_list_wordless(cli->query))
		return cli_fail(cli, E_MISUSE, "--query: must not be blank");
	if (strlen(cli->query) > SESSION_WORDS_MAX)
		return cli_fail(cli, E_MISUSE,
		    "--query: is longer than %d bytes", SESSION_WORDS_MAX);
	return EXIT_OK;
}

static struct session_filter
make_filter(const struct cli *cli)
{
	struct session_filter filter = {
		.app = cli->app,
		.status = status_asked(cli),
		.environment = cli->environment,
		.submitter = cli->submitter,
		.agent = cli->agent,
		.parent = cli->parent,
		.words = cli->query,
		.created_from = cli->created_from,
		.created_before = cli->created_before,
		.waiting_since = cli->waiting_since,
		.order = cli->oldest ? SESSION_OLDEST : SESSION_NEWEST,
	};

	return filter;
}

static void
put_cells(const struct rows *rows, struct buf *lines)
{
	int64_t at = rows_int(rows, SESSION_STARTED_AT);
	char age[AGE_SIZE];
	const char *const cells[] = {
		rows_str(rows, SESSION_ID), rows_str(rows, SESSION_STATUS),
		rows_str(rows, SESSION_ENVIRONMENT),
		age_text(clock_ms() - at, age), rows_str(rows, SESSION_LABEL),
		NULL
	};

	list_cells(lines, cells);
}

static int
page(struct cli *cli, const struct walk_place *after, struct walk_page *page)
{
	struct session_filter filter = make_filter(cli);

	return session_list(cli->db, &filter, after, page);
}

int
cmd_sessions(struct cli *cli)
{
	static const char *const heads[] = {
		"SESSION", "STATUS", "ENVIRONMENT", "AGE", "QUERY", NULL
	};
	const struct list list = {
		.heads = heads, .cells = put_cells, .object = walk_put_object,
		.page = page, .limit = cli->limit > 0 ? cli->limit : LIMIT,
	};
	int status;

	if (cli->status != NULL && cli->all)
		return cli_fail(cli, E_MISUSE,
		    "--status and --all do not go together");
	status = check_words(cli);
	if (status == EXIT_OK)
		status = check_known(cli);
	return status == EXIT_OK ? list_print(cli, &list) : status;
}
