/* SPDX-License-Identifier: Apache-2.0 */
/* Keywords that look at one value alone. */
#include "lib/schema_impl.h"

#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/decimal.h"
#include "lib/err.h"
#include "lib/pattern.h"
#include "lib/utf8.h"

enum { LISTED_MAX = 384 };

/* ---- equality, patterns ---- */

static bool
read_number(struct decimal *number, const struct json *value)
{
	const char *digits = json_digits(value);

	if (digits != NULL)
		decimal_read(number, digits);
	return digits != NULL;
}

static bool
equal_numbers(const struct json *a, const struct json *b)
{
	struct decimal x, y;

	return read_number(&x, a) && read_number(&y, b) &&
	    decimal_compare(&x, &y) == 0;
}

static bool
equal_parts(struct check *c, const struct json *a, const struct json *b)
{
	bool object = json_kind(a) == JSON_OBJECT;
	const struct json *part = json_first(a), *other = json_first(b);

	if (json_size(a) != json_size(b))
		return false;
	for (; part != NULL; part = json_next(part)) {
		if (object)
			other = schema_find(c, b, json_key(part));
		if (!schema_equal(c, part, other))
			return false;
		if (!object)
			other = json_next(other);
	}
	return true;
}

bool
schema_equal(struct check *c, const struct json *a, const struct json *b)
{
	if (!schema_spend(c, 1) || json_kind(a) != json_kind(b))
		return false;
	switch (json_kind(a)) {
	case JSON_BOOL:
		return json_bool(a, false) == json_bool(b, false);
	case JSON_NUMBER:
		return equal_numbers(a, b);
	case JSON_STRING:
		return strcmp(json_string(a), json_string(b)) == 0;
	case JSON_ARRAY:
	case JSON_OBJECT:
		return equal_parts(c, a, b);
	default:
		return true;
	}
}

bool
schema_matches(struct check *c, const char *pattern, const char *text)
{
	struct pattern *p;
	const char *why;
	bool found = true;
	int rc;

	if (!schema_spend(c, PATTERN_TEXT_MAX))
		return true;
	rc = pattern_open(&p, pattern, &why);
	if (rc == OK)
		rc = pattern_find(p, text, strlen(text), &c->steps, &found);
	else if (rc != E_NOMEM)
		rc = OK;	/* schema_problems tells that it is none */
	pattern_close(p);
	if (c->rc == OK)
		c->rc = rc;
	return found;
}

/* ---- what is said ---- */

const char *
schema_show(const struct json *value, char text[SCHEMA_SHOWN_MAX])
{
	const char *string = json_string(value);
	size_t len;

	switch (json_kind(value)) {
	case JSON_STRING:
		len = utf8_cut(string, strlen(string), SCHEMA_SHOWN_MAX - 8);
		snprintf(text, SCHEMA_SHOWN_MAX, "\"%.*s%s\"", (int)len,
		    string, string[len] != '\0' ? "..." : "");
		break;
	case JSON_NUMBER:
		snprintf(text, SCHEMA_SHOWN_MAX, "%s", json_digits(value));
		break;
	case JSON_BOOL:
		return json_bool(value, false) ? "true" : "false";
	case JSON_ARRAY:
		return json_first(value) != NULL ? "a list" : "an empty list";
	case JSON_OBJECT:
		return "an object";
	default:
		return "null";
	}
	return text;
}

/* The values of a list with commas, as far as there is room. */
static const char *
show_all(const struct json *list, char text[LISTED_MAX])
{
	const struct json *value = json_first(list);
	char shown[SCHEMA_SHOWN_MAX];
	size_t at = 0, len;

	text[0] = '\0';
	for (; value != NULL; value = json_next(value)) {
		const char *one = schema_show(value, shown);

		len = strlen(one);
		if (at + len + 6 > LISTED_MAX)
			return memcpy(text + at, ", ...", 6), text;
		at += (size_t)snprintf(text + at, LISTED_MAX - at, "%s%s",
		    at > 0 ? ", " : "", one);
	}
	return text;
}

/* ---- type, enum, const ---- */

static bool
is_of_type(const struct json *value, const char *type)
{
	static const struct {
		const char *type;
		enum json_kind kind;
	} types[] = {
		{ "string", JSON_STRING }, { "integer", JSON_NUMBER },
		{ "number", JSON_NUMBER }, { "boolean", JSON_BOOL },
		{ "array", JSON_ARRAY }, { "object", JSON_OBJECT },
		{ "null", JSON_NULL },
	};
	struct decimal number;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].type, type) == 0)
			return json_kind(value) == types[i].kind &&
			    (strcmp(type, "integer") != 0 ||
			    (read_number(&number, value) &&
			    decimal_is_integer(&number)));
	return false;
}

