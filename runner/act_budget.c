/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/log.h"
#include "runner/act.h"

enum { QUESTION_MAX = 512, DETAIL_MAX = 1024 };	/* bytes */

/* What people see of it; verdicts and figures stand for themselves. */
static void
describe_use(const struct use *use, struct buf *detail)
{
	buf_addf(detail, "{\"reason\":\"budget\",\"budget\":\"%s\","
	    "\"agent\":", use->name);
	if (use->agent[0] != '\0')
		buf_add_json(detail, use->agent, strlen(use->agent));
	else
		buf_adds(detail, "null");
	buf_addf(detail, ",\"limit\":%lld,\"used\":%lld,\"amount\":%lld,"
	    "\"options\":[\"raise\",\"finish\",\"stop\"]}",
	    (long long)use->allowed, (long long)use->used,
	    (long long)use->amount);
}

void
act_budget(const struct act *act, const struct use *use)
{
	static const struct {
		const char *name, *unit;
	} units[] = {
		{ "tokens", "tokens" }, { "model_calls", "model calls" },
		{ "tool_calls", "tool calls" }, { "wall_time", "seconds" },
	};
	const char *unit = use->name;
	char question[QUESTION_MAX];
	struct buf detail;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(units[i].name, use->name) == 0)
			unit = units[i].unit;
	snprintf(question, sizeof(question), "%s has used %lld of %lld %s%s%s."
	    " Raise the budget, finish with what there is, or stop?",
	    use->agent[0] != '\0' ? use->agent : act->snap->id,
	    (long long)use->used, (long long)use->allowed, unit,
	    use->agent[0] != '\0' ? " in " : "",
	    use->agent[0] != '\0' ? act->snap->id : "");
	buf_init(&detail, DETAIL_MAX);
	describe_use(use, &detail);
	if (detail.rc != OK)
		tx_fail(act->tx, detail.rc, "%s", err_text(detail.rc));
	tx_run(act->tx, Q_GATE_INSERT, "sssssinl", act->snap->id, "budget",
	    use->name, question, buf_str(&detail), 0, act->now_ms);
	log_info("budget_used_up", "session=%s agent=%s budget=%s used=%lld "
	    "limit=%lld", act->snap->id, use->agent, use->name,
	    (long long)use->used, (long long)use->allowed);
	buf_free(&detail);
}
