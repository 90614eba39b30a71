/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"

static char logged[3 * LOG_LINE_MAX];

struct capture {
	FILE *file;
	int saved;
};

/* Standard error goes to a file, which may be taken for the journal's. */
static void
start(struct capture *c, bool journal, enum log_level level)
{
	char stream[64];
	struct stat st;

	c->file = tmpfile();
	c->saved = dup(STDERR_FILENO);
	assert_non_null(c->file);
	fflush(stderr);
	dup2(fileno(c->file), STDERR_FILENO);
	fstat(STDERR_FILENO, &st);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino + !journal);
	setenv("JOURNAL_STREAM", stream, 1);
	log_open("unit", level);
}

static size_t
stop(struct capture *c)
{
	size_t len;

	dup2(c->saved, STDERR_FILENO);
	close(c->saved);
	rewind(c->file);
	len = fread(logged, 1, sizeof(logged) - 1, c->file);
	logged[len] = '\0';
	fclose(c->file);
	return len;
}

static void
test_journal(void **state)
{
	struct capture c;

	(void)state;
	start(&c, true, LOG_DEBUG);
	log_error("disk_full", "left=%d", 7);
	log_warn("tool_failed", "tool=%s error=\"%s\"", "a:b", "no");
	log_info("started", NULL);
	log_debug("step", "n=%d", 1);
	stop(&c);
	assert_string_equal(logged,
	    "<3>disk_full left=7\n"
	    "<4>tool_failed tool=a:b error=\"no\"\n"
	    "<6>started\n"
	    "<7>step n=1\n");
}

/* The variable is inherited; only our own stream is the journal. */
static void
test_elsewhere(void **state)
{
	char tail[64];
	struct capture c;

	(void)state;
	start(&c, false, LOG_INFO);
	log_info("started", "port=%d", 80);
	log_debug("hidden", NULL);
	stop(&c);
	snprintf(tail, sizeof(tail), "Z unit[%ld] info started port=80\n",
	    (long)getpid());
	assert_int_equal(logged[4], '-');
	assert_int_equal(logged[19], '.');
	assert_string_equal(logged + 23, tail);
}

static void
test_levels(void **state)
{
	struct capture c;

	(void)state;
	start(&c, true, LOG_ERROR);
	log_error("a", NULL);
	log_warn("b", NULL);
	log_info("c", NULL);
	stop(&c);
	assert_string_equal(logged, "<3>a\n");
}

static void
test_escapes(void **state)
{
	struct capture c;

	(void)state;
	start(&c, true, LOG_INFO);
	log_info("e", "v=%s", "a\nb\x1b[0m\x7f\xff\xc3\xa9");
	stop(&c);
	assert_string_equal(logged,
	    "<6>e v=\"a\\nb\\x1b[0m\\x7f\\xff\xc3\xa9\"\n");
}

/* Whatever a value holds, it can be told where it ends. */
static void
test_quotes(void **state)
{
	struct capture c;

	(void)state;
	start(&c, true, LOG_INFO);
	log_info("e", "why=\"%s\" n=%d", "bad \"x\" y=\"1\" \\", 7);
	log_info("e", "a=%s b=%s c=%s d=%s", "two words", "", "q\"", "\\");
	log_info("e", "a=\"%s b\" c=%.*s", "a\"", 3, "d efg");
	log_info("e", "a=%s b=%lld c=%ld d=%g e=%zu", "=", -5LL, 6L, 0.5,
	    (size_t)8);
	log_info("e", "a=%s", getenv("NEVER_SET"));
	stop(&c);
	assert_string_equal(logged,
	    "<6>e why=\"bad \\\"x\\\" y=\\\"1\\\" \\\\\" n=7\n"
	    "<6>e a=\"two words\" b=\"\" c=\"q\\\"\" d=\"\\\\\"\n"
	    "<6>e a=\"a\\\" b\" c=\"d e\"\n"
	    "<6>e a== b=-5 c=6 d=0.5 e=8\n"
	    "<6>e a=(null)\n");
}

/* A value that is cut has its quote, too. */
static void
test_bound_in_quotes(void **state)
{
	char text[2 * LOG_LINE_MAX];
	struct capture c;
	size_t len;

	(void)state;
	memset(text, '"', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	start(&c, true, LOG_INFO);
	log_info("long", "v=\"%s\" w=\"%s\"", text, "no");
	log_info("long", "vv=%s", text);
	len = stop(&c);
	assert_in_range(len, 2 * LOG_LINE_MAX - 4, 2 * LOG_LINE_MAX);
	assert_string_equal(logged + len - 7, "\\\"...\"\n");
	assert_non_null(strstr(logged, "\\\"...\"\n<6>long vv="));
}

/* A line is cut between characters and still ends. */
static void
test_bound(void **state)
{
	char text[2 * LOG_LINE_MAX];
	struct capture c;
	size_t len, i;

	(void)state;
	for (i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	text[i] = '\0';
	start(&c, true, LOG_INFO);
	log_info("long", "v=%s", text);
	log_info("long", "vv=%s", text);
	len = stop(&c);
	assert_in_range(len, 2 * LOG_LINE_MAX - 4, 2 * LOG_LINE_MAX);
	assert_string_equal(logged + len - 6, "\xc3\xa9...\n");
	assert_non_null(strstr(logged, "\xc3\xa9...\n<6>long vv="));
}

static void
test_errno_is_kept(void **state)
{
	struct capture c;

	(void)state;
	start(&c, true, LOG_INFO);
	errno = ENOENT;
	log_info("e", "error=\"%m\"");
	assert_int_equal(errno, ENOENT);
	stop(&c);
	assert_string_equal(logged,
	    "<6>e error=\"No such file or directory\"\n");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_journal),
		cmocka_unit_test(test_elsewhere),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_bound_in_quotes),
		cmocka_unit_test(test_errno_is_kept),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
