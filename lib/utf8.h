/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTF-8 as RFC 3629 section 3 has it: no overlong forms, no surrogates,
 * nothing above U+10FFFF.
 *
 *	if (!utf8_valid(text, len))
 *		return E_INVALID;
 *	len = utf8_cut(text, len, SUMMARY_MAX);
 */
#ifndef LIB_UTF8_H
#define LIB_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * utf8_decode returns the bytes (1 to 4) of the first character of text and
 * stores its code point unless that is NULL; 0 when there is no valid one.
 */
size_t utf8_decode(const char *text, size_t len, uint32_t *code);

/* utf8_valid: is all of text valid UTF-8? Empty text is, and so is NUL. */
bool utf8_valid(const char *text, size_t len);

/* utf8_count returns how many characters valid UTF-8 has. */
size_t utf8_count(const char *text, size_t len);

/*
 * utf8_cut returns the longest length of at most max bytes that ends at a
 * character boundary; len itself when that is not above max.
 */
size_t utf8_cut(const char *text, size_t len, size_t max);

#endif
