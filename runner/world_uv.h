/* SPDX-License-Identifier: Apache-2.0 */
/* The world in production: libuv's clock and timers, models, children. */
#ifndef RUNNER_WORLD_UV_H
#define RUNNER_WORLD_UV_H

#include "runner/sandbox.h"
#include "runner/world.h"

struct db;
struct llm;
struct progress;
struct runner;
struct uv_loop_s;

struct world_uv {
	struct world world;
	struct uv_loop_s *loop;
	struct db *db;
	struct runner *runner;		/* set before the first tick */
	struct sandbox box;		/* its store and data; of any program */
	struct progress *progress;	/* or NULL */
	char sandbox[128];		/* private: what world.sandbox says */
	void (*wake)(void *arg);	/* a job came back: tick soon */
	void *wake_arg;
	struct llm *llm;		/* private */
};

/*
 * world_uv_open fills in the functions of uv->world. E_NOMEM.
 * world_uv_close drops what is under way; the loop must turn once more.
 */
int world_uv_open(struct world_uv *uv);
void world_uv_close(struct world_uv *uv);

#endif
