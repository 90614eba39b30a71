/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/origin.h"

#include <string.h>

#include "lib/err.h"
#include "sql/db.h"

enum { ORIGIN_MAX = 200 };	/* bytes */

int
origin_find(struct db *db, const char *origin, bool *credentials)
{
	struct rows rows;
	bool listed;
	int rc;

	*credentials = false;
	if (strstr(origin, "://") == NULL || strlen(origin) > ORIGIN_MAX)
		return E_NOTFOUND;
	rows = db_query(db, Q_CORS_ORIGIN, "s", origin);
	listed = rows_next(&rows) && rows_int(&rows, 0) > 0;
	*credentials = listed && rows_int(&rows, 1) == 1;
	rc = rows_end(&rows);
	return rc == OK && !listed ? E_NOTFOUND : rc;
}
