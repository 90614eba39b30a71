/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/glob.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/utf8.h"

enum { NOT_UTF8 = 0x110000 };	/* one above the last code point */

/* Takes one character; a byte that is not UTF-8 counts as one of its own. */
static uint32_t
take(const char **text)
{
	uint32_t code = NOT_UTF8 + (unsigned char)**text;
	size_t n = utf8_decode(*text, strnlen(*text, 4), &code);

	*text += n > 0 ? n : 1;
	return code;
}

/*
 * Looks for code in the set whose opening bracket is behind us. Returns
 * the pattern behind the closing one, or NULL when there is none.
 */
static const char *
match_set(const char *set, uint32_t code, bool *match)
{
	bool negated = *set == '!';
	bool found = false;
	const char *first = set += negated;
	uint32_t low, high;

	while (*set != '\0' && (*set != ']' || set == first)) {
		low = high = take(&set);
		if (set[0] == '-' && set[1] != ']' && set[1] != '\0') {
			set++;
			high = take(&set);
		}
		found = found || (low <= code && code <= high);
	}
	*match = found != negated;
	return *set == ']' ? set + 1 : NULL;
}

/* Returns the pattern behind what matched code, or NULL: it does not. */
static const char *
match_one(const char *pattern, uint32_t code)
{
	const char *rest = NULL;
	bool match;

	if (*pattern == '\0')
		return NULL;
	if (*pattern == '?')
		return pattern + 1;
	if (*pattern == '[')
		rest = match_set(pattern + 1, code, &match);
	if (rest != NULL)
		return match ? rest : NULL;
	return take(&pattern) == code ? pattern : NULL;
}

/* After a mismatch only the last star can help: it takes one more. */
bool
glob_match(const char *pattern, const char *text)
{
	const char *star = NULL, *retry = NULL, *rest, *next;

	while (*text != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			retry = text;
			continue;
		}
		next = text;
		rest = match_one(pattern, take(&next));
		if (rest != NULL) {
			pattern = rest;
			text = next;
		} else if (star != NULL) {
			take(&retry);
			pattern = star;
			text = retry;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}
