/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "sql/seal.h"

#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/calls.h"
#include "lib/landlock.h"
#include "lib/log.h"

/* path is real: SQLite puts its files beside what a link leads to. */
static int
give_writer(struct landlock *lock, const char *path)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char file[PATH_MAX + sizeof("-wal")];
	int error = 0;

	for (size_t i = 0; error == 0 && i < sizeof(ends) / sizeof(*ends);
	    i++) {
		snprintf(file, sizeof(file), "%s%s", path, ends[i]);
		error = landlock_give(lock, file, LANDLOCK_WRITE);
	}
	return error;
}

static int
give_reader(struct landlock *lock, char path[PATH_MAX])
{
	*strrchr(path, '/') = '\0';
	return landlock_give(lock, *path != '\0' ? path : "/", LANDLOCK_READ);
}

static int
give(struct landlock *lock, const char *path, enum db_mode mode)
{
	char real[PATH_MAX];

#ifdef __SANITIZE_ADDRESS__
	/* Its reports name lines of sources, and at the end it looks around. */
	landlock_give(lock, "/", LANDLOCK_READ);
#endif
	if (realpath(path, real) == NULL)
		return errno;
	return mode == DB_READ ? give_reader(lock, real) :
	    give_writer(lock, real);
}

static void
seal_files(const char *path, enum db_mode mode)
{
	struct landlock lock = { .rules = -1 };
	const char *why;
	int error = 0;

	if (landlock_available(&why)) {
		error = landlock_open(&lock);
		if (error == 0)
			error = give(&lock, path, mode);
		if (error == 0)
			error = landlock_enter(lock.rules);
		landlock_close(lock.rules);
		why = error != 0 ? strerror(error) : NULL;
	}
	if (why == NULL)
		log_info("sealed", "files=landlock");
	else
		log_warn("sealed", "files=none why=\"%s\"", why);
}

static void
seal_calls(void)
{
	int error = calls_forbid();

	if (error == 0)
		log_info("sealed", "calls=seccomp");
	else
		log_warn("sealed", "calls=none why=\"%s\"", strerror(error));
}

/*
 * Whoever starts us as root gives us every privilege. The one to open what
 * others own is kept, since the database may be somebody's.
 */
static void
drop_privileges(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
	const uint32_t kept = 1U << CAP_DAC_OVERRIDE;

	if (syscall(SYS_capget, &head, sets) != 0)
		return;
	sets[0].effective &= kept;
	sets[0].permitted &= kept;
	sets[0].inheritable = 0;
	memset(&sets[1], 0, sizeof(sets[1]));
	syscall(SYS_capset, &head, sets);
}

void
seal(const char *path, enum db_mode mode)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	drop_privileges();
	seal_files(path, mode);
	seal_calls();
}
