/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program run for one tool call: input on stdin, output collected, within
 * limits; started as spawn.h says. It dies with the runner.
 *
 *	struct child_spec spec = { .argv = argv, .dir = app->dir, ... };
 *
 *	child = child_start(loop, &spec, on_end, job);
 */
#ifndef RUNNER_CHILD_H
#define RUNNER_CHILD_H

#include <stddef.h>

#include "lib/buf.h"

struct uv_loop_s;
struct child;
struct sandbox;

struct child_spec {
	const char *const *argv;	/* NULL-ended; argv[0] is the program */
	const char *const *env;		/* NULL-ended, whole */
	const char *dir;		/* working directory */
	const char *input;		/* borrowed until the end */
	size_t input_len;
	int timeout_ms;			/* then TERM, a second later KILL */
	size_t memory_max;		/* bytes of private memory */
	size_t output_max;		/* bytes of stdout */
	const struct sandbox *sandbox;	/* NULL: none; as spawn.h */
};

enum child_end {
	CHILD_EXITED,		/* code is its exit code */
	CHILD_KILLED,		/* code is the signal, not sent by us */
	CHILD_TIMEOUT,		/* it ran out of time */
	CHILD_FLOOD,		/* it wrote more than output_max */
	CHILD_CANCELLED,	/* child_cancel */
	CHILD_NOT_STARTED,	/* code is the errno, failed what it is of */
};

struct child_result {
	enum child_end end;
	int code;
	const char *failed;	/* static */
	struct buf out;		/* at most output_max bytes */
	struct buf err;		/* the first CHILD_ERR_MAX bytes of stderr */
};

enum { CHILD_ERR_MAX = 4096 };

typedef void child_ended(void *arg, const struct child_result *result);

/*
 * child_start starts a program; ended is called exactly once, from the loop,
 * after which the child is gone. NULL: out of memory, ended is not called.
 */
struct child *child_start(struct uv_loop_s *loop,
	const struct child_spec *spec, child_ended *ended, void *arg);

/* child_cancel ends it early: TERM now, KILL a second later. */
void child_cancel(struct child *child);

#endif
