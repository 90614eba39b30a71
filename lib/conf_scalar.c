/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/conf_scalar.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf.h"
#include "lib/err.h"

#define DIGITS "0123456789"

static bool
is_one_of(const char *text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

static bool
based_number(const char *text, int base, const char *digits,
    char out[CONF_NUMBER_SIZE])
{
	unsigned long long number;

	if (*text == '\0' || text[strspn(text, digits)] != '\0')
		return false;
	errno = 0;
	number = strtoull(text, NULL, base);
	snprintf(out, CONF_NUMBER_SIZE, "%llu", number);
	return errno == 0;
}

/*
 * What follows the digits is copied as it stands: out starts with a digit,
 * so json_check accepts nothing but a number, or white space behind it,
 * which is looked for first.
 */
static bool
decimal_number(const char *text, char out[CONF_NUMBER_SIZE])
{
	const char *sign = *text == '-' ? "-" : "";
	size_t whole, zeros, fraction = 0;
	const char *rest;
	int len;

	text += *text == '-' || *text == '+';
	whole = strspn(text, DIGITS);
	zeros = strspn(text, "0");
	if (zeros > 0 && zeros == whole)
		zeros--;
	rest = text + whole;
	if (*rest == '.')
		fraction = strspn(++rest, DIGITS);
	if (whole + fraction == 0 || strpbrk(text, " \t\r\n") != NULL)
		return false;
	len = snprintf(out, CONF_NUMBER_SIZE, "%s%.*s%s%.*s%s", sign,
	    whole > 0 ? (int)(whole - zeros) : 1,
	    whole > 0 ? text + zeros : "0",
	    fraction > 0 ? "." : "", (int)fraction, rest, rest + fraction);
	return len < CONF_NUMBER_SIZE && json_check(out, len, NULL) == OK;
}

bool
conf_scalar_number(const char *text, char out[CONF_NUMBER_SIZE])
{
	if (strncmp(text, "0x", 2) == 0)
		return based_number(text + 2, 16, DIGITS "abcdefABCDEF", out);
	if (strncmp(text, "0o", 2) == 0)
		return based_number(text + 2, 8, "01234567", out);
	return decimal_number(text, out);
}

enum conf_type
conf_scalar_type(const struct conf *node)
{
	static const char *const nulls[] =
	    { "", "~", "null", "Null", "NULL", NULL };
	static const char *const bools[] =
	    { "true", "True", "TRUE", "false", "False", "FALSE", NULL };
	char number[CONF_NUMBER_SIZE];

	if (!node->plain)
		return CONF_STRING;
	if (is_one_of(node->text, nulls))
		return CONF_NULL;
	if (is_one_of(node->text, bools))
		return CONF_BOOL;
	if (conf_scalar_number(node->text, number))
		return CONF_NUMBER;
	return CONF_STRING;
}
