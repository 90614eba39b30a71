/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/args.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/log.h"
#include "runner/app.h"
#include "t/unit/unit.h"

static void
says(const char *schema, const char *args, int rc, const char *text)
{
	struct tool tool = { .name = (char *)"s:tool" };
	struct buf why;

	buf_init(&why, 1024);
	tool.parameters = json_parse_exact(schema, strlen(schema), NULL);
	assert_non_null(tool.parameters);
	assert_int_equal(args_check(&tool, args, &why), rc);
	assert_string_equal(buf_str(&why), text);
	args_warn(&tool);
	json_free(tool.parameters);
	buf_free(&why);
}

static void
test_check(void **state)
{
	(void)state;
	says("{}", "{\"a\":1}", OK, "");
	says("{\"minProperties\":1}", "{}", E_INVALID,
	    "the arguments do not fit the tool's parameters:\n"
	    "- the whole must have at least 1 members, not 0");
	says("{\"properties\":{\"a\":{\"maximum\":9007199254740992}}}",
	    "{\"a\":9007199254740993}", E_INVALID,
	    "the arguments do not fit the tool's parameters:\n"
	    "- a must be at most 9007199254740992, not 9007199254740993");
	says("{}", "[1]", E_INVALID, "arguments must be a JSON object");
	says("{}", "{", E_INVALID, "arguments are not JSON: expected a key "
	    "at byte 1");
	says("{\"allOf\":[{\"$ref\":\"#\"}]}", "{}", E_INVALID,
	    "the arguments are too complex to be checked");
	/* What a server got wrong is left out. */
	says("{\"pattern\":5,\"required\":\"a\"}", "{}", OK, "");
}

/* Where there is no room, less is said, and the answer is the same. */
static void
test_room(void **state)
{
	static const char schema[] = "{\"required\":[\"a\"]}";
	struct tool tool = { .name = (char *)"s:tool" };
	struct buf why;

	(void)state;
	tool.parameters = json_parse_exact(schema, sizeof(schema) - 1, NULL);
	buf_init(&why, 50);
	assert_int_equal(args_check(&tool, "{}", &why), E_INVALID);
	assert_string_equal(buf_str(&why),
	    "the arguments do not fit the tool's parameters:");
	json_free(tool.parameters);
	buf_free(&why);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_room),
	};

	log_open("test", LOG_NONE);
	return cmocka_run_group_tests_name("args", tests, NULL, NULL);
}
