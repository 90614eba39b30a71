/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of schema.h share: keywords, and one check under way. */
#ifndef LIB_SCHEMA_IMPL_H
#define LIB_SCHEMA_IMPL_H

#include <stdbool.h>

#include "lib/json.h"
#include "lib/schema.h"

enum { SCHEMA_SHOWN_MAX = 64, SCHEMA_MESSAGE_MAX = 512 };

struct check {
	const struct json *root;	/* of the schema, for $ref */
	schema_told *told;
	void *arg;
	long steps;			/* left */
	int depth;
	int faults;
	int rc;				/* OK, E_TOOBIG or E_NOMEM: sticky */
};

/* What a keyword's value has to be. */
enum shape {
	SHAPE_ANY,
	SHAPE_ARRAY,
	SHAPE_BOOL,
	SHAPE_COUNT,		/* an integer from 0 */
	SHAPE_NUMBER,
	SHAPE_POSITIVE,		/* a number above 0 */
	SHAPE_PATTERN,
	SHAPE_REF,
	SHAPE_TEXTS,		/* a list of strings */
	SHAPE_TYPE,		/* the name of a type, or a list of them */
	SHAPE_SCHEMA,
	SHAPE_ITEMS,		/* a schema, or a list of them */
	SHAPE_SCHEMAS,		/* a list of one at least */
	SHAPE_SCHEMA_MAP,
	SHAPE_PATTERN_MAP,	/* patterns to schemas */
};

/* One keyword of a schema, met by one value. */
struct meeting {
	const struct json *schema;	/* that the keyword stands in */
	const struct json *word;	/* its value */
	const struct json *value;
	const struct schema_place *at;
};

struct keyword {
	const char *name;
	enum shape shape;
	/* NULL: it is part of another, or for others to refer to. */
	void (*check)(struct check *c, const struct meeting *m);
};

/* schema_keyword: the keyword of that name, or NULL. */
const struct keyword *schema_keyword(const char *name);

/* schema_wrong: why a keyword's value is of no use (static), or NULL. */
const char *schema_wrong(struct check *c, const struct keyword *keyword,
    const struct json *word);

/* schema_usable: the value of a keyword of schema, unless it is wrong. */
const struct json *schema_usable(struct check *c,
    const struct json *schema, const char *name);

/* schema_refer: what a $ref refers to, or NULL. */
const struct json *schema_refer(struct check *c, const char *ref);

/* schema_apply checks a value against a schema. */
void schema_apply(struct check *c, const struct json *schema,
    const struct json *value, const struct schema_place *at);

/* schema_spend takes steps; false when there are none left. */
bool schema_spend(struct check *c, long steps);

/* schema_find is json_get that takes steps. */
const struct json *schema_find(struct check *c, const struct json *object,
    const char *key);

/* schema_fault tells a fault. */
void schema_fault(struct check *c, const struct schema_place *at,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* schema_show writes a value for a message; cut if it is long. */
const char *schema_show(const struct json *value, char text[SCHEMA_SHOWN_MAX]);

/* schema_equal: as JSON Schema has it, 1.0 is 1. */
bool schema_equal(struct check *c, const struct json *a, const struct json *b);

/* schema_matches: a string fits a pattern, or the pattern is none. */
bool schema_matches(struct check *c, const char *pattern, const char *text);

/* Of schema_plain.c: what needs no other schema. */
void schema_type(struct check *c, const struct meeting *m);
void schema_enum(struct check *c, const struct meeting *m);
void schema_const(struct check *c, const struct meeting *m);
void schema_bounds(struct check *c, const struct meeting *m);
void schema_multiple(struct check *c, const struct meeting *m);
void schema_length(struct check *c, const struct meeting *m);
void schema_pattern(struct check *c, const struct meeting *m);
void schema_count(struct check *c, const struct meeting *m);
void schema_unique(struct check *c, const struct meeting *m);
void schema_required(struct check *c, const struct meeting *m);

/* Of schema_apply.c: what does. */
void schema_ref(struct check *c, const struct meeting *m);
void schema_properties(struct check *c, const struct meeting *m);
void schema_pattern_properties(struct check *c, const struct meeting *m);
void schema_additional(struct check *c, const struct meeting *m);
void schema_items(struct check *c, const struct meeting *m);
void schema_prefix(struct check *c, const struct meeting *m);
void schema_more_items(struct check *c, const struct meeting *m);
void schema_all_of(struct check *c, const struct meeting *m);
void schema_any_of(struct check *c, const struct meeting *m);
void schema_one_of(struct check *c, const struct meeting *m);
void schema_not(struct check *c, const struct meeting *m);

#endif
