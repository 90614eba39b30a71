/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

#include "lib/clock.h"
#include "t/unit/unit.h"

enum { MIB = 1024 * 1024 };

/* A program's end, copied. */
struct outcome {
	int told;		/* how often */
	enum child_end end;
	int code;
	struct buf out, err;
	int64_t took_ms;
};

static void
take(void *arg, const struct child_result *result)
{
	struct outcome *o = arg;

	o->told++;
	o->end = result->end;
	o->code = result->code;
	buf_add(&o->out, buf_str(&result->out), result->out.len);
	buf_add(&o->err, buf_str(&result->err), result->err.len);
}

static struct outcome
nothing(void)
{
	struct outcome o = { 0 };

	buf_init(&o.out, 4 * MIB);
	buf_init(&o.err, 4 * MIB);
	return o;
}

static void
forget(struct outcome *o)
{
	buf_free(&o->out);
	buf_free(&o->err);
}

/* The usual terms for a line of shell. */
static struct child_spec
shell(const char *const argv[4])
{
	static const char *const env[] = { "PATH=/usr/bin:/bin", NULL };

	return (struct child_spec){ .argv = argv, .env = env, .dir = "/",
	    .input = "", .timeout_ms = 10000, .memory_max = 512 * MIB,
	    .output_max = MIB };
}

#define SH(line) (const char *const[4]){ "sh", "-c", line, NULL }

