/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the rows that step() decides upon; see runner/step.h. */
#ifndef RUNNER_SNAPSHOT_H
#define RUNNER_SNAPSHOT_H

#include "runner/step.h"

struct tx;

/*
 * snapshot_read reads a session inside a transaction; errors stick to tx
 * (E_NOTFOUND, E_NOMEM, as sql/tx.h). The caller frees in any case.
 */
void snapshot_read(struct tx *tx, const char *session_id,
	struct snapshot *snap);

/* snapshot_read_uses adds what is used of the budgets by now; the same. */
void snapshot_read_uses(struct tx *tx, struct snapshot *snap, int64_t now_ms);

void snapshot_free(struct snapshot *snap);

#endif
