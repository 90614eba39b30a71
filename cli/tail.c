/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "cli/table.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "sql/db.h"

enum { NEWEST = 20, LINE_MAX_BYTES = 1024 * 1024 };

static void
print_event(const struct cli *cli, const struct rows *rows)
{
	char at[ISO_SECONDS_SIZE];
	struct buf line;

	if (cli->json) {
		puts(rows_str(rows, 5));
		return;
	}
	iso_seconds(rows_int(rows, 3), at);
	buf_init(&line, LINE_MAX_BYTES);
	buf_addf(&line, "%6lld  %s  %-16s  %-22s  %s",
	    (long long)rows_int(rows, 0), at, rows_str(rows, 1),
	    rows_str(rows, 2), rows_str(rows, 4));
	line_print(buf_str(&line), TABLE_CUT);
	buf_free(&line);
}

/* Prints what is there after *since, which moves along. */
static int
print_new(struct cli *cli, int64_t *since)
{
	const char *id = cli->words[0];
	struct rows rows;
	int64_t before;
	int status;

	do {
		before = *since;
		rows = id != NULL ?
		    db_query(cli->db, Q_CLI_EVENTS_SESSION, "ls", before, id) :
		    db_query(cli->db, Q_CLI_EVENTS, "l", before);
		while (rows_next(&rows)) {
			print_event(cli, &rows);
			*since = rows_int(&rows, 0);
		}
		status = cli_end(cli, &rows);
	} while (status == EXIT_OK && *since != before);
	fflush(stdout);
	return status;
}

/* A session from its beginning, all of them from a little before now. */
static int
find_start(struct cli *cli, int64_t *since)
{
	struct rows rows;
	int status;

	*since = cli->since > 0 ? cli->since : 0;
	if (cli->words[0] != NULL) {
		rows = db_query(cli->db, Q_SESSION_STATE, "s", cli->words[0]);
		if (!rows_next(&rows) && rows.rc == OK) {
			rows_end(&rows);
			return cli_fail(cli, E_NOTFOUND, "no session \"%s\"",
			    cli->words[0]);
		}
		return cli_end(cli, &rows);
	}
	if (cli->since >= 0)
		return EXIT_OK;
	rows = db_query(cli->db, Q_CLI_EVENTS_NEWEST, "i", NEWEST);
	if (rows_next(&rows))
		*since = rows_int(&rows, 0);
	status = cli_end(cli, &rows);
	return status;
}

int
cmd_tail(struct cli *cli)
{
	static const struct timespec poll = { .tv_nsec = 250 * 1000 * 1000 };
	sigset_t stop;
	int64_t since;
	int status;

	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	status = find_start(cli, &since);
	if (status == EXIT_OK)
		status = print_new(cli, &since);
	if (!cli->follow)
		return status;
	sigprocmask(SIG_BLOCK, &stop, NULL);	/* Ctrl-C ends the wait below */
	while (status == EXIT_OK && !ferror(stdout) &&
	    sigtimedwait(&stop, NULL, &poll) < 0)
		status = print_new(cli, &since);
	return status;
}
