/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "runner/sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/log.h"

/* Newer than the headers of Debian 12. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif

enum { HIDDEN_MAX = 6 };

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

/* A ruleset in the making. */
struct making {
	int rules;
	uint64_t handled;	/* the rights that this kernel knows */
	int count;
	char *hidden[HIDDEN_MAX];	/* real paths; NULL: does not exist */
};

static long
version(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
}

bool
sandbox_available(const char **why)
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

static int
create(struct making *m)
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
	m->handled = attributes.fs;
	m->rules = (int)syscall(SYS_landlock_create_ruleset, &attributes,
	    sizeof(attributes), 0);
	return m->rules >= 0 ? 0 : errno;
}

/* What has gone meanwhile, or is a link to elsewhere, is not given. */
static int
add(struct making *m, const char *path, uint64_t rights)
{
	struct landlock_path_beneath_attr rule = {
		.parent_fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC),
		.allowed_access = rights & m->handled,
	};
	struct stat st;
	int error = 0;

	if (rule.parent_fd < 0)
		return errno == EMFILE || errno == ENFILE ? errno : 0;
	if (fstat(rule.parent_fd, &st) != 0 || S_ISLNK(st.st_mode))
		goto out;
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= OF_FILES;
	if (++m->count > SANDBOX_RULES_MAX)
		error = E2BIG;
	else if (syscall(SYS_landlock_add_rule, m->rules,
		LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
		error = errno;
out:
	close(rule.parent_fd);
	return error;
}

/* Is path that directory, or below it? Both are real paths. */
static bool
is_within(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	while (len > 0 && dir[len - 1] == '/')
		len--;
	return strncmp(path, dir, len) == 0 &&
	    (path[len] == '/' || path[len] == '\0');
}

static bool
is_hidden(const struct making *m, const char *path)
{
	for (int i = 0; i < HIDDEN_MAX; i++)
		if (m->hidden[i] != NULL && is_within(path, m->hidden[i]))
			return true;
	return false;
}

static bool
holds_hidden(const struct making *m, const char *path)
{
	for (int i = 0; i < HIDDEN_MAX; i++)
		if (m->hidden[i] != NULL && is_within(m->hidden[i], path))
			return true;
	return false;
}

/* As deep as something hidden lies below it, no deeper. */
static int
give(struct making *m, const char *path, uint64_t rights)
{
	char entry[PATH_MAX];
	struct dirent *found;
	int error = 0;
	DIR *dir;

	if (is_hidden(m, path))
		return 0;
	if (!holds_hidden(m, path))
		return add(m, path, rights);
	dir = opendir(path);
	if (dir == NULL)
		return errno == EACCES ? 0 : errno;
	while (error == 0 && (found = readdir(dir)) != NULL) {
		if (strcmp(found->d_name, ".") != 0 &&
		    strcmp(found->d_name, "..") != 0 &&
		    snprintf(entry, sizeof(entry), "%s/%s",
			path[1] == '\0' ? "" : path, found->d_name) <
		    (int)sizeof(entry))
			error = give(m, entry, rights);
	}
	closedir(dir);
	return error;
}

/* give, for a path as people write it. One that does not exist is none. */
static int
give_real(struct making *m, const char *path, uint64_t rights)
{
	char real[PATH_MAX];

	return realpath(path, real) != NULL ? give(m, real, rights) : 0;
}

static int
give_system(struct making *m)
{
	static const char *const dirs[] = { "/usr", "/bin", "/sbin", "/lib",
	    "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/proc", "/sys",
	    /* Where resolv.conf points to. */
	    "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager",
	};
	static const char *const devices[] = { "/dev/null", "/dev/zero",
	    "/dev/full", "/dev/random", "/dev/urandom" };
	static const char *const scratch[] = { "/tmp", "/dev/shm" };
	int error = 0;

	for (size_t i = 0; error == 0 && i < sizeof(dirs) / sizeof(*dirs); i++)
		error = give_real(m, dirs[i], READ);
	for (size_t i = 0; error == 0 && i < sizeof(devices) /
	    sizeof(*devices); i++)
		error = give_real(m, devices[i], DEVICE);
	for (size_t i = 0; error == 0 && i < sizeof(scratch) /
	    sizeof(*scratch); i++)
		if (!holds_hidden(m, scratch[i]))
			error = give_real(m, scratch[i], WRITE);
	return error;
}

static int
give_all(struct making *m, const char *const *paths, uint64_t rights)
{
	int error = 0;

	for (; error == 0 && paths != NULL && *paths != NULL; paths++) {
		if (access(*paths, F_OK) != 0)
			log_warn("sandbox_path", "path=\"%s\" why=\"%s\"",
			    *paths, strerror(errno));
		error = give_real(m, *paths, rights);
	}
	return error;
}

/* What does not exist when the program starts needs no hiding. */
static int
hide_path(struct making *m, int at, const char *path)
{
	if (path != NULL)
		m->hidden[at] = realpath(path, NULL);
	return path == NULL || m->hidden[at] != NULL || errno == ENOENT ||
	    errno == ENOTDIR ? 0 : errno;
}

static int
hide(struct making *m, const struct sandbox *box)
{
	static const char *const makes[] = { "config.yaml", "skills", ".env" };
	char path[PATH_MAX];
	int error, at = 0;

	error = hide_path(m, at++, box->store);
	if (error == 0)
		error = hide_path(m, at++, "/etc/gatehouse");
	if (error == 0)
		error = hide_path(m, at++, getenv("CREDENTIALS_DIRECTORY"));
	for (size_t i = 0; error == 0 && i < sizeof(makes) / sizeof(*makes);
	    i++) {
		if (snprintf(path, sizeof(path), "%s/%s", box->dir,
			makes[i]) >= (int)sizeof(path))
			error = ENAMETOOLONG;
		else
			error = hide_path(m, at++, path);
	}
	return error;
}

/* The tools' own directory is the one that may lie in what is hidden. */
static int
give_data(struct making *m, const char *data)
{
	char real[PATH_MAX];

	return realpath(data, real) != NULL ? add(m, real, WRITE) : errno;
}

int
sandbox_prepare(const struct sandbox *box, int *rules)
{
	struct making m = { .rules = -1 };
	int error;

	*rules = -1;
	if (!sandbox_available(NULL))
		return 0;
	error = hide(&m, box);
	if (error == 0)
		error = create(&m);
	if (error == 0)
		error = give_system(&m);
	if (error == 0)
		error = give_real(&m, box->dir, READ);
	if (error == 0)
		error = give_all(&m, box->read, READ);
	if (error == 0)
		error = give_all(&m, box->write, WRITE);
	if (error == 0)
		error = give_data(&m, box->data);
	for (int i = 0; i < HIDDEN_MAX; i++)
		free(m.hidden[i]);
	if (error == 0)
		*rules = m.rules;
	else
		sandbox_close(m.rules);
	return error;
}

int
sandbox_enter(int rules)
{
	return syscall(SYS_landlock_restrict_self, rules, 0) == 0 ? 0 : errno;
}

void
sandbox_close(int rules)
{
	if (rules >= 0)
		close(rules);
}
