/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys of objects as they stand in a text, for json_scan.c: compared as they
 * are meant and not as they are written, for "a" is "\u0061".
 *
 *	struct json_key key = { start + 1, end - start - 1 };
 *
 *	if (json_key_is(key, "args"))
 *		...
 */
#ifndef LIB_JSON_KEY_H
#define LIB_JSON_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What stands between the quotes of a key that is valid, escapes and all. */
struct json_key {
	const char *text;
	size_t len;
};

/* Most characters of a string: ASCII that means itself. */
static inline bool
json_key_plain(char c)
{
	return c != '"' && c != '\\' && c >= ' ' && (unsigned char)c < 0x80;
}

/*
 * json_key_unescape reads the escape at text. Returns its length, 0 when it is
 * none; code is a surrogate when one stands alone.
 */
size_t json_key_unescape(const char *text, size_t len, uint32_t *code);

/* json_key_compare: below 0, 0 or above 0, by their characters. */
int json_key_compare(struct json_key a, struct json_key b);

/* The same for qsort: equal keys stay in the order of the text. */
int json_key_order(const void *left, const void *right);

/* json_key_is: is the key what plain, a text without escapes, says? */
bool json_key_is(struct json_key k, const char *plain);

#endif
