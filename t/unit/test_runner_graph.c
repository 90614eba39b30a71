/* SPDX-License-Identifier: Apache-2.0 */
/* The runner between turns: routes, supervisors, unsure agents, the end. */
#include "runner/runner.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "t/unit/life.h"

static const struct life_terms usual = { 0 };
static const struct life_terms unsure = { .entry = "unsure" };
static const struct life_terms paging = { .entry = "unsure",
	.escalate_tool = "e:page" };

static void
ends_as(struct life *l, const char *status)
{
	life_idle(l);
	life_status(l, status);
}

/* ---- routes ---- */

static void
test_route_by_signal(void **state)
{
	struct life *l = *state;

	life_load(l, &usual);
	life_start(l, "dev");
	life_says(l, "first", LIFE_REPLY("0.8", "success"), NULL);
	life_is(l, "SELECT signal || next_node || confidence FROM agent_run"
	    " WHERE ended_at IS NOT NULL", "successsecond0.8");
	life_says(l, "second", LIFE_REPLY("0.8", "none"), NULL);
	ends_as(l, "needs_review");
	life_is(l, "SELECT group_concat(kind, ' ') FROM (SELECT kind FROM event"
	    " WHERE kind IN ('confidence_emitted', 'route_decided',"
	    " 'agent_finished') ORDER BY seq LIMIT 3)",
	    "confidence_emitted route_decided agent_finished");
}

/* Later agents hear what earlier ones found. */
static void
test_brief(void **state)
{
	struct life *l = *state;

	life_load(l, &usual);
	life_start(l, "dev");
	life_says(l, "first", "", "[{'name':'s:find','args':{'disk':'full'}}]");
	life_says(l, "first", LIFE_REPLY("0.8", "success"), NULL);
	life_is(l, "SELECT content FROM message WHERE role = 'user'"
	    " ORDER BY id DESC", "Session LIFE-20260101-001\n"
	    "Status: in_progress\nEnvironment: dev\n\nQuery:\nit is slow\n\n"
	    "Findings:\n- first: {'disk':'full'}\n\n"
	    "Earlier turns:\n- first (confidence 0.80): all is said\n");
}

/* ---- supervisors ---- */

static void
test_rule(void **state)
{
	struct life *l = *state;

	life_load(l, &(struct life_terms){ .entry = "boss" });
	life_start(l, "prod");
	life_asked(l, "first");
	life_is(l, "SELECT count(*) FROM agent_run", "1");
}

static void
test_no_rule_holds(void **state)
{
	struct life *l = *state;

	life_load(l, &(struct life_terms){ .entry = "boss" });
	life_start(l, "dev");
	life_asked(l, "second");
}

static void
test_model_dispatches(void **state)
{
	struct life *l = *state;

	life_load(l, &(struct life_terms){ .entry = "judge" });
	life_start(l, "dev");
	life_says(l, "judge", "The second, I think", NULL);
	life_asked(l, "second");
	life_is(l, "SELECT kind || next_node FROM agent_run",
	    "dispatchsecond");
	life_is(l, "SELECT dispatch_depth FROM session", "1");
	life_start(l, "dev");
	life_says(l, "judge", "Nobody", NULL);
	life_asked(l, "first");
}

static void
test_dispatch_depth(void **state)
{
	struct life *l = *state;

	life_load(l, &(struct life_terms){ .entry = "ring" });
	life_start(l, "dev");
	ends_as(l, "error");
	life_is(l, "SELECT extra_fields ->> 'failure' FROM session",
	    "too many dispatches: max_dispatch_depth");
	life_is(l, "SELECT dispatch_depth FROM session", "3");
}

static void
test_monitor(void **state)
{
	struct life *l = *state;

	life_load(l, &(struct life_terms){ .entry = "watch" });
	life_start(l, "dev");
	ends_as(l, "error");
}

/* ---- an agent that is unsure ---- */

static void
come_to_question(struct life *l, const struct life_terms *terms)
{
	life_load(l, terms);
	life_start(l, "dev");
	life_says(l, "unsure", LIFE_REPLY("0.74", "none"), NULL);
	ends_as(l, "awaiting_input");
}

