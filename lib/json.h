/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON (RFC 8259), and the only door to cJSON. Text is checked here, more
 * strictly than cJSON would: it is one value and nothing after it; UTF-8
 * with no NUL, no \u0000 and no lone surrogate; no duplicate key; nested at
 * most JSON_DEPTH_MAX deep; each number at most JSON_NUMBER_MAX characters
 * and within the range of a double.
 *
 *	struct json_error error;
 *	struct json *reply = json_parse(text, len, &error);
 *	const struct json *call;
 *
 *	if (reply == NULL)
 *		return complain("%s at byte %zu", error.message, error.offset);
 *	for (call = json_first(json_get(reply, "calls")); call != NULL;
 *	    call = json_next(call))
 *		start(json_string(json_get(call, "name")));
 *	json_free(reply);
 *
 * Numbers of a tree are doubles: an integer above 2^53 is rounded. Where
 * every digit counts keep the text and find the part with json_span, or ask
 * a tree of json_parse_exact for json_digits.
 */
#ifndef LIB_JSON_H
#define LIB_JSON_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct json;

enum {
	JSON_DEPTH_MAX = 64,
	JSON_NUMBER_MAX = 63,
};

enum json_kind {
	JSON_NONE,		/* there is no value */
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

struct json_error {
	int rc;			/* E_INVALID or E_NOMEM */
	const char *message;	/* static, lower case: "duplicate key" */
	size_t offset;		/* byte of the text where it was seen */
	size_t len;		/* of a duplicate key, quotes and all; else 0 */
};

/*
 * json_check checks text without building a tree. OK, or E_INVALID or
 * E_NOMEM with *error filled unless error is NULL.
 */
int json_check(const char *text, size_t len, struct json_error *error);

/*
 * json_parse checks text and returns its tree; the caller frees it with
 * json_free. NULL as for json_check.
 */
struct json *json_parse(const char *text, size_t len,
    struct json_error *error);

/* json_parse_exact is json_parse, and numbers keep their json_digits. */
struct json *json_parse_exact(const char *text, size_t len,
    struct json_error *error);

/* json_free accepts NULL. */
void json_free(struct json *value);

/*
 * json_span returns where the value of the top-level member key stands in
 * text, and its length in bytes; the span itself is valid JSON. NULL when
 * text is not a valid object or has no such member.
 */
const char *json_span(const char *text, size_t len, const char *key,
    size_t *span_len);

/* A member that is looked for: key is given, the rest is found. */
struct json_part {
	const char *key;
	const char *text;	/* its value, as json_span; NULL: none */
	size_t len;
};

/*
 * json_parts is json_span for several members in one go. OK, or E_INVALID
 * (no valid object) or E_NOMEM, and then nothing is found.
 */
int json_parts(const char *text, size_t len, struct json_part *parts,
    size_t count);

/* An element's text is valid JSON; anything but OK ends the telling. */
typedef int json_element_told(void *arg, const char *text, size_t len);

/*
 * json_elements tells the elements of a top-level array, in order, once all
 * of text has been checked. OK, E_INVALID (no valid array), E_NOMEM, or what
 * element returned.
 */
int json_elements(const char *text, size_t len, json_element_told *element,
    void *arg);

/* json_element is json_span for the element at index, counted from 0. */
const char *json_element(const char *text, size_t len, size_t index,
    size_t *span_len);

/*
 * All of these accept NULL for a value that is not there, so that a path is
 * one expression. What they return belongs to the tree.
 */

/* json_get: the member of an object, case-sensitive; NULL: none. */
const struct json *json_get(const struct json *object, const char *key);

enum json_kind json_kind(const struct json *value);

/* json_string: the text, or NULL if value is no string. */
const char *json_string(const struct json *value);

/* json_number, json_bool: the value, or missing if it is of another kind. */
double json_number(const struct json *value, double missing);
bool json_bool(const struct json *value, bool missing);

/* json_digits: a number as it was written; NULL: it was not parsed exactly. */
const char *json_digits(const struct json *number);

/* Elements of an array or members of an object, in the text's order. */
const struct json *json_first(const struct json *parent);
const struct json *json_next(const struct json *value);
size_t json_size(const struct json *parent);

/* json_key: the key of a member, NULL for anything else. */
const char *json_key(const struct json *value);

/*
 * json_print appends value as JSON text without spaces. A number is
 * written with at most 17 digits, so that it reads back as the same double.
 * Returns out->rc.
 */
int json_print(const struct json *value, struct buf *out);

#endif
