/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runner's row: who it is, and a sign of life every BEAT_MS that only a
 * loop which turns gives, with what it did so far. Whoever wants to know
 * whether sessions are worked on reads runner.seen_at.
 *
 *	rc = beat_start(&beat, db, "runner", "landlock", now_ms);
 *	...
 *	beat_count(&beat, job);
 *	if (beat_is_due(&beat, now_ms))
 *		beat_again(&beat, now_ms);
 */
#ifndef RUNNER_BEAT_H
#define RUNNER_BEAT_H

#include <stdbool.h>
#include <stdint.h>

struct db;
struct job;

enum { BEAT_MS = 5000 };

struct beat {
	struct db *db;			/* all private */
	const char *name, *sandbox;
	int64_t started_at, due_at;
	int64_t replies, faults, input_tokens, output_tokens, results, errors;
};

/*
 * beat_start writes the row. sandbox is how programs are kept apart, as the
 * table has it; NULL: none are started. Both texts are borrowed as long as
 * the beat goes on. As sql/tx.h.
 */
int beat_start(struct beat *beat, struct db *db, const char *name,
	const char *sandbox, int64_t now_ms);

/* beat_count adds a job that came back; the next sign tells. */
void beat_count(struct beat *beat, const struct job *job);

bool beat_is_due(const struct beat *beat, int64_t now_ms);

/* beat_again gives the sign; if that fails it is logged, the next may not. */
void beat_again(struct beat *beat, int64_t now_ms);

#endif
