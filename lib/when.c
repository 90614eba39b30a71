/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/when.h"

#include <stdbool.h>
#include <string.h>

#include "lib/err.h"

#define DAY_S INT64_C(86400)
#define DISTANCE_MAX_S (36500 * DAY_S)

/* Reads exactly so many digits; -1: they are not there. */
static int
digits(const char *text, int count)
{
	int value = 0;

	for (int i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = 10 * value + text[i] - '0';
	}
	return value;
}

/* Days from 1970-01-01 to the first of a month. */
static int64_t
days_before(int year, int month)
{
	static const int16_t before[] = { 0, 31, 59, 90, 120, 151, 181, 212,
		243, 273, 304, 334, 365 };
	int64_t past = month > 2 ? year : year - 1;

	return 365LL * (year - 1970) + past / 4 - past / 100 + past / 400 -
	    477 + before[month - 1];
}

static bool
is_date(int year, int month, int day)
{
	if (year < 1 || month < 1 || month > 12 || day < 1)
		return false;
	return day <= days_before(year + month / 12, month % 12 + 1) -
	    days_before(year, month);
}

static int
parse_time(const char *text, int64_t *ms)
{
	int year, month, day, hour, minute, second;

	if (strlen(text) != 20 || text[4] != '-' || text[7] != '-' ||
	    text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
	    text[19] != 'Z')
		return E_INVALID;
	year = digits(text, 4);
	month = digits(text + 5, 2);
	day = digits(text + 8, 2);
	hour = digits(text + 11, 2);
	minute = digits(text + 14, 2);
	second = digits(text + 17, 2);
	if (!is_date(year, month, day) || hour < 0 || hour > 23 ||
	    minute < 0 || minute > 59 || second < 0 || second > 59)
		return E_INVALID;
	*ms = ((days_before(year, month) + day - 1) * DAY_S + hour * 3600 +
	    minute * 60 + second) * 1000;
	return OK;
}

static int64_t
unit_s(const char *text)
{
	static const char units[] = "smhd";
	static const int64_t seconds[] = { 1, 60, 3600, DAY_S };
	const char *unit = *text != '\0' ? strchr(units, *text) : NULL;

	return unit != NULL && text[1] == '\0' ? seconds[unit - units] : 0;
}

int
when_parse(const char *text, int64_t now_ms, enum when_side side, int64_t *ms)
{
	size_t len = strspn(text, "0123456789");
	int64_t seconds;

	if (len == 4 && text[4] == '-')
		return parse_time(text, ms);
	if (len == 0 || len > 9 || unit_s(text + len) == 0)
		return E_INVALID;
	seconds = digits(text, (int)len) * unit_s(text + len);
	if (seconds > DISTANCE_MAX_S)
		return E_INVALID;
	*ms = now_ms + side * seconds * 1000;
	return OK;
}
