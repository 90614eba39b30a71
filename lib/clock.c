/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/clock.h"

#include <string.h>
#include <time.h>

/* The first and last second that four digits of a year can name. */
#define YEAR_0		INT64_C(-62167219200)
#define YEAR_9999	INT64_C(253402300799)

static int64_t
read_clock(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
clock_ms(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t
clock_mono_ms(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

static void
put_digits(char *out, int value, int digits)
{
	while (digits-- > 0) {
		out[digits] = (char)('0' + value % 10);
		value /= 10;
	}
}

void
iso_seconds(int64_t ms, char out[ISO_SECONDS_SIZE])
{
	int64_t seconds = ms / 1000 - (ms % 1000 < 0);
	time_t t;
	struct tm tm;

	if (seconds < YEAR_0)
		seconds = YEAR_0;
	if (seconds > YEAR_9999)
		seconds = YEAR_9999;
	t = (time_t)seconds;
	gmtime_r(&t, &tm);
	memcpy(out, "0000-00-00T00:00:00Z", ISO_SECONDS_SIZE);
	put_digits(out, tm.tm_year + 1900, 4);
	put_digits(out + 5, tm.tm_mon + 1, 2);
	put_digits(out + 8, tm.tm_mday, 2);
	put_digits(out + 11, tm.tm_hour, 2);
	put_digits(out + 14, tm.tm_min, 2);
	put_digits(out + 17, tm.tm_sec, 2);
}
