/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A schema, a newline, a value. What is checked ends, says the same each
 * time, and tells faults if and only if there are some; a value fits
 * {"not": S} exactly if it does not fit S.
 */
#include "t/fuzz/fuzz.h"

#include <stdbool.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/schema.h"

enum { PATH_MAX_BYTES = 65536 };

static void
tell(void *arg, const struct schema_place *at, const char *message)
{
	struct buf path;

	buf_init(&path, PATH_MAX_BYTES);
	schema_path(at, &path);
	fuzz_check(message[0] != '\0' && path.rc != E_NOMEM);
	buf_free(&path);
	++*(int *)arg;
}

static int
check(const char *text, size_t len, const struct json *value)
{
	struct json *schema = json_parse_exact(text, len, NULL);
	int told = 0, rc = E_MISUSE;

	if (schema == NULL)
		return rc;
	rc = schema_problems(schema, tell, &told);
	fuzz_check(rc == E_TOOBIG || (rc == E_INVALID) == (told > 0));
	told = 0;
	rc = schema_check(schema, value, tell, &told);
	fuzz_check(rc == OK || rc == E_INVALID || rc == E_TOOBIG);
	fuzz_check(rc == E_TOOBIG || (rc == E_INVALID) == (told > 0));
	fuzz_check(told <= SCHEMA_TOLD_MAX);
	json_free(schema);
	return rc;
}

/*
 * Whether the inverse can be asked: a reference from the root would mean
 * another root; what is no schema, 5 say, is none inside "not" either.
 */
static bool
has_inverse(const char *text, size_t len)
{
	size_t blank = 0;

	while (blank < len && strchr(" \t\r", text[blank]) != NULL)
		blank++;
	return blank < len && strchr("{tf", text[blank]) != NULL &&
	    memchr(text, '$', len) == NULL && memchr(text, '\\', len) == NULL;
}

static void
check_inverse(const char *text, size_t len, const struct json *value, int rc)
{
	struct buf inverse;
	int other;

	buf_init(&inverse, len + 16);
	buf_adds(&inverse, "{\"not\":");
	buf_add(&inverse, text, len);
	buf_addc(&inverse, '}');
	other = check(inverse.data, inverse.len, value);
	if (other != E_MISUSE && other != E_TOOBIG)
		fuzz_check((rc == OK) == (other == E_INVALID));
	buf_free(&inverse);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *end = memchr(data, '\n', size);
	size_t len = end != NULL ? (size_t)(end - text) : size;
	struct json *value;
	int rc;

	if (end == NULL)
		return 0;
	value = json_parse_exact(end + 1, size - len - 1, NULL);
	if (value == NULL)
		return 0;
	rc = check(text, len, value);
	fuzz_check(check(text, len, value) == rc);
	if ((rc == OK || rc == E_INVALID) && has_inverse(text, len))
		check_inverse(text, len, value, rc);
	json_free(value);
	return 0;
}
