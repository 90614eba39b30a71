/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a server told and how it does, as rows. A runner writes them in its
 * tick's group, so what is returned is true once that is committed.
 *
 *	db_hold(db);
 *	written = server_rows_write(db, app_id, "runner", server, &changed);
 *	rc = db_release(db);
 */
#ifndef RUNNER_SERVER_ROWS_H
#define RUNNER_SERVER_ROWS_H

#include <stdbool.h>
#include <stdint.h>

struct db;
struct tool_server;

/*
 * server_rows_write writes how the server does, as this runner sees it, and
 * makes the rows of its tools what it told: new ones, other ones, and those
 * that it has no more. changed: any tool was written. False: it did not
 * work, but may later; what is refused for good counts as written, and is
 * logged.
 */
bool server_rows_write(struct db *db, int64_t app_id, const char *runner,
	const struct tool_server *server, bool *changed);

/*
 * server_rows_forget removes what this runner said about the servers of an
 * application, or of all of them: app_id 0. If that fails, it is logged.
 */
void server_rows_forget(struct db *db, const char *runner, int64_t app_id);

#endif
