/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/brief.h"

#include <stdbool.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "sql/tx.h"

static void
write_session(struct tx *tx, const char *session_id, struct buf *out)
{
	struct rows rows = tx_query(tx, Q_BRIEF_SESSION, "s", session_id);

	if (rows_next(&rows)) {
		buf_addf(out, "Session %s\nStatus: %s\nEnvironment: %s\n",
		    rows_str(&rows, 0), rows_str(&rows, 1),
		    rows_str(&rows, 3));
		buf_addf(out, "\nQuery:\n%s\n", rows_str(&rows, 2));
	}
	rows_end(&rows);
}

/* A line for each row, under a title; nothing if there are none. */
static void
write_list(struct tx *tx, enum query query, const char *session_id,
    const char *title, struct buf *out)
{
	struct rows rows = tx_query(tx, query, "s", session_id);
	bool first = true;

	while (rows_next(&rows)) {
		if (first)
			buf_addf(out, "\n%s:\n", title);
		first = false;
		buf_addf(out, "- %s\n", rows_str(&rows, 0));
	}
	rows_end(&rows);
}

void
brief_write(struct tx *tx, const char *session_id, struct buf *out)
{
	write_session(tx, session_id, out);
	write_list(tx, Q_BRIEF_FINDINGS, session_id, "Findings", out);
	write_list(tx, Q_BRIEF_INPUTS, session_id, "The operator adds", out);
	write_list(tx, Q_BRIEF_RUNS, session_id, "Earlier turns", out);
	if (out->rc == E_NOMEM)
		tx_fail(tx, E_NOMEM, "%s", err_text(E_NOMEM));
	/* Over BRIEF_MAX: the piece that did not fit and the rest are left
	 * out; the agent sees the query first, in any case. */
}
