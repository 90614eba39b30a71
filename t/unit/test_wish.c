/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "runner/wish.h"

#define KEY "\"key\":\"0123\","

static void
test_read(void **state)
{
	static const struct {
		const char *line;
		const char *why;	/* NULL: it is fine */
		bool a, b;		/* are these wanted? */
	} cases[] = {
		{ "{" KEY "\"sessions\":\"all\"}", NULL, true, true },
		{ "{" KEY "\"sessions\":[]}", NULL, false, false },
		{ "{" KEY "\"sessions\":[\"b\"]}", NULL, false, true },
		{ "{" KEY "\"sessions\":[\"b\",\"c\",\"a\"],\"x\":1}", NULL,
		    true, true },
		{ "{" KEY "\"sessions\":[\"a\",\"a\"]}", NULL, true, false },
		{ "{" KEY "\"sessions\":\"none\"}", "expected a list", 0, 0 },
		{ "{" KEY "\"sessions\":null}", "expected a list", 0, 0 },
		{ "{\"key\":\"0123\"}", "expected a list", 0, 0 },
		{ "{\"key\":\"0124\",\"sessions\":\"all\"}", "key: ", 0,
		    0 },
		{ "{\"key\":\"01230\",\"sessions\":\"all\"}", "key: ", 0,
		    0 },
		{ "{\"key\":123,\"sessions\":\"all\"}", "key: ", 0, 0 },
		{ "{\"sessions\":\"all\"}", "key: ", 0, 0 },
		{ "[]", "key: ", 0, 0 },
		{ "{" KEY "\"sessions\":[1]}", "not the id", 0, 0 },
		{ "{" KEY "\"sessions\":[\"a\",\"\"]}", "not the id", 0, 0 },
		{ "{" KEY "\"sessions\":[\"a\"", "", 0, 0 },
		{ "", "", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *line = cases[i].line, *why = NULL;
		struct wish wish = { 0 };
		int rc = wish_read(&wish, line, strlen(line), "0123", &why);

		if (rc != (cases[i].why == NULL ? OK :
		    strcmp(cases[i].why, "key: ") == 0 ? E_DENIED :
		    E_INVALID) ||
		    (cases[i].why != NULL && strstr(why, cases[i].why) == NULL))
			fail_msg("%s: %d, %s", line, rc, why);
		if (wish_has(&wish, "a") != cases[i].a ||
		    wish_has(&wish, "b") != cases[i].b)
			fail_msg("%s: wants other sessions", line);
		wish_free(&wish);
	}
}

/* A list of count ids of len bytes each. */
static int
read_list(size_t count, int len, const char **why)
{
	struct wish wish = { 0 };
	struct buf line;
	int rc;

	buf_init(&line, 1024 * 1024);
	buf_adds(&line, "{" KEY "\"sessions\":[");
	for (size_t i = 0; i < count; i++)
		buf_addf(&line, "%s\"%0*zu\"", i > 0 ? "," : "", len, i);
	buf_adds(&line, "]}");
	rc = wish_read(&wish, buf_str(&line), line.len, "0123", why);
	assert_int_equal(wish.count, rc == OK ? count : 0);
	wish_free(&wish);
	buf_free(&line);
	return rc;
}

static void
test_limits(void **state)
{
	const char *why;

	(void)state;
	assert_int_equal(read_list(WISH_SESSIONS_MAX, 4, &why), OK);
	assert_int_equal(read_list(WISH_SESSIONS_MAX + 1, 4, &why), E_INVALID);
	assert_string_equal(why, "too many sessions");
	assert_int_equal(read_list(1, SESSION_ID_MAX - 1, &why), OK);
	assert_int_equal(read_list(1, SESSION_ID_MAX, &why), E_INVALID);
	assert_int_equal(read_list(1, WISH_LINE_MAX, &why), E_INVALID);
	assert_string_equal(why, "the line is too long");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests_name("wish", tests, NULL, NULL);
}
