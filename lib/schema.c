/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/schema.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/schema_impl.h"

bool
schema_spend(struct check *c, long steps)
{
	c->steps -= steps;
	if (c->steps < 0 && c->rc == OK)
		c->rc = E_TOOBIG;
	return c->rc == OK;
}

const struct json *
schema_find(struct check *c, const struct json *object, const char *key)
{
	const struct json *member = json_first(object);

	while (member != NULL && schema_spend(c, 1)) {
		if (strcmp(json_key(member), key) == 0)
			return member;
		member = json_next(member);
	}
	return NULL;
}

void
schema_path(const struct schema_place *at, struct buf *out)
{
	if (at == NULL)
		return;
	schema_path(at->up, out);
	if (at->key == NULL)
		buf_addf(out, "[%zu]", at->index);
	else
		buf_addf(out, "%s%s", out->len > 0 ? "." : "", at->key);
}

void
schema_fault(struct check *c, const struct schema_place *at,
    const char *format, ...)
{
	char message[SCHEMA_MESSAGE_MAX];
	va_list ap;

	if (c->rc != OK || c->faults++ >= SCHEMA_TOLD_MAX)
		return;
	va_start(ap, format);
	vsnprintf(message, sizeof(message), format, ap);
	va_end(ap);
	c->told(c->arg, at, message);
}

const struct json *
schema_usable(struct check *c, const struct json *schema, const char *name)
{
	const struct json *word = schema_find(c, schema, name);

	return word != NULL && schema_wrong(c, schema_keyword(name), word) ==
	    NULL ? word : NULL;
}

static void
apply_words(struct check *c, const struct json *schema,
    const struct json *value, const struct schema_place *at)
{
	const struct json *word = json_first(schema);
	const struct keyword *keyword;

	for (; word != NULL && schema_spend(c, 1); word = json_next(word)) {
		struct meeting meeting = { schema, word, value, at };

		keyword = schema_keyword(json_key(word));
		if (keyword != NULL && keyword->check != NULL &&
		    schema_wrong(c, keyword, word) == NULL && c->rc == OK)
			keyword->check(c, &meeting);
	}
}

/* What is neither a bool nor an object is no schema, and asks nothing. */
void
schema_apply(struct check *c, const struct json *schema,
    const struct json *value, const struct schema_place *at)
{
	if (!schema_spend(c, 1))
		return;
	if (++c->depth > SCHEMA_DEPTH_MAX)
		c->rc = E_TOOBIG;
	else if (json_kind(schema) == JSON_OBJECT)
		apply_words(c, schema, value, at);
	else if (!json_bool(schema, true))
		schema_fault(c, at, "must not be given");
	c->depth--;
}

int
schema_check(const struct json *schema, const struct json *value,
    schema_told *told, void *arg)
{
	struct check c = { .root = schema, .told = told, .arg = arg,
	    .steps = SCHEMA_STEPS_MAX };

	schema_apply(&c, schema, value, NULL);
	if (c.rc != OK)
		return c.rc;
	return c.faults > 0 ? E_INVALID : OK;
}
