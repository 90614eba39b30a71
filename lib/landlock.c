/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "lib/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the headers of Debian 12. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif

#define SCOPE_SIGNAL (1ULL << 1)

#define READ (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | \
	LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE (READ | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
	LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | \
	LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | \
	LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER | \
	LANDLOCK_ACCESS_FS_TRUNCATE)
#define DEVICE (LANDLOCK_ACCESS_FS_READ_FILE | \
	LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_IOCTL_DEV)
#define MAKE_DEVICES (LANDLOCK_ACCESS_FS_MAKE_CHAR | \
	LANDLOCK_ACCESS_FS_MAKE_BLOCK)
#define OF_FILES (LANDLOCK_ACCESS_FS_EXECUTE | \
	LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	LANDLOCK_ACCESS_FS_TRUNCATE | LANDLOCK_ACCESS_FS_IOCTL_DEV)

/* As of ABI 6; older kernels take it if what they do not know is zero. */
struct attributes {
	uint64_t fs, net, scoped;
};

static long
version(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
}

bool
landlock_available(const char **why)
{
	const char *setting = getenv("GATEHOUSE_SANDBOX"), *text = "";

	if (setting != NULL && strcmp(setting, "off") == 0)
		text = "GATEHOUSE_SANDBOX is off";
	else if (version() >= 1)
		text = NULL;
	else if (errno == ENOSYS)
		text = "the kernel has no Landlock";
	else if (errno == EOPNOTSUPP)
		text = "Landlock was disabled when the system started";
	else
		text = "a system call filter forbids Landlock";
	if (why != NULL && text != NULL)
		*why = text;
	return text == NULL;
}

int
landlock_open(struct landlock *lock)
{
	long abi = version();
	struct attributes attributes = { 0 };

	attributes.fs = WRITE | MAKE_DEVICES | LANDLOCK_ACCESS_FS_IOCTL_DEV;
	if (abi < 2)
		attributes.fs &= ~LANDLOCK_ACCESS_FS_REFER;
	if (abi < 3)
		attributes.fs &= ~LANDLOCK_ACCESS_FS_TRUNCATE;
	if (abi < 5)
		attributes.fs &= ~LANDLOCK_ACCESS_FS_IOCTL_DEV;
	if (abi >= 6)
		attributes.scoped = SCOPE_SIGNAL;
	lock->handled = attributes.fs;
	lock->rules = (int)syscall(SYS_landlock_create_ruleset, &attributes,
	    sizeof(attributes), 0);
	return lock->rules >= 0 ? 0 : errno;
}

int
landlock_give(struct landlock *lock, const char *path,
    enum landlock_right right)
{
	static const uint64_t rights[] = {
		[LANDLOCK_READ] = READ,
		[LANDLOCK_WRITE] = WRITE,
		[LANDLOCK_DEVICE] = DEVICE,
	};
	struct landlock_path_beneath_attr rule = {
		.parent_fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC),
		.allowed_access = rights[right] & lock->handled,
	};
	struct stat st;
	int error = 0;

	if (rule.parent_fd < 0)
		return errno == EMFILE || errno == ENFILE ? errno : 0;
	if (fstat(rule.parent_fd, &st) != 0 || S_ISLNK(st.st_mode))
		goto out;
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= OF_FILES;
	if (syscall(SYS_landlock_add_rule, lock->rules,
		LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
		error = errno;
out:
	close(rule.parent_fd);
	return error;
}

int
landlock_enter(int rules)
{
	return syscall(SYS_landlock_restrict_self, rules, 0) == 0 ? 0 : errno;
}

void
landlock_close(int rules)
{
	if (rules >= 0)
		close(rules);
}
