/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "sql/db.h"
#include "sql/migrate.h"

/* Opening the database as the command table asks did all the work. */
int
cmd_init(struct cli *cli)
{
	const char *path = db_path(cli->db);
	struct buf line;

	buf_init(&line, 64 * 1024);
	if (cli->json) {
		buf_adds(&line, "{\"database\":");
		buf_add_json(&line, path, strlen(path));
		buf_addf(&line, ",\"schema\":%d}", SCHEMA_VERSION);
	} else {
		buf_addf(&line, "%s is ready, schema %d", path,
		    SCHEMA_VERSION);
	}
	puts(buf_str(&line));
	buf_free(&line);
	return EXIT_OK;
}
