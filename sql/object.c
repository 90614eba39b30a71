/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/object.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/json.h"

/* A result of SQLite's own JSON functions is marked like that, too. */
enum { JSON_SUBTYPE = 'J' };

#define SPACE " \t\r\n"

/* How many members extended() sets. */
enum { EXTENDED = 3 };

/* What an answer may hold is bounded where it is sent. */
enum { OBJECT_MAX = 512 * 1024 * 1024 };

/*
 * Asked for a blob, SQLite gives a text as it lies there; asked for a text it
 * may copy it, for the NUL. JSON ends where a CHECK has seen its end: at a NUL.
 */
static void
add_text(struct buf *b, sqlite3_value *value)
{
	bool number = sqlite3_value_type(value) == SQLITE_FLOAT;
	const char *text = sqlite3_value_blob(value);
	size_t len = (size_t)sqlite3_value_bytes(value);

	if (text == NULL && len > 0)
		b->rc = E_NOMEM;
	else if (text != NULL && (number ||
		sqlite3_value_subtype(value) == JSON_SUBTYPE))
		buf_add(b, text, strnlen(text, len));
	else
		buf_add_json(b, text, len);
}

static void
add_value(struct buf *b, sqlite3_value *value)
{
	switch (sqlite3_value_type(value)) {
	case SQLITE_NULL:
		buf_adds(b, "null");
		break;
	case SQLITE_INTEGER:
		buf_addi(b, sqlite3_value_int64(value));
		break;
	case SQLITE_BLOB:
		b->rc = E_INVALID;
		break;
	default:
		add_text(b, value);
	}
}

/* Hands the text over; SQLite frees it. */
static void
give(sqlite3_context *context, struct buf *b)
{
	sqlite3_result_text64(context, b->data, b->len, free, SQLITE_UTF8);
	sqlite3_result_subtype(context, JSON_SUBTYPE);
}

static void
give_error(sqlite3_context *context, struct buf *b)
{
	if (b->rc == E_NOMEM)
		sqlite3_result_error_nomem(context);
	else if (b->rc == E_TOOBIG)
		sqlite3_result_error_toobig(context);
	else
		sqlite3_result_error(context, "object: not a JSON value", -1);
	buf_free(b);
}

static void
sql_object(sqlite3_context *context, int count, sqlite3_value **values)
{
	struct buf b;

	buf_init(&b, OBJECT_MAX);
	buf_addc(&b, '{');
	for (int i = 0; i + 1 < count; i += 2) {
		if (i > 0)
			buf_addc(&b, ',');
		buf_add_json(&b, sqlite3_value_blob(values[i]),
		    (size_t)sqlite3_value_bytes(values[i]));
		buf_addc(&b, ':');
		add_value(&b, values[i + 1]);
	}
	buf_addc(&b, '}');
	if (b.rc == OK)
		give(context, &b);
	else
		give_error(context, &b);
}

/*
 * Finds the members that an object has already. None is there whose name is
 * nowhere in the text, unless it is written with an escape.
 */
static int
find_parts(const char *text, struct json_part *parts)
{
	bool maybe = strchr(text, '\\') != NULL;

	for (int i = 0; i < EXTENDED; i++)
		maybe = maybe || strstr(text, parts[i].key) != NULL;
	if (maybe)
		return json_parts(text, strlen(text), parts, EXTENDED);
	return text[strspn(text, SPACE)] == '{' ? OK : E_INVALID;
}

/* The first of the members that are there from that place on. */
static const struct json_part *
next_part(const struct json_part *parts, const char *from)
{
	const struct json_part *next = NULL;

	for (int i = 0; i < EXTENDED; i++)
		if (parts[i].text != NULL && parts[i].text >= from &&
		    (next == NULL || parts[i].text < next->text))
			next = &parts[i];
	return next;
}

