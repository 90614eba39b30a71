/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The numbers of JSON as they are written, without a double in between:
 * 9007199254740993 is an integer and greater than 9007199254740992.
 *
 *	struct decimal a, b;
 *
 *	decimal_read(&a, "9007199254740993");
 *	decimal_read(&b, "9007199254740992.0");
 *	assert(decimal_compare(&a, &b) > 0);
 */
#ifndef LIB_DECIMAL_H
#define LIB_DECIMAL_H

#include <stdbool.h>

enum { DECIMAL_DIGITS_MAX = 63 };

/* sign * 0.DIGITS * 10^point; no zero at either end of the digits. */
struct decimal {
	int sign;			/* -1, 0, 1 */
	int count;			/* of digits; 0 for zero */
	long point;
	char digits[DECIMAL_DIGITS_MAX];	/* 0 to 9 */
};

/*
 * decimal_read reads a number as JSON has it, of at most JSON_NUMBER_MAX
 * characters. Exponents count up to a million at least.
 */
void decimal_read(struct decimal *value, const char *text);

/* decimal_compare returns a number below, equal to or above 0. */
int decimal_compare(const struct decimal *a, const struct decimal *b);

/* decimal_is_integer: 1.0 and 1e2 are, 1.5 and 1e-2 are not. */
bool decimal_is_integer(const struct decimal *value);

/* decimal_is_multiple: is value an integer times unit, which is above 0? */
bool decimal_is_multiple(const struct decimal *value,
    const struct decimal *unit);

#endif
