/* SPDX-License-Identifier: Apache-2.0 */
/* The runner within a turn: what models ask for and are told. */
#include "runner/runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "runner/step.h"
#include "t/unit/life.h"

static const struct life_terms usual = { 0 };

static void
begin(struct life *l, const char *calls)
{
	life_load(l, &usual);
	life_start(l, "dev");
	life_says(l, "first", "", calls);
}

/* What the first agent is told about its call. */
static void
is_told(struct life *l, const char *part)
{
	life_has(life_asked(l, "first")->last_result, part);
}

/* ---- what goes wrong with a call ---- */

static void
test_failing_tool(void **state)
{
	struct life *l = *state;

	begin(l, "[{'name':'s:look','args':{'of':'it'}}]");
	life_fails(l, "s:look", "{'of':'it'}", "no route to host");
	life_status(l, "in_progress");
	life_is(l, "SELECT status || is_error FROM tool_call", "executed1");
	is_told(l, "{'error':'no route to host'}");
}

static void
test_unknown_tool(void **state)
{
	struct life *l = *state;

	begin(l, "[{'name':'s:format_disk','args':{}}]");
	life_is(l, "SELECT tool || status || attempt || is_error"
	    " FROM tool_call", "s:format_diskrefused01");
	is_told(l, "unknown tool \\\"s:format_disk\\\"; "
	    "this agent has: s:find s:fix s:hand s:look");
}

/* A tool that there is, but not for this agent. */
static void
test_not_its_tool(void **state)
{
	struct life *l = *state;

	life_load(l, &(struct life_terms){ .entry = "poor" });
	life_start(l, "dev");
	life_says(l, "poor", "", "[{'name':'s:notify','args':{}}]");
	life_is(l, "SELECT status || attempt FROM tool_call", "refused0");
	life_has(life_asked(l, "poor")->last_result,
	    "unknown tool \\\"s:notify\\\"; this agent has: s:look");
}

static void
test_nameless_call(void **state)
{
	struct life *l = *state;

	begin(l, "[{'args':{}},{'name':null}]");
	life_is(l, "SELECT count(*) FROM tool_call WHERE status = 'refused'",
	    "2");
	is_told(l, "unknown tool");
}

static void
test_no_object(void **state)
{
	struct life *l = *state;

	begin(l, "[{'name':'s:look','args':[1]}]");
	life_is(l, "SELECT status || attempt FROM tool_call", "refused0");
	is_told(l, "arguments must be a JSON object");
}

/* ---- arguments ---- */

static void
inject(struct life *l, const char *calls)
{
	life_load(l, &(struct life_terms){ .config =
	    "{'orchestrator':{'injected_args':{"
	    "'environment':'session.environment','team':'session.team',"
	    "'query':'session.query'}}}" });
	life_start(l, "dev");
	life_says(l, "first", "", calls);
}

static void
test_injected(void **state)
{
	struct life *l = *state;

	inject(l, "[{'name':'s:look','args':{'of':'it'}}]");
	life_tool(l, "s:look", "{'of':'it','environment':'dev'}", "1");
}

/* The framework's value wins, and what it does not have is left out. */
static void
test_injected_over(void **state)
{
	struct life *l = *state;

	inject(l, "[{'name':'look',"
	    "'args':{'team':'mine','environment':'prod','query':'q'}}]");
	life_tool(l, "s:look", "{'environment':'dev'}", "1");
}

static void
test_injected_late(void **state)
{
	struct life *l = *state;

	inject(l, "[{'name':'s:note','args':{'team':{'of':'net'}}}]");
	life_says(l, "first", "", "[{'name':'s:look','args':{}}]");
	life_tool(l, "s:look", "{'environment':'dev'}", "1");
	life_says(l, "first", "",
	    "[{'name':'s:patch','args':{'patch':{'team':'net'}}}]");
	life_says(l, "first", "", "[{'name':'s:look','args':{}}]");
	life_tool(l, "s:look", "{'environment':'dev','team':'net'}", "1");
}

/* What people approve has the injected values already. */
static void
test_gate_sees_injected(void **state)
{
	struct life *l = *state;

	life_load(l, &(struct life_terms){ .config =
	    "{'runtime':{'gateway':{'policy':{'s:look':'high'}}},"
	    "'orchestrator':{'injected_args':{"
	    "'environment':'session.environment'}}}" });
	life_start(l, "dev");
	life_says(l, "first", "",
	    "[{'name':'s:look','args':{'environment':'prod'}}]");
	life_is(l, "SELECT payload -> '$.args' FROM event"
	    " WHERE kind = 'gate_fired'", "{'environment':'dev'}");
	life_vote(l, 0, "approve");
	life_tool(l, "s:look", "{'environment':'dev'}", "1");
}

static void
test_big_integers(void **state)
{
	struct life *l = *state;

	inject(l, "[{'name':'s:look','args':{'of':[9007199254740993,"
	    "12345678901234567890123,0.10]}}]");
	life_tool(l, "s:look", "{'of':[9007199254740993,"
	    "12345678901234567890123,0.10],'environment':'dev'}",
	    "{'id':9007199254740993}");
	is_told(l, "{'id':9007199254740993}");
}

/* ---- session tools ---- */

