/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "runner/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/landlock.h"

enum { FILES_MAX = 1024 };

/* What can fail in the new process, and how it is called. */
enum stage { STAGE_PIPES, STAGE_LIMITS, STAGE_DIR, STAGE_BOX, STAGE_PROGRAM };

static const char *const stages[] = {
	"its pipes", "its limits", "its directory", "its sandbox",
	"the program",
};

struct failure {
	enum stage stage;
	int error;
};

/* All that the new process needs, made before the fork. */
struct plan {
	const struct spawn_spec *spec;
	char program[PATH_MAX];
	int pipes[4][2];	/* in, out, err, and where it tells failures */
	int rules;
	pid_t parent;
};

/* ---- in the new process, before exec: only async-signal-safe calls ---- */

static void __attribute__((noreturn))
fail(const struct plan *plan, enum stage stage, int error)
{
	struct failure failure = { stage, error };

	if (write(plan->pipes[3][1], &failure, sizeof(failure)) < 0)
		_exit(126);
	_exit(127);
}

/*
 * As many bytes as max; where the hard limit is lower already, that one.
 * Zero is no limit.
 */
static int
limit(int resource, rlim_t max)
{
	struct rlimit value;

	if (max == 0)
		return 0;
	if (getrlimit(resource, &value) != 0)
		return errno;
	if (max > value.rlim_max)
		max = value.rlim_max;
	value = (struct rlimit){ max, max };
	return setrlimit(resource, &value) == 0 ? 0 : errno;
}

/*
 * Memory that is private and written to, and not address space: node and Go
 * reserve that by the gigabyte and never touch it. Processes are not
 * limited: the kernel counts those of the user, which are the runner's too.
 */
static int
set_limits(const struct spawn_spec *spec)
{
	const struct rlimit none = { 0, 0 };
	int error;

	error = limit(RLIMIT_DATA, spec->memory_max);
	if (error == 0)
		error = limit(RLIMIT_CPU, (rlim_t)spec->cpu_max_s);
	if (error == 0)
		error = limit(RLIMIT_NOFILE, FILES_MAX);
	if (error == 0 && setrlimit(RLIMIT_CORE, &none) != 0)
		error = errno;
	return error;
}

