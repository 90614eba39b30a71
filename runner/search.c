/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/search.h"

#include <stdbool.h>

#include "lib/err.h"
#include "lib/log.h"
#include "sql/tx.h"

static bool
is_behind(struct db *db)
{
	struct rows rows = db_query(db, Q_SEARCH_BEHIND, "");
	bool behind = rows_next(&rows) && rows_int(&rows, 0) > 0;

	return rows_end(&rows) == OK && behind;
}

int
search_fill(struct search *search, struct db *db, int64_t now_ms)
{
	struct tx tx = TX(db);
	int count = 0;

	if (now_ms < search->at_ms)
		return OK;
	search->at_ms = now_ms + SEARCH_MS;
	if (!is_behind(db))
		return OK;
	while (tx_loop(&tx)) {
		count = tx_run(&tx, Q_SEARCH_FILL, "i", SEARCH_BATCH);
		tx_run(&tx, Q_SEARCH_FILLED, "i", SEARCH_BATCH);
	}
	if (tx.rc != OK)
		log_warn("search_not_filled", "why=\"%s\"", tx.why);
	else if (count >= SEARCH_BATCH)
		search->at_ms = now_ms + SEARCH_BEHIND_MS;
	return tx.rc;
}