/* What is there gets its value where it is, what is not follows. */
static void
extend(struct buf *b, const char *text, const struct json_part *parts,
    sqlite3_value **values)
{
	const char *first = strchr(text, '{') + 1, *end = strrchr(text, '}');
	bool empty = first + strspn(first, SPACE) == end;
	const struct json_part *part;

	while ((part = next_part(parts, text)) != NULL) {
		buf_add(b, text, (size_t)(part->text - text));
		add_value(b, values[2 * (part - parts) + 1]);
		text = part->text + part->len;
	}
	buf_add(b, text, (size_t)(end - text));
	for (int i = 0; i < EXTENDED; i++) {
		if (parts[i].text != NULL)
			continue;
		if (!empty)
			buf_addc(b, ',');
		empty = false;
		buf_add_json(b, parts[i].key, strlen(parts[i].key));
		buf_addc(b, ':');
		add_value(b, values[2 * i + 1]);
	}
	buf_addc(b, '}');
}

/* json_set takes four times as long, since it builds a tree. */
static void
sql_extended(sqlite3_context *context, int count, sqlite3_value **values)
{
	const char *text = (const char *)sqlite3_value_text(values[0]);
	struct json_part parts[EXTENDED] = { { .text = NULL } };
	struct buf b;

	(void)count;
	buf_init(&b, OBJECT_MAX);
	if (text == NULL)
		b.rc = E_INVALID;
	for (int i = 0; i < EXTENDED; i++) {
		parts[i].key = (const char *)sqlite3_value_text(
		    values[2 * i + 1]);
		if (parts[i].key == NULL)
			b.rc = E_NOMEM;
	}
	if (b.rc == OK)
		b.rc = find_parts(text, parts);
	if (b.rc == OK)
		extend(&b, text, parts, values + 1);
	if (b.rc == OK)
		give(context, &b);
	else
		give_error(context, &b);
}

static void
sql_spliced(sqlite3_context *context, int count, sqlite3_value **values)
{
	(void)count;
	if (sqlite3_value_type(values[0]) == SQLITE_NULL)
		return;
	sqlite3_result_value(context, values[0]);
	sqlite3_result_subtype(context, JSON_SUBTYPE);
}

static void
sql_at(sqlite3_context *context, int count, sqlite3_value **values)
{
	char at[ISO_SECONDS_SIZE];

	(void)count;
	if (sqlite3_value_type(values[0]) == SQLITE_NULL)
		return;
	iso_seconds(sqlite3_value_int64(values[0]), at);
	sqlite3_result_text(context, at, sizeof(at) - 1, SQLITE_TRANSIENT);
}

/* SQLite's own says of any text that it is no JSON when memory is short. */
static void
sql_json_valid(sqlite3_context *context, int count, sqlite3_value **values)
{
	struct json_error error = { .rc = E_NOMEM };
	const char *text;
	int rc = E_NOMEM;

	(void)count;
	if (sqlite3_value_type(values[0]) == SQLITE_NULL)
		return;
	text = (const char *)sqlite3_value_text(values[0]);
	if (text != NULL)
		rc = json_check(text, (size_t)sqlite3_value_bytes(values[0]),
		    &error);
	if (rc == E_NOMEM)
		sqlite3_result_error_nomem(context);
	else
		sqlite3_result_int(context, rc == OK);
}

int
object_register(sqlite3 *sqlite)
{
	static const struct {
		const char *name;
		int arguments;
		void (*run)(sqlite3_context *, int, sqlite3_value **);
	} functions[] = {
		{ "object", -1, sql_object },
		{ "extended", 1 + 2 * EXTENDED, sql_extended },
		{ "spliced", 1, sql_spliced },
		{ "at", 1, sql_at },
		{ "json_valid", 1, sql_json_valid },
	};
	int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS |
	    SQLITE_SUBTYPE;
	int result = SQLITE_OK;

#ifdef SQLITE_RESULT_SUBTYPE
	flags |= SQLITE_RESULT_SUBTYPE;
#endif
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (result == SQLITE_OK)
			result = sqlite3_create_function(sqlite,
			    functions[i].name, functions[i].arguments, flags,
			    NULL, functions[i].run, NULL, NULL);
	return result;
}
