/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include "cli/list.h"
#include "cli/table.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "sql/session_list.h"

enum { LIMIT = 50 };

/* A misspelt status would look like one that no session has. */
static int
check_status(struct cli *cli)
{
	struct rows rows = db_query(cli->db, Q_CLI_STATUS_KNOWN, "s",
	    cli->status);
	bool known = rows_next(&rows) && rows_int(&rows, 0) > 0;
	int rc = rows_end(&rows);

	if (rc != OK)
		return cli_fail(cli, rc, "%s", err_text(rc));
	if (!known)
		return cli_fail(cli, E_NOTFOUND,
		    "no application has a status \"%s\"", cli->status);
	return EXIT_OK;
}

static struct session_filter
make_filter(const struct cli *cli)
{
	struct session_filter filter = {
		.app = cli->app,
		.status = cli->status != NULL ? cli->status :
		    cli->all ? "any" : "unfinished",
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
	int status = EXIT_OK;

	if (cli->status != NULL && cli->all)
		return cli_fail(cli, E_MISUSE,
		    "--status and --all do not go together");
	if (cli->query != NULL && session_list_wordless(cli->query))
		return cli_fail(cli, E_MISUSE, "--query: must not be blank");
	if (cli->status != NULL)
		status = check_status(cli);
	return status == EXIT_OK ? list_print(cli, &list) : status;
}
