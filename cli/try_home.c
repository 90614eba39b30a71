/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/try.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"

enum { DEPTH_MAX = 16 };	/* directories that are open at a time */

int
try_home_make(const struct cli *cli, struct try_home *home)
{
	const char *tmp = getenv("TMPDIR");

	if (tmp == NULL || *tmp == '\0')
		tmp = "/tmp";
	if (snprintf(home->dir, sizeof(home->dir), "%s/gatehouse-try.XXXXXX",
		tmp) >= (int)sizeof(home->dir))
		errno = ENAMETOOLONG;
	else if (mkdtemp(home->dir) != NULL)
		errno = 0;
	if (errno != 0) {
		home->dir[0] = '\0';
		return cli_fail(cli, E_FULL, "cannot make a directory in "
		    "\"%s\": %s", tmp, strerror(errno));
	}
	snprintf(home->db, sizeof(home->db), "%s/gatehouse.db", home->dir);
	snprintf(home->log, sizeof(home->log), "%s/runner.log", home->dir);
	return EXIT_OK;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

void
try_home_remove(const struct cli *cli, const struct try_home *home)
{
	if (home->dir[0] != '\0' &&
	    nftw(home->dir, remove_one, DEPTH_MAX, FTW_DEPTH | FTW_PHYS) != 0)
		cli_fail(cli, E_IO, "cannot remove \"%s\": %s", home->dir,
		    strerror(errno));
}
