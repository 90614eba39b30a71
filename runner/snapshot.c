/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/snapshot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "sql/tx.h"

static char *
copy(struct tx *tx, const struct rows *rows, int column)
{
	return tx_copy(tx, rows_str(rows, column));
}

static void
read_session(struct tx *tx, struct snapshot *snap)
{
	struct rows rows = tx_query(tx, Q_SNAPSHOT_SESSION, "s", snap->id);
	bool found = rows_next(&rows);

	if (found) {
		snap->app_id = rows_int(&rows, 0);
		snap->in_progress =
		    strcmp(rows_str(&rows, 1), "in_progress") == 0;
		snap->epoch = rows_int(&rows, 2);
		snap->node = copy(tx, &rows, 3);
		snap->environment = copy(tx, &rows, 4);
		snap->query = copy(tx, &rows, 5);
		snap->dispatch_depth = (int)rows_int(&rows, 6);
		snap->runs = (int)rows_int(&rows, 7);
		snap->confidence = rows_null(&rows, 8) ? NAN :
		    rows_real(&rows, 8);
		snprintf(snap->trace, sizeof(snap->trace), "%s",
		    rows_str(&rows, 9));
	}
	rows_end(&rows);
	if (!found)
		tx_fail(tx, E_NOTFOUND, "session not found");
}

static void
read_run(struct tx *tx, struct snapshot *snap)
{
	struct rows rows = tx_query(tx, Q_SNAPSHOT_RUN, "s", snap->id);

	if (rows_next(&rows)) {
		snap->run_id = rows_int(&rows, 0);
		snap->run_agent = copy(tx, &rows, 1);
		snap->dispatch = strcmp(rows_str(&rows, 2), "dispatch") == 0;
		snap->replies = (int)rows_int(&rows, 3);
		snap->replied = strcmp(rows_str(&rows, 4), "assistant") == 0;
		snap->tries = (int)rows_int(&rows, 5);
		snap->compact = rows_int(&rows, 6) != 0;
	}
	rows_end(&rows);
}

static void
read_call(struct tx *tx, const struct rows *rows, struct call *call)
{
	call->id = rows_int(rows, 0);
	call->ordinal = (int)rows_int(rows, 1);
	call->run_id = rows_int(rows, 2);
	call->tool = copy(tx, rows, 3);
	call->status = copy(tx, rows, 4);
	if (!rows_null(rows, 5))
		call->gate_reason = copy(tx, rows, 5);
	call->repeatable = rows_int(rows, 6) != 0;
	call->epoch = rows_int(rows, 7);
	call->args = copy(tx, rows, 8);
	call->args_sha256 = copy(tx, rows, 9);
	call->agent = copy(tx, rows, 10);
	call->attempt = (int)rows_int(rows, 11);
}

static void
read_calls(struct tx *tx, struct snapshot *snap)
{
	struct rows rows = tx_query(tx, Q_SNAPSHOT_CALLS, "s", snap->id);
	struct call *grown;

	while (tx->rc == OK && rows_next(&rows)) {
		grown = realloc(snap->calls,
		    (size_t)(snap->call_count + 1) * sizeof(*grown));
		if (grown == NULL) {
			tx_fail(tx, E_NOMEM, "%s", err_text(E_NOMEM));
			break;
		}
		snap->calls = grown;
		memset(&grown[snap->call_count], 0, sizeof(*grown));
		read_call(tx, &rows, &grown[snap->call_count++]);
	}
	rows_end(&rows);
}

/* Only a session that escalates has calls of the framework. */
static void
read_escalation(struct tx *tx, struct snapshot *snap)
{
	struct rows rows;

	if (tx->rc != OK || strcmp(snap->node, "__escalate__") != 0)
		return;
	rows = tx_query(tx, Q_FRAMEWORK_CALL_LAST, "s", snap->id);
	if (rows_next(&rows)) {
		snap->escalated = true;
		snap->escalation_failed = rows_int(&rows, 0) != 0;
	}
	rows_end(&rows);
}

void
snapshot_read(struct tx *tx, const char *session_id, struct snapshot *snap)
{
	memset(snap, 0, sizeof(*snap));
	snprintf(snap->id, sizeof(snap->id), "%s", session_id);
	read_session(tx, snap);
	if (tx->rc != OK || !snap->in_progress)
		return;
	read_run(tx, snap);
	read_calls(tx, snap);
	read_escalation(tx, snap);
}

void
snapshot_read_uses(struct tx *tx, struct snapshot *snap, int64_t now_ms)
{
	struct rows rows = tx_query(tx, Q_SNAPSHOT_USES, "sl", snap->id,
	    now_ms);
	struct use *grown;

	while (tx->rc == OK && rows_next(&rows)) {
		grown = realloc(snap->uses,
		    (size_t)(snap->use_count + 1) * sizeof(*grown));
		if (grown == NULL) {
			tx_fail(tx, E_NOMEM, "%s", err_text(E_NOMEM));
			break;
		}
		snap->uses = grown;
		grown[snap->use_count++] = (struct use){
			.agent = copy(tx, &rows, 0),
			.name = copy(tx, &rows, 1),
			.amount = rows_int(&rows, 2),
			.allowed = rows_int(&rows, 3),
			.used = rows_int(&rows, 4),
		};
	}
	rows_end(&rows);
}

void
snapshot_free(struct snapshot *snap)
{
	for (int i = 0; i < snap->call_count; i++) {
		free(snap->calls[i].agent);
		free(snap->calls[i].tool);
		free(snap->calls[i].status);
		free(snap->calls[i].args);
		free(snap->calls[i].args_sha256);
		free(snap->calls[i].gate_reason);
	}
	for (int i = 0; i < snap->use_count; i++) {
		free(snap->uses[i].agent);
		free(snap->uses[i].name);
	}
	free(snap->calls);
	free(snap->uses);
	free(snap->node);
	free(snap->environment);
	free(snap->query);
	free(snap->run_agent);
	memset(snap, 0, sizeof(*snap));
}
