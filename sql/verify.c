/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/verify.h"

#include "lib/err.h"

int
verify(struct db *db, verify_found *found, void *arg, int *count)
{
	char why[DB_WHY_MAX];
	struct rows rows;
	int rc;

	*count = 0;
	rc = db_verify_integrity(db, why);
	if (rc == E_CORRUPT) {
		found(arg, "file", "", why);
		++*count;
	} else if (rc != OK) {
		return rc;
	}
	rows = db_query(db, Q_VERIFY_INVARIANTS, "");
	while (rows_next(&rows)) {
		found(arg, rows_str(&rows, 0), rows_str(&rows, 1),
		    rows_str(&rows, 2));
		++*count;
	}
	return rows_end(&rows);
}
