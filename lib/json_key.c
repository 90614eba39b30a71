/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/json_key.h"

#include <string.h>

#include "lib/utf8.h"

/* Reads "\uXXXX". */
static bool
unescape_hex(const char *text, size_t len, uint32_t *code)
{
	static const char digits[] = "0123456789abcdef";
	const char *digit;
	size_t i;

	if (len < 6 || text[0] != '\\' || text[1] != 'u')
		return false;
	for (*code = 0, i = 2; i < 6; i++) {
		digit = memchr(digits, text[i] >= 'A' && text[i] <= 'F' ?
		    text[i] - 'A' + 'a' : text[i], 16);
		if (digit == NULL)
			return false;
		*code = *code << 4 | (uint32_t)(digit - digits);
	}
	return true;
}

size_t
json_key_unescape(const char *text, size_t len, uint32_t *code)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meaning[] = "\"\\/\b\f\n\r\t";
	const char *letter;
	uint32_t low;

	if (unescape_hex(text, len, code)) {
		if (*code < 0xd800 || *code > 0xdbff ||
		    !unescape_hex(text + 6, len - 6, &low) ||
		    low < 0xdc00 || low > 0xdfff)
			return 6;
		*code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
		return 12;
	}
	letter = len < 2 ? NULL : memchr(letters, text[1], strlen(letters));
	if (letter == NULL)
		return 0;
	*code = (uint32_t)meaning[letter - letters];
	return 2;
}

/* Takes one character of a checked key; -1 at its end. */
static int32_t
key_take(struct json_key *k)
{
	uint32_t code = 0;
	size_t n = 1;

	if (k->len == 0)
		return -1;
	if (json_key_plain(*k->text))
		code = (uint32_t)*k->text;
	else if (*k->text == '\\')
		n = json_key_unescape(k->text, k->len, &code);
	else
		n = utf8_decode(k->text, k->len, &code);
	k->text += n;
	k->len -= n;
	return (int32_t)code;
}

int
json_key_compare(struct json_key a, struct json_key b)
{
	int32_t x, y;

	do {
		x = key_take(&a);
		y = key_take(&b);
	} while (x == y && x >= 0);
	return (x > y) - (x < y);
}

int
json_key_order(const void *left, const void *right)
{
	const struct json_key *a = left, *b = right;
	int order = json_key_compare(*a, *b);

	return order != 0 ? order : (a->text > b->text) - (a->text < b->text);
}

bool
json_key_is(struct json_key k, const char *plain)
{
	size_t len = strlen(plain), n;
	uint32_t code;

	for (; len > 0; plain += n, len -= n) {
		n = utf8_decode(plain, len, &code);
		if (n == 0 || key_take(&k) != (int32_t)code)
			return false;
	}
	return k.len == 0;
}
