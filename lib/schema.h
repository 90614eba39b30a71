/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a JSON value fit a JSON Schema? Understood are, of draft 7 to
 * 2020-12: type, enum, const; minimum, maximum, exclusiveMinimum,
 * exclusiveMaximum, multipleOf; minLength, maxLength, pattern; items,
 * prefixItems, additionalItems, minItems, maxItems, uniqueItems; properties,
 * patternProperties, additionalProperties, required, minProperties,
 * maxProperties; allOf, anyOf, oneOf, not; $ref within the document.
 * Everything else is ignored, format too; nothing is ever fetched.
 *
 *	struct json *schema = json_parse_exact(text, len, NULL);
 *	struct json *args = json_parse_exact(args_text, args_len, NULL);
 *
 *	rc = schema_check(schema, args, tell_model, &buf);
 *	if (rc == E_INVALID)
 *		refuse(buf_str(&buf));
 *
 * Numbers are compared as they are written. What schema and value can cost
 * is limited together, whoever wrote them.
 */
#ifndef LIB_SCHEMA_H
#define LIB_SCHEMA_H

#include <stddef.h>

struct buf;
struct json;

enum {
	SCHEMA_STEPS_MAX = 1000000,	/* each takes some nanoseconds */
	SCHEMA_DEPTH_MAX = 128,		/* of schemas in schemas, by $ref too */
	SCHEMA_TOLD_MAX = 16,		/* faults of one value */
};

/* Where in a value or schema: a member, or an item where key is NULL. */
struct schema_place {
	const struct schema_place *up;	/* NULL: the outermost value */
	const char *key;
	size_t index;
};

/* One fault, as a predicate: "must be an integer, not \"x\"". */
typedef void schema_told(void *arg, const struct schema_place *at,
	const char *message);

/*
 * schema_check tells what of value does not fit, at most SCHEMA_TOLD_MAX
 * faults. A keyword that is itself wrong (see schema_problems) is left out.
 * OK; E_INVALID, something was told; E_TOOBIG, a limit ended it before the
 * answer was known; E_NOMEM. Both come from json_parse_exact.
 */
int schema_check(const struct json *schema, const struct json *value,
	schema_told *told, void *arg);

/*
 * schema_problems tells every keyword that schema_check leaves out because
 * it is wrong, by its place in the schema. As schema_check.
 */
int schema_problems(const struct json *schema, schema_told *told, void *arg);

/* schema_path appends a place as "a.b[3]"; nothing for the outermost value. */
void schema_path(const struct schema_place *at, struct buf *out);

#endif
