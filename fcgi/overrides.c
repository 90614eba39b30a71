/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/overrides.h"

#include <stdbool.h>
#include <string.h>

#include "fcgi/input.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/schema.h"

enum { PLACE_MAX = 512, NOTED_MAX = 16384 };

struct complaints {
	struct input *in;
	struct buf noted;	/* the fields, each between newlines */
};

static void
complain(struct complaints *c, const struct schema_place *at,
    const char *message)
{
	struct buf field;

	buf_init(&field, PLACE_MAX);
	buf_adds(&field, at != NULL ? "\nstate_overrides." :
	    "\nstate_overrides");
	if (at != NULL) {
		struct buf path;

		buf_init(&path, PLACE_MAX / 2);
		schema_path(at, &path);
		buf_adds(&field, buf_str(&path));
		buf_free(&path);
	}
	/* The details of a refusal hold one complaint about each field. */
	buf_addc(&field, '\n');
	if (field.rc == OK &&
	    strstr(buf_str(&c->noted), field.data) == NULL) {
		buf_adds(&c->noted, field.data);
		field.data[field.len - 1] = '\0';
		input_complain(c->in, field.data + 1, "%s", message);
	}
	buf_free(&field);
}

/* Columns of the session that its extra_fields show under these names. */
static bool
is_reserved(const char *key)
{
	return strcmp(key, "query") == 0 || strcmp(key, "reporter") == 0;
}

/* A column too, which may be given here; and who reads it checks it. */
static bool
is_column(const char *key)
{
	return is_reserved(key) || strcmp(key, "environment") == 0;
}

static void
tell(void *arg, const struct schema_place *at, const char *message)
{
	const struct schema_place *top = at;

	while (top != NULL && top->up != NULL)
		top = top->up;
	if (top == NULL || !is_column(top->key))
		complain(arg, at, message);
}

/* A schema that does not say what else there may be, means: nothing. */
static bool
is_closed(const struct json *schema)
{
	return schema != NULL &&
	    json_get(schema, "additionalProperties") == NULL &&
	    json_get(schema, "patternProperties") == NULL;
}

static void
check_names(struct complaints *c, const struct json *overrides,
    const struct json *schema)
{
	const struct json *properties = json_get(schema, "properties");
	const struct json *member = json_first(overrides);
	bool closed = is_closed(schema);

	for (; member != NULL; member = json_next(member)) {
		struct schema_place at = { .key = json_key(member) };

		if (is_reserved(at.key))
			complain(c, &at, "reserved");
		else if (closed && !is_column(at.key) &&
		    json_get(properties, at.key) == NULL)
			complain(c, &at, "is not known here");
	}
}

void
overrides_check(struct input *in, const struct json *overrides,
    const struct json *schema)
{
	struct complaints complaints = { .in = in };
	int rc = OK;

	buf_init(&complaints.noted, NOTED_MAX);
	check_names(&complaints, overrides, schema);
	if (overrides != NULL && schema != NULL)
		rc = schema_check(schema, overrides, tell, &complaints);
	if (rc == E_TOOBIG)
		complain(&complaints, NULL, "too complex to be checked");
	else if (rc == E_NOMEM)
		input_fail(in, rc);
	buf_free(&complaints.noted);
}
