/* SPDX-License-Identifier: Apache-2.0 */
/* Where secrets come from, and where they must not show. */
#include "runner/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/err.h"
#include "t/unit/unit.h"

static char dir[] = "/tmp/gatehouse-secret.XXXXXX";

static void
write_file(const char *name, const char *text, size_t len)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fwrite(text, 1, len, file);
	fclose(file);
}

static int
set_up(void **state)
{
	static char big[SECRET_MAX + 2];

	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	memset(big, 'x', sizeof(big) - 1);
	write_file("FROM_FILE", "of the file\r\n", 13);
	write_file("BOTH", "of the file", 11);
	write_file("NOTHING", "\n", 1);
	write_file("BIG", big, sizeof(big) - 1);
	setenv("BOTH", "of the environment", 1);
	setenv("LINES", "a\nX-Evil: b", 1);
	setenv("EMPTY", "", 1);
	return 0;
}

static int
tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

static void
test_read(void **state)
{
	static const struct { const char *reference, *want; int rc; } rows[] = {
		{ "${FROM_FILE}", "of the file", OK },
		{ "${BOTH}", "of the environment", OK },
		{ "${NO_SUCH}", "", E_NOTFOUND },
		{ "${EMPTY}", "", E_NOTFOUND },
		{ "${NOTHING}", "", E_NOTFOUND },
		{ "${LINES}", NULL, E_INVALID },
		{ "${BIG}", NULL, E_TOOBIG },
		{ "${../FROM_FILE}", "", E_INVALID },
		{ "${}", "", E_INVALID },
		{ "${BOTH", "", E_INVALID },
		{ "${BOTH}x", "", E_INVALID },
		{ "BOTH", "", E_INVALID },
		{ "", "", E_INVALID },
		{ NULL, "", E_INVALID },
	};
	struct buf value;

	(void)state;
	setenv("CREDENTIALS_DIRECTORY", dir, 1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		buf_init(&value, SECRET_MAX);
		assert_int_equal(secret_read(rows[i].reference, &value),
		    rows[i].rc);
		if (rows[i].want != NULL)
			assert_string_equal(buf_str(&value), rows[i].want);
		secret_free(&value);
	}
	unsetenv("CREDENTIALS_DIRECTORY");
	buf_init(&value, SECRET_MAX);
	assert_int_equal(secret_read("${FROM_FILE}", &value), E_NOTFOUND);
	secret_free(&value);
}

static void
test_mask(void **state)
{
	char text[] = "bad key sk-123, I say: sk-123";
	struct buf value;

	(void)state;
	buf_init(&value, SECRET_MAX);
	secret_mask(&value, text);
	buf_adds(&value, "sk-123");
	secret_mask(&value, text);
	assert_string_equal(text, "bad key ******, I say: ******");
	secret_free(&value);
}

static int
on_seen(void *arg, const struct buf *value)
{
	struct buf *seen = arg;

	return buf_addf(seen, "[%s]", buf_str(value));
}

/* References within a text; one that is none stays. */
static void
test_expand(void **state)
{
	static const struct {
		const char *text, *want, *seen;
		int rc;
	} rows[] = {
		{ "", "", "", OK },
		{ "plain", "plain", "", OK },
		{ "Bearer ${BOTH}", "Bearer of the environment",
		    "[of the environment]", OK },
		{ "${FROM_FILE}${BOTH}!", "of the fileof the environment!",
		    "[of the file][of the environment]", OK },
		{ "a ${", "a ${", "", OK },
		{ "a ${B", "a ${B", "", OK },
		{ "${NO_SUCH}", NULL, "", E_NOTFOUND },
		{ "x ${BOTH} ${LINES}", NULL, "[of the environment]",
		    E_INVALID },
		{ "${lower}", NULL, "", E_INVALID },
		{ "${BIG}", NULL, "", E_TOOBIG },
	};
	struct buf out, seen, why;

	(void)state;
	setenv("CREDENTIALS_DIRECTORY", dir, 1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		buf_init(&out, 2 * SECRET_MAX);
		buf_init(&seen, 2 * SECRET_MAX);
		buf_init(&why, 256);
		if (secret_expand(rows[i].text, &out, on_seen, &seen, &why) !=
		    rows[i].rc)
			fail_msg("%s: %s", rows[i].text, buf_str(&why));
		if (rows[i].want != NULL)
			assert_string_equal(buf_str(&out), rows[i].want);
		assert_string_equal(buf_str(&seen), rows[i].seen);
		assert_int_equal(why.len > 0, rows[i].rc != OK);
		buf_free(&out);
		buf_free(&seen);
		buf_free(&why);
	}
	buf_init(&why, 256);
	buf_init(&out, 3);
	assert_int_equal(secret_expand("${BOTH}", &out, NULL, NULL, &why),
	    E_TOOBIG);
	assert_string_equal(buf_str(&why), "cannot read ${BOTH}: too large");
	buf_free(&out);
	buf_free(&why);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_expand),
		cmocka_unit_test(test_mask),
	};

	return cmocka_run_group_tests_name("secret", tests, set_up, tear_down);
}
