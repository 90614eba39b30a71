/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a server told and how it does, as rows. Each function writes within
 * the caller's transaction; errors stick to it.
 */
#ifndef RUNNER_SERVER_ROWS_H
#define RUNNER_SERVER_ROWS_H

#include <stdbool.h>
#include <stdint.h>

struct tool_server;
struct tx;

/* server_rows_state writes how the server does, as this runner sees it. */
void server_rows_state(struct tx *tx, int64_t app_id, const char *runner,
	const struct tool_server *server);

/*
 * server_rows_tools makes the rows of the server's tools what it told: new
 * ones, other ones, and those that it has no more. True: any has changed.
 */
bool server_rows_tools(struct tx *tx, int64_t app_id,
	const struct tool_server *server);

#endif
