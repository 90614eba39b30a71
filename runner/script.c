/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/script.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "sql/db.h"

enum { DELAY_MAX_MS = 600000 };

static char *
copy(const struct rows *rows, int column, const char *missing)
{
	const char *text = rows_text(rows, column);

	return strdup(text != NULL ? text : missing);
}

static int
take_reply(const struct rows *rows, struct job *job)
{
	double delay_ms = rows_real(rows, 2) * 1000;

	if (!rows_null(rows, 3)) {
		job_fail(job, "%s", rows_str(rows, 3));
	} else {
		job->reply.tool_calls = copy(rows, 0, "[]");
		job->reply.content = copy(rows, 1, "");
		job->reply.input_tokens = rows_int(rows, 4);
		job->reply.output_tokens = rows_int(rows, 5);
		if (job->reply.content == NULL || job->reply.tool_calls == NULL)
			job_fail(job, "out of memory");
	}
	return delay_ms > 0 && delay_ms <= DELAY_MAX_MS ? (int)delay_ms : 0;
}

/* What the agent's skill says where the script is silent. */
static bool
take_stub(struct db *db, struct job *job)
{
	struct rows rows = db_query(db, Q_SCRIPT_STUB, "ls", job->app_id,
	    job->agent);
	bool found = rows_next(&rows);

	if (found) {
		job->reply.content = copy(&rows, 0, "");
		job->reply.tool_calls = strdup("[]");
	}
	rows_end(&rows);
	return found && job->reply.content != NULL &&
	    job->reply.tool_calls != NULL;
}

int
script_answer(struct db *db, struct job *job)
{
	struct rows rows = db_query(db, Q_SCRIPT_REPLY, "lssisss", job->app_id,
	    job->model, job->agent, job->turn, job->environment, job->query,
	    job->last_result);
	bool found = rows_next(&rows);
	int delay_ms = 0, rc;

	if (found)
		delay_ms = take_reply(&rows, job);
	rc = rows_end(&rows);
	if (rc != OK)
		job_fail(job, "cannot read the script: %s", err_text(rc));
	else if (!found && !take_stub(db, job))
		job_fail(job, "no scripted reply for agent %s, turn %d",
		    job->agent, job->turn);
	return delay_ms;
}
