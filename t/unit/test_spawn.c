/* SPDX-License-Identifier: Apache-2.0 */
/* How a program is started, and what it starts with. */
#include <config.h>

#include "runner/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "t/unit/unit.h"

enum { MIB = 1024 * 1024 };

#define SH(line) (const char *const[4]){ "sh", "-c", line, NULL }

static const char *const env[] = { "PATH=/nowhere::relative:/usr/bin:/bin",
	NULL };

static struct spawn_spec
terms(const char *const argv[4])
{
	return (struct spawn_spec){ .argv = argv, .env = env, .dir = "/" };
}

/* Reads all of it; the descriptor does not block. */
static void
read_all(int fd, char *text, size_t size)
{
	size_t len = 0;
	ssize_t got;

	while ((got = read(fd, text + len, size - 1 - len)) != 0) {
		if (got > 0)
			len += (size_t)got;
		else if (errno == EAGAIN)
			usleep(1000);
		else
			break;
	}
	text[len] = '\0';
}

static void
close_ends(const struct spawned *it)
{
	close(it->in);
	close(it->out);
	close(it->err);
	close(it->pidfd);
}

/* Returns its wait status; what it said is in text. */
static int
run(struct spawn_spec spec, char *text, size_t size)
{
	struct spawned it;
	int status = -1, error = spawn(&spec, &it);

	if (error != 0)
		fail_msg("%s: %s", it.failed, strerror(error));
	assert_null(it.failed);
	read_all(it.out, text, size);
	assert_int_equal(waitpid(it.pid, &status, 0), it.pid);
	close_ends(&it);
	return status;
}

static void
says(struct spawn_spec spec, const char *want)
{
	char text[256];

	assert_int_equal(run(spec, text, sizeof(text)), 0);
	assert_string_equal(text, want);
}

static void
test_ends(void **state)
{
	struct spawn_spec spec = terms(SH("cat; echo e >&2"));
	struct spawned it;
	int fds[4], before = unit_open_files();
	char text[16];

	(void)state;
	assert_int_equal(spawn(&spec, &it), 0);
	assert_int_equal(getpgid(it.pid), it.pid);
	memcpy(fds, (int[]){ it.in, it.out, it.err, it.pidfd }, sizeof(fds));
	for (int i = 0; i < 4; i++)
		assert_int_equal(fcntl(fds[i], F_GETFD), FD_CLOEXEC);
	for (int i = 0; i < 3; i++)
		assert_true(fcntl(fds[i], F_GETFL) & O_NONBLOCK);
	assert_int_equal(write(it.in, "o", 1), 1);
	close(it.in);
	read_all(it.out, text, sizeof(text));
	assert_string_equal(text, "o");
	read_all(it.err, text, sizeof(text));
	assert_string_equal(text, "e\n");
	assert_int_equal(waitpid(it.pid, NULL, 0), it.pid);
	close(it.out);
	close(it.err);
	close(it.pidfd);
	assert_int_equal(unit_open_files(), before);
}

static void
test_program(void **state)
{
	static const char *const empty[] = { "A=b", NULL };
	struct spawn_spec spec = terms((const char *const[4]){ "./echo", "x" });

	(void)state;
	spec.dir = "/usr/bin";
	says(spec, "x\n");
	spec.argv = (const char *const[4]){ "/usr/bin/echo", "x" };
	spec.env = empty;
	says(spec, "x\n");
}

static void
fails(struct spawn_spec spec, int error, const char *failed)
{
	int before = unit_open_files();
	struct spawned it;

	assert_int_equal(spawn(&spec, &it), error);
	assert_string_equal(it.failed, failed);
	assert_int_equal(unit_open_files(), before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);	/* nobody */
}

static void
test_failures(void **state)
{
	static const char *const no_path[] = { "A=b", NULL };
	static const char *const usr[] = { "PATH=bin:/usr", NULL };
	char script[] = "/tmp/test_spawn.XXXXXX", *name;
	struct spawn_spec spec = terms((const char *const[4]){ "no-such" });
	int fd = mkstemp(script);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "what is this\n", 13), 13);
	assert_int_equal(fchmod(fd, 0700), 0);
	close(fd);
	fails(spec, ENOENT, "the program");
	spec.argv = (const char *const[4]){ "/etc/passwd" };
	fails(spec, EACCES, "the program");
	spec.argv = (const char *const[4]){ "/etc" };
	fails(spec, EACCES, "the program");
	spec.argv = (const char *const[4]){ script };
	fails(spec, ENOEXEC, "the program");
	spec.argv = SH("true");
	spec.dir = script;
	fails(spec, ENOTDIR, "its directory");
	spec.dir = "/";
	spec.env = no_path;
	fails(spec, ENOENT, "the program");
	/* Only whole paths, and no directories. */
	assert_int_equal(chdir("/usr"), 0);
	spec.env = usr;
	fails(spec, ENOENT, "the program");
	assert_int_equal(chdir("/"), 0);
	spec.argv = (const char *const[4]){ "bin" };
	fails(spec, ENOENT, "the program");
	unlink(script);
	name = malloc(5000);
	memset(name, '/', 4999);
	name[4999] = '\0';
	spec.argv = (const char *const[4]){ name };
	fails(spec, ENAMETOOLONG, "the program");
	free(name);
}

