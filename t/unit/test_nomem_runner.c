/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One story, told again for each allocation of each of its ticks, which
 * fails: memory is short for a moment, and the story ends as ever.
 */
#include <stdlib.h>
#include <string.h>

#include "t/unit/life.h"
#include "t/unit/nomem_fixture.h"

enum { RETRY_MS = 250, TICKS = 9 };

/* A telling: allocation n of tick number at fails. */
struct telling {
	struct life *l;
	int at, n;
	int tick;
	bool fired;
};

static void
tick(struct telling *t)
{
	if (t->tick++ == t->at) {
		nomem_arm(t->n);
		runner_tick(t->l->runner);
		t->fired = nomem_disarm();
	}
	life_run(t->l);
	life_pass(t->l, RETRY_MS);
	life_pass(t->l, LEASE_MS);
}

static void
say(struct telling *t, const char *agent, const char *content,
    const char *calls)
{
	struct job *job = life_asked(t->l, agent);

	job->reply.content = strdup(content);
	job->reply.tool_calls = life_quote(calls);
	runner_done(t->l->runner, job);
	tick(t);
}

static void
tool(struct telling *t, const char *name, const char *args)
{
	struct job *job = life_called(t->l, name, args);

	job->result = strdup("{\"seen\":true}");
	runner_done(t->l->runner, job);
	tick(t);
}

static void
tell(struct telling *t)
{
	struct life *l = t->l;
	struct session_new new = { .query = "q", .environment = "prod",
	    .submitter = "{}", .extra_fields = "{}", .now_ms = l->now_ms };
	struct session_ref ref;

	assert_int_equal(session_create(l->f->db, &new, &ref), 0);
	memcpy(l->id, ref.id, sizeof(l->id));
	tick(t);
	say(t, "first", "",
	    "[{'name':'s:note','args':{'a':1}},{'name':'s:none'},"
	    "{'name':'s:look','args':{'of':'it'}}]");
	tool(t, "s:look", "{'of':'it','environment':'prod'}");
	say(t, "first", "", "[{'name':'s:mark','args':{'how':'so'}},"
	    "{'name':'s:fix','args':{}}]");
	assert_int_equal(life_decide(l, 4, "approve", NULL, NULL), 0);
	tick(t);
	tool(t, "s:fix", "{}");
	assert_int_equal(life_decide(l, -1, "raise", NULL, NULL), 0);
	tick(t);
	say(t, "first", LIFE_REPLY("0.9", "none"), "[]");
	say(t, "second", LIFE_REPLY("0.9", "none"), "[]");
	assert_int_equal(t->tick, TICKS);
	life_idle(l);
	life_status(l, "resolved");
}

static void
test_story(void **state)
{
	struct life *l = *state;
	struct telling t;

	db_exec(l->db, "PRAGMA synchronous = OFF");
	life_load(l, &(struct life_terms){ .entry = "boss",
	    .config = "{'orchestrator':{'injected_args':"
	    "{'environment':'session.environment'}}}" });
	fixture_sql(l->f, "INSERT INTO budget VALUES (1, 'first',"
	    " 'model_calls', 2), (1, '', 'tokens', 1000)");
	for (int at = 0; at < TICKS; at++) {
		t.fired = true;
		for (int n = 0; t.fired; n++) {
			t = (struct telling){ .l = l, .at = at, .n = n };
			tell(&t);
		}
		assert_true(t.n > 5);
	}
	life_is(l, "SELECT count(*) FROM tool_call WHERE attempt > 1", "0");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		LIFE_TEST(test_story),
	};

	return cmocka_run_group_tests_name("nomem_runner", tests, NULL, NULL);
}
