/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/llm_bench.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
on_done(void *arg, struct job *job)
{
	struct bench *b = arg;

	(void)job;
	b->ended++;
}

int
bench_set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	void *l;

	signal(SIGPIPE, SIG_IGN);
	setenv("no_proxy", "*", 1);
	setenv("TEST_KEY", "sk-secret", 1);
	if (b == NULL || life_open(&l) != 0) {
		free(b);
		return -1;
	}
	b->l = l;
	uv_loop_init(&b->loop);
	b->server = server_open(&b->loop);
	b->llm = llm_open(&b->loop, b->l->db, NULL, on_done, b);
	*state = b;
	return b->llm != NULL ? 0 : -1;
}

int
bench_tear_down(void **state)
{
	struct bench *b = *state;
	void *l = b->l;

	llm_close(b->llm);
	server_close(b->server);
	uv_run(&b->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&b->loop), 0);
	free(b);
	return life_close(&l);
}

void
bench_model(struct bench *b, const char *name, const char *kind,
    const char *more, const char *terms)
{
	char config[2048], *text;

	snprintf(config, sizeof(config), "INSERT INTO model (app_id, name,"
	    " provider, kind, config) VALUES (1, ~%s~, ~prov~, ~%s~,"
	    " ~{'model':{'model':'m1','deployment':'d1'},'provider':{"
	    "'base_url':'http://127.0.0.1:%d','endpoint':"
	    "'http://127.0.0.1:%d'%s},'clocks':{'total_ms':5000%s}}~)",
	    name, kind, server_port(b->server), server_port(b->server), more,
	    terms);
	text = life_quote(config);
	for (char *c = text; *c != '\0'; c++)
		if (*c == '~')
			*c = '\'';
	fixture_sql(b->l->f, text);
	free(text);
}

void
bench_begin(struct bench *b)
{
	static const struct life_terms terms = { .config =
	    "{'orchestrator':{'injected_args':{'environment':"
	    "'session.environment'}}}" };

	life_load(b->l, &terms);
	life_start(b->l, "dev");
}

struct job *
bench_take(struct bench *b, const char *model)
{
	struct job *job = life_asked(b->l, "first");

	free(job->model);
	job->model = strdup(model);
	return job;
}

void
bench_wait(struct bench *b, int ended)
{
	while (b->ended < ended)
		uv_run(&b->loop, UV_RUN_ONCE);
	b->ended = 0;
}

struct job *
bench_ask(struct bench *b, const char *model)
{
	struct job *job = bench_take(b, model);

	llm_ask(b->llm, job);
	bench_wait(b, 1);
	return job;
}

void
bench_answers(struct bench *b, const char *bytes)
{
	server_answer(b->server, (struct server_answer){ .bytes = bytes });
}

void
bench_faults(struct bench *b, const char *model, enum reply_fault fault,
    const char *why)
{
	struct job *job = bench_ask(b, model);

	if (job->reply.error == NULL)
		fail_msg("answered: %s", job->reply.content);
	else if (job->reply.fault != fault ||
	    strstr(job->reply.error, why) == NULL)
		fail_msg("%d: %s", (int)job->reply.fault, job->reply.error);
	job->reply.fault = REPLY_HELD;
	job->reply.wait_ms = 0;
	life_done(b->l, job);
	life_pass(b->l, 100);
}
