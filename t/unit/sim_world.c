/* SPDX-License-Identifier: Apache-2.0 */
/* What models, tools and people do in t/unit/sim.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "sql/gate.h"
#include "t/unit/life.h"
#include "t/unit/sim.h"

enum { ASKS_MAX = 4 };		/* before the model says its last words */

static const char *const calls[] = {
	"{'name':'s:look','args':{'of':'it'}}",
	"{'name':'s:fix','args':{'n':1}}",
	"{'name':'s:fix','args':{'n':9007199254740993}}",
	"{'name':'s:notify','args':{}}",
	"{'name':'s:notify','args':{'confidence':0.1}}",
	"{'name':'s:note','args':{'a':1}}",
	"{'name':'s:patch','args':{'patch':{'b':2}}}",
	"{'name':'s:mark','args':{}}",
	"{'name':'s:none','args':{}}",
	"{'name':'s:look','args':[]}",
};

static const char *const last_words[] = {
	LIFE_REPLY("0.9", "success"), LIFE_REPLY("0.5", "none"),
	LIFE_REPLY("0.9", "failed"), LIFE_REPLY("0.1", "success"),
};

static void
ask_for_calls(struct sim *sim, struct buf *out)
{
	uint64_t count = 1 + sim_random(sim, 3);

	for (uint64_t i = 0; i < count; i++)
		buf_addf(out, "%c%s", i == 0 ? '[' : ',',
		    calls[sim_random(sim, COUNT(calls))]);
	buf_addc(out, ']');
}

static void
answer_model(struct sim *sim, struct job *job)
{
	const char *content = "";
	struct buf list;

	if (sim_random(sim, 40) == 0) {
		job_fail(job, "overloaded");
		return;
	}
	buf_init(&list, 4096);
	if (job->turn <= ASKS_MAX && sim_random(sim, 3) > 0)
		ask_for_calls(sim, &list);
	else if (sim_random(sim, 40) > 0)
		content = last_words[sim_random(sim, COUNT(last_words))];
	job->reply.content = strdup(content);
	job->reply.tool_calls = life_quote(list.len > 0 ? list.data : "[]");
	buf_free(&list);
}

static void
answer_tool(struct sim *sim, struct job *job)
{
	char text[64];

	if (sim_random(sim, 5) == 0) {
		job_fail(job, "it does not work");
		return;
	}
	snprintf(text, sizeof(text), "{\"call\":%lld}",
	    (long long)job->call_id);
	job->result = strdup(text);
}

void
sim_answer(struct sim *sim, struct job *job)
{
	if (job->kind == JOB_MODEL)
		answer_model(sim, job);
	else
		answer_tool(sim, job);
}

static const char *
choose_verdict(struct sim *sim, const char *kind)
{
	static const char *const tool[] = { "approve", "approve", "reject" };
	static const char *const doubt[] = { "run_again", "done", "fail" };
	static const char *const budget[] = { "raise", "raise", "raise",
		"finish", "stop" };
	static const char *const unsure[] = { "resume_with_input",
		"resume_with_input", "resume_with_input", "escalate", "stop" };

	if (strcmp(kind, "tool") == 0)
		return tool[sim_random(sim, COUNT(tool))];
	if (strcmp(kind, "in_doubt") == 0)
		return doubt[sim_random(sim, COUNT(doubt))];
	if (strcmp(kind, "budget") == 0)
		return budget[sim_random(sim, COUNT(budget))];
	return unsure[sim_random(sim, COUNT(unsure))];
}

/* Any open gate, copied out; false: there is none. */
static bool
choose_gate(struct sim *sim, struct verdict *verdict, char *session_id,
    char *kind)
{
	char query[160];
	sqlite3_stmt *stmt = NULL;
	bool found;

	snprintf(query, sizeof(query), "SELECT id, session_id, kind FROM gate"
	    " WHERE decision IS NULL ORDER BY (id * 7919 + %d) %% 101 LIMIT 1",
	    (int)sim_random(sim, 101));
	sqlite3_prepare_v2(sim->f->db->sqlite, query, -1, &stmt, NULL);
	found = sqlite3_step(stmt) == SQLITE_ROW;
	if (found) {
		verdict->gate_id = sqlite3_column_int64(stmt, 0);
		snprintf(session_id, SESSION_ID_MAX, "%s",
		    (const char *)sqlite3_column_text(stmt, 1));
		snprintf(kind, 16, "%s",
		    (const char *)sqlite3_column_text(stmt, 2));
	}
	sqlite3_finalize(stmt);
	return found;
}

bool
sim_vote(struct sim *sim)
{
	char session_id[SESSION_ID_MAX], kind[16];
	struct verdict verdict = { .session_id = session_id, .actor = "ana",
	    .rationale = "so it is", .input = "try the disk",
	    .now_ms = sim->now_ms };
	struct verdict_result result;
	int rc;

	if (!choose_gate(sim, &verdict, session_id, kind))
		return false;
	verdict.verdict = choose_verdict(sim, kind);
	rc = gate_decide(sim->f->db, &verdict, &result);
	/* It may just have expired. */
	sim_require(sim, rc == OK || rc == E_CONFLICT, result.why);
	return true;
}
