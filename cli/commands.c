/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stddef.h>

const struct command commands[] = {
	{ "init", "", "make the database, or bring it up to date",
	    0, 0, "", NEEDS_CREATE, cmd_init },
	{ "load", "DIR [--check]",
	    "check an application and load it (--check: do not load)",
	    1, 1, "c", NEEDS_NOTHING, cmd_load },
	{ "verify", "", "look for what must never be; prints nothing if all "
	    "is well", 0, 0, "", NEEDS_READ, cmd_verify },
	{ "version", "", "print the versions of program and schema",
	    0, 0, "", NEEDS_NOTHING, cmd_version },
	{ "help", "[COMMAND]", "print this",
	    0, 1, "", NEEDS_NOTHING, cmd_help },
	{ .name = NULL },
};
