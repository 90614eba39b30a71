/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/command.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "lib/json.h"
#include "lib/log.h"
#include "runner/app.h"
#include "runner/sandbox.h"
#include "t/unit/unit.h"

/* One call of a tool, from its configuration to its outcome. */
struct trial {
	uv_loop_t loop;
	struct tool tool;
	struct job *job;
	int told;
};

static void
done(void *arg, struct job *job)
{
	struct trial *t = arg;

	assert_ptr_equal(job, t->job);
	t->told++;
}

static void
start(struct trial *t, const char *config, const char *args)
{
	static const struct sandbox box = { .store = "/no/such/directory",
	    .data = "/var/tmp" };

	memset(t, 0, sizeof(*t));
	uv_loop_init(&t->loop);
	t->tool.name = (char *)"s:tool";
	t->tool.config = json_parse(config, strlen(config), NULL);
	assert_non_null(t->tool.config);
	t->job = calloc(1, sizeof(*t->job));
	t->job->kind = JOB_TOOL;
	strcpy(t->job->session_id, "INC-20260101-001");
	t->job->ordinal = 7;
	t->job->tool = &t->tool;
	t->job->dir = "/usr/bin";
	t->job->args = strdup(args);
	command_run(&t->loop, t->job, &box, done, t);
}

static void
finish(struct trial *t)
{
	uv_run(&t->loop, UV_RUN_DEFAULT);
	assert_int_equal(t->told, 1);
	assert_null(t->job->handle);
	assert_int_equal(uv_loop_close(&t->loop), 0);
}

static void
forget(struct trial *t)
{
	json_free(t->tool.config);
	job_free(t->job);
}

/* The tool is a line of shell, with more of its configuration after it. */
#define SH(line, more) \
	"{\"command\":[\"sh\",\"-c\",\"" line "\"]" more "}"

static void
answers(const char *config, const char *args, const char *result)
{
	struct trial t;

	start(&t, config, args);
	finish(&t);
	assert_string_equal(t.job->result, result);
	assert_false(t.job->is_error);
	forget(&t);
}

static void
fails(const char *config, const char *result)
{
	struct trial t;

	start(&t, config, "{}");
	finish(&t);
	assert_string_equal(t.job->result, result);
	assert_true(t.job->is_error);
	forget(&t);
}

/* No number is read on the way. */
static void
test_byte_for_byte(void **state)
{
	static const char args[] = "{\"id\":9007199254740993,\"e\":1.50e+2,"
	    "\"big\":123456789012345678901234567890,\"t\":\"\\u00e4\\/\"}";

	(void)state;
	answers("{\"command\":[\"cat\"]}", args, args);
	answers("{\"command\":[\"./cat\"]}", "[0.10]", "[0.10]");
}

static void
test_results(void **state)
{
	(void)state;
	answers(SH("echo; echo 1; echo", ""), "{}", "\n1");
	answers(SH("echo '\\\"text\\\"'", ""), "{}", "\"text\"");
	answers(SH("echo null; echo ignored >&2", ""), "{}", "null");
}

static void
test_no_json(void **state)
{
	(void)state;
	fails(SH("echo so", ""), "{\"error\":\"the tool printed no JSON: "
	    "expected a value at byte 0\"}");
	fails(SH("echo 1 2", ""), "{\"error\":\"the tool printed no JSON: "
	    "text after the value at byte 2\"}");
	fails(SH("printf '1\\\\000'", ""), "{\"error\":\"the tool printed no "
	    "JSON: text after the value at byte 1\"}");
	fails(SH("true", ""), "{\"error\":\"the tool printed no JSON: "
	    "expected a value at byte 0\"}");
	fails(SH("printf '\\\"\\\\377\\\"'", ""), "{\"error\":\"the tool "
	    "printed no JSON: invalid UTF-8 at byte 1\"}");
}

static void
test_exit_code(void **state)
{
	(void)state;
	fails(SH("exit 3", ""),
	    "{\"error\":\"the tool failed with exit code 3\"}");
	fails(SH("echo 1; echo no disk >&2; exit 1", ""),
	    "{\"error\":\"the tool failed with exit code 1: no disk\"}");
}

static void
test_not_started(void **state)
{
	(void)state;
	fails("{\"command\":[\"no-such-program\"]}", "{\"error\":\"the tool "
	    "cannot be started: the program: No such file or directory\"}");
}

/* What a model hears of stderr is cut, between characters. */
static void
test_long_complaint(void **state)
{
	struct trial t;

	(void)state;
	start(&t, SH("printf x >&2; for i in $(seq 3000); do printf"
	    " '\\\\303\\\\244' >&2; done; exit 1", ""), "{}");
	finish(&t);
	assert_in_range(strlen(t.job->result), 2047, 2047 + 64);
	assert_int_equal(json_check(t.job->result, strlen(t.job->result),
		NULL), 0);
	assert_null(strstr(t.job->result, "\xef\xbf\xbd"));
	forget(&t);
}

static void
test_limits(void **state)
{
	(void)state;
	fails(SH("sleep 60", ",\"timeout\":0.1"),
	    "{\"error\":\"the tool timed out after 100 ms\"}");
	fails(SH("yes", ",\"output_kb\":4"),
	    "{\"error\":\"the tool printed more than its limit\"}");
	fails(SH("dd if=/dev/zero of=/dev/null bs=64M count=1 2>/dev/null",
	    ",\"memory_mb\":32"),
	    "{\"error\":\"the tool failed with exit code 1\"}");
	fails(SH("kill -KILL $$", ""),
	    "{\"error\":\"the tool was ended by signal 9\"}");
}

static void
on_time(uv_timer_t *timer)
{
	struct trial *t = timer->data;

	command_cancel(t->job);
	command_cancel(t->job);
	uv_close((uv_handle_t *)timer, NULL);
}

static void
test_cancel(void **state)
{
	struct trial t;
	uv_timer_t timer;

	(void)state;
	start(&t, SH("sleep 60", ""), "{}");
	uv_timer_init(&t.loop, &timer);
	timer.data = &t;
	uv_timer_start(&timer, on_time, 50, 0);
	finish(&t);
	assert_string_equal(t.job->result,
	    "{\"error\":\"the tool was cancelled\"}");
	command_cancel(t.job);	/* too late */
	forget(&t);
}

/* The key is the same however often the call is made. */
static void
test_environment(void **state)
{
	(void)state;
	setenv("SECRET", "of the runner", 1);
	answers(SH("env -u PWD -u SHLVL -u _ -u OLDPWD | sort | sed"
	    " 's/.*/\\\"&\\\"/' | paste -sd, | sed 's/.*/[&]/'", ""), "{}",
	    "[\"GATEHOUSE_CALL_KEY=INC-20260101-001:7\","
	    "\"GATEHOUSE_DATA=/var/tmp\","
	    "\"GATEHOUSE_SESSION=INC-20260101-001\",\"LANG=C.UTF-8\","
	    "\"PATH=/usr/local/bin:/usr/bin:/bin\"]");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_byte_for_byte),
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_no_json),
		cmocka_unit_test(test_exit_code),
		cmocka_unit_test(test_not_started),
		cmocka_unit_test(test_long_complaint),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_environment),
	};

	log_open("test", LOG_NONE);
	signal(SIGPIPE, SIG_IGN);	/* as in the runner */
	return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
