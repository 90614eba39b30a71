/* SPDX-License-Identifier: Apache-2.0 */
/* The runner and budgets: people are asked, and their word is done. */
#include "runner/runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/unit/life.h"

#define LOOK "[{'name':'s:look','args':{'of':'it'}}]"
#define LOOK_ARGS "{'of':'it'}"
#define GATE \
	"SELECT reason || ' ' || coalesce(detail ->> 'agent', 'all') || ' '" \
	" || (detail ->> 'used') || '/' || (detail ->> 'limit')" \
	" FROM gate WHERE decision IS NULL"

static const struct life_terms usual = { 0 };

/* Budgets: "('agent', 'name', amount), ...", of which app 1 is allowed. */
static void
begin(struct life *l, const char *budgets)
{
	char text[512];

	life_load(l, &usual);
	snprintf(text, sizeof(text), "INSERT INTO budget SELECT 1, * FROM "
	    "(VALUES %s)", budgets);
	fixture_sql(l->f, text);
	life_start(l, "dev");
}

/* The model answers, at a price. */
static void
says_for(struct life *l, const char *agent, const char *content,
    const char *calls, int tokens)
{
	struct job *job = life_asked(l, agent);

	job->reply.content = strdup(content);
	job->reply.tool_calls = life_quote(calls);
	job->reply.input_tokens = tokens - 1;
	job->reply.output_tokens = 1;
	life_done(l, job);
}

static void
looks(struct life *l)
{
	life_tool(l, "s:look", LOOK_ARGS, "{}");
}

static void
is_asked(struct life *l, const char *want)
{
	life_idle(l);
	life_status(l, "awaiting_input");
	life_is(l, GATE, want);
}

/* To the end of the session, by its usual way. */
static void
ends(struct life *l, const char *agent)
{
	life_says(l, agent, LIFE_REPLY("0.9", "none"), NULL);
	life_status(l, "needs_review");
	fixture_sound(l->f);
}

static void
raise_by(struct life *l, int amount)
{
	char text[256];

	snprintf(text, sizeof(text), "INSERT INTO vote (gate_id, verdict,"
	    " actor, at, amount) SELECT id, 'raise', 'ana', %lld, %d FROM gate"
	    " WHERE decision IS NULL AND session_id = '%s'",
	    (long long)l->now_ms, amount, l->id);
	fixture_sql(l->f, text);
	life_run(l);
}

static void
restart(struct life *l)
{
	life_crash(l);
	life_rise(l);
	life_run(l);
}

/* ---- each budget ---- */

static void
test_tokens(void **state)
{
	struct life *l = *state;

	begin(l, "('', 'tokens', 100)");
	says_for(l, "first", "", LOOK, 99);
	looks(l);
	says_for(l, "first", "", LOOK, 50);
	/* What was asked for is still called. */
	looks(l);
	is_asked(l, "tokens all 149/100");
	life_is(l, "SELECT question = session_id || ' has used 149 of 100"
	    " tokens. Raise the budget, finish with what there is, or stop?'"
	    " FROM gate", "1");
	life_is(l, "SELECT json_extract(body, '$.pending_intervention')"
	    " FROM session_object", "{'reason':'budget','budget':'tokens',"
	    "'agent':null,'limit':100,'used':149,'amount':100,"
	    "'options':['raise','finish','stop']}");
	life_vote(l, -1, "raise");
	life_is(l, "SELECT allowed FROM budget_use", "249");
	says_for(l, "first", "", LOOK, 99);
	looks(l);
	ends(l, "first");
}

static void
test_model_calls(void **state)
{
	struct life *l = *state;

	begin(l, "('first', 'model_calls', 2), ('second', 'model_calls', 1)");
	life_says(l, "first", "", LOOK);
	looks(l);
	life_says(l, "first", "", LOOK);
	looks(l);
	is_asked(l, "model_calls first 2/2");
	life_is(l, "SELECT question LIKE 'first has used 2 of 2 model calls in"
	    " LIFE-%' FROM gate", "1");
	raise_by(l, 1);
	life_says(l, "first", LIFE_REPLY("0.9", "success"), NULL);
	ends(l, "second");
}

