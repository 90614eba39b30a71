/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole lives of sessions: the runner on a real database, in a world whose
 * clock stands still and whose models and tools answer what the test says.
 *
 *	static void
 *	test_approved(void **state)
 *	{
 *		struct life *l = *state;
 *
 *		life_load(l, &(struct life_terms){ .entry = "first" });
 *		life_start(l, "dev");
 *		life_says(l, "first", "", "[{'name':'s:fix','args':{'n':1}}]");
 *		life_status(l, "awaiting_input");
 *		life_vote(l, 0, "approve");
 *		life_tool(l, "s:fix", "{'n':1}", "{'ok':true}");
 *		life_says(l, "first", LIFE_REPLY("0.9", "none"), NULL);
 *		life_status(l, "needs_review");
 *	}
 *	... LIFE_TEST(test_approved) ...
 *
 * JSON is written with ' for ". Every function fails the test when it fails,
 * and when a test is over the database must be sound.
 */
#ifndef T_UNIT_LIFE_H
#define T_UNIT_LIFE_H

#include "runner/runner.h"
#include "t/unit/sql_fixture.h"
#include "t/unit/unit.h"

#define LIFE_TEST(f) cmocka_unit_test_setup_teardown(f, life_open, life_close)

/* What an agent says at the end of its turn. */
#define LIFE_REPLY(confidence, signal) \
	"## Response\nall is said\n## Confidence\n" confidence \
	" — seen\n## Signal\n" signal "\n"

enum { LIFE_JOBS_MAX = 64 };

struct life {
	struct fixture *f;
	struct db *db;			/* of this runner */
	const char *owner;
	struct world world;
	struct runner *runner;
	struct job *jobs[LIFE_JOBS_MAX];	/* with the world */
	int job_count;
	int64_t now_ms;
	char id[SESSION_ID_MAX];	/* of the newest session */
};

/* What a test may want else of the application; see life_app.c. */
struct life_terms {
	const char *entry;		/* "first" */
	const char *config;		/* merged into it (RFC 7396) */
	const char *escalate_tool;	/* none */
	const char *on_timeout;		/* "timeout" */
	bool teamless;			/* no escalation teams; else two */
};

/* For cmocka: a database and a runner, nothing loaded. */
int life_open(void **state);
int life_close(void **state);

void life_load(struct life *l, const struct life_terms *terms);

/* life_beside is a second runner of the same database; life_end ends it. */
struct life *life_beside(struct life *l, const char *owner);
void life_end(struct life *l);

/* life_crash drops the runner and all its jobs; life_rise starts it again. */
void life_crash(struct life *l);
void life_rise(struct life *l);

/* life_start creates a session and lets the runner take it. */
void life_start(struct life *l, const char *environment);

/* life_run ticks until there is nothing to do at this time. */
void life_run(struct life *l);

/* life_pass lets time pass first. */
void life_pass(struct life *l, int64_t ms);

/* life_idle: nothing is with the world. */
void life_idle(struct life *l);

/*
 * The oldest job with the world must be this one; it is taken out. life_done
 * gives it back with the outcome that the test filled in, and ticks.
 */
struct job *life_asked(struct life *l, const char *agent);
struct job *life_called(struct life *l, const char *tool, const char *args);
void life_done(struct life *l, struct job *job);

/* The same, with an answer; calls: JSON list, NULL: none. */
void life_says(struct life *l, const char *agent, const char *content,
	const char *calls);
void life_tool(struct life *l, const char *tool, const char *args,
	const char *result);
void life_fails(struct life *l, const char *tool, const char *args,
	const char *why);

/* Its model does not answer; wait_ms: for how long it asks, or 0. */
void life_faults(struct life *l, const char *agent, enum reply_fault fault,
	int64_t wait_ms, const char *why);

/* life_cancelled: did the runner ask for the end of this job? */
bool life_cancelled(const struct job *job);

/*
 * life_vote decides the open gate of a call (its number), or the confidence
 * gate (-1), as "ana" who has her reasons. life_decide has all the words and
 * returns what gate_decide does; it does not tick.
 */
void life_vote(struct life *l, int call, const char *verdict);
int life_decide(struct life *l, int call, const char *verdict,
	const char *input, const char *team);

void life_status(struct life *l, const char *want);

/* life_is compares the first column of the first row of a query. */
void life_is(struct life *l, const char *query, const char *want);

/* life_has: does text hold part? */
void life_has(const char *text, const char *part);

/* life_quote turns ' into "; the caller frees. */
char *life_quote(const char *text);

#endif
