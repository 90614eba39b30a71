/* SPDX-License-Identifier: Apache-2.0 */
/* The keywords, and what is wrong with those of a schema. */
#include "lib/schema_impl.h"

#include <stdlib.h>
#include <string.h>

#include "lib/decimal.h"
#include "lib/err.h"
#include "lib/pattern.h"

enum { REFS_MAX = 64, TOKEN_MAX = 256 };

static const struct keyword keywords[] = {
	{ "$ref", SHAPE_REF, schema_ref },
	{ "$defs", SHAPE_SCHEMA_MAP, NULL },
	{ "definitions", SHAPE_SCHEMA_MAP, NULL },
	{ "type", SHAPE_TYPE, schema_type },
	{ "enum", SHAPE_ARRAY, schema_enum },
	{ "const", SHAPE_ANY, schema_const },
	{ "minimum", SHAPE_NUMBER, schema_bounds },
	{ "maximum", SHAPE_NUMBER, schema_bounds },
	{ "exclusiveMinimum", SHAPE_NUMBER, schema_bounds },
	{ "exclusiveMaximum", SHAPE_NUMBER, schema_bounds },
	{ "multipleOf", SHAPE_POSITIVE, schema_multiple },
	{ "minLength", SHAPE_COUNT, schema_length },
	{ "maxLength", SHAPE_COUNT, schema_length },
	{ "pattern", SHAPE_PATTERN, schema_pattern },
	{ "items", SHAPE_ITEMS, schema_items },
	{ "prefixItems", SHAPE_SCHEMAS, schema_prefix },
	{ "additionalItems", SHAPE_SCHEMA, schema_more_items },
	{ "minItems", SHAPE_COUNT, schema_count },
	{ "maxItems", SHAPE_COUNT, schema_count },
	{ "uniqueItems", SHAPE_BOOL, schema_unique },
	{ "required", SHAPE_TEXTS, schema_required },
	{ "properties", SHAPE_SCHEMA_MAP, schema_properties },
	{ "patternProperties", SHAPE_PATTERN_MAP, schema_pattern_properties },
	{ "additionalProperties", SHAPE_SCHEMA, schema_additional },
	{ "minProperties", SHAPE_COUNT, schema_count },
	{ "maxProperties", SHAPE_COUNT, schema_count },
	{ "allOf", SHAPE_SCHEMAS, schema_all_of },
	{ "anyOf", SHAPE_SCHEMAS, schema_any_of },
	{ "oneOf", SHAPE_SCHEMAS, schema_one_of },
	{ "not", SHAPE_SCHEMA, schema_not },
};

const struct keyword *
schema_keyword(const char *name)
{
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (strcmp(keywords[i].name, name) == 0)
			return &keywords[i];
	return NULL;
}

/* ---- $ref: "#", "#/$defs/a", "#/a/0/b~1c%20d" (RFC 6901 section 6) ---- */

static int
hex(const char *text)
{
	char digits[3] = { text[0], text[0] != '\0' ? text[1] : '\0', '\0' };
	char *end;
	long code = strtol(digits, &end, 16);

	return end == digits + 2 ? (int)code : -1;
}

/* Takes one token, unescaped. NULL: it is none, or too long. */
static const char *
take_token(const char *ref, char token[TOKEN_MAX])
{
	size_t len = 0;
	int code;

	for (; *ref != '\0' && *ref != '/'; ref++) {
		code = (unsigned char)*ref;
		if (*ref == '%') {
			code = hex(ref + 1);
			ref += 2;
		} else if (*ref == '~') {
			ref++;
			code = *ref == '0' ? '~' : *ref == '1' ? '/' : -1;
		}
		if (code <= 0 || len == TOKEN_MAX - 1)
			return NULL;
		token[len++] = (char)code;
	}
	token[len] = '\0';
	return ref;
}

