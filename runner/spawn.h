/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One program, started: in a process group of its own, within limits and a
 * sandbox, with three pipes. It dies with the runner. What it says and how
 * it ends is for child.h (one call, one program) and for those that talk
 * with it as long as it lives.
 *
 *	struct spawn_spec spec = { .argv = argv, .env = env, .dir = app->dir,
 *	    .memory_max = 512 << 20, .sandbox = &box };
 *	struct spawned it;
 *
 *	error = spawn(&spec, &it);
 *	if (error != 0)
 *		log_warn(..., it.failed, strerror(error));
 *	...			(it.pidfd is readable once the program ended)
 *	kill(-it.pid, SIGKILL);	(whoever it left behind)
 *	waitpid(it.pid, &status, WNOHANG);
 *	close(it.pidfd);	(and the pipes)
 */
#ifndef RUNNER_SPAWN_H
#define RUNNER_SPAWN_H

#include <stddef.h>
#include <sys/types.h>

#include "runner/sandbox.h"

struct spawn_spec {
	/*
	 * NULL-ended. argv[0] with a slash is seen from dir; any other is
	 * looked for along the PATH of env.
	 */
	const char *const *argv;
	const char *const *env;		/* NULL-ended, whole */
	const char *dir;		/* working directory */
	/*
	 * All of its standard input: whole before the program starts, so that
	 * it never acts on a part of it. NULL: a pipe to write to.
	 */
	const char *input;
	size_t input_len;
	size_t memory_max;		/* bytes of its own; 0: no limit */
	int cpu_max_s;			/* seconds; 0: no limit */
	const struct sandbox *sandbox;	/* NULL: none */
};

struct spawned {
	pid_t pid;		/* and process group */
	int pidfd;
	int in, out, err;	/* non-blocking, close-on-exec; in may be -1 */
	const char *failed;	/* what could not be had; static */
};

/*
 * spawn returns 0 once the program runs, else an errno: failed then says of
 * what, and there is nothing to close. It waits for the exec. The caller
 * closes the descriptors and collects the process.
 */
int spawn(const struct spawn_spec *spec, struct spawned *out);

#endif
