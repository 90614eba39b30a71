/* SPDX-License-Identifier: Apache-2.0 */
/* Keywords that apply further schemas: to parts of the value, or to it all. */
#include "lib/schema_impl.h"

#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"

enum { PATH_MAX_BYTES = 256, KNOWN_MAX = 320 };

/* ---- members ---- */

void
schema_properties(struct check *c, const struct meeting *m)
{
	const struct json *property = json_first(m->word), *member;

	if (json_kind(m->value) != JSON_OBJECT)
		return;
	for (; property != NULL && schema_spend(c, 1);
	    property = json_next(property)) {
		struct schema_place at = { .up = m->at,
		    .key = json_key(property) };

		member = schema_find(c, m->value, at.key);
		if (member != NULL)
			schema_apply(c, property, member, &at);
	}
}

void
schema_pattern_properties(struct check *c, const struct meeting *m)
{
	const struct json *pattern, *member = json_first(m->value);

	if (json_kind(m->value) != JSON_OBJECT)
		return;
	for (; member != NULL; member = json_next(member)) {
		struct schema_place at = { .up = m->at,
		    .key = json_key(member) };

		pattern = json_first(m->word);
		for (; pattern != NULL && c->rc == OK;
		    pattern = json_next(pattern))
			if (schema_matches(c, json_key(pattern), at.key))
				schema_apply(c, pattern, member, &at);
	}
}

/* The names of the properties, for who wrote another one. */
static const char *
known(const struct json *properties, char text[KNOWN_MAX])
{
	const struct json *property = json_first(properties);
	size_t at = 0;

	text[0] = '\0';
	for (; property != NULL; property = json_next(property)) {
		if (at + strlen(json_key(property)) + 8 > KNOWN_MAX)
			return memcpy(text + at, ", ...", 6), text;
		at += (size_t)snprintf(text + at, KNOWN_MAX - at, "%s%s",
		    at > 0 ? ", " : "; known are ", json_key(property));
	}
	return text;
}

static bool
is_named(struct check *c, const struct json *properties,
    const struct json *patterns, const char *key)
{
	const struct json *pattern = json_first(patterns);

	if (schema_find(c, properties, key) != NULL)
		return true;
	for (; pattern != NULL && c->rc == OK; pattern = json_next(pattern))
		if (schema_matches(c, json_key(pattern), key))
			return true;
	return false;
}

void
schema_additional(struct check *c, const struct meeting *m)
{
	const struct json *properties, *patterns;
	const struct json *member = json_first(m->value);
	bool none = json_kind(m->word) == JSON_BOOL;
	char names[KNOWN_MAX];

	properties = schema_usable(c, m->schema, "properties");
	patterns = schema_usable(c, m->schema, "patternProperties");
	if (json_kind(m->value) != JSON_OBJECT || json_bool(m->word, false))
		return;
	for (; member != NULL && c->rc == OK; member = json_next(member)) {
		struct schema_place at = { .up = m->at,
		    .key = json_key(member) };

		if (is_named(c, properties, patterns, at.key))
			continue;
		if (none)
			schema_fault(c, &at, "is not known here%s",
			    known(properties, names));
		else
			schema_apply(c, m->word, member, &at);
	}
}

/* ---- items ---- */

/* The first items by a list of schemas. */
static void
apply_list(struct check *c, const struct meeting *m, const struct json *list)
{
	const struct json *item = json_first(m->value);
	const struct json *schema = json_first(list);
	struct schema_place at = { .up = m->at };

	for (; item != NULL && schema != NULL && c->rc == OK; at.index++) {
		schema_apply(c, schema, item, &at);
		item = json_next(item);
		schema = json_next(schema);
	}
}

/* All items from one on by the same schema. */
static void
apply_rest(struct check *c, const struct meeting *m, size_t from)
{
	const struct json *item = json_first(m->value);
	struct schema_place at = { .up = m->at };

	for (; item != NULL && c->rc == OK; at.index++) {
		if (at.index >= from)
			schema_apply(c, m->word, item, &at);
		item = json_next(item);
	}
}

void
schema_prefix(struct check *c, const struct meeting *m)
{
	if (json_kind(m->value) == JSON_ARRAY)
		apply_list(c, m, m->word);
}

