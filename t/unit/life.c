/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/life.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/log.h"
#include "runner/app.h"
#include "sql/gate.h"

enum { TICKS_MAX = 1000 };

/* 2026-01-01T00:00:00Z: the first session is LIFE-20260101-001. */
#define BEGINNING INT64_C(1767225600000)

static int64_t
now_ms(void *arg)
{
	return ((struct life *)arg)->now_ms;
}

static void
perform(void *arg, struct job *job)
{
	struct life *l = arg;

	assert_true(l->job_count < LIFE_JOBS_MAX);
	l->jobs[l->job_count++] = job;
}

static void
cancel(void *arg, struct job *job)
{
	job->handle = arg;
}

void
life_faults(struct life *l, const char *agent, enum reply_fault fault,
    int64_t wait_ms, const char *why)
{
	struct job *job = life_asked(l, agent);

	job->reply.fault = fault;
	job->reply.wait_ms = wait_ms;
	job_fail(job, "%s", why);
	life_done(l, job);
}

bool
life_cancelled(const struct job *job)
{
	return job->handle != NULL;
}

static struct life *
make(struct fixture *f, const char *owner)
{
	struct life *l = calloc(1, sizeof(*l));

	assert_non_null(l);
	l->f = f;
	l->owner = owner;
	l->world = (struct world){ .arg = l, .now_ms = now_ms,
	    .perform = perform, .cancel = cancel };
	l->now_ms = BEGINNING;
	return l;
}

void
life_rise(struct life *l)
{
	char why[DB_WHY_MAX];

	if (db_open(&l->db, l->f->path, DB_WRITE, why) != OK)
		fail_msg("%s", why);
	assert_int_equal(runner_open(&l->runner, l->db, l->owner, &l->world),
	    OK);
}

void
life_crash(struct life *l)
{
	runner_close(l->runner);
	db_close(l->db);
	l->runner = NULL;
	l->db = NULL;
	l->job_count = 0;
}

int
life_open(void **state)
{
	struct fixture *f;
	char why[DB_WHY_MAX];

	log_open("test", LOG_NONE);
	if (fixture_dir(state) != 0)
		return -1;
	f = *state;
	if (db_open(&f->db, f->path, DB_CREATE, why) != OK)
		return -1;
	*state = make(f, "runner");
	life_rise(*state);
	return 0;
}

int
life_close(void **state)
{
	struct life *l = *state;
	void *f = l->f;

	life_crash(l);
	fixture_sound(f);
	free(l);
	return fixture_close(&f);
}

struct life *
life_beside(struct life *first, const char *owner)
{
	struct life *l = make(first->f, owner);

	l->now_ms = first->now_ms;
	memcpy(l->id, first->id, sizeof(l->id));
	life_rise(l);
	return l;
}

void
life_end(struct life *l)
{
	life_crash(l);
	free(l);
}

void
life_start(struct life *l, const char *environment)
{
	struct session_new new = { .query = "it is slow",
	    .environment = environment, .submitter = "{\"id\":\"sam\"}",
	    .extra_fields = "{}", .now_ms = l->now_ms };
	struct session_ref ref;

	if (session_create(l->f->db, &new, &ref) != OK)
		fail_msg("%s", ref.why);
	memcpy(l->id, ref.id, sizeof(l->id));
	life_run(l);
}

void
life_run(struct life *l)
{
	int ticks = 0;

	while (runner_tick(l->runner) == 0)
		if (++ticks == TICKS_MAX)
			fail_msg("the runner never rests");
}

void
life_pass(struct life *l, int64_t ms)
{
	l->now_ms += ms;
	life_run(l);
}

static struct job *
take_job(struct life *l)
{
	struct job *job = l->jobs[0];

	if (l->job_count == 0)
		fail_msg("nothing is with the world");
	l->job_count--;
	memmove(l->jobs, l->jobs + 1,
	    (size_t)l->job_count * sizeof(l->jobs[0]));
	return job;
}

void
life_idle(struct life *l)
{
	if (l->job_count > 0)
		fail_msg("%s is with the world", l->jobs[0]->kind == JOB_TOOL ?
		    l->jobs[0]->tool->name : l->jobs[0]->agent);
}

struct job *
life_asked(struct life *l, const char *agent)
{
	struct job *job = take_job(l);

	assert_int_equal(job->kind, JOB_MODEL);
	assert_string_equal(job->agent, agent);
	return job;
}

struct job *
life_called(struct life *l, const char *tool, const char *args)
{
	struct job *job = take_job(l);
	char *want = life_quote(args);

	assert_int_equal(job->kind, JOB_TOOL);
	assert_string_equal(job->tool->name, tool);
	assert_string_equal(job->args, want);
	free(want);
	return job;
}

void
life_done(struct life *l, struct job *job)
{
	runner_done(l->runner, job);
	life_run(l);
}

void
life_says(struct life *l, const char *agent, const char *content,
    const char *calls)
{
	struct job *job = life_asked(l, agent);

	job->reply.content = strdup(content);
	job->reply.tool_calls = life_quote(calls != NULL ? calls : "[]");
	life_done(l, job);
}

void
life_tool(struct life *l, const char *tool, const char *args,
    const char *result)
{
	struct job *job = life_called(l, tool, args);

	job->result = life_quote(result);
	life_done(l, job);
}

void
life_fails(struct life *l, const char *tool, const char *args,
    const char *why)
{
	struct job *job = life_called(l, tool, args);

	job_fail(job, "%s", why);
	life_done(l, job);
}

static int64_t
open_gate(struct life *l, int call)
{
	char query[256];

	snprintf(query, sizeof(query), "SELECT g.id FROM gate g"
	    " LEFT JOIN tool_call c ON c.id = g.tool_call_id"
	    " WHERE g.session_id = '%s' AND g.decision IS NULL"
	    " AND coalesce(c.ordinal, -1) = %d", l->id, call);
	return fixture_int(l->f, query);
}

int
life_decide(struct life *l, int call, const char *verdict, const char *input,
    const char *team)
{
	struct verdict v = { .session_id = l->id,
	    .gate_id = open_gate(l, call), .verdict = verdict, .actor = "ana",
	    .rationale = "has her reasons", .input = input, .team = team,
	    .now_ms = l->now_ms };
	struct verdict_result result;

	return gate_decide(l->f->db, &v, &result);
}

void
life_vote(struct life *l, int call, const char *verdict)
{
	assert_int_equal(life_decide(l, call, verdict, NULL, NULL), OK);
	life_run(l);
}

void
life_status(struct life *l, const char *want)
{
	char query[128];

	snprintf(query, sizeof(query),
	    "SELECT status FROM session WHERE id = '%s'", l->id);
	fixture_is(l->f, query, want);
}

void
life_is(struct life *l, const char *query, const char *want)
{
	char *text = life_quote(want);

	fixture_is(l->f, query, text);
	free(text);
}

void
life_has(const char *text, const char *part)
{
	char *want = life_quote(part);

	if (strstr(text, want) == NULL)
		fail_msg("no %s in: %s", want, text);
	free(want);
}

char *
life_quote(const char *text)
{
	char *copy = strdup(text);

	assert_non_null(copy);
	for (char *c = copy; *c != '\0'; c++)
		if (*c == '\'')
			*c = '"';
	return copy;
}
