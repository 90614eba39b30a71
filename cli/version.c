/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/cli.h"

#include <stdio.h>

#include "sql/migrate.h"

int
cmd_version(struct cli *cli)
{
	printf(cli->json ? "{\"version\":\"%s\",\"schema\":%d}\n" :
	    "gatehouse %s, schema %d\n", PACKAGE_VERSION, SCHEMA_VERSION);
	return EXIT_OK;
}
