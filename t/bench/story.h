/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client does over and over: a story is a list of requests, each with
 * what its answer must be.
 *
 *	story = story_find("cycle");
 *	for (int step = 0; story->steps[step].method != NULL; step++) {
 *		story->steps[step].path(client, &path);
 *		... ask, wait for the answer ...
 *		verdict = story->steps[step].answer(client);
 *	}
 */
#ifndef T_BENCH_STORY_H
#define T_BENCH_STORY_H

#include <stdio.h>

#include "t/bench/http.h"

/* What all clients of a run have in common. */
struct plan {
	const char *path;	/* get, post; "{}" is a random number */
	unsigned numbers;	/* it is from 1 to this */
	const char *body;	/* post, cycle, gate: makes a session */
	const char *status;	/* cycle: how the session ends */
	FILE *acknowledged;	/* a line for each write, or NULL */
};

struct client {
	const struct plan *plan;
	struct http http;
	unsigned seed;
	char session[64];	/* its id, once made */
	char gate[32];
};

enum verdict {
	VERDICT_ON,	/* as wanted: the next step */
	VERDICT_WAIT,	/* not yet: the same again, after a pause */
	VERDICT_FAIL,	/* give the story up */
};

struct step {
	const char *method;	/* NULL: after the last */
	void (*path)(struct client *client, struct buf *out);
	const char *(*body)(const struct client *client);	/* or NULL */
	enum verdict (*answer)(struct client *client);
};

struct story {
	const char *name;
	int timed;		/* steps that count for its duration */
	struct step steps[6];
};

/* story_find returns the story of that name, or NULL. */
const struct story *story_find(const char *name);

#endif
