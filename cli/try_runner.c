/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/try.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/runner_exec.h"
#include "cli/table.h"
#include "lib/err.h"

enum {
	STOP_STEPS = 500,		/* of 10 ms, until it is killed */
	LOG_LINE = 64 * 1024,		/* bytes */
};

/* ---- in the new process ---- */

/* A process group of its own: Ctrl-C is for us, who end it in order. */
static void
run_child(const struct try_home *home, pid_t parent)
{
	char program[] = RUNNER_PROGRAM, option[] = "--db";
	char *argv[] = { program, option, (char *)home->db, NULL };
	int null = open("/dev/null", O_RDONLY), log;
	sigset_t none;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	log = open(home->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (getppid() != parent || null < 0 || log < 0)
		_exit(127);
	dup2(null, STDIN_FILENO);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	runner_exec(argv);
	_exit(127);
}

/* ---- in ours ---- */

/* "TIME PROGRAM[PID] LEVEL EVENT KEY=VALUE...": from LEVEL on, or NULL. */
static const char *
level_of(const char *line)
{
	const char *end = strstr(line, "] ");

	return end != NULL && strstr(line, RUNNER_PROGRAM "[") != NULL ?
	    end + 2 : NULL;
}

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* What a log says to operators, less the session, which is the only one. */
static int
on_line(void *arg, const char *line, size_t len)
{
	const char *text = level_of(line), *session;
	struct buf shown;

	(void)arg;
	(void)len;
	if (text != NULL && !begins(text, "warn ") &&
	    !begins(text, "error ") && !begins(text, "info model_"))
		return OK;
	buf_init(&shown, LOG_LINE + 16);
	buf_adds(&shown, "runner: ");
	if (text == NULL)
		text = line;
	else
		text = strchr(text, ' ') + 1;
	session = strstr(text, " session=");
	if (session != NULL) {
		buf_add(&shown, text, (size_t)(session - text));
		text = session + strcspn(session + 1, " ") + 1;
	}
	buf_adds(&shown, text);
	line_print(buf_str(&shown), TABLE_WHOLE);
	buf_free(&shown);
	return OK;
}

void
try_runner_said(struct try_runner *runner)
{
	char bytes[4096];
	ssize_t got;

	while ((got = read(runner->log, bytes, sizeof(bytes))) > 0)
		lines_feed(&runner->lines, bytes, (size_t)got);
}

int
try_runner_start(const struct cli *cli, const struct try_home *home,
    struct try_runner *runner)
{
	pid_t parent = getpid();

	lines_init(&runner->lines, LOG_LINE, on_line, NULL);
	runner->log = open(home->log, O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
	if (runner->log >= 0) {
		fflush(stdout);
		runner->pid = fork();
		if (runner->pid == 0)
			run_child(home, parent);
		if (runner->pid > 0)
			return EXIT_OK;
	}
	runner->pid = 0;
	return cli_fail(cli, E_IO, "cannot start " RUNNER_PROGRAM ": %s",
	    strerror(errno));
}

bool
try_runner_ended(struct try_runner *runner)
{
	if (runner->pid > 0 && waitpid(runner->pid, NULL, WNOHANG) != 0)
		runner->pid = 0;
	return runner->pid == 0;
}

void
try_runner_stop(struct try_runner *runner)
{
	static const struct timespec step = { .tv_nsec = 10 * 1000 * 1000 };

	if (runner->pid > 0)
		kill(runner->pid, SIGTERM);
	for (int i = 0; i < STOP_STEPS && !try_runner_ended(runner); i++)
		nanosleep(&step, NULL);
	if (runner->pid > 0) {
		kill(runner->pid, SIGKILL);
		waitpid(runner->pid, NULL, 0);
		runner->pid = 0;
	}
	if (runner->log >= 0)
		close(runner->log);
	runner->log = -1;
	lines_free(&runner->lines);
}