static void
test_session_tools(void **state)
{
	struct life *l = *state;

	begin(l, "[{'name':'s:note','args':{'a':1,'b':{'c':2}}},"
	    "{'name':'s:patch','args':{'patch':{'b':{'d':3},'a':null}}},"
	    "{'name':'s:find','args':{'cause':'disk'}},"
	    "{'name':'s:mark','args':{'how':'so'}}]");
	assert_int_equal(l->job_count, 1);
	life_is(l, "SELECT extra_fields FROM session",
	    "{'b':{'c':2,'d':3}}");
	life_is(l, "SELECT findings FROM session",
	    "{'first':{'cause':'disk'}}");
	life_is(l, "SELECT group_concat(DISTINCT status || attempt || result)"
	    " FROM tool_call", "executed1{'ok':true}");
	is_told(l, "{'ok':true}");
}

static void
test_nothing_to_write(void **state)
{
	struct life *l = *state;

	begin(l, "[{'name':'s:patch','args':{'patch':'text'}}]");
	life_is(l, "SELECT is_error FROM tool_call", "1");
	life_is(l, "SELECT extra_fields FROM session", "{}");
	is_told(l, "there is no object to write");
}

/* More than fit in one transaction; time stands still meanwhile. */
static void
test_many_calls(void **state)
{
	struct life *l = *state;
	struct buf calls;

	buf_init(&calls, 65536);
	for (int i = 0; i < 200; i++)
		buf_addf(&calls, "%c{'name':'s:note','args':{'k%d':%d}}",
		    i == 0 ? '[' : ',', i, i);
	buf_addc(&calls, ']');
	begin(l, buf_str(&calls));
	buf_free(&calls);
	assert_int_equal(life_asked(l, "first")->turn, 2);
	life_is(l, "SELECT count(*) FROM session, json_each(extra_fields)",
	    "200");
}

/* ---- what goes wrong with an agent ---- */

static void
failed(struct life *l, const char *why)
{
	char text[256];

	life_status(l, "error");
	life_idle(l);
	snprintf(text, sizeof(text), "agent failed: %s", why);
	life_is(l, "SELECT summary FROM agent_run ORDER BY id DESC", text);
	life_is(l, "SELECT outcome FROM agent_run ORDER BY id DESC",
	    "failed");
	life_is(l, "SELECT extra_fields ->> 'failure' FROM session", why);
}

static void
test_model_fails(void **state)
{
	struct life *l = *state;
	struct job *job;

	begin(l, "[{'name':'s:note','args':{'a':1}}]");
	job = life_asked(l, "first");
	job_fail(job, "overloaded");
	life_done(l, job);
	failed(l, "overloaded");
	life_is(l, "SELECT extra_fields ->> 'a' FROM session", "1");
}

/* However much it says. */
static void
test_model_fails_at_length(void **state)
{
	struct life *l = *state;
	struct job *job;
	char *text = calloc(1, 100001);

	memset(text, 1, 100000);
	life_load(l, &usual);
	life_start(l, "dev");
	job = life_asked(l, "first");
	job_fail(job, "overloaded %s", text);
	life_done(l, job);
	free(text);
	life_status(l, "error");
	life_is(l, "SELECT summary LIKE 'agent failed: overloaded%'"
	    " FROM agent_run", "1");
	life_is(l, "SELECT extra_fields ->> 'failure' LIKE 'overloaded%'"
	    " FROM session", "1");
}

static void
test_no_envelope(void **state)
{
	struct life *l = *state;

	life_load(l, &usual);
	life_start(l, "dev");
	life_says(l, "first", "I am done", NULL);
	failed(l, "envelope_missing: the reply states no response with a "
	    "confidence");
}

static void
test_too_many_replies(void **state)
{
	struct life *l = *state;

	life_load(l, &usual);
	life_start(l, "dev");
	for (int i = 0; i < STEP_MODEL_CALLS_MAX; i++)
		life_says(l, "first", "", "[{'name':'s:mark'}]");
	failed(l, "too many model calls in one turn");
}

static void
test_next_agent_missing(void **state)
{
	struct life *l = *state;

	life_load(l, &(struct life_terms){ .entry = "poor" });
	life_start(l, "dev");
	life_says(l, "poor", LIFE_REPLY("1", "none"), NULL);
	life_status(l, "error");
	life_is(l, "SELECT extra_fields ->> 'failure' FROM session",
	    "the next agent does not exist");
	life_is(l, "SELECT group_concat(outcome) FROM agent_run", "ok");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		LIFE_TEST(test_failing_tool),
		LIFE_TEST(test_unknown_tool),
		LIFE_TEST(test_not_its_tool),
		LIFE_TEST(test_nameless_call),
		LIFE_TEST(test_no_object),
		LIFE_TEST(test_injected),
		LIFE_TEST(test_injected_over),
		LIFE_TEST(test_injected_late),
		LIFE_TEST(test_gate_sees_injected),
		LIFE_TEST(test_big_integers),
		LIFE_TEST(test_session_tools),
		LIFE_TEST(test_nothing_to_write),
		LIFE_TEST(test_many_calls),
		LIFE_TEST(test_model_fails),
		LIFE_TEST(test_model_fails_at_length),
		LIFE_TEST(test_no_envelope),
		LIFE_TEST(test_too_many_replies),
		LIFE_TEST(test_next_agent_missing),
	};

	return cmocka_run_group_tests_name("runner_turn", tests, NULL, NULL);
}
