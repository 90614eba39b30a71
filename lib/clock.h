/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time, in milliseconds unless told otherwise. Rows hold wall time (UTC);
 * waits and durations are measured with the monotonic clock, which nobody can
 * set.
 *
 *	char at[ISO_SECONDS_SIZE];
 *
 *	iso_seconds(clock_ms(), at);
 */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

#include <stdint.h>

enum { ISO_SECONDS_SIZE = 21 };

/* clock_ms: milliseconds since 1970-01-01T00:00:00Z. */
int64_t clock_ms(void);

/* clock_mono_ms: milliseconds since some fixed point; never goes back. */
int64_t clock_mono_ms(void);

/* clock_mono_us: the same in microseconds. */
int64_t clock_mono_us(void);

/*
 * iso_seconds writes "YYYY-MM-DDTHH:MM:SSZ", rounded down to the second.
 * Times outside the years 0 to 9999 are written as the nearest inside.
 */
void iso_seconds(int64_t ms, char out[ISO_SECONDS_SIZE]);

#endif
