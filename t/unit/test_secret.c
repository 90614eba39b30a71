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

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_mask),
	};

	return cmocka_run_group_tests_name("secret", tests, set_up, tear_down);
}
