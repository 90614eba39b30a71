/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gatehouse-runner --check-servers: every server of the newest versions is
 * started once, asked for its tools, and ended. No row is written, and a
 * runner may be at work meanwhile.
 *
 *	bad = probe_servers(db, &box, NULL, stdout);
 */
#ifndef RUNNER_PROBE_H
#define RUNNER_PROBE_H

#include <stdio.h>

struct db;
struct sandbox;

/*
 * probe_servers writes one JSON object in a line for each server, those of
 * the application app alone unless it is NULL: {"app", "server",
 * "transport", "available", "reason", "protocol", "tools": [name],
 * "problems": [text]}. A problem is a tool that cannot be used, or one that
 * the configuration names and the server has not. Returns how many servers
 * are not available or have problems; as sql/db.h, or E_NOMEM.
 */
int probe_servers(struct db *db, const struct sandbox *box, const char *app,
	FILE *out);

#endif