/* A list, up to draft 7, is what prefixItems is since. */
void
schema_items(struct check *c, const struct meeting *m)
{
	if (json_kind(m->value) != JSON_ARRAY)
		return;
	if (json_kind(m->word) == JSON_ARRAY)
		apply_list(c, m, m->word);
	else
		apply_rest(c, m, json_size(schema_usable(c, m->schema,
			    "prefixItems")));
}

void
schema_more_items(struct check *c, const struct meeting *m)
{
	const struct json *items = schema_usable(c, m->schema, "items");

	if (json_kind(m->value) == JSON_ARRAY &&
	    json_kind(items) == JSON_ARRAY)
		apply_rest(c, m, json_size(items));
}

/* ---- alternatives ---- */

/* What came of a schema that need not fit. */
struct trial {
	const struct schema_place *at;	/* of the value */
	int faults;
	bool deeper;		/* the first was in a part of the value */
	char first[SCHEMA_MESSAGE_MAX];
};

static void
note(void *arg, const struct schema_place *at, const char *message)
{
	struct trial *t = arg;
	struct buf path;

	if (t->first[0] != '\0')
		return;
	t->deeper = at != t->at;
	buf_init(&path, PATH_MAX_BYTES);
	if (t->deeper)
		schema_path(at, &path);
	snprintf(t->first, sizeof(t->first), "%.200s%s%.280s", buf_str(&path),
	    path.len > 0 ? " " : "", message);
	buf_free(&path);
}

static bool
fits(struct check *c, const struct meeting *m, const struct json *schema,
    struct trial *t)
{
	struct check outer = *c;

	*t = (struct trial){ .at = m->at };
	c->told = note;
	c->arg = t;
	c->faults = 0;
	schema_apply(c, schema, m->value, m->at);
	t->faults = c->faults;
	c->told = outer.told;
	c->arg = outer.arg;
	c->faults = outer.faults;
	return t->faults == 0 && c->rc == OK;
}

/* The best is that of the right kind, with the fewest faults. */
static bool
is_nearer(const struct trial *t, const struct trial *best)
{
	if (best->faults == 0 || t->deeper != best->deeper)
		return best->faults == 0 || t->deeper;
	return t->faults < best->faults;
}

/* Returns how many fit; as soon as enough do, the rest is not looked at. */
static int
count_fits(struct check *c, const struct meeting *m, int enough,
    struct trial *best)
{
	const struct json *schema = json_first(m->word);
	struct trial t;
	int count = 0;

	*best = (struct trial){ .faults = 0 };
	for (; schema != NULL && count < enough && c->rc == OK;
	    schema = json_next(schema)) {
		if (fits(c, m, schema, &t))
			count++;
		else if (is_nearer(&t, best))
			*best = t;
	}
	return count;
}

static void
fault_of_all(struct check *c, const struct meeting *m,
    const struct trial *best)
{
	if (c->rc == OK)
		schema_fault(c, m->at, "fits none of the %zu alternatives; of "
		    "the nearest: %s", json_size(m->word), best->first);
}

void
schema_any_of(struct check *c, const struct meeting *m)
{
	struct trial best;

	if (count_fits(c, m, 1, &best) == 0)
		fault_of_all(c, m, &best);
}

void
schema_one_of(struct check *c, const struct meeting *m)
{
	struct trial best;
	int count = count_fits(c, m, 2, &best);

	if (count == 0)
		fault_of_all(c, m, &best);
	else if (count > 1)
		schema_fault(c, m->at, "fits more than one of the %zu "
		    "alternatives", json_size(m->word));
}

void
schema_all_of(struct check *c, const struct meeting *m)
{
	const struct json *schema = json_first(m->word);

	for (; schema != NULL && c->rc == OK; schema = json_next(schema))
		schema_apply(c, schema, m->value, m->at);
}

void
schema_not(struct check *c, const struct meeting *m)
{
	struct trial t;
	char shown[SCHEMA_SHOWN_MAX];

	if (fits(c, m, m->word, &t))
		schema_fault(c, m->at, "must not be like %s",
		    schema_show(m->value, shown));
}

void
schema_ref(struct check *c, const struct meeting *m)
{
	schema_apply(c, schema_refer(c, json_string(m->word)), m->value,
	    m->at);
}
