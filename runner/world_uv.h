/* SPDX-License-Identifier: Apache-2.0 */
/* The world in production: libuv's clock, timers and children. */
#ifndef RUNNER_WORLD_UV_H
#define RUNNER_WORLD_UV_H

#include "runner/world.h"

struct db;
struct runner;
struct uv_loop_s;

struct world_uv {
	struct world world;
	struct uv_loop_s *loop;
	struct db *db;
	struct runner *runner;		/* set before the first tick */
	const char *data_dir;
	void (*wake)(void *arg);	/* a job came back: tick soon */
	void *wake_arg;
};

/* world_uv_init fills in the functions of uv->world. */
void world_uv_init(struct world_uv *uv);

#endif
