/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each allocation of the library fails once, in turn: whatever was asked
 * for is refused with E_NOMEM, and nothing leaks or crashes.
 */
#include "t/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/schema.h"
#include "t/unit/nomem_fixture.h"

static int
grow_buffer(void)
{
	struct buf b;
	int i, rc;

	buf_init(&b, 64 * 1024);
	for (i = 0; i < 1000; i++)
		buf_addf(&b, "%d,", i);
	buf_add_json(&b, "a\nb", 3);
	rc = b.rc;
	buf_free(&b);
	return rc;
}

static int
check_json(void)
{
	struct json_error error = { .rc = OK };
	struct json *value;
	struct buf b;
	int i;

	buf_init(&b, 64 * 1024);
	for (i = 0; i < 100; i++)
		buf_addf(&b, "%c\"%d\":{\"a\":1}", i == 0 ? '{' : ',', i);
	buf_addc(&b, '}');
	if (b.rc == OK) {
		value = json_parse(b.data, b.len, &error);
		assert_int_equal(value == NULL, error.rc != OK);
		json_free(value);
	}
	i = b.rc != OK ? b.rc : error.rc;
	buf_free(&b);
	return i;
}

static void
tell_nobody(void *arg, const struct schema_place *at, const char *message)
{
	(void)arg;
	(void)at;
	(void)message;
}

/* All of it that allocates: exact numbers, and patterns. */
static int
check_schema(void)
{
	static const char schema_text[] = "{\"minimum\":1,\"properties\":"
	    "{\"a\":{\"pattern\":\"^[a-z]+$\"}}}", value_text[] =
	    "{\"a\":\"xyz\",\"b\":[1.5,2]}";
	struct json_error error = { .rc = OK };
	struct json *schema, *value = NULL;
	int rc;

	schema = json_parse_exact(schema_text, sizeof(schema_text) - 1,
	    &error);
	if (schema != NULL)
		value = json_parse_exact(value_text, sizeof(value_text) - 1,
		    &error);
	rc = error.rc;
	if (rc == OK)
		rc = schema_problems(schema, tell_nobody, NULL);
	if (rc == OK)
		rc = schema_check(schema, value, tell_nobody, NULL);
	json_free(schema);
	json_free(value);
	return rc;
}

/* A complaint that finds no memory still leaves a mark. */
static int
open_conf(void)
{
	struct conf_file *file = NULL;
	struct buf errors;
	int rc;

	buf_init(&errors, 64 * 1024);
	rc = conf_open("c.yaml", &file, &errors);
	assert_int_equal(file == NULL, rc != OK);
	if (rc == OK) {
		conf_int(conf_root(file), "list", 1, 1, 2, &errors);
		rc = errors.rc;
		assert_true(rc != OK || errors.len > 0);
	}
	conf_close(file);
	buf_free(&errors);
	return rc;
}

static void
test_buf(void **state)
{
	(void)state;
	assert_in_range(nomem_each(grow_buffer), 2, 100);
}

static void
test_json(void **state)
{
	(void)state;
	assert_in_range(nomem_each(check_json), 5, 100);
}

static void
test_schema(void **state)
{
	(void)state;
	assert_in_range(nomem_each(check_schema), 10, 100);
}

static void
test_conf(void **state)
{
	char dir[] = "/tmp/test_nomem.XXXXXX";
	FILE *out;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	out = fopen("c.yaml", "w");
	assert_non_null(out);
	fputs("list: [a, 'b', {c: d, e: f}]\nlist2: ${HOME}\n", out);
	assert_int_equal(fclose(out), 0);
	setenv("HOME", "/", 1);
	assert_in_range(nomem_each(open_conf), 20, 100);
	unlink("c.yaml");
	assert_int_equal(chdir("/"), 0);
	rmdir(dir);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buf),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_conf),
		cmocka_unit_test(test_schema),
	};

	return cmocka_run_group_tests_name("nomem", tests, NULL, NULL);
}
