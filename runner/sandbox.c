/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "runner/sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/landlock.h"
#include "lib/log.h"

enum { HIDDEN_MAX = 6 };

/* A sandbox in the making. */
struct making {
	struct landlock lock;
	int count;		/* of rules */
	char *hidden[HIDDEN_MAX];	/* real paths; NULL: does not exist */
};

static int
add(struct making *m, const char *path, enum landlock_right right)
{
	return ++m->count > SANDBOX_RULES_MAX ? E2BIG :
	    landlock_give(&m->lock, path, right);
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
give(struct making *m, const char *path, enum landlock_right right)
{
	char entry[PATH_MAX];
	struct dirent *found;
	int error = 0;
	DIR *dir;

	if (is_hidden(m, path))
		return 0;
	if (!holds_hidden(m, path))
		return add(m, path, right);
	dir = opendir(path);
	if (dir == NULL)
		return errno == EACCES ? 0 : errno;
	while (error == 0 && (found = readdir(dir)) != NULL) {
		if (strcmp(found->d_name, ".") != 0 &&
		    strcmp(found->d_name, "..") != 0 &&
		    snprintf(entry, sizeof(entry), "%s/%s",
			path[1] == '\0' ? "" : path, found->d_name) <
		    (int)sizeof(entry))
			error = give(m, entry, right);
	}
	closedir(dir);
	return error;
}

/* give, for a path as people write it. One that does not exist is none. */
static int
give_real(struct making *m, const char *path, enum landlock_right right)
{
	char real[PATH_MAX];

	return realpath(path, real) != NULL ? give(m, real, right) : 0;
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
		error = give_real(m, dirs[i], LANDLOCK_READ);
	for (size_t i = 0; error == 0 && i < sizeof(devices) /
	    sizeof(*devices); i++)
		error = give_real(m, devices[i], LANDLOCK_DEVICE);
	for (size_t i = 0; error == 0 && i < sizeof(scratch) /
	    sizeof(*scratch); i++)
		if (!holds_hidden(m, scratch[i]))
			error = give_real(m, scratch[i], LANDLOCK_WRITE);
	return error;
}

static int
give_all(struct making *m, const char *const *paths, enum landlock_right right)
{
	int error = 0;

	for (; error == 0 && paths != NULL && *paths != NULL; paths++) {
		if (access(*paths, F_OK) != 0)
			log_warn("sandbox_path", "path=\"%s\" why=\"%s\"",
			    *paths, strerror(errno));
		error = give_real(m, *paths, right);
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

	return realpath(data, real) != NULL ?
	    add(m, real, LANDLOCK_WRITE) : errno;
}

int
sandbox_prepare(const struct sandbox *box, int *rules)
{
	struct making m = { .lock.rules = -1 };
	int error;

	*rules = -1;
	if (!landlock_available(NULL))
		return 0;
	error = hide(&m, box);
	if (error == 0)
		error = landlock_open(&m.lock);
	if (error == 0)
		error = give_system(&m);
	if (error == 0)
		error = give_real(&m, box->dir, LANDLOCK_READ);
	if (error == 0)
		error = give_all(&m, box->read, LANDLOCK_READ);
	if (error == 0)
		error = give_all(&m, box->write, LANDLOCK_WRITE);
	if (error == 0)
		error = give_data(&m, box->data);
	for (int i = 0; i < HIDDEN_MAX; i++)
		free(m.hidden[i]);
	if (error == 0)
		*rules = m.lock.rules;
	else
		landlock_close(m.lock.rules);
	return error;
}
