/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Schemas and values as text, in which ' stands for ", and what is told.
 *
 *	schema_tells("{'type':'null'}", "1", "must be of type null, not 1");
 *	schema_tells("{'type':5}", NULL, "type is no type: ...");
 */
#ifndef T_UNIT_SCHEMA_FIXTURE_H
#define T_UNIT_SCHEMA_FIXTURE_H

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/schema.h"
#include "t/unit/unit.h"

enum { SCHEMA_TEXT_MAX = 262144 };

#define NO_TYPE "is no type: string, integer, number, boolean, array, object " \
	"or null"

/* What is told about a value (NULL: about the schema), fault by fault. */
struct schema_row {
	const char *schema, *value, *told;
};

/*
 * schema_ask returns what schema_check, or schema_problems, does; told is
 * the caller's to free.
 */
int schema_ask(const char *schema, const char *value, struct buf *told);

void schema_tells(const char *schema, const char *value, const char *want);
void schema_tells_all(const struct schema_row *rows, size_t count);

#endif
