/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/log.h"
#include "runner/act.h"
#include "runner/app.h"
#include "runner/finalize.h"

/* The calls of a session that have ended, as finalize.h reads them. */
struct history {
	struct finalize_call *calls;
	size_t count;
};

static void
read_history(struct tx *tx, const char *session_id, struct history *history)
{
	struct rows rows = tx_query(tx, Q_FINISHED_CALLS, "s", session_id);
	struct finalize_call *grown;

	while (tx->rc == OK && rows_next(&rows)) {
		grown = realloc(history->calls,
		    (history->count + 1) * sizeof(*grown));
		if (grown == NULL) {
			tx_fail(tx, E_NOMEM, "%s", err_text(E_NOMEM));
			break;
		}
		history->calls = grown;
		grown[history->count++] = (struct finalize_call){
			.tool = tx_copy(tx, rows_str(&rows, 0)),
			.args = tx_copy(tx, rows_str(&rows, 1)),
			.result = tx_copy(tx, rows_str(&rows, 2)),
			.status = tx_copy(tx, rows_str(&rows, 3)),
			.ended = true,
			.is_error = rows_int(&rows, 4) != 0,
		};
	}
	rows_end(&rows);
}

static void
free_history(struct history *history)
{
	for (size_t i = 0; i < history->count; i++) {
		free((char *)history->calls[i].tool);
		free((char *)history->calls[i].args);
		free((char *)history->calls[i].result);
		free((char *)history->calls[i].status);
	}
	free(history->calls);
}

static void
conclude(const struct act *act, const struct finalize *end)
{
	if (end->extra.len > 2)
		tx_run(act->tx, Q_SESSION_MERGE_FIELDS, "ssl", act->snap->id,
		    buf_str(&end->extra), act->now_ms);
	act_move(act, end->status, end->cause);
	log_info("session_finished", "session=%s status=%s cause=%s",
	    act->snap->id, end->status, end->cause);
}

static void
infer(const struct act *act, const struct history *history)
{
	struct finalize end;
	int rc = finalize_infer(&end, act->app->config, history->calls,
	    history->count);

	if (rc == E_NOTFOUND) {
		/* No statuses of its own: loading gave it a default. */
		end.status = act->app->default_status;
		end.cause = "default_terminal_status";
		rc = OK;
	}
	if (rc == OK)
		conclude(act, &end);
	else if (rc == E_TOOBIG)
		act_fail(act, "the extracted fields are too large");
	else
		tx_fail(act->tx, rc, "%s", err_text(rc));
	finalize_free(&end);
}

void
act_finish(const struct act *act)
{
	struct history history = { 0 };

	read_history(act->tx, act->snap->id, &history);
	if (act->tx->rc == OK)
		infer(act, &history);
	free_history(&history);
}
