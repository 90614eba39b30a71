/* SPDX-License-Identifier: Apache-2.0 */
/* How programs end. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <uv.h>

#include "t/unit/program_fixture.h"

static int *heard;		/* signals, in this process and its forks */

/* Killed at any moment, the runner leaves no program with half an input. */
static void
test_input_is_whole_from_the_start(void **state)
{
	struct child_spec spec = program_spec(SH("stat -Lc %s /dev/stdin"));

	(void)state;
	spec.input = "hello";
	spec.input_len = 5;
	program_prints(spec, "5\n");
}

static void
test_exit_codes(void **state)
{
	(void)state;
	program_ends(program_spec(SH("exit 0")), CHILD_EXITED, 0);
	program_ends(program_spec(SH("exit 3")), CHILD_EXITED, 3);
	program_ends(program_spec(SH("exit 255")), CHILD_EXITED, 255);
}

static void
test_signals(void **state)
{
	(void)state;
	program_ends(program_spec(SH("kill -KILL $$")), CHILD_KILLED, SIGKILL);
	program_ends(program_spec(SH("kill -SEGV $$")), CHILD_KILLED, SIGSEGV);
	program_ends(program_spec(SH("kill -TERM $$")), CHILD_KILLED, SIGTERM);
	/* The runner ignores it, its programs do not. */
	program_ends(program_spec(SH("kill -PIPE $$; exit 0")), CHILD_KILLED,
	    SIGPIPE);
}

static void
test_outputs(void **state)
{
	struct outcome o;

	(void)state;
	o = program_run(program_spec(SH("printf o; printf e >&2; sleep 0.05;"
	    "printf O; printf E >&2")));
	assert_string_equal(buf_str(&o.out), "oO");
	assert_string_equal(buf_str(&o.err), "eE");
	program_forget(&o);
}

static void
test_timeout(void **state)
{
	struct child_spec spec = program_spec(SH("sleep 60"));
	struct outcome o;

	(void)state;
	spec.timeout_ms = 100;
	o = program_run(spec);
	assert_int_equal(o.end, CHILD_TIMEOUT);
	assert_in_range(o.took_ms, 100, 50000);
	program_forget(&o);
}

/* Who does not end when asked is made to, a second later. */
static void
test_timeout_ignored(void **state)
{
	struct child_spec spec = program_spec(SH("trap '' TERM; echo on; "
	    "while :; do sleep 0.1; done"));
	struct outcome o;

	(void)state;
	spec.timeout_ms = 3000;
	o = program_run(spec);
	assert_int_equal(o.end, CHILD_TIMEOUT);
	assert_int_equal(o.code, SIGKILL);
	assert_string_equal(buf_str(&o.out), "on\n");
	assert_in_range(o.took_ms, 3900, 60000);
	program_forget(&o);
}

/* All of its processes are asked, and may still say something. */
static void
test_timeout_of_all(void **state)
{
	struct child_spec spec = program_spec(SH("trap : TERM; "
	    "(trap 'echo bye; exit' TERM; while :; do sleep 0.05; done) & "
	    "wait; wait"));
	struct outcome o;

	(void)state;
	spec.timeout_ms = 3000;
	o = program_run(spec);
	assert_int_equal(o.end, CHILD_TIMEOUT);
	assert_string_equal(buf_str(&o.out), "bye\n");
	program_forget(&o);
}

static void
test_flood(void **state)
{
	struct child_spec spec = program_spec(SH("yes"));
	struct outcome o;

	(void)state;
	spec.output_max = 100001;
	o = program_run(spec);
	assert_int_equal(o.end, CHILD_FLOOD);
	assert_int_equal(o.out.len, 100001);
	program_forget(&o);
}

static void
test_output_limit(void **state)
{
	struct child_spec spec = program_spec(SH("head -c 1000 /dev/zero"));
	struct outcome o;

	(void)state;
	spec.output_max = 1000;
	program_ends(spec, CHILD_EXITED, 0);
	spec.output_max = 999;
	o = program_run(spec);
	assert_int_equal(o.end, CHILD_FLOOD);
	program_forget(&o);
}

/* Complaints are cut, and are no reason to end it. */
static void
test_errors_are_cut(void **state)
{
	struct outcome o;

	(void)state;
	o = program_run(program_spec(SH("head -c 100000 /dev/zero | "
	    "tr '\\0' e >&2; echo ok")));
	assert_int_equal(o.end, CHILD_EXITED);
	assert_int_equal(o.err.len, CHILD_ERR_MAX);
	assert_string_equal(buf_str(&o.out), "ok\n");
	program_forget(&o);
}