void
schema_type(struct check *c, const struct meeting *m)
{
	const char *type = json_string(m->word);
	const struct json *one = json_first(m->word);
	char shown[SCHEMA_SHOWN_MAX], all[LISTED_MAX];

	if (type != NULL && !is_of_type(m->value, type))
		schema_fault(c, m->at, "must be of type %s, not %s", type,
		    schema_show(m->value, shown));
	if (type != NULL)
		return;
	for (; one != NULL; one = json_next(one))
		if (is_of_type(m->value, json_string(one)))
			return;
	schema_fault(c, m->at, "must be of one of the types %s, not %s",
	    show_all(m->word, all), schema_show(m->value, shown));
}

void
schema_enum(struct check *c, const struct meeting *m)
{
	const struct json *one = json_first(m->word);
	char shown[SCHEMA_SHOWN_MAX], all[LISTED_MAX];

	for (; one != NULL; one = json_next(one))
		if (schema_equal(c, one, m->value))
			return;
	schema_fault(c, m->at, "must be one of %s, not %s",
	    show_all(m->word, all), schema_show(m->value, shown));
}

void
schema_const(struct check *c, const struct meeting *m)
{
	char want[SCHEMA_SHOWN_MAX], shown[SCHEMA_SHOWN_MAX];

	if (!schema_equal(c, m->word, m->value))
		schema_fault(c, m->at, "must be %s, not %s",
		    schema_show(m->word, want), schema_show(m->value, shown));
}

/* ---- numbers ---- */

void
schema_bounds(struct check *c, const struct meeting *m)
{
	static const struct {
		const char *name, *text;
		int least, most;	/* of the order of value and bound */
	} bounds[] = {
		{ "minimum", "at least", 0, 1 },
		{ "maximum", "at most", -1, 0 },
		{ "exclusiveMinimum", "more than", 1, 1 },
		{ "exclusiveMaximum", "less than", -1, -1 },
	};
	struct decimal value, bound;
	int order, i = 0;

	if (!read_number(&value, m->value) || !read_number(&bound, m->word))
		return;
	while (strcmp(bounds[i].name, json_key(m->word)) != 0)
		i++;
	order = decimal_compare(&value, &bound);
	order = (order > 0) - (order < 0);
	if (order < bounds[i].least || order > bounds[i].most)
		schema_fault(c, m->at, "must be %s %s, not %s",
		    bounds[i].text, json_digits(m->word),
		    json_digits(m->value));
}

void
schema_multiple(struct check *c, const struct meeting *m)
{
	struct decimal value, unit;

	if (read_number(&value, m->value) && read_number(&unit, m->word) &&
	    !decimal_is_multiple(&value, &unit))
		schema_fault(c, m->at, "must be a multiple of %s, not %s",
		    json_digits(m->word), json_digits(m->value));
}

/* ---- counts: of characters, items, members ---- */

static void
count(struct check *c, const struct meeting *m, size_t n, const char *what)
{
	bool least = strncmp(json_key(m->word), "min", 3) == 0;
	double bound = json_number(m->word, 0);

	if (least ? (double)n < bound : (double)n > bound)
		schema_fault(c, m->at, "must have at %s %s %s, not %zu",
		    least ? "least" : "most", json_digits(m->word), what, n);
}

void
schema_length(struct check *c, const struct meeting *m)
{
	const char *text = json_string(m->value);
	size_t len;

	if (text == NULL)
		return;
	len = strlen(text);
	if (schema_spend(c, (long)(len / 16)))
		count(c, m, utf8_count(text, len), "characters");
}

void
schema_count(struct check *c, const struct meeting *m)
{
	bool items = strcmp(json_key(m->word) + 3, "Items") == 0;

	size_t n = json_size(m->value);

	if (json_kind(m->value) == (items ? JSON_ARRAY : JSON_OBJECT) &&
	    schema_spend(c, (long)n))
		count(c, m, n, items ? "items" : "members");
}

void
schema_unique(struct check *c, const struct meeting *m)
{
	const struct json *one, *other;
	size_t i = 0, j;

	if (json_kind(m->value) != JSON_ARRAY || !json_bool(m->word, false))
		return;
	for (one = json_first(m->value); one != NULL; one = json_next(one)) {
		for (other = json_next(one), j = i + 1; other != NULL;
		    other = json_next(other), j++)
			if (schema_equal(c, one, other)) {
				schema_fault(c, m->at, "must not have equal "
				    "items, as %zu and %zu are", i, j);
				return;
			}
		i++;
	}
}

/* ---- strings and members ---- */

void
schema_pattern(struct check *c, const struct meeting *m)
{
	const char *text = json_string(m->value);
	char shown[SCHEMA_SHOWN_MAX];

	if (text != NULL && !schema_matches(c, json_string(m->word), text))
		schema_fault(c, m->at, "must match the pattern %.200s, not %s",
		    json_string(m->word), schema_show(m->value, shown));
}

void
schema_required(struct check *c, const struct meeting *m)
{
	const struct json *name = json_first(m->word);

	if (json_kind(m->value) != JSON_OBJECT)
		return;
	for (; name != NULL && schema_spend(c, 1); name = json_next(name)) {
		struct schema_place at = { .up = m->at,
		    .key = json_string(name) };

		if (schema_find(c, m->value, at.key) == NULL)
			schema_fault(c, &at, "is missing");
	}
}