static const struct json *
find_item(struct check *c, const struct json *list, const char *token)
{
	const struct json *item = json_first(list);
	char *end;
	unsigned long index = strtoul(token, &end, 10);

	if (*end != '\0' || strspn(token, "0123456789") == 0)
		return NULL;
	while (item != NULL && index-- > 0 && schema_spend(c, 1))
		item = json_next(item);
	return item;
}

const struct json *
schema_refer(struct check *c, const char *ref)
{
	const struct json *found = c->root;
	char token[TOKEN_MAX];

	if (*ref++ != '#')
		return NULL;
	while (found != NULL && *ref == '/' && schema_spend(c, 1)) {
		ref = take_token(ref + 1, token);
		if (ref == NULL)
			return NULL;
		found = json_kind(found) == JSON_ARRAY ?
		    find_item(c, found, token) : schema_find(c, found, token);
	}
	return *ref == '\0' && c->rc == OK ? found : NULL;
}

/* ---- what is wrong ---- */

static bool
is_schema(const struct json *value)
{
	return json_kind(value) == JSON_OBJECT ||
	    json_kind(value) == JSON_BOOL;
}

static bool
are_schemas(struct check *c, const struct json *part)
{
	while (part != NULL && is_schema(part) && schema_spend(c, 1))
		part = json_next(part);
	return part == NULL;
}

static bool
are_texts(struct check *c, const struct json *part)
{
	while (part != NULL && json_string(part) != NULL && schema_spend(c, 1))
		part = json_next(part);
	return part == NULL;
}

static bool
is_type(const struct json *value)
{
	static const char *const types[] = { "string", "integer", "number",
	    "boolean", "array", "object", "null" };
	const char *text = json_string(value);

	for (size_t i = 0; text != NULL && i < 7; i++)
		if (strcmp(types[i], text) == 0)
			return true;
	return false;
}

static const char no_type[] = "is no type: string, integer, number, boolean, "
    "array, object or null";

static const char *
wrong_type(struct check *c, const struct json *word)
{
	const struct json *one = json_first(word);

	if (json_kind(word) != JSON_ARRAY || one == NULL)
		return is_type(word) ? NULL : no_type;
	for (; one != NULL && schema_spend(c, 1); one = json_next(one))
		if (!is_type(one))
			return no_type;
	return NULL;
}

static const char *
wrong_ref(struct check *c, const struct json *word)
{
	const char *ref = json_string(word);

	if (ref == NULL)
		return "must be a text";
	if (*ref != '#')
		return "refers to another document, which is never fetched";
	for (int i = 0; ref != NULL && i < REFS_MAX; i++) {
		word = schema_refer(c, ref);
		if (!is_schema(word))
			return "refers to nothing";
		ref = json_string(json_get(word, "$ref"));
	}
	return ref != NULL && *ref == '#' ? "refers to itself" : NULL;
}

static const char *
wrong_number(const struct json *word, enum shape shape)
{
	struct decimal number;

	if (json_digits(word) == NULL)
		return "must be a number";
	decimal_read(&number, json_digits(word));
	if (shape == SHAPE_POSITIVE && number.sign <= 0)
		return "must be above 0";
	if (shape == SHAPE_COUNT && (number.sign < 0 ||
	    !decimal_is_integer(&number)))
		return "must be a whole number from 0";
	return NULL;
}

