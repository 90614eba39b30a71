/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/decimal.h"

#include <string.h>

enum {
	EXPONENT_MAX = 1000000,
	/* Digits of a remainder, one more than there are. */
	WIDE = DECIMAL_DIGITS_MAX + 1,
	/* 10^n has all factors 2 and 5 that a number below 10^63 can have. */
	TENS_MAX = 256,
};

static long
read_exponent(const char *text)
{
	bool negative = *text == '-';
	long exponent = 0;

	if (*text == '-' || *text == '+')
		text++;
	for (; *text >= '0' && *text <= '9'; text++)
		if (exponent < EXPONENT_MAX)
			exponent = exponent * 10 + (*text - '0');
	return negative ? -exponent : exponent;
}

void
decimal_read(struct decimal *value, const char *text)
{
	bool fraction = false;

	memset(value, 0, sizeof(*value));
	value->sign = *text == '-' ? -1 : 1;
	if (*text == '-')
		text++;
	for (; (*text >= '0' && *text <= '9') || *text == '.'; text++) {
		if (*text == '.') {
			fraction = true;
			continue;
		}
		if (value->count == 0 && *text == '0') {
			value->point -= fraction;
			continue;
		}
		value->point += !fraction;
		if (value->count < DECIMAL_DIGITS_MAX)
			value->digits[value->count++] = (char)(*text - '0');
	}
	while (value->count > 0 && value->digits[value->count - 1] == 0)
		value->count--;
	if (value->count == 0)
		memset(value, 0, sizeof(*value));
	else if (*text == 'e' || *text == 'E')
		value->point += read_exponent(text + 1);
}

int
decimal_compare(const struct decimal *a, const struct decimal *b)
{
	int order;

	if (a->sign != b->sign)
		return a->sign - b->sign;
	if (a->point != b->point)
		return a->point > b->point ? a->sign : -a->sign;
	/* What is missing at the end is zeros, as are unused digits. */
	order = memcmp(a->digits, b->digits, sizeof(a->digits));
	return order > 0 ? a->sign : order < 0 ? -a->sign : 0;
}

bool
decimal_is_integer(const struct decimal *value)
{
	return value->point >= value->count;
}

/* Both of WIDE digits, the highest first. */
static bool
subtract_if_less(char rest[WIDE], const char unit[WIDE])
{
	int borrow = 0;

	if (memcmp(rest, unit, WIDE) < 0)
		return false;
	for (int i = WIDE - 1; i >= 0; i--) {
		rest[i] = (char)(rest[i] - unit[i] - borrow);
		borrow = rest[i] < 0;
		rest[i] = (char)(rest[i] + borrow * 10);
	}
	return true;
}

/* Long division, of which only the rest is wanted. */
static bool
divides(const struct decimal *unit, const struct decimal *value, long tens)
{
	char rest[WIDE] = { 0 }, wide[WIDE] = { 0 };
	static const char none[WIDE];

	memcpy(wide + WIDE - unit->count, unit->digits, (size_t)unit->count);
	for (long i = 0; i < value->count + tens; i++) {
		memmove(rest, rest + 1, WIDE - 1);
		rest[WIDE - 1] = i < value->count ? value->digits[i] : 0;
		while (subtract_if_less(rest, wide))
			;
	}
	return memcmp(rest, none, WIDE) == 0;
}

bool
decimal_is_multiple(const struct decimal *value, const struct decimal *unit)
{
	/* Both as integers times a power of ten; the digits end in no zero. */
	long tens = (value->point - value->count) -
	    (unit->point - unit->count);

	if (value->sign == 0)
		return true;
	if (tens < 0)
		return false;
	return divides(unit, value, tens < TENS_MAX ? tens : TENS_MAX);
}
