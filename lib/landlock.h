/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files a process may open, from some moment on, whoever its user is:
 * the only door to Landlock. It knows no "all but": what is not given is
 * refused, to the process and to all that it starts. What is open stays open.
 *
 *	struct landlock lock;
 *
 *	if (!landlock_available(&why))
 *		return go_on_without(why);
 *	error = landlock_open(&lock);
 *	if (error == 0)
 *		error = landlock_give(&lock, "/usr", LANDLOCK_READ);
 *	if (error == 0)
 *		error = landlock_enter(lock.rules);
 *	landlock_close(lock.rules);
 *
 * Nor can such a process look into one that is not as much confined (memory,
 * environment; ABI 1), or send it signals (ABI 6).
 */
#ifndef LIB_LANDLOCK_H
#define LIB_LANDLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Rules in the making. */
struct landlock {
	int rules;		/* a descriptor, closed on exec; -1: none */
	uint64_t handled;	/* the rights that this kernel knows */
};

enum landlock_right {
	LANDLOCK_READ,		/* and execute, and list */
	LANDLOCK_WRITE,		/* the same; and write, make, rename, remove */
	LANDLOCK_DEVICE,	/* read, write and control, one file */
};

/*
 * landlock_available returns whether rules can be made here; if not, why
 * (static text; why may be NULL): the kernel has no Landlock, it or a system
 * call filter forbids it, or GATEHOUSE_SANDBOX=off. The answer is the same as
 * long as the process lives.
 */
bool landlock_available(const char **why);

/* landlock_open begins with nothing given. Returns 0 or an errno. */
int landlock_open(struct landlock *lock);

/*
 * landlock_give gives a right to the file path, or to the directory and all
 * below it. What does not exist, or is a symbolic link, is not given, which
 * is no error. Returns 0 or an errno.
 */
int landlock_give(struct landlock *lock, const char *path,
	enum landlock_right right);

/*
 * landlock_enter binds the calling thread, which has set no_new_privs, and
 * all that it starts, for good. Safe between fork and exec. Returns 0 or an
 * errno.
 */
int landlock_enter(int rules);

/* landlock_close accepts -1. */
void landlock_close(int rules);

#endif
