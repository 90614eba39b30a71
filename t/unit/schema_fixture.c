/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/schema_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json.h"

static void
tell(void *arg, const struct schema_place *at, const char *message)
{
	struct buf *told = arg, path;

	buf_init(&path, SCHEMA_TEXT_MAX);
	schema_path(at, &path);
	buf_addf(told, "%s%s%s%s", told->len > 0 ? "\n" : "", buf_str(&path),
	    path.len > 0 ? " " : "", message);
	buf_free(&path);
}

/* JSON in which ' stands for ". */
static struct json *
parse(const char *text)
{
	struct json *value;
	char *copy = strdup(text);

	for (char *at = copy; *at != '\0'; at++)
		if (*at == '\'')
			*at = '"';
	value = json_parse_exact(copy, strlen(copy), NULL);
	if (value == NULL)
		fail_msg("no JSON: %.200s", text);
	free(copy);
	return value;
}

/* What is told about value, in told; value NULL: about the schema. */
int
schema_ask(const char *schema_text, const char *value_text, struct buf *told)
{
	struct json *schema = parse(schema_text);
	struct json *value = value_text != NULL ? parse(value_text) : NULL;
	int rc;

	buf_init(told, SCHEMA_TEXT_MAX);
	rc = value_text != NULL ? schema_check(schema, value, tell, told) :
	    schema_problems(schema, tell, told);
	assert_int_equal(rc == E_INVALID || rc == E_TOOBIG, rc != OK);
	if (rc != E_TOOBIG)
		assert_int_equal(rc == E_INVALID, told->len > 0);
	json_free(schema);
	json_free(value);
	return rc;
}

void
schema_tells(const char *schema, const char *value, const char *want)
{
	struct buf told;
	int rc = schema_ask(schema, value, &told);

	if (strcmp(buf_str(&told), want) != 0 ||
	    rc != (*want == '\0' ? OK : E_INVALID))
		fail_msg("%s, %s: %d %s", schema, value != NULL ? value : "",
		    rc, buf_str(&told));
	buf_free(&told);
}

void
schema_tells_all(const struct schema_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		schema_tells(rows[i].schema, rows[i].value, rows[i].told);
}
