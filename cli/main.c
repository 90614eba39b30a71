/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "lib/err.h"
#include "lib/log.h"
#include "sql/db.h"

/* An answer that did not reach its reader is no success. */
static int
finish_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "gatehouse: cannot write: %s\n", strerror(errno));
	return status == EXIT_OK ? EXIT_PROBLEM : status;
}

int
main(int argc, char **argv)
{
	const struct command *command;
	struct cli cli = { .since = -1, .days = -1 };
	int status;

	log_open("gatehouse", LOG_NONE);	/* cli_fail says it */
	if (options_read(&cli, argc, argv, &command) != OK)
		return EXIT_USAGE;
	status = cli_open(&cli, command->needs);
	if (status == EXIT_OK)
		status = command->run(&cli);
	db_close(cli.db);
	return finish_output(status);
}
