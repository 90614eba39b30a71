/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/brief.h"

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"
#include "sql/tx.h"

/* One line for each member or element; nothing if there are none. */
static void
write_members(const char *title, const char *text, size_t len, struct buf *out)
{
	struct json *parent = json_parse(text, len, NULL);
	const struct json *member = json_first(parent);

	if (member != NULL)
		buf_addf(out, "\n%s:\n", title);
	for (; member != NULL; member = json_next(member)) {
		buf_adds(out, "- ");
		if (json_key(member) != NULL)
			buf_addf(out, "%s: ", json_key(member));
		if (json_string(member) != NULL)
			buf_adds(out, json_string(member));
		else
			json_print(member, out);
		buf_addc(out, '\n');
	}
	json_free(parent);
}

static void
write_session(struct tx *tx, const char *session_id, struct buf *out)
{
	struct rows rows = tx_query(tx, Q_BRIEF_SESSION, "s", session_id);

	if (rows_next(&rows)) {
		buf_addf(out, "Session %s\nStatus: %s\nEnvironment: %s\n",
		    rows_str(&rows, 0), rows_str(&rows, 1),
		    rows_str(&rows, 3));
		buf_addf(out, "\nQuery:\n%s\n", rows_str(&rows, 2));
		write_members("Findings", rows_str(&rows, 4),
		    rows_size(&rows, 4), out);
		write_members("The operator adds", rows_str(&rows, 5),
		    rows_size(&rows, 5), out);
	}
	rows_end(&rows);
}

static void
write_runs(struct tx *tx, const char *session_id, struct buf *out)
{
	struct rows rows = tx_query(tx, Q_BRIEF_RUNS, "s", session_id);
	bool first = true;

	while (rows_next(&rows)) {
		if (first)
			buf_adds(out, "\nEarlier turns:\n");
		first = false;
		buf_addf(out, "- %s", rows_str(&rows, 0));
		if (!rows_null(&rows, 2))
			buf_addf(out, " (confidence %.2f)",
			    rows_real(&rows, 2));
		buf_addf(out, ": %s\n", rows_str(&rows, 1));
	}
	rows_end(&rows);
}

void
brief_write(struct tx *tx, const char *session_id, struct buf *out)
{
	write_session(tx, session_id, out);
	write_runs(tx, session_id, out);
	if (out->rc == E_NOMEM)
		tx_fail(tx, E_NOMEM, "%s", err_text(E_NOMEM));
	/* Over BRIEF_MAX: the piece that did not fit and the rest are left
	 * out; the agent sees the query first, in any case. */
}
