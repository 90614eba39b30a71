/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/gate_list.h"

#include <string.h>

#include "lib/err.h"

int
gate_list(struct db *db, const struct gate_filter *filter, int64_t now_ms,
    const struct walk_place *after, struct walk_page *page)
{
	const struct walk_place first = { INT64_MIN, INT64_MIN };
	const char *assignee = filter->assignee;
	enum query query = Q_WALK_GATES_OPENED;
	struct rows rows;

	if (assignee != NULL && strcmp(assignee, "none") == 0)
		assignee = "";
	if (after == NULL)
		after = &first;
	if (filter->order == GATE_DEADLINE)
		query = Q_WALK_GATES_DUE;
	else if (assignee != NULL && *assignee != '\0')
		query = Q_WALK_GATES_ASSIGNEE;
	rows = db_query(db, query, "ssssssslllll", filter->app, filter->kind,
	    filter->tool, filter->agent, filter->risk, filter->environment,
	    assignee, filter->deadline_before, filter->opened_until,
	    after->key, after->num, now_ms);
	return walk_collect(&rows, page);
}

void
gate_list_put(const struct rows *rows, struct buf *lines)
{
	if (lines->len > 0)
		buf_addc(lines, ',');
	rows_add(rows, GATE_BODY, lines);
}

int
gate_list_count(struct db *db, int64_t *count)
{
	struct rows rows = db_query(db, Q_GATES_COUNT, "");

	*count = rows_next(&rows) ? rows_int(&rows, 0) : 0;
	return rows_end(&rows);
}