static void
test_tool_calls(void **state)
{
	struct life *l = *state;

	begin(l, "('', 'tool_calls', 2)");
	life_says(l, "first", "", "[{'name':'s:look','args':{'of':'it'}},"
	    "{'name':'s:note','args':{'a':1}},{'name':'s:unknown'},"
	    "{'name':'s:look','args':{'of':'it'}}]");
	looks(l);
	is_asked(l, "tool_calls all 2/2");
	life_vote(l, -1, "raise");
	looks(l);
	ends(l, "first");
}

/* People's time costs nothing. */
static void
test_wall_time(void **state)
{
	struct life *l = *state;

	begin(l, "('', 'wall_time', 10), ('first', 'wall_time', 5)");
	l->now_ms += 4999;
	life_says(l, "first", "", "[{'name':'s:fix','args':{}}]");
	life_status(l, "awaiting_input");
	life_pass(l, 100000);
	life_vote(l, 0, "approve");
	l->now_ms += 1;
	life_tool(l, "s:fix", "{}", "{}");
	is_asked(l, "wall_time first 5/5");
	life_is(l, "SELECT question LIKE 'first has used 5 of 5 seconds in %'"
	    " FROM gate WHERE kind = 'budget'", "1");
	life_pass(l, 100000);
	life_vote(l, -1, "raise");
	l->now_ms += 4000;
	life_says(l, "first", LIFE_REPLY("0.9", "success"), NULL);
	l->now_ms += 1000;
	life_says(l, "second", "", LOOK);
	is_asked(l, "wall_time all 10/10");
	life_vote(l, -1, "raise");
	looks(l);
	ends(l, "second");
}

static void
test_dispatch(void **state)
{
	struct life *l = *state;

	life_load(l, &(struct life_terms){ .entry = "judge" });
	fixture_sql(l->f, "INSERT INTO budget VALUES (1, 'judge', 'tokens', 1),"
	    " (1, '', 'model_calls', 1)");
	life_start(l, "dev");
	says_for(l, "judge", "second", "[]", 5);
	is_asked(l, "model_calls all 1/1");
	life_vote(l, -1, "raise");
	ends(l, "second");
}

/* ---- what people say ---- */

static void
test_finish(void **state)
{
	struct life *l = *state;

	begin(l, "('', 'tool_calls', 1)");
	life_says(l, "first", "", "[{'name':'s:mark','args':{'how':'well'}},"
	    "{'name':'s:look','args':{'of':'it'}},"
	    "{'name':'s:fix','args':{}}]");
	is_asked(l, "tool_calls all 1/1");
	life_vote(l, -1, "finish");
	life_idle(l);
	/* As if the chain had ended: the terminal tool that ran decides. */
	life_status(l, "resolved");
	life_is(l, "SELECT extra_fields ->> 'how' FROM session", "well");
	life_is(l, "SELECT group_concat(status) FROM tool_call",
	    "executed,cancelled,cancelled");
	life_is(l, "SELECT outcome FROM agent_run", "cancelled");
	fixture_sound(l->f);
}

static void
test_finish_without_end(void **state)
{
	struct life *l = *state;

	begin(l, "('', 'tokens', 1)");
	says_for(l, "first", "", LOOK, 5);
	looks(l);
	life_vote(l, -1, "finish");
	life_status(l, "needs_review");
	life_is(l, "SELECT cause FROM move ORDER BY id DESC LIMIT 1",
	    "default_terminal_status");
	fixture_sound(l->f);
}

static void
test_stop(void **state)
{
	struct life *l = *state;

	begin(l, "('', 'tool_calls', 1)");
	life_says(l, "first", "", "[{'name':'s:note','args':{}},"
	    "{'name':'s:look','args':{'of':'it'}}]");
	life_vote(l, -1, "stop");
	life_idle(l);
	life_status(l, "stopped");
	fixture_sound(l->f);
}

/* The session ends otherwise: nobody has to answer. */
static void
test_stopped_meanwhile(void **state)
{
	struct life *l = *state;

	begin(l, "('', 'tokens', 1)");
	says_for(l, "first", "", LOOK, 5);
	looks(l);
	fixture_sql(l->f, "INSERT INTO move (session_id, from_status,"
	    " to_status, cause, actor, at) SELECT id, status, 'stopped', 'c',"
	    " 'eve', 9999 FROM session");
	life_is(l, "SELECT decision FROM gate", "cancelled");
	fixture_sound(l->f);
}

