/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/overrides.h"

#include <stdbool.h>
#include <string.h>

#include "fcgi/fit.h"
#include "fcgi/input.h"
#include "lib/json.h"

enum { FIELD_MAX = 512 };

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

/* A schema that does not say what else there may be, means: nothing. */
static bool
is_closed(const struct json *schema)
{
	return schema != NULL &&
	    json_get(schema, "additionalProperties") == NULL &&
	    json_get(schema, "patternProperties") == NULL;
}

static void
check_names(struct input *in, const struct json *overrides,
    const struct json *schema)
{
	const struct json *properties = json_get(schema, "properties");
	const struct json *member = json_first(overrides);
	bool closed = is_closed(schema);
	const char *complaint;
	struct buf field;

	for (; member != NULL; member = json_next(member)) {
		const char *key = json_key(member);

		complaint = is_reserved(key) ? "reserved" : closed &&
		    !is_column(key) && json_get(properties, key) == NULL ?
		    "is not known here" : NULL;
		if (complaint == NULL)
			continue;
		buf_init(&field, FIELD_MAX);
		buf_addf(&field, "state_overrides.%s", key);
		input_complain(in, buf_str(&field), "%s", complaint);
		buf_free(&field);
	}
}

void
overrides_check(struct input *in, const struct json *overrides,
    const struct json *schema)
{
	check_names(in, overrides, schema);
	if (overrides != NULL && schema != NULL)
		fit_check(in, "state_overrides", schema, overrides, is_column);
}
