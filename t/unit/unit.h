/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each unit test includes first: cmocka and what it wants before it.
 * One test is one binary with one group, so that it prints one TAP plan:
 *
 *	static void
 *	test_empty(void **state)
 *	{
 *		(void)state;
 *		assert_int_equal(thing_size(""), 0);
 *	}
 *
 *	int
 *	main(void)
 *	{
 *		static const struct CMUnitTest tests[] = {
 *			cmocka_unit_test(test_empty),
 *		};
 *
 *		return cmocka_run_group_tests_name("thing", tests, NULL,
 *		    NULL);
 *	}
 *
 * A test by table names the row that failed, with fail_msg.
 */
#ifndef T_UNIT_UNIT_H
#define T_UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* In unit.c: */
struct json;

/* unit_json parses what the test itself wrote; free with json_free. */
struct json *unit_json(const char *text);

/* unit_open_files is more than there are, always by as many. */
int unit_open_files(void);

/* unit_apart runs it in a process of its own; returns what it did, 0 to 255. */
int unit_apart(int (*run)(void *arg), void *arg);

/* unit_skipped stands for tests that need what this machine has not. */
void unit_skipped(void **state);

#endif