static void
reset_signals(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void __attribute__((noreturn))
become(const struct plan *plan)
{
	const struct spawn_spec *spec = plan->spec;
	int error;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != plan->parent)	/* it died before that took hold */
		_exit(127);
	reset_signals();
	if (dup2(plan->pipes[0][0], 0) < 0 || dup2(plan->pipes[1][1], 1) < 0 ||
	    dup2(plan->pipes[2][1], 2) < 0 ||
	    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
		fail(plan, STAGE_PIPES, errno);
	if (chdir(spec->dir) != 0)
		fail(plan, STAGE_DIR, errno);
	error = set_limits(spec);
	if (error == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		error = errno;
	if (error != 0)
		fail(plan, STAGE_LIMITS, error);
	error = plan->rules >= 0 ? landlock_enter(plan->rules) : 0;
	if (error != 0)
		fail(plan, STAGE_BOX, error);
	execve(plan->program, (char *const *)spec->argv,
	    (char *const *)spec->env);
	fail(plan, STAGE_PROGRAM, errno);
}

/* ---- in the runner ---- */

static bool
is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    access(path, X_OK) == 0;
}

/* Along the PATH of the program, not that of the runner. */
static int
find_program(const struct spawn_spec *spec, char program[PATH_MAX])
{
	const char *name = spec->argv[0], *path = NULL;
	size_t len;

	for (const char *const *at = spec->env; *at != NULL; at++)
		if (strncmp(*at, "PATH=", 5) == 0)
			path = *at + 5;
	if (strchr(name, '/') != NULL)
		return snprintf(program, PATH_MAX, "%s", name) < PATH_MAX ? 0 :
		    ENAMETOOLONG;
	for (; path != NULL; path = path[len] == ':' ? path + len + 1 : NULL) {
		len = strcspn(path, ":");
		if (*path == '/' && snprintf(program, PATH_MAX, "%.*s/%s",
			(int)len, path, name) < PATH_MAX &&
		    is_program(program))
			return 0;
	}
	return ENOENT;
}

static void
close_all(struct plan *plan)
{
	for (int i = 0; i < 4; i++)
		for (int j = 0; j < 2; j++)
			if (plan->pipes[i][j] >= 0)
				close(plan->pipes[i][j]);
	landlock_close(plan->rules);
}

/* Above 2, so that no dup2 onto 0, 1 and 2 takes another one's place. */
static int
raise_fd(int *fd)
{
	int high;

	if (*fd > 2)
		return 0;
	high = fcntl(*fd, F_DUPFD_CLOEXEC, 3);
	if (high < 0)
		return errno;
	close(*fd);
	*fd = high;
	return 0;
}

static int
open_input(const struct spawn_spec *spec, int *fd)
{
	size_t done = 0;
	ssize_t n;

	*fd = memfd_create("input", MFD_CLOEXEC);
	if (*fd < 0)
		return errno;
	while (done < spec->input_len) {
		n = write(*fd, spec->input + done, spec->input_len - done);
		if (n < 0)
			return errno;
		done += (size_t)n;
	}
	return lseek(*fd, 0, SEEK_SET) == 0 ? raise_fd(fd) : errno;
}

static int
open_pipes(struct plan *plan)
{
	bool given = plan->spec->input != NULL;
	int error = given ? open_input(plan->spec, &plan->pipes[0][0]) : 0;

	for (int i = given; error == 0 && i < 4; i++) {
		int *ends = plan->pipes[i];

		if (pipe2(ends, O_CLOEXEC) != 0)
			return errno;
		error = raise_fd(&ends[0]);
		if (error == 0)
			error = raise_fd(&ends[1]);
		if (error == 0 && i < 3 &&
		    fcntl(ends[i == 0], F_SETFL, O_NONBLOCK) != 0)
			error = errno;
	}
	return error;
}

/*
 * With no signal in between: the runner's handlers would run in the child, on
 * pipes that both have, and a child that is told to end would end the runner.
 */
static pid_t
fork_quietly(void)
{
	sigset_t all, before;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid != 0)
		sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

/* Until the exec closes the pipe, or what went wrong comes through it. */
static struct failure
hear_failure(int fd)
{
	struct failure failure;
	ssize_t got;

	do
		got = read(fd, &failure, sizeof(failure));
	while (got < 0 && errno == EINTR);
	if (got != (ssize_t)sizeof(failure))
		failure = (struct failure){ .error = 0 };
	return failure;
}

static void
take(int *to, int *from)
{
	*to = *from;
	*from = -1;
}

static int
start(struct plan *plan, struct spawned *out)
{
	struct failure failure;
	int error;

	out->pid = fork_quietly();
	if (out->pid < 0)
		return errno;
	if (out->pid == 0)
		become(plan);
	setpgid(out->pid, out->pid);
	close(plan->pipes[3][1]);
	plan->pipes[3][1] = -1;
	out->pidfd = pidfd_open(out->pid, 0);
	error = out->pidfd < 0 ? errno : 0;
	failure = hear_failure(plan->pipes[3][0]);
	if (error == 0 && failure.error == 0)
		return 0;
	if (error == 0) {
		error = failure.error;
		out->failed = stages[failure.stage];
		close(out->pidfd);
	}
	kill(out->pid, SIGKILL);
	waitpid(out->pid, NULL, 0);
	return error;
}

int
spawn(const struct spawn_spec *spec, struct spawned *out)
{
	struct plan plan = { .spec = spec, .rules = -1, .parent = getpid() };
	int error;

	memset(plan.pipes, -1, sizeof(plan.pipes));
	*out = (struct spawned){ .failed = stages[STAGE_PROGRAM] };
	error = find_program(spec, plan.program);
	if (error != 0)
		goto out;
	out->failed = stages[STAGE_BOX];
	error = spec->sandbox != NULL ?
	    sandbox_prepare(spec->sandbox, &plan.rules) : 0;
	if (error != 0)
		goto out;
	out->failed = stages[STAGE_PIPES];
	error = open_pipes(&plan);
	if (error != 0)
		goto out;
	out->failed = "a process";
	error = start(&plan, out);
	if (error != 0)
		goto out;
	out->failed = NULL;
	take(&out->in, &plan.pipes[0][1]);
	take(&out->out, &plan.pipes[1][0]);
	take(&out->err, &plan.pipes[2][0]);
out:
	close_all(&plan);
	return error;
}