static void
test_sure(void **state)
{
	struct life *l = *state;

	life_load(l, &unsure);
	life_start(l, "dev");
	life_says(l, "unsure", LIFE_REPLY("0.75", "none"), NULL);
	life_asked(l, "second");
}

static void
test_question(void **state)
{
	struct life *l = *state;

	come_to_question(l, &unsure);
	life_is(l, "SELECT detail FROM gate", "{'reason':'low_confidence',"
	    "'confidence':0.74,'threshold':0.75,'upstream_agent':'unsure',"
	    "'summary':'all is said','rationale':'seen',"
	    "'options':['resume_with_input','escalate','stop'],"
	    "'escalation_teams':['ops','net'],'intended_target':'second'}");
	life_is(l, "SELECT deadline IS NULL FROM gate", "1");
}

static void
test_answer(void **state)
{
	struct life *l = *state;

	come_to_question(l, &unsure);
	assert_int_equal(life_decide(l, -1, "resume_with_input", " \n", NULL),
	    E_INVALID);
	assert_int_equal(life_decide(l, -1, "approve", NULL, NULL),
	    E_INVALID);
	assert_int_equal(life_decide(l, -1, "resume_with_input",
		" it is the disk\n", NULL), OK);
	life_run(l);
	life_is(l, "SELECT content LIKE '%The operator adds:\n"
	    "- it is the disk\n%' FROM message WHERE role = 'user'"
	    " ORDER BY id DESC", "1");
	life_says(l, "second", LIFE_REPLY("0.1", "none"), NULL);
	ends_as(l, "needs_review");
}

static void
test_answer_stop(void **state)
{
	struct life *l = *state;

	come_to_question(l, &unsure);
	life_vote(l, -1, "stop");
	ends_as(l, "stopped");
}

static void
test_escalate(void **state)
{
	struct life *l = *state;

	come_to_question(l, &unsure);
	assert_int_equal(life_decide(l, -1, "escalate", NULL, "cooks"),
	    E_INVALID);
	life_vote(l, -1, "escalate");
	ends_as(l, "escalated");
	life_is(l, "SELECT extra_fields ->> 'escalated_to' FROM session",
	    "ops");
	life_is(l, "SELECT count(*) FROM tool_call", "0");
}

static void
test_escalate_by_tool(void **state)
{
	struct life *l = *state;

	come_to_question(l, &paging);
	assert_int_equal(life_decide(l, -1, "escalate", NULL, "net"), OK);
	life_run(l);
	life_status(l, "in_progress");
	life_tool(l, "e:page", "{'incident_id':'LIFE-20260101-001',"
	    "'team':'net','message':'has her reasons'}", "{'paged':true}");
	ends_as(l, "escalated");
	life_is(l, "SELECT agent || status || attempt FROM tool_call",
	    "orchestratorexecuted1");
}

static void
test_escalate_injected(void **state)
{
	struct life *l = *state;

	come_to_question(l, &(struct life_terms){ .entry = "unsure",
	    .escalate_tool = "e:page", .config = "{'orchestrator':"
	    "{'injected_args':{'environment':'session.environment'}}}" });
	life_vote(l, -1, "escalate");
	life_tool(l, "e:page", "{'incident_id':'LIFE-20260101-001',"
	    "'team':'ops','message':'has her reasons','environment':'dev'}",
	    "1");
	ends_as(l, "escalated");
}

static void
test_escalate_to_nobody(void **state)
{
	struct life *l = *state;

	come_to_question(l, &(struct life_terms){ .entry = "unsure",
	    .escalate_tool = "e:page", .teamless = true });
	life_vote(l, -1, "escalate");
	life_tool(l, "e:page", "{'incident_id':'LIFE-20260101-001',"
	    "'message':'has her reasons'}", "1");
	ends_as(l, "escalated");
}

static void
test_escalation_fails(void **state)
{
	struct life *l = *state;

	come_to_question(l, &paging);
	life_vote(l, -1, "escalate");
	life_fails(l, "e:page", "{'incident_id':'LIFE-20260101-001',"
	    "'team':'ops','message':'has her reasons'}", "no pager");
	ends_as(l, "error");
	life_is(l, "SELECT extra_fields ->> 'failure' FROM session",
	    "the escalation tool failed");
}