static struct outcome
run(struct child_spec spec)
{
	struct outcome o = nothing();
	int64_t began = clock_mono_ms();
	uv_loop_t loop;

	uv_loop_init(&loop);
	assert_non_null(child_start(&loop, &spec, take, &o));
	assert_int_equal(o.told, 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(o.told, 1);
	assert_int_equal(uv_loop_close(&loop), 0);
	o.took_ms = clock_mono_ms() - began;
	return o;
}

/* Runs it and expects this end; for what is not asked about its output. */
static void
ends(struct child_spec spec, enum child_end end, int code)
{
	struct outcome o = run(spec);

	if (o.end != end || o.code != code)
		fail_msg("%s: end %d, code %d: %s", spec.argv[2], o.end,
		    o.code, buf_str(&o.err));
	forget(&o);
}

static void
prints(struct child_spec spec, const char *text)
{
	struct outcome o = run(spec);

	assert_int_equal(o.end, CHILD_EXITED);
	assert_string_equal(buf_str(&o.out), text);
	forget(&o);
}

static void
test_exit_codes(void **state)
{
	(void)state;
	ends(shell(SH("exit 0")), CHILD_EXITED, 0);
	ends(shell(SH("exit 3")), CHILD_EXITED, 3);
	ends(shell(SH("exit 255")), CHILD_EXITED, 255);
}

static void
test_signals(void **state)
{
	(void)state;
	ends(shell(SH("kill -KILL $$")), CHILD_KILLED, SIGKILL);
	ends(shell(SH("kill -SEGV $$")), CHILD_KILLED, SIGSEGV);
	ends(shell(SH("kill -TERM $$")), CHILD_KILLED, SIGTERM);
	/* The runner ignores it, its programs do not. */
	ends(shell(SH("kill -PIPE $$; exit 0")), CHILD_KILLED, SIGPIPE);
}

static void
test_outputs(void **state)
{
	struct outcome o;

	(void)state;
	o = run(shell(SH("printf o; printf e >&2; sleep 0.05; printf O;"
	    "printf E >&2")));
	assert_string_equal(buf_str(&o.out), "oO");
	assert_string_equal(buf_str(&o.err), "eE");
	forget(&o);
}

static void
test_timeout(void **state)
{
	struct child_spec spec = shell(SH("sleep 60"));
	struct outcome o;

	(void)state;
	spec.timeout_ms = 100;
	o = run(spec);
	assert_int_equal(o.end, CHILD_TIMEOUT);
	assert_in_range(o.took_ms, 100, 900);
	forget(&o);
}

/* Who does not end when asked is made to, a second later. */
static void
test_timeout_ignored(void **state)
{
	struct child_spec spec = shell(SH("trap '' TERM; echo on; while :; do"
	    " sleep 0.1; done"));
	struct outcome o;

	(void)state;
	spec.timeout_ms = 100;
	o = run(spec);
	assert_int_equal(o.end, CHILD_TIMEOUT);
	assert_int_equal(o.code, SIGKILL);
	assert_string_equal(buf_str(&o.out), "on\n");
	assert_in_range(o.took_ms, 1000, 5000);
	forget(&o);
}

/* All of its processes are asked, and may still say something. */
static void
test_timeout_of_all(void **state)
{
	struct child_spec spec = shell(SH("trap : TERM; (trap 'echo bye; exit'"
	    " TERM; while :; do sleep 0.05; done) & wait; wait"));
	struct outcome o;

	(void)state;
	spec.timeout_ms = 200;
	o = run(spec);
	assert_int_equal(o.end, CHILD_TIMEOUT);
	assert_string_equal(buf_str(&o.out), "bye\n");
	forget(&o);
}

static void
test_flood(void **state)
{
	struct child_spec spec = shell(SH("yes"));
	struct outcome o;

	(void)state;
	spec.output_max = 100001;
	o = run(spec);
	assert_int_equal(o.end, CHILD_FLOOD);
	assert_int_equal(o.out.len, 100001);
	forget(&o);
}

static void
test_output_limit(void **state)
{
	struct child_spec spec = shell(SH("head -c 1000 /dev/zero"));
	struct outcome o;

	(void)state;
	spec.output_max = 1000;
	ends(spec, CHILD_EXITED, 0);
	spec.output_max = 999;
	o = run(spec);
	assert_int_equal(o.end, CHILD_FLOOD);
	forget(&o);
}

/* Complaints are cut, and are no reason to end it. */
static void
test_errors_are_cut(void **state)
{
	struct outcome o;

	(void)state;
	o = run(shell(SH("head -c 100000 /dev/zero | tr '\\0' e >&2; "
	    "echo ok")));
	assert_int_equal(o.end, CHILD_EXITED);
	assert_int_equal(o.err.len, CHILD_ERR_MAX);
	assert_string_equal(buf_str(&o.out), "ok\n");
	forget(&o);
}

static void
test_input(void **state)
{
	struct child_spec spec = shell(SH("cat"));
	char *input = malloc(MIB + 1);
	struct outcome o;

	(void)state;
	for (int i = 0; i < MIB; i++)
		input[i] = (char)('a' + i % 26);
	input[MIB] = '\0';
	spec.input = input;
	spec.input_len = MIB;
	o = run(spec);
	assert_int_equal(o.out.len, MIB);
	assert_memory_equal(buf_str(&o.out), input, MIB);
	forget(&o);
	/* Nobody must read it. */
	spec.argv = SH("exit 0");
	ends(spec, CHILD_EXITED, 0);
	spec.argv = SH("exec <&-; sleep 0.1; exit 4");
	ends(spec, CHILD_EXITED, 4);
	spec.argv = SH("head -c 1 >/dev/null; exit 5");
	ends(spec, CHILD_EXITED, 5);
	free(input);
	prints(shell(SH("wc -c")), "0\n");
}

static void
test_memory(void **state)
{
	struct child_spec spec = shell(SH("exec dd if=/dev/zero of=/dev/null"
	    " bs=64M count=1 2>/dev/null"));

	(void)state;
	ends(spec, CHILD_EXITED, 0);
	spec.memory_max = 32 * MIB;
	ends(spec, CHILD_EXITED, 1);
}

/* ---- what it leaves behind ---- */

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
	struct outcome o = run(spec);
	int pid = atoi(buf_str(&o.out));

	assert_int_equal(o.end, end);
	assert_true(pid > 1);
	for (int i = 0; i < 100 && is_alive(pid); i++)
		usleep(10000);
	assert_false(is_alive(pid));
	assert_true(o.took_ms < 5000);
	forget(&o);
}

static void
test_heirs(void **state)
{
	struct child_spec spec = shell(SH("sleep 60 & echo $!; exit 0"));

	(void)state;
	leaves_nobody(spec, CHILD_EXITED);
	spec.argv = SH("sleep 60 & echo $!; kill -KILL $$");
	leaves_nobody(spec, CHILD_KILLED);
	spec.argv = SH("(trap '' TERM; sleep 60) & echo $!; wait");
	spec.timeout_ms = 100;
	leaves_nobody(spec, CHILD_TIMEOUT);
}

/* Who left the group lives on, but nobody waits for it. */
static void
test_stray_heir(void **state)
{
	struct outcome o;

	(void)state;
	o = run(shell(SH("setsid sleep 3 & sleep 0.1; echo done")));
	assert_int_equal(o.end, CHILD_EXITED);
	assert_string_equal(buf_str(&o.out), "done\n");
	assert_true(o.took_ms < 2000);
	forget(&o);
}

