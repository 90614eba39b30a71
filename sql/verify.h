/* SPDX-License-Identifier: Apache-2.0 */
/* Looks for what must never be: the invariant views, digests, the file. */
#ifndef SQL_VERIFY_H
#define SQL_VERIFY_H

#include "sql/db.h"

/* Called for each finding; session_id is "" for the file itself. */
typedef void verify_found(void *arg, const char *invariant,
	const char *session_id, const char *problem);

/*
 * verify reads the whole database. *count gets the number of findings, each
 * of which was given to found. OK even if there are some; else E_*.
 */
int verify(struct db *db, verify_found *found, void *arg, int *count);

#endif
