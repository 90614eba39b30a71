/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an agent is told when its turn begins: the session, the operator's
 * query, and what is known so far.
 */
#ifndef RUNNER_BRIEF_H
#define RUNNER_BRIEF_H

struct buf;
struct tx;

enum { BRIEF_MAX = 256 * 1024 };	/* bytes */

/* brief_write appends the text for a session; errors stick to tx. */
void brief_write(struct tx *tx, const char *session_id, struct buf *out);

#endif
