/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "runner/beat.h"

#include "lib/err.h"
#include "lib/log.h"
#include "runner/world.h"
#include "sql/tx.h"

static int
tell(const struct beat *beat, int64_t now_ms)
{
	struct tx tx = TX(beat->db);

	while (tx_loop(&tx))
		tx_run(&tx, Q_RUNNER_SEEN, "sssllllllll", beat->name,
		    PACKAGE_VERSION, beat->sandbox, beat->started_at, now_ms,
		    beat->replies, beat->faults, beat->input_tokens,
		    beat->output_tokens, beat->results, beat->errors);
	if (tx.rc != OK)
		log_warn("beat_failed", "why=\"%s\"", tx.why[0] != '\0' ?
		    tx.why : err_text(tx.rc));
	return tx.rc;
}

int
beat_start(struct beat *beat, struct db *db, const char *name,
    const char *sandbox, int64_t now_ms)
{
	*beat = (struct beat){
		.db = db,
		.name = name,
		.sandbox = sandbox != NULL ? sandbox :
		    "none: no programs are started",
		.started_at = now_ms,
		.due_at = now_ms + BEAT_MS,
	};
	return tell(beat, now_ms);
}

void
beat_count(struct beat *beat, const struct job *job)
{
	const struct reply *reply = &job->reply;

	if (job->kind == JOB_TOOL && job->is_error) {
		beat->errors++;
	} else if (job->kind == JOB_TOOL) {
		beat->results++;
	} else if (reply->error == NULL) {
		beat->replies++;
		beat->input_tokens += reply->input_tokens;
		beat->output_tokens += reply->output_tokens;
	} else if (reply->fault != REPLY_HELD) {
		beat->faults++;
	}
}

/* A clock that was set back does not silence it. */
bool
beat_is_due(const struct beat *beat, int64_t now_ms)
{
	return now_ms >= beat->due_at || now_ms < beat->due_at - BEAT_MS;
}

void
beat_again(struct beat *beat, int64_t now_ms)
{
	beat->due_at = now_ms + BEAT_MS;
	tell(beat, now_ms);
}
