/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row of tool_server, as the client of its protocol wants it: secrets in
 * their places, and what the configuration says about the server's tools.
 *
 *	struct server_spec *spec;
 *	struct buf why;
 *
 *	buf_init(&why, SERVER_WHY_MAX);
 *	rc = server_spec_open(&spec, &row, &why);
 *	if (rc == OK) {
 *		spec->mcp.ready = on_ready;
 *		mcp = mcp_open(loop, http, &spec->mcp);
 *	}
 *	...
 *	server_spec_close(spec);
 */
#ifndef RUNNER_SERVER_SPEC_H
#define RUNNER_SERVER_SPEC_H

#include <stdbool.h>

#include "lib/buf.h"
#include "runner/mcp.h"
#include "runner/sandbox.h"

struct json;

enum {
	SERVER_WHY_MAX = 2048,		/* bytes of a reason */
	SERVER_NAME_MAX = 64,		/* bytes */
	SERVER_ARGS_MAX = 64,		/* words of a command */
	SERVER_VALUES_MAX = 128,	/* variables, or headers */
	SERVER_PATHS_MAX = 32,		/* to read, and to write */
};

/* What the rows say; texts are borrowed. */
struct server_row {
	const char *name, *transport, *config;
	const char *dir;		/* of the application */
	const struct sandbox *box;	/* of any program; must stay */
};

struct server_spec {
	struct mcp_spec mcp;		/* but for ready, down and arg */
	int concurrency;		/* calls at a time */
	bool trust;			/* its hints are taken as true */
	/* Private. */
	struct json *config;
	char *name, *dir;
	struct buf values[SERVER_VALUES_MAX + 4], secrets[SERVER_VALUES_MAX];
	int value_count, secret_count;
	const char *argv[SERVER_ARGS_MAX + 1];
	const char *list[SERVER_VALUES_MAX + 5];
	struct sandbox box;
	const char *read[SERVER_PATHS_MAX + 1], *write[SERVER_PATHS_MAX + 1];
};

/*
 * server_spec_open reads a row. On failure *spec is NULL and why says what
 * is wrong: E_NOTFOUND (a secret), E_INVALID, E_TOOBIG, E_IO, E_NOMEM.
 */
int server_spec_open(struct server_spec **spec, const struct server_row *row,
	struct buf *why);

/* server_spec_close forgets the secrets, too; accepts NULL. */
void server_spec_close(struct server_spec *spec);

/*
 * server_spec_repeatable: may a call of the tool run twice? The
 * configuration's word about it, else the server's if it is trusted.
 */
bool server_spec_repeatable(const struct server_spec *spec,
	const struct mcp_tool *tool);

/* server_spec_mask writes stars over every secret in text. */
void server_spec_mask(const struct server_spec *spec, char *text);

/* server_spec_overrides: {tool: may it run twice?} of the configuration. */
const struct json *server_spec_overrides(const struct server_spec *spec);

#endif