/* ---- what it is given ---- */

static void
test_environment(void **state)
{
	struct child_spec spec = shell((const char *const[4]){ "env", NULL });
	static const char *const env[] = { "A=1", "PATH=/usr/bin", NULL };

	(void)state;
	setenv("SECRET", "of the runner", 1);
	spec.env = env;
	prints(spec, "A=1\nPATH=/usr/bin\n");
}

static void
test_directory(void **state)
{
	struct child_spec spec = shell(SH("pwd"));

	(void)state;
	spec.dir = "/usr/bin";
	prints(spec, "/usr/bin\n");
	spec.argv = (const char *const[4]){ "./echo", "here", NULL };
	prints(spec, "here\n");
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
	prints(shell(SH("exec ls /proc/self/fd")), "0\n1\n2\n3\n");
	close(fd);
	o = run(shell(SH("cut -d' ' -f5 /proc/$$/stat; echo $$")));
	assert_int_equal(atoi(buf_str(&o.out)),
	    atoi(strchr(buf_str(&o.out), '\n')));
	forget(&o);
}

/* ---- what does not start ---- */

static void
test_no_program(void **state)
{
	struct child_spec spec = shell((const char *const[4]){
	    "/no/such/program", NULL });
	struct outcome o;

	(void)state;
	o = run(spec);
	assert_int_equal(o.end, CHILD_EXITED);
	assert_int_equal(o.code, 127);
	assert_string_equal(buf_str(&o.err), "cannot start the program\n");
	forget(&o);
	spec.argv = (const char *const[4]){ "/etc/passwd", NULL };
	ends(spec, CHILD_EXITED, 127);
	spec.argv = SH("true");
	spec.dir = "/no/such/directory";
	ends(spec, CHILD_EXITED, 127);
}

static void
test_not_started(void **state)
{
	struct child_spec spec = shell(SH("true"));
	struct rlimit before, none;
	struct outcome o = nothing();
	uv_loop_t loop;

	(void)state;
	uv_loop_init(&loop);
	getrlimit(RLIMIT_NOFILE, &before);
	none = before;
	none.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &none);
	assert_non_null(child_start(&loop, &spec, take, &o));
	setrlimit(RLIMIT_NOFILE, &before);
	assert_int_equal(o.told, 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(o.told, 1);
	assert_int_equal(o.end, CHILD_NOT_STARTED);
	assert_int_equal(o.code, EMFILE);
	assert_int_equal(uv_loop_close(&loop), 0);
	forget(&o);
}

/* ---- several ---- */

static void
cancel(uv_timer_t *timer)
{
	struct child **children = timer->data;

	for (int i = 0; i < 8; i++)
		child_cancel(children[i]);
	child_cancel(children[0]);	/* twice is once */
	uv_close((uv_handle_t *)timer, NULL);
}

static void
test_cancel(void **state)
{
	struct child_spec spec = shell(SH("sleep 60"));
	struct child *children[8];
	struct outcome o[8];
	uv_timer_t timer;
	uv_loop_t loop;

	(void)state;
	uv_loop_init(&loop);
	for (int i = 0; i < 8; i++) {
		o[i] = nothing();
		children[i] = child_start(&loop, &spec, take, &o[i]);
	}
	uv_timer_init(&loop, &timer);
	timer.data = children;
	uv_timer_start(&timer, cancel, 50, 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(o[i].told, 1);
		assert_int_equal(o[i].end, CHILD_CANCELLED);
		assert_int_equal(o[i].code, SIGTERM);
		forget(&o[i]);
	}
	assert_int_equal(uv_loop_close(&loop), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exit_codes),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_outputs),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_timeout_ignored),
		cmocka_unit_test(test_timeout_of_all),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_output_limit),
		cmocka_unit_test(test_errors_are_cut),
		cmocka_unit_test(test_input),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_heirs),
		cmocka_unit_test(test_stray_heir),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_directory),
		cmocka_unit_test(test_apart),
		cmocka_unit_test(test_no_program),
		cmocka_unit_test(test_not_started),
		cmocka_unit_test(test_cancel),
	};

	signal(SIGPIPE, SIG_IGN);	/* as in the runner */
	return cmocka_run_group_tests_name("child", tests, NULL, NULL);
}
