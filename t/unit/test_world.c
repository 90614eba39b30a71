/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/world.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/utf8.h"
#include "t/unit/unit.h"

enum { LONG = 100000, ERROR_MAX = 16 * 1024 };

static void
test_model(void **state)
{
	struct job *job = calloc(1, sizeof(*job));

	(void)state;
	job->kind = JOB_MODEL;
	job_fail(job, "%s %d", "overloaded", 7);
	assert_string_equal(job->reply.error, "overloaded 7");
	assert_null(job->result);
	job_fail(job, "again");
	assert_string_equal(job->reply.error, "again");
	job_free(job);
}

static void
test_tool(void **state)
{
	struct job *job = calloc(1, sizeof(*job));

	(void)state;
	job->kind = JOB_TOOL;
	job->result = strdup("{}");
	job_fail(job, "no \"%s\"\n", "disk");
	assert_string_equal(job->result,
	    "{\"error\":\"no \\\"disk\\\"\\n\"}");
	assert_true(job->is_error);
	assert_null(job->reply.error);
	job_free(job);
	job_free(NULL);
}

/* Cut between characters, and room for each as an escape. */
static void
test_long(void **state)
{
	static const char *const fillers[] = { "x", "\xc3\xa4", "\x01",
		"\xf0\x9f\x94\xa5" };
	char *text = malloc(LONG + 8);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < COUNT(fillers); i++) {
		struct job *model = calloc(1, sizeof(*model));
		struct job *tool = calloc(1, sizeof(*tool));
		size_t len = 0;

		tool->kind = JOB_TOOL;
		text[len++] = '!';
		while (len < LONG) {
			strcpy(text + len, fillers[i]);
			len += strlen(fillers[i]);
		}
		job_fail(model, "%s", text);
		len = strlen(model->reply.error);
		assert_in_range(len, ERROR_MAX - 16, ERROR_MAX);
		assert_true(utf8_valid(model->reply.error, len));
		job_fail(tool, "%s", text);
		assert_int_equal(json_check(tool->result,
			strlen(tool->result), NULL), 0);
		assert_null(strstr(tool->result, "\xef\xbf\xbd"));
		job_free(model);
		job_free(tool);
	}
	free(text);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_tool),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests_name("world", tests, NULL, NULL);
}
