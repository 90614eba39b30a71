/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/clock.h"

#include <string.h>
#include <time.h>

/* The first and last second that four digits of a year can name. */
#define YEAR_0		INT64_C(-62167219200)
#define YEAR_9999	INT64_C(253402300799)

static int64_t
read_clock(clockid_t id, int per_second)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * per_second +
	    now.tv_nsec / (1000000000 / per_second);
}

int64_t
clock_ms(void)
{
	return read_clock(CLOCK_REALTIME, 1000);
}

int64_t
clock_mono_ms(void)
{
	return read_clock(CLOCK_MONOTONIC, 1000);
}

int64_t
clock_mono_us(void)
{
	return read_clock(CLOCK_MONOTONIC, 1000000);
}

static void
put_digits(char *out, int value, int digits)
{
	while (digits-- > 0) {
		out[digits] = (char)('0' + value % 10);
		value /= 10;
	}
}

/*
 * The date of a day since 1970-01-01 in the proleptic Gregorian calendar. In
 * years that begin on 1 March the leap day comes last, and months have
 * 30.6 days. gmtime_r would take a lock that all threads share.
 */
static void
put_date(char *out, int64_t day)
{
	int64_t era, year, month;

	day += 719468;				/* since 0000-03-01 */
	era = (day >= 0 ? day : day - 146096) / 146097;
	day -= era * 146097;
	year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;		/* from March */
	day -= (153 * month + 2) / 5;
	put_digits(out, (int)(era * 400 + year + (month >= 10)), 4);
	put_digits(out + 5, (int)(month < 10 ? month + 3 : month - 9), 2);
	put_digits(out + 8, (int)day + 1, 2);
}

void
iso_seconds(int64_t ms, char out[ISO_SECONDS_SIZE])
{
	int64_t seconds = ms / 1000 - (ms % 1000 < 0);
	int64_t day;
	int rest;

	if (seconds < YEAR_0)
		seconds = YEAR_0;
	if (seconds > YEAR_9999)
		seconds = YEAR_9999;
	day = seconds / 86400 - (seconds % 86400 < 0);
	rest = (int)(seconds - day * 86400);
	memcpy(out, "0000-00-00T00:00:00Z", ISO_SECONDS_SIZE);
	put_date(out, day);
	put_digits(out + 11, rest / 3600, 2);
	put_digits(out + 14, rest / 60 % 60, 2);
	put_digits(out + 17, rest % 60, 2);
}
