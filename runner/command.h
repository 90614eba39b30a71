/* SPDX-License-Identifier: Apache-2.0 */
/* Command tools: a program, its arguments as JSON on stdin, its result. */
#ifndef RUNNER_COMMAND_H
#define RUNNER_COMMAND_H

#include "runner/world.h"

struct uv_loop_s;

/*
 * command_run runs the program of a JOB_TOOL and calls done with the job
 * once its outcome is filled in; data_dir is what the program finds in
 * GATEHOUSE_DATA. Whatever the program does wrong is a tool error that the
 * model reads.
 */
void command_run(struct uv_loop_s *loop, struct job *job,
	const char *data_dir, void (*done)(void *arg, struct job *job),
	void *arg);

/* command_cancel ends it early. */
void command_cancel(struct job *job);

#endif
