/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/json.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"

/* Below 2^53 every integer is a double of its own. */
#define INTEGERS 9007199254740992.0

/* struct json is never defined: it is cJSON's item, seen from outside. */
static const cJSON *
item(const struct json *value)
{
	return (const cJSON *)value;
}

struct json *
json_parse(const char *text, size_t len, struct json_error *error)
{
	cJSON *root;

	if (json_check(text, len, error) != OK)
		return NULL;
	root = cJSON_ParseWithLength(text, len);
	if (root == NULL && error != NULL)
		*error = (struct json_error){
			.rc = E_NOMEM,
			.message = err_text(E_NOMEM),
		};
	return (struct json *)root;
}

void
json_free(struct json *value)
{
	cJSON_Delete((cJSON *)value);
}

const struct json *
json_get(const struct json *object, const char *key)
{
	return (const struct json *)
	    cJSON_GetObjectItemCaseSensitive(item(object), key);
}

enum json_kind
json_kind(const struct json *value)
{
	if (value == NULL)
		return JSON_NONE;
	switch (item(value)->type & 0xff) {
	case cJSON_False:
	case cJSON_True:
		return JSON_BOOL;
	case cJSON_Number:
		return JSON_NUMBER;
	case cJSON_String:
		return JSON_STRING;
	case cJSON_Array:
		return JSON_ARRAY;
	case cJSON_Object:
		return JSON_OBJECT;
	}
	return JSON_NULL;
}

const char *
json_string(const struct json *value)
{
	return cJSON_GetStringValue(item(value));
}

double
json_number(const struct json *value, double missing)
{
	return cJSON_IsNumber(item(value)) ? item(value)->valuedouble : missing;
}

bool
json_bool(const struct json *value, bool missing)
{
	return cJSON_IsBool(item(value)) ? cJSON_IsTrue(item(value)) : missing;
}

const struct json *
json_first(const struct json *parent)
{
	return parent == NULL ? NULL :
	    (const struct json *)item(parent)->child;
}

const struct json *
json_next(const struct json *value)
{
	return value == NULL ? NULL : (const struct json *)item(value)->next;
}

size_t
json_size(const struct json *parent)
{
	return (size_t)cJSON_GetArraySize(item(parent));
}

const char *
json_key(const struct json *value)
{
	return value == NULL ? NULL : item(value)->string;
}

/*
 * cJSON's own printer takes doubles that are nearly equal for equal, and
 * so changes the last digit of a large integer.
 */
static void
print_number(double number, struct buf *out)
{
	char text[32];
	int digits = 15;

	if (number > -INTEGERS && number < INTEGERS &&
	    number == (long long)number) {
		buf_addf(out, "%lld", (long long)number);
		return;
	}
	do
		snprintf(text, sizeof(text), "%.*g", digits, number);
	while (strtod(text, NULL) != number && ++digits <= 17);
	buf_adds(out, text);
}

static void
print_items(const struct json *parent, const char *brackets, struct buf *out)
{
	const struct json *child = json_first(parent);
	const char *key;

	buf_addc(out, brackets[0]);
	while (child != NULL) {
		key = json_key(child);
		if (key != NULL) {
			buf_add_json(out, key, strlen(key));
			buf_addc(out, ':');
		}
		json_print(child, out);
		child = json_next(child);
		if (child != NULL)
			buf_addc(out, ',');
	}
	buf_addc(out, brackets[1]);
}

int
json_print(const struct json *value, struct buf *out)
{
	const char *text;

	switch (json_kind(value)) {
	case JSON_NONE:
	case JSON_NULL:
		buf_adds(out, "null");
		break;
	case JSON_BOOL:
		buf_adds(out, json_bool(value, false) ? "true" : "false");
		break;
	case JSON_NUMBER:
		print_number(json_number(value, 0), out);
		break;
	case JSON_STRING:
		text = json_string(value);
		buf_add_json(out, text, strlen(text));
		break;
	case JSON_ARRAY:
		print_items(value, "[]", out);
		break;
	case JSON_OBJECT:
		print_items(value, "{}", out);
		break;
	}
	return out->rc;
}
