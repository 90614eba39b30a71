/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world in production: libuv's clock and timers, models, programs, and
 * servers of tools.
 */
#ifndef RUNNER_WORLD_UV_H
#define RUNNER_WORLD_UV_H

#include "runner/sandbox.h"
#include "runner/world.h"

struct db;
struct http;
struct llm;
struct progress;
struct runner;
struct tool_servers;
struct uv_loop_s;

struct world_uv {
	struct world world;
	struct uv_loop_s *loop;
	struct db *db;
	struct runner *runner;		/* set before the first tick */
	struct sandbox box;		/* its store and data; of any program */
	struct progress *progress;	/* or NULL */
	char sandbox[128];		/* private: what world.sandbox says */
	const char *name;		/* the runner's */
	void (*wake)(void *arg);	/* a job came back: tick soon */
	void *wake_arg;
	/* Private. */
	struct llm *llm;
	struct http *http;
	struct tool_servers *servers;
};

/*
 * world_uv_open fills in the functions of uv->world. E_NOMEM.
 * world_uv_end drops what is under way; servers of tools end as the loop
 * turns on. world_uv_close comes last, and the loop must turn once more.
 */
int world_uv_open(struct world_uv *uv);
void world_uv_end(struct world_uv *uv);
void world_uv_close(struct world_uv *uv);

#endif
