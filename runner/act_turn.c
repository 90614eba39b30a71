/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/log.h"
#include "runner/act.h"
#include "runner/app.h"
#include "runner/envelope.h"
#include "runner/graph.h"

enum {
	QUESTION_MAX = 512,	/* bytes */
	DETAIL_MAX = 16 * ENVELOPE_TEXT_MAX,	/* two texts, as JSON */
};

/* A turn as envelope.h reads it, with the memory behind it. */
struct turn {
	struct envelope_turn view;
	char **texts;
	struct envelope_call *calls;
	size_t text_count, call_count;
};

static void *
grow(struct tx *tx, void *array, size_t count, size_t size)
{
	void *grown = realloc(array, (count + 1) * size);

	if (grown == NULL)
		tx_fail(tx, E_NOMEM, "%s", err_text(E_NOMEM));
	return grown;
}

static void
read_texts(struct tx *tx, int64_t run_id, struct turn *turn)
{
	struct rows rows = tx_query(tx, Q_RUN_TEXTS, "l", run_id);
	char **grown;

	while (tx->rc == OK && rows_next(&rows)) {
		grown = grow(tx, turn->texts, turn->text_count, sizeof(*grown));
		if (grown == NULL)
			break;
		turn->texts = grown;
		grown[turn->text_count++] = tx_copy(tx, rows_str(&rows, 0));
	}
	rows_end(&rows);
}

static void
read_calls(struct tx *tx, int64_t run_id, struct turn *turn)
{
	struct rows rows = tx_query(tx, Q_RUN_CALLS, "l", run_id);
	struct envelope_call *grown;

	while (tx->rc == OK && rows_next(&rows)) {
		grown = grow(tx, turn->calls, turn->call_count, sizeof(*grown));
		if (grown == NULL)
			break;
		turn->calls = grown;
		grown[turn->call_count++] = (struct envelope_call){
			.tool = tx_copy(tx, rows_str(&rows, 0)),
			.args = tx_copy(tx, rows_str(&rows, 1)),
			.ran = rows_int(&rows, 2) != 0,
		};
	}
	rows_end(&rows);
}

static void
read_turn(struct tx *tx, int64_t run_id, struct turn *turn)
{
	read_texts(tx, run_id, turn);
	read_calls(tx, run_id, turn);
	turn->view = (struct envelope_turn){
		.texts = (const char *const *)turn->texts,
		.text_count = turn->text_count,
		.calls = turn->calls,
		.call_count = turn->call_count,
	};
}

static void
free_turn(struct turn *turn)
{
	for (size_t i = 0; i < turn->text_count; i++)
		free(turn->texts[i]);
	for (size_t i = 0; i < turn->call_count; i++) {
		free((char *)turn->calls[i].tool);
		free((char *)turn->calls[i].args);
	}
	free(turn->texts);
	free(turn->calls);
}

/* What a person sees who decides about an unsure agent. */
static void
describe_pause(const struct act *act, const struct envelope *envelope,
    const char *target, struct buf *out)
{
	const struct json *team = json_first(act->app->teams);

	buf_addf(out, "{\"reason\":\"low_confidence\",\"confidence\":%g,"
	    "\"threshold\":%g,\"upstream_agent\":", envelope->confidence,
	    act->app->confidence_threshold);
	buf_add_json(out, act->snap->run_agent, strlen(act->snap->run_agent));
	buf_adds(out, ",\"summary\":");
	buf_add_json(out, buf_str(&envelope->content), envelope->content.len);
	buf_adds(out, ",\"rationale\":");
	buf_add_json(out, buf_str(&envelope->rationale),
	    envelope->rationale.len);
	buf_adds(out, ",\"options\":[\"resume_with_input\",\"escalate\","
	    "\"stop\"],\"escalation_teams\":[");
	for (; team != NULL; team = json_next(team)) {
		buf_add_json(out, json_string(team), strlen(json_string(team)));
		if (json_next(team) != NULL)
			buf_addc(out, ',');
	}
	buf_adds(out, "],\"intended_target\":");
	buf_add_json(out, target, strlen(target));
	buf_addc(out, '}');
}

static void
open_confidence_gate(const struct act *act, const struct envelope *envelope,
    const char *target)
{
	char question[QUESTION_MAX];
	struct buf detail;

	buf_init(&detail, DETAIL_MAX);
	describe_pause(act, envelope, target, &detail);
	if (detail.rc != OK)
		tx_fail(act->tx, detail.rc, "%s", err_text(detail.rc));
	snprintf(question, sizeof(question), "%s is unsure (%.2f, wanted "
	    "%.2f). Go on to %s in %s for %s?", act->snap->run_agent,
	    envelope->confidence, act->app->confidence_threshold, target,
	    act->snap->environment, act->snap->id);
	tx_run(act->tx, Q_GATE_INSERT, "sssssinl", act->snap->id, "confidence",
	    "low_confidence", question, buf_str(&detail), 0, act->now_ms);
	buf_free(&detail);
}

static void
route(const struct act *act, const struct agent *agent,
    const struct envelope *envelope)
{
	const char *signal = envelope->signal[0] != '\0' ? envelope->signal :
	    NULL;
	struct graph_step step;

	if (graph_route(agent->routes, signal, &step) != OK) {
		act_fail(act, "the agent has no route");
		return;
	}
	tx_run(act->tx, Q_RUN_END, "llssdsss", act->snap->run_id, act->now_ms,
	    "ok", buf_str(&envelope->content), envelope->confidence,
	    buf_str(&envelope->rationale), signal, step.next);
	act_node(act, step.next);
	if (step.gated && envelope->confidence < act->app->confidence_threshold)
		open_confidence_gate(act, envelope, step.next);
}

/* The first subordinate that the reply names, else the first of all. */
static void
end_dispatch(const struct act *act, const struct agent *agent,
    const struct turn *turn)
{
	const struct json *first = json_first(json_get(agent->config,
		"subordinates"));
	const struct json *name = first;
	const char *reply = turn->text_count > 0 ?
	    turn->texts[turn->text_count - 1] : "";

	while (name != NULL && strstr(reply, json_string(name)) == NULL)
		name = json_next(name);
	if (name == NULL)
		name = first;
	tx_run(act->tx, Q_RUN_END, "llssnnns", act->snap->run_id, act->now_ms,
	    "ok", reply, json_string(name));
	act_node(act, json_string(name));
}

static void
end_responsive(const struct act *act, const struct agent *agent,
    const struct turn *turn)
{
	struct envelope envelope;
	int rc = envelope_read(&envelope, act->app->config, &turn->view);

	if (rc == OK && envelope.disagrees)
		log_warn("confidence_differs", "session=%s agent=%s stated=%g "
		    "harvested=%g", act->snap->id, agent->name,
		    envelope.stated, envelope.confidence);
	if (rc == OK)
		route(act, agent, &envelope);
	else if (rc == E_NOMEM)
		tx_fail(act->tx, rc, "%s", err_text(rc));
	else
		act_fail(act, rc == E_NOTFOUND ? "envelope_missing: the reply "
		    "states no response with a confidence" :
		    "the reply is too large");
	envelope_free(&envelope);
}

void
act_end_turn(const struct act *act, const struct agent *agent)
{
	struct turn turn = { 0 };

	read_turn(act->tx, act->snap->run_id, &turn);
	if (act->tx->rc == OK && agent->kind == AGENT_SUPERVISOR)
		end_dispatch(act, agent, &turn);
	else if (act->tx->rc == OK)
		end_responsive(act, agent, &turn);
	free_turn(&turn);
}