const char *
schema_wrong(struct check *c, const struct keyword *keyword,
    const struct json *word)
{
	enum json_kind kind = json_kind(word);

	switch (keyword->shape) {
	case SHAPE_ANY:
		return NULL;
	case SHAPE_ARRAY:
		return kind == JSON_ARRAY ? NULL : "must be a list";
	case SHAPE_BOOL:
		return kind == JSON_BOOL ? NULL : "must be true or false";
	case SHAPE_COUNT:
	case SHAPE_NUMBER:
	case SHAPE_POSITIVE:
		return wrong_number(word, keyword->shape);
	case SHAPE_PATTERN:
		return kind == JSON_STRING ? NULL : "must be a text";
	case SHAPE_REF:
		return wrong_ref(c, word);
	case SHAPE_TEXTS:
		return kind == JSON_ARRAY && are_texts(c, json_first(word)) ?
		    NULL : "must be a list of texts";
	case SHAPE_TYPE:
		return wrong_type(c, word);
	case SHAPE_SCHEMA:
		return is_schema(word) ? NULL :
		    "must be a schema, or true or false";
	case SHAPE_ITEMS:
		return is_schema(word) || (kind == JSON_ARRAY &&
		    are_schemas(c, json_first(word))) ? NULL :
		    "must be a schema, or a list of them";
	case SHAPE_SCHEMAS:
		return kind == JSON_ARRAY && json_first(word) != NULL &&
		    are_schemas(c, json_first(word)) ? NULL :
		    "must be a list of schemas";
	case SHAPE_SCHEMA_MAP:
	case SHAPE_PATTERN_MAP:
		return kind == JSON_OBJECT && are_schemas(c, json_first(word)) ?
		    NULL : "must be a map to schemas";
	}
	return NULL;
}

/* ---- all of them ---- */

static void
look_at_pattern(struct check *c, const struct schema_place *at,
    const char *text)
{
	struct pattern *pattern;
	const char *why;
	int rc;

	if (!schema_spend(c, PATTERN_TEXT_MAX))
		return;
	rc = pattern_open(&pattern, text, &why);
	pattern_close(pattern);
	if (rc == E_NOMEM)
		c->rc = rc;
	else if (rc != OK)
		schema_fault(c, at, "is no pattern that can be used: %s", why);
}

static void look_at_schema(struct check *c, const struct json *schema,
    const struct schema_place *at);

static void
look_at_parts(struct check *c, const struct json *word,
    const struct schema_place *at, bool patterns)
{
	const struct json *part = json_first(word);
	struct schema_place place = { .up = at };

	for (; part != NULL && c->rc == OK; part = json_next(part)) {
		place.key = json_key(part);
		if (patterns)
			look_at_pattern(c, &place, place.key);
		look_at_schema(c, part, &place);
		place.index++;
	}
}

static void
look_at_word(struct check *c, enum shape shape, const struct json *word,
    const struct schema_place *at)
{
	switch (shape) {
	case SHAPE_PATTERN:
		look_at_pattern(c, at, json_string(word));
		break;
	case SHAPE_SCHEMA:
		look_at_schema(c, word, at);
		break;
	case SHAPE_ITEMS:
		if (json_kind(word) == JSON_ARRAY)
			look_at_parts(c, word, at, false);
		else
			look_at_schema(c, word, at);
		break;
	case SHAPE_SCHEMAS:
	case SHAPE_SCHEMA_MAP:
	case SHAPE_PATTERN_MAP:
		look_at_parts(c, word, at, shape == SHAPE_PATTERN_MAP);
		break;
	default:
		break;
	}
}

/* As deep as the document. */
static void
look_at_schema(struct check *c, const struct json *schema,
    const struct schema_place *at)
{
	const struct json *word = json_first(schema);
	const struct keyword *keyword;
	const char *wrong;

	if (!is_schema(schema))
		schema_fault(c, at, "must be a schema");
	if (json_kind(schema) != JSON_OBJECT)
		return;
	for (; word != NULL && schema_spend(c, 1); word = json_next(word)) {
		struct schema_place place = { .up = at,
		    .key = json_key(word) };

		keyword = schema_keyword(place.key);
		if (keyword == NULL)
			continue;
		wrong = schema_wrong(c, keyword, word);
		if (wrong != NULL)
			schema_fault(c, &place, "%s", wrong);
		else
			look_at_word(c, keyword->shape, word, &place);
	}
}

int
schema_problems(const struct json *schema, schema_told *told, void *arg)
{
	struct check c = { .root = schema, .told = told, .arg = arg,
	    .steps = SCHEMA_STEPS_MAX };

	look_at_schema(&c, schema, NULL);
	if (c.rc != OK)
		return c.rc;
	return c.faults > 0 ? E_INVALID : OK;
}
