/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/conf_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/err.h"

int
fixture_set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/test_conf.XXXXXX");
	if (mkdtemp(f->dir) == NULL || chdir(f->dir) != 0)
		return -1;
	buf_init(&f->errors, 64 * 1024);
	buf_init(&f->json, 4 * CONF_FILE_MAX);
	*state = f;
	return 0;
}

int
fixture_tear_down(void **state)
{
	struct fixture *f = *state;

	conf_close(f->file);
	buf_free(&f->errors);
	buf_free(&f->json);
	unlink("c.yaml");
	if (chdir("/") != 0 || rmdir(f->dir) != 0)
		return -1;
	free(f);
	return 0;
}

int
fixture_load_bytes(struct fixture *f, const char *text, size_t len)
{
	FILE *out = fopen("c.yaml", "w");

	assert_non_null(out);
	assert_int_equal(fwrite(text, 1, len, out), len);
	assert_int_equal(fclose(out), 0);
	buf_reset(&f->errors);
	buf_reset(&f->json);
	conf_close(f->file);
	f->file = NULL;
	return conf_open("c.yaml", &f->file, &f->errors);
}

int
fixture_load(struct fixture *f, const char *text)
{
	return fixture_load_bytes(f, text, strlen(text));
}

const struct conf *
fixture_root(struct fixture *f, const char *text)
{
	int rc = fixture_load(f, text);

	assert_string_equal(buf_str(&f->errors), "");
	assert_int_equal(rc, OK);
	return conf_root(f->file);
}

void
fixture_expect(struct fixture *f, const char *want)
{
	assert_string_equal(buf_str(&f->errors), want);
	buf_reset(&f->errors);
}