/* At each number of descriptors that may be missing. */
static void
test_no_descriptors(void **state)
{
	struct rlimit before, few;
	struct spawned it;
	int open = unit_open_files() - 3, first = dup(0), failures = 0, error;

	(void)state;
	close(first);	/* the lowest that is free */
	getrlimit(RLIMIT_NOFILE, &before);
	few = before;
	for (int more = 0; more < 12; more++) {
		struct spawn_spec spec = terms(SH("true"));

		few.rlim_cur = (rlim_t)first + (rlim_t)more;
		setrlimit(RLIMIT_NOFILE, &few);
		error = spawn(&spec, &it);
		setrlimit(RLIMIT_NOFILE, &before);
		if (error == 0) {
			assert_int_equal(waitpid(it.pid, NULL, 0), it.pid);
			close_ends(&it);
			continue;
		}
		assert_int_equal(error, EMFILE);
		assert_non_null(it.failed);
		failures++;
	}
	/* Three pipes and a fourth; the numbers may have gaps. */
	assert_in_range(failures, 7, 11);
	assert_int_equal(unit_open_files() - 3, open);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void
test_limits(void **state)
{
	struct spawn_spec spec = terms(SH("ulimit -c; ulimit -n; ulimit -t; "
	    "ulimit -d"));
	struct rlimit core;
	char text[256];
	int status;

	(void)state;
	getrlimit(RLIMIT_CORE, &core);
	core.rlim_cur = core.rlim_max;
	setrlimit(RLIMIT_CORE, &core);
	spec.memory_max = 64 * MIB;
	spec.cpu_max_s = 7;
	says(spec, "0\n1024\n7\n65536\n");
	spec.argv = SH("exec dd if=/dev/zero of=/dev/null bs=80M count=1 "
	    "2>/dev/null");
	status = run(spec, text, sizeof(text));
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	spec.argv = SH("while :; do :; done");
	spec.cpu_max_s = 1;
	status = run(spec, text, sizeof(text));
	assert_true(WIFSIGNALED(status));
	/* It gains nothing by what it runs. */
	spec.argv = SH("grep NoNewPrivs /proc/self/status");
	says(spec, "NoNewPrivs:\t1\n");
}

/* Address space is not memory: node takes gigabytes of it. */
static void
test_node(void **state)
{
	struct spawn_spec spec = terms((const char *const[4]){ "node", "-e",
	    "console.log(6 * 7)" });

	(void)state;
	if (access("/usr/bin/node", X_OK) != 0) {
		fprintf(stderr, "# skipped: no node\n");
		skip();
	}
	spec.memory_max = (size_t)512 * MIB;
	says(spec, "42\n");
}

/* In a process of its own; returns how it ended. */
static int
apart(void (*act)(int fd), int fd)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		act(fd);
		_exit(99);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A runner that was started without some of the first descriptors. */
static void
start_closed(int fd)
{
	struct spawn_spec spec = terms(SH("cat; echo e >&2"));
	char out[8], err[8];
	struct spawned it;

	for (int i = 0; i < 3; i++)
		if (i != fd)
			close(i);
	if (spawn(&spec, &it) != 0 || write(it.in, "o", 1) != 1)
		_exit(1);
	close(it.in);
	read_all(it.out, out, sizeof(out));
	read_all(it.err, err, sizeof(err));
	_exit(strcmp(out, "o") == 0 && strcmp(err, "e\n") == 0 ? 0 : 2);
}

static void
test_standard_ends_closed(void **state)
{
	(void)state;
	for (int kept = -1; kept < 3; kept++)
		assert_int_equal(apart(start_closed, kept), 0);
}

static void
start_and_die(int fd)
{
	struct spawn_spec spec = terms(SH("sleep 60"));
	struct spawned it;

	if (spawn(&spec, &it) == 0 &&
	    write(fd, &it.pid, sizeof(it.pid)) == sizeof(it.pid))
		kill(getpid(), SIGKILL);
}

/* Whoever kills the runner ends what it has started. */
static void
test_dies_with_the_runner(void **state)
{
	int ends[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(apart(start_and_die, ends[1]), -1);
	assert_int_equal(read(ends[0], &pid, sizeof(pid)), sizeof(pid));
	for (int i = 0; i < 500 && kill(pid, 0) == 0; i++) {
		char path[64], state_of = '?';
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%d/stat", pid);
		file = fopen(path, "r");
		if (file == NULL ||
		    fscanf(file, "%*d %*s %c", &state_of) != 1 ||
		    state_of == 'Z')
			i = 500;
		else
			assert_true(i < 499);
		if (file != NULL)
			fclose(file);
		usleep(10000);
	}
	close(ends[0]);
	close(ends[1]);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_program),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_no_descriptors),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_node),
		cmocka_unit_test(test_standard_ends_closed),
		cmocka_unit_test(test_dies_with_the_runner),
	};

	signal(SIGPIPE, SIG_IGN);	/* as in the runner */
	return cmocka_run_group_tests_name("spawn", tests, NULL, NULL);
}