/* ---- counted once ---- */

static void
test_several(void **state)
{
	struct life *l = *state;

	begin(l, "('', 'tokens', 10), ('', 'model_calls', 1),"
	    " ('first', 'tokens', 10)");
	says_for(l, "first", "", LOOK, 20);
	looks(l);
	is_asked(l, "model_calls all 1/1");
	life_vote(l, -1, "raise");
	is_asked(l, "tokens all 20/10");
	life_vote(l, -1, "raise");
	is_asked(l, "tokens first 20/10");
	raise_by(l, 1);
	says_for(l, "first", "", LOOK, 5);
	looks(l);
	is_asked(l, "model_calls all 2/2");
	life_vote(l, -1, "raise");
	is_asked(l, "tokens first 25/21");
	life_vote(l, -1, "raise");
	ends(l, "first");
}

/* Requests that failed, and one whose answer died with its runner. */
static void
test_tries(void **state)
{
	struct life *l = *state;
	struct job *job;

	begin(l, "('', 'model_calls', 2), ('', 'tokens', 20)");
	for (int i = 0; i < 2; i++) {
		job = life_asked(l, "first");
		job->reply.fault = REPLY_TRANSIENT;
		job->reply.input_tokens = 99;
		job_fail(job, "no route");
		life_done(l, job);
		life_pass(l, 10000);
	}
	restart(l);
	says_for(l, "first", "", LOOK, 10);
	looks(l);
	life_is(l, "SELECT group_concat(name || used) FROM budget_use",
	    "model_calls1,tokens10");
	says_for(l, "first", LIFE_REPLY("0.9", "none"), "[]", 10);
	life_status(l, "needs_review");
	fixture_sound(l->f);
}

/* A tool that dies with its runner is called twice and counted once. */
static void
test_run_again(void **state)
{
	struct life *l = *state;

	begin(l, "('', 'tool_calls', 2)");
	life_says(l, "first", "", "[{'name':'s:look','args':{'of':'it'}},"
	    "{'name':'s:notify','args':{}}]");
	restart(l);
	looks(l);
	restart(l);
	life_status(l, "awaiting_input");
	life_vote(l, 1, "run_again");
	life_tool(l, "s:notify", "{}", "{}");
	life_is(l, "SELECT sum(attempt) || ' ' || u.used FROM tool_call,"
	    " budget_use u", "4 2");
	ends(l, "first");
}

static void
test_crashes(void **state)
{
	struct life *l = *state;

	begin(l, "('', 'tokens', 10)");
	says_for(l, "first", "", LOOK, 10);
	looks(l);
	restart(l);
	is_asked(l, "tokens all 10/10");
	life_crash(l);
	life_is(l, "SELECT count(*) FROM gate", "1");
	assert_int_equal(life_decide(l, -1, "raise", NULL, NULL), 0);
	life_rise(l);
	life_run(l);
	ends(l, "first");
}

/* Each session has its own. */
static void
test_two(void **state)
{
	struct life *l = *state;
	char one[SESSION_ID_MAX];

	begin(l, "('', 'tokens', 10)");
	memcpy(one, l->id, sizeof(one));
	says_for(l, "first", "", LOOK, 9);
	looks(l);
	says_for(l, "first", "", LOOK, 9);
	looks(l);
	is_asked(l, "tokens all 18/10");
	life_start(l, "dev");
	says_for(l, "first", "", LOOK, 9);
	looks(l);
	ends(l, "first");
	memcpy(l->id, one, sizeof(one));
	life_status(l, "awaiting_input");
	life_vote(l, -1, "raise");
	ends(l, "first");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		LIFE_TEST(test_tokens),
		LIFE_TEST(test_model_calls),
		LIFE_TEST(test_tool_calls),
		LIFE_TEST(test_wall_time),
		LIFE_TEST(test_dispatch),
		LIFE_TEST(test_finish),
		LIFE_TEST(test_finish_without_end),
		LIFE_TEST(test_stop),
		LIFE_TEST(test_stopped_meanwhile),
		LIFE_TEST(test_several),
		LIFE_TEST(test_tries),
		LIFE_TEST(test_run_again),
		LIFE_TEST(test_crashes),
		LIFE_TEST(test_two),
	};

	return cmocka_run_group_tests_name("runner_budget", tests, NULL, NULL);
}
