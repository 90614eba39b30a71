/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program that the runner starts may open: a Landlock ruleset, made
 * by the runner and entered between fork and exec, for good and for all
 * that the program starts in turn.
 *
 *	struct sandbox box = { .dir = app_dir, .store = data_dir,
 *	    .data = tools_dir, .read = read, .write = write };
 *	int rules;
 *
 *	error = sandbox_prepare(&box, &rules);		(the runner)
 *	error = landlock_enter(rules);			(the new process)
 *	landlock_close(rules);				(the runner)
 *
 * Given is, to read and execute: the system (/usr, /etc, /opt, /proc, ...),
 * the application's directory and `read`; to write too: `data`, `write`, /tmp
 * and /dev/shm. Never given, whatever else says so: `store`, /etc/gatehouse,
 * the directory of systemd's credentials, and what makes the application:
 * its config.yaml, skills and .env. A directory that holds one of these is
 * given entry by entry, as it is when the program starts; /tmp then not at
 * all. Only `data` may lie in `store`. See lib/landlock.h.
 */
#ifndef RUNNER_SANDBOX_H
#define RUNNER_SANDBOX_H

struct sandbox {
	const char *dir;		/* of the application */
	const char *store;		/* of the database, never opened */
	const char *data;		/* of the tools; GATEHOUSE_DATA */
	const char *const *read;	/* NULL-ended, absolute; or NULL */
	const char *const *write;	/* the same */
};

/*
 * sandbox_prepare makes the ruleset; *rules is its descriptor, or -1 where
 * no Landlock is available. Returns 0 or an errno: E2BIG, a directory that
 * holds something hidden has more than SANDBOX_RULES_MAX entries.
 */
int sandbox_prepare(const struct sandbox *box, int *rules);

enum { SANDBOX_RULES_MAX = 4096 };

#endif