static void
test_input(void **state)
{
	struct child_spec spec = program_spec(SH("cat"));
	char *input = malloc(MIB + 1);
	struct outcome o;

	(void)state;
	for (int i = 0; i < MIB; i++)
		input[i] = (char)('a' + i % 26);
	input[MIB] = '\0';
	spec.input = input;
	spec.input_len = MIB;
	o = program_run(spec);
	assert_int_equal(o.out.len, MIB);
	assert_memory_equal(buf_str(&o.out), input, MIB);
	program_forget(&o);
	/* Nobody must read it. */
	spec.argv = SH("exit 0");
	program_ends(spec, CHILD_EXITED, 0);
	spec.argv = SH("exec <&-; sleep 0.1; exit 4");
	program_ends(spec, CHILD_EXITED, 4);
	spec.argv = SH("head -c 1 >/dev/null; exit 5");
	program_ends(spec, CHILD_EXITED, 5);
	free(input);
	program_prints(program_spec(SH("wc -c")), "0\n");
}

static void
test_memory(void **state)
{
	struct child_spec spec = program_spec(SH("exec dd if=/dev/zero "
	    "of=/dev/null bs=64M count=1 2>/dev/null"));

	(void)state;
	program_ends(spec, CHILD_EXITED, 0);
	spec.memory_max = 32 * MIB;
	program_ends(spec, CHILD_EXITED, 1);
}

/* ---- what does not start ---- */

static void
does_not_start(struct child_spec spec, int error, const char *failed)
{
	struct outcome o = program_run(spec);

	assert_int_equal(o.end, CHILD_NOT_STARTED);
	assert_int_equal(o.code, error);
	assert_string_equal(o.failed, failed);
	program_forget(&o);
}

static void
test_no_program(void **state)
{
	struct child_spec spec = program_spec((const char *const[4]){
	    "/no/such/program", NULL });

	(void)state;
	does_not_start(spec, ENOENT, "the program");
	spec.argv = (const char *const[4]){ "no-such-program", NULL };
	does_not_start(spec, ENOENT, "the program");
	spec.argv = (const char *const[4]){ "/etc/passwd", NULL };
	does_not_start(spec, EACCES, "the program");
	spec.argv = SH("true");
	spec.dir = "/no/such/directory";
	does_not_start(spec, ENOENT, "its directory");
}

static void
test_not_started(void **state)
{
	struct child_spec spec = program_spec(SH("true"));
	struct rlimit before, none;
	struct outcome o = program_nothing();
	uv_loop_t loop;

	(void)state;
	uv_loop_init(&loop);
	getrlimit(RLIMIT_NOFILE, &before);
	none = before;
	none.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &none);
	assert_non_null(child_start(&loop, &spec, program_take, &o));
	setrlimit(RLIMIT_NOFILE, &before);
	assert_int_equal(o.told, 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(o.told, 1);
	assert_int_equal(o.end, CHILD_NOT_STARTED);
	assert_int_equal(o.code, EMFILE);
	assert_string_equal(o.failed, "its pipes");
	assert_int_equal(uv_loop_close(&loop), 0);
	program_forget(&o);
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
	struct child_spec spec = program_spec(SH("sleep 60"));
	struct child *children[8];
	struct outcome o[8];
	uv_timer_t timer;
	uv_loop_t loop;

	(void)state;
	uv_loop_init(&loop);
	for (int i = 0; i < 8; i++) {
		o[i] = program_nothing();
		children[i] = child_start(&loop, &spec, program_take, &o[i]);
	}
	uv_timer_init(&loop, &timer);
	timer.data = children;
	uv_timer_start(&timer, cancel, 50, 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(o[i].told, 1);
		assert_int_equal(o[i].end, CHILD_CANCELLED);
		assert_int_equal(o[i].code, SIGTERM);
		program_forget(&o[i]);
	}
	assert_int_equal(uv_loop_close(&loop), 0);
}

static void
note_signal(int signal)
{
	(void)signal;
	++*heard;
}

/* Who is ended before its program starts must not act for the runner. */
static void
test_cancel_at_once(void **state)
{
	struct child_spec spec = program_spec(SH("sleep 60"));

	(void)state;
	heard = mmap(NULL, sizeof(*heard), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	signal(SIGTERM, note_signal);
	for (int i = 0; i < 50; i++) {
		struct outcome o = program_nothing();
		uv_loop_t loop;

		uv_loop_init(&loop);
		child_cancel(child_start(&loop, &spec, program_take, &o));
		uv_run(&loop, UV_RUN_DEFAULT);
		uv_loop_close(&loop);
		assert_int_equal(o.end, CHILD_CANCELLED);
		assert_int_equal(o.code, SIGTERM);
		program_forget(&o);
	}
	signal(SIGTERM, SIG_DFL);
	assert_int_equal(*heard, 0);
	munmap(heard, sizeof(*heard));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_input_is_whole_from_the_start),
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
		cmocka_unit_test(test_no_program),
		cmocka_unit_test(test_not_started),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_cancel_at_once),
	};

	signal(SIGPIPE, SIG_IGN);	/* as in the runner */
	return cmocka_run_group_tests_name("child", tests, NULL, NULL);
}
