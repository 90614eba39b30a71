/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/script.h"

#include <stdlib.h>
#include <string.h>

#include "t/unit/life.h"

/* What the model is asked, and what that is where a test says nothing. */
struct question {
	const char *agent;		/* "first" */
	const char *query;		/* "it is slow" */
	const char *environment;	/* "dev" */
	const char *last_result;	/* "" */
	const char *model;		/* "talker" */
	int turn;			/* 1 */
};

static char *
word(const char *text, const char *missing)
{
	return strdup(text != NULL ? text : missing);
}

static struct job *
ask(struct life *l, const struct question *q, int *delay_ms)
{
	struct job *job = calloc(1, sizeof(*job));

	assert_non_null(job);
	job->kind = JOB_MODEL;
	job->app_id = 1;
	job->turn = q->turn != 0 ? q->turn : 1;
	job->agent = word(q->agent, "first");
	job->query = word(q->query, "it is slow");
	job->environment = word(q->environment, "dev");
	job->last_result = word(q->last_result, "");
	job->model = word(q->model, "talker");
	*delay_ms = script_answer(l->db, job);
	return job;
}

/* A model with these replies, as `gatehouse load` writes it. */
static void
load(struct life *l, const char *replies)
{
	char *list = life_quote(replies), *text;

	life_load(l, &(struct life_terms){ 0 });
	text = sqlite3_mprintf("INSERT INTO model (app_id, name, provider,"
	    " kind, config) VALUES (1, 'talker', 'p', 'script',"
	    " json_object('replies', json(%Q)));"
	    "INSERT INTO agent (app_id, name, kind, description, model,"
	    " prompt, tools, routes, config) VALUES (1, 'stub', 'responsive',"
	    " '', 'talker', '', '[]', '[]',"
	    " '{\"stub_response\":\"from the skill\"}')", list);
	fixture_sql(l->f, text);
	sqlite3_free(text);
	free(list);
}

/* error: the reply is an error of that text. */
static void
says(struct life *l, const struct question *q, const char *content,
    const char *error)
{
	int delay_ms;
	struct job *job = ask(l, q, &delay_ms);

	if (error != NULL) {
		assert_non_null(job->reply.error);
		assert_string_equal(job->reply.error, error);
	} else {
		assert_null(job->reply.error);
		assert_string_equal(job->reply.content, content);
	}
	job_free(job);
}

static const char rules[] = "["
    "{'agent':'first','turn':2,'after':'full','content':'full after'},"
    "{'agent':'first','turn':2,'content':'second turn'},"
    "{'agent':'first','query':'payments','environment':'prod',"
    "'content':'payments in prod'},"
    "{'agent':'first','query':'payments','content':'payments'},"
    "{'agent':'first','environment':'prod','content':'prod'},"
    "{'agent':'first','after':'\\\"ok\\\"','content':'ok after'},"
    "{'agent':'first','turn':null,'query':null,'content':'else'},"
    "{'agent':'first','content':'never'},"
    "{'agent':'second','turn':1,'content':'only once'},"
    "{'agent':'stub','query':'payments','content':'scripted'}]";

static void
test_matching(void **state)
{
	static const struct {
		struct question question;
		const char *content;
	} cases[] = {
		{ { 0 }, "else" },
		{ { .turn = 3 }, "else" },
		{ { .turn = 2 }, "second turn" },
		{ { .turn = 2, .last_result = "{\"disk\":\"full\"}" },
		    "full after" },
		{ { .last_result = "{\"disk\":\"full\"}" }, "else" },
		{ { .last_result = "{\"ok\":true}" }, "ok after" },
		{ { .query = "the payments page" }, "payments" },
		{ { .query = "the Payments page" }, "else" },
		{ { .query = "the payments page", .environment = "prod" },
		    "payments in prod" },
		{ { .environment = "prod" }, "prod" },
		{ { .environment = "production" }, "else" },
		{ { .agent = "second" }, "only once" },
		{ { .agent = "stub", .query = "payments" }, "scripted" },
		{ { .agent = "stub" }, "from the skill" },
		{ { .agent = "stub", .turn = 2 }, "from the skill" },
	};

	load(*state, rules);
	for (size_t i = 0; i < COUNT(cases); i++)
		says(*state, &cases[i].question, cases[i].content, NULL);
}

static void
test_no_reply(void **state)
{
	load(*state, rules);
	says(*state, &(struct question){ .agent = "second", .turn = 2 }, NULL,
	    "no scripted reply for agent second, turn 2");
	says(*state, &(struct question){ .model = "m" }, NULL,
	    "no scripted reply for agent first, turn 1");
	says(*state, &(struct question){ .model = "m", .agent = "stub" },
	    "from the skill", NULL);
}

static void
test_reply(void **state)
{
	struct job *job;
	int delay_ms;

	load(*state, "[{'agent':'first','content':'so','tool_calls':"
	    "[{'name':'s:look','args':{'n':9007199254740993}}],"
	    "'usage':{'input_tokens':10,'output_tokens':5},'delay':0.5}]");
	job = ask(*state, &(struct question){ 0 }, &delay_ms);
	assert_int_equal(delay_ms, 500);
	assert_string_equal(job->reply.content, "so");
	life_has(job->reply.tool_calls, "{'n':9007199254740993}");
	assert_int_equal(job->reply.input_tokens, 10);
	assert_int_equal(job->reply.output_tokens, 5);
	job_free(job);
}

static void
test_bare_reply(void **state)
{
	struct job *job;
	int delay_ms;

	load(*state, "[{'agent':'first','tool_calls':null,'usage':null,"
	    "'delay':600,'content':null}]");
	job = ask(*state, &(struct question){ 0 }, &delay_ms);
	assert_int_equal(delay_ms, 600000);
	assert_string_equal(job->reply.content, "");
	assert_string_equal(job->reply.tool_calls, "[]");
	assert_int_equal(job->reply.input_tokens, 0);
	job_free(job);
}

static void
test_error(void **state)
{
	struct job *job;
	int delay_ms;

	load(*state, "[{'agent':'first','content':'so','delay':0.1,"
	    "'error':'overloaded'}]");
	job = ask(*state, &(struct question){ 0 }, &delay_ms);
	assert_int_equal(delay_ms, 100);
	assert_string_equal(job->reply.error, "overloaded");
	job_free(job);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		LIFE_TEST(test_matching),
		LIFE_TEST(test_no_reply),
		LIFE_TEST(test_reply),
		LIFE_TEST(test_bare_reply),
		LIFE_TEST(test_error),
	};

	return cmocka_run_group_tests_name("script", tests, NULL, NULL);
}
