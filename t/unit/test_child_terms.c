/* SPDX-License-Identifier: Apache-2.0 */
/* What programs are given, and what they leave behind. */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "t/unit/program_fixture.h"

static bool
is_alive(int pid)
{
	char path[64], state = 'X';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (file == NULL)
		return false;
	if (fscanf(file, "%*d %*s %c", &state) != 1)
		state = 'X';
	fclose(file);
	return state != 'Z' && state != 'X';
}

/* It prints the pid of a process of its own, which must not outlive it. */
static void
leaves_nobody(struct child_spec spec, enum child_end end)
{
	struct outcome o = program_run(spec);
	int pid = atoi(buf_str(&o.out));

	assert_int_equal(o.end, end);
	assert_true(pid > 1);
	for (int i = 0; i < 1000 && is_alive(pid); i++)
		usleep(10000);
	assert_false(is_alive(pid));
	assert_true(o.took_ms < 50000);
	program_forget(&o);
}

static void
test_heirs(void **state)
{
	struct child_spec spec = program_spec(SH("sleep 60 & echo $!; exit 0"));

	(void)state;
	leaves_nobody(spec, CHILD_EXITED);
	spec.argv = SH("sleep 60 & echo $!; kill -KILL $$");
	leaves_nobody(spec, CHILD_KILLED);
	spec.argv = SH("(trap '' TERM; sleep 60) & echo $!; wait");
	spec.timeout_ms = 3000;
	leaves_nobody(spec, CHILD_TIMEOUT);
}

/* Who left the group lives on, but nobody waits for it. */
static void
test_stray_heir(void **state)
{
	struct outcome o;

	(void)state;
	o = program_run(program_spec(SH("setsid sleep 60 & sleep 0.1; "
	    "echo done")));
	assert_int_equal(o.end, CHILD_EXITED);
	assert_string_equal(buf_str(&o.out), "done\n");
	assert_true(o.took_ms < 50000);
	program_forget(&o);
}

static void
test_environment(void **state)
{
	static const char *const argv[4] = { "env", NULL };
	struct child_spec spec = program_spec(argv);
	static const char *const env[] = { "A=1", "PATH=/usr/bin", NULL };

	(void)state;
	setenv("SECRET", "of the runner", 1);
	spec.env = env;
	program_prints(spec, "A=1\nPATH=/usr/bin\n");
}

static void
test_directory(void **state)
{
	struct child_spec spec = program_spec(SH("pwd"));

	(void)state;
	spec.dir = "/usr/bin";
	program_prints(spec, "/usr/bin\n");
	spec.argv = (const char *const[4]){ "./echo", "here", NULL };
	program_prints(spec, "here\n");
}

/* Nothing of the runner's is open, and signals do not reach both. */
static void
test_apart(void **state)
{
	int fd = open("/dev/null", O_RDONLY);
	struct outcome o;

	(void)state;
	assert_true(fd > 2);
	/* The fourth is that of the listing. */
	program_prints(program_spec(SH("exec ls /proc/self/fd")),
	    "0\n1\n2\n3\n");
	close(fd);
	o = program_run(program_spec(SH("cut -d' ' -f5 /proc/$$/stat; "
	    "echo $$")));
	assert_int_equal(atoi(buf_str(&o.out)),
	    atoi(strchr(buf_str(&o.out), '\n')));
	program_forget(&o);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heirs),
		cmocka_unit_test(test_stray_heir),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_directory),
		cmocka_unit_test(test_apart),
	};

	signal(SIGPIPE, SIG_IGN);	/* as in the runner */
	return cmocka_run_group_tests_name("child_terms", tests, NULL, NULL);
}
