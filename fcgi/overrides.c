/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/overrides.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "fcgi/input.h"
#include "lib/json.h"

static void
complain(struct input *in, const char *key, const char *complaint)
{
	char field[160];

	snprintf(field, sizeof(field), "state_overrides.%s", key);
	input_complain(in, field, "%s", complaint);
}

/* Columns of the session that its extra_fields show under these names. */
static bool
is_reserved(const char *key)
{
	return strcmp(key, "query") == 0 || strcmp(key, "reporter") == 0;
}

static bool
has_type(const struct json *value, const char *type)
{
	static const struct {
		const char *type;
		enum json_kind kind;
	} types[] = {
		{ "string", JSON_STRING },
		{ "integer", JSON_NUMBER },
		{ "number", JSON_NUMBER },
		{ "boolean", JSON_BOOL },
		{ "array", JSON_ARRAY },
		{ "object", JSON_OBJECT },
	};
	double number = json_number(value, 0);

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].type, type) == 0)
			return json_kind(value) == types[i].kind &&
			    (strcmp(type, "integer") != 0 ||
			    number == __builtin_trunc(number));
	return true;
}

static void
check_member(struct input *in, const struct json *member,
    const struct json *schema)
{
	const char *key = json_key(member);
	const struct json *property = json_get(json_get(schema, "properties"),
	    key);
	const char *type = json_string(json_get(property, "type"));
	char complaint[64];

	if (is_reserved(key)) {
		complain(in, key, "reserved");
	} else if (schema != NULL && property == NULL &&
	    !json_bool(json_get(schema, "additionalProperties"), false)) {
		complain(in, key, "unknown to the application");
	} else if (type != NULL && !has_type(member, type)) {
		snprintf(complaint, sizeof(complaint), "must be of type %.20s",
		    type);
		complain(in, key, complaint);
	}
}

void
overrides_check(struct input *in, const struct json *overrides,
    const struct json *schema)
{
	const struct json *at;

	for (at = json_first(overrides); at != NULL; at = json_next(at))
		if (strcmp(json_key(at), "environment") != 0)
			check_member(in, at, schema);
	at = json_first(json_get(schema, "required"));
	for (; at != NULL && overrides != NULL; at = json_next(at))
		if (json_string(at) != NULL &&
		    json_get(overrides, json_string(at)) == NULL)
			complain(in, json_string(at), "required");
}
