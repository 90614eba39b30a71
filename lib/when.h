/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times as people ask for them: "2026-11-22T10:00:00Z", or a distance from
 * now, "90s", "15m", "2h", "7d".
 *
 *	int64_t since_ms;
 *
 *	if (when_parse("2h", now_ms, WHEN_PAST, &since_ms) != OK)
 *		complain("must be " WHEN_FORMS);
 */
#ifndef LIB_WHEN_H
#define LIB_WHEN_H

#include <stdint.h>

#define WHEN_FORMS "a time like 2026-11-22T10:00:00Z, or 90s, 15m, 2h, 7d"

/* To which side of now a distance goes. */
enum when_side { WHEN_PAST = -1, WHEN_FUTURE = 1 };

/*
 * when_parse reads a time (RFC 3339, to the second, UTC) or a distance of at
 * most 36500 days into *ms. E_INVALID: it is neither; *ms stays.
 */
int when_parse(const char *text, int64_t now_ms, enum when_side side,
    int64_t *ms);

#endif