/* It may have paged: a person says so, and nobody is paged twice. */
static void
test_escalation_in_doubt(void **state)
{
	struct life *l = *state;

	come_to_question(l, &paging);
	life_vote(l, -1, "escalate");
	assert_int_equal(l->job_count, 1);
	life_crash(l);
	life_rise(l);
	life_run(l);
	ends_as(l, "awaiting_input");
	life_vote(l, 0, "done");
	ends_as(l, "escalated");
	life_is(l, "SELECT count(*) || max(attempt) FROM tool_call", "11");
}

/* ---- the end ---- */

static void
finish(struct life *l, const char *calls)
{
	life_load(l, &usual);
	life_start(l, "dev");
	life_says(l, "first", "", calls);
	life_says(l, "first", LIFE_REPLY("0.9", "none"), NULL);
}

static void
test_terminal_tool(void **state)
{
	struct life *l = *state;

	finish(l, "[{'name':'s:mark','args':{'how':'by hand'}}]");
	life_says(l, "second", LIFE_REPLY("0.9", "none"), NULL);
	ends_as(l, "resolved");
	life_is(l, "SELECT extra_fields FROM session", "{'how':'by hand'}");
	life_is(l, "SELECT cause FROM move ORDER BY id DESC", "mark");
}

static void
test_newest_terminal_tool(void **state)
{
	struct life *l = *state;

	finish(l, "[{'name':'s:mark','args':{}},"
	    "{'name':'s:hand','args':{'team':'net'}}]");
	life_says(l, "second", LIFE_REPLY("0.9", "none"), NULL);
	ends_as(l, "escalated");
	life_is(l, "SELECT extra_fields ->> 'escalated_to' FROM session",
	    "net");
}

static void
test_no_terminal_tool(void **state)
{
	struct life *l = *state;

	finish(l, "[{'name':'s:note','args':{'a':1}}]");
	ends_as(l, "needs_review");
	life_is(l, "SELECT extra_fields FROM session", "{'a':1,"
	    "'needs_review_reason':'graph completed without terminal tool "
	    "call'}");
	life_is(l, "SELECT cause FROM move ORDER BY id DESC",
	    "default_terminal_status");
}

/* Approved counts, rejected does not. */
static void
test_gated_terminal_tool(void **state)
{
	struct life *l = *state;

	life_load(l, &(struct life_terms){ .entry = "second", .config =
	    "{'runtime':{'gateway':{'policy':{'mark':'high'}}}}" });
	for (int i = 0; i < 2; i++) {
		life_start(l, "dev");
		life_says(l, "second", "", "[{'name':'s:mark'}]");
		life_vote(l, 0, i == 0 ? "approve" : "reject");
		life_says(l, "second", LIFE_REPLY("0.9", "none"), NULL);
		ends_as(l, i == 0 ? "resolved" : "needs_review");
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		LIFE_TEST(test_route_by_signal),
		LIFE_TEST(test_brief),
		LIFE_TEST(test_rule),
		LIFE_TEST(test_no_rule_holds),
		LIFE_TEST(test_model_dispatches),
		LIFE_TEST(test_dispatch_depth),
		LIFE_TEST(test_monitor),
		LIFE_TEST(test_sure),
		LIFE_TEST(test_question),
		LIFE_TEST(test_answer),
		LIFE_TEST(test_answer_stop),
		LIFE_TEST(test_escalate),
		LIFE_TEST(test_escalate_by_tool),
		LIFE_TEST(test_escalate_injected),
		LIFE_TEST(test_escalate_to_nobody),
		LIFE_TEST(test_escalation_fails),
		LIFE_TEST(test_escalation_in_doubt),
		LIFE_TEST(test_terminal_tool),
		LIFE_TEST(test_newest_terminal_tool),
		LIFE_TEST(test_no_terminal_tool),
		LIFE_TEST(test_gated_terminal_tool),
	};

	return cmocka_run_group_tests_name("runner_graph", tests, NULL, NULL);
}
