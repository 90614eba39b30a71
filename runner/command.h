/* SPDX-License-Identifier: Apache-2.0 */
/* Command tools: a program, its arguments as JSON on stdin, its result. */
#ifndef RUNNER_COMMAND_H
#define RUNNER_COMMAND_H

#include "runner/world.h"

struct sandbox;
struct uv_loop_s;

/*
 * command_run runs the program of a JOB_TOOL and calls done with the job
 * once its outcome is filled in. It runs in a sandbox with the store and the
 * data of box, the application's directory and the tool's `paths`; the
 * program finds data in GATEHOUSE_DATA. Whatever the program does wrong is a
 * tool error that the model reads.
 */
void command_run(struct uv_loop_s *loop, struct job *job,
	const struct sandbox *box, void (*done)(void *arg, struct job *job),
	void *arg);

/* command_cancel ends it early. */
void command_cancel(struct job *job);

#endif
