/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who guesses secrets is slowed down: an address that gave ten wrong ones is
 * held back, for a second at first, twice as long with each further one, a
 * minute at most; what it brings meanwhile is not looked at. Ten minutes
 * without a wrong one, and it is forgotten.
 *
 *	struct strikes *strikes = strikes_open();
 *
 *	held_ms = strikes_held_ms(strikes, address, clock_mono_ms());
 *	if (held_ms > 0)
 *		return come_back_later(held_ms);
 *	if (!right(secret))
 *		strikes_add(strikes, address, clock_mono_ms());
 *	strikes_close(strikes);
 *
 * The table has a fixed size; who comes new takes the place of the one that
 * has been quiet for the longest. An IPv6 address counts as its /64 network,
 * all of which one person usually has. Threads may share a table.
 */
#ifndef LIB_STRIKES_H
#define LIB_STRIKES_H

#include <stdint.h>

struct strikes;

enum {
	STRIKES_FREE = 10,		/* wrong ones without a hold */
	STRIKES_HOLD_MAX_MS = 60 * 1000,
	STRIKES_FORGET_MS = 10 * 60 * 1000,
};

/* strikes_open returns an empty table, or NULL: no memory. */
struct strikes *strikes_open(void);

/* strikes_close frees it; strikes may be NULL. */
void strikes_close(struct strikes *strikes);

/* strikes_held_ms returns how long an address is held back; 0: it is not. */
int64_t strikes_held_ms(struct strikes *strikes, const char *address,
    int64_t now_ms);

/* strikes_add counts a wrong secret that came from address. */
void strikes_add(struct strikes *strikes, const char *address, int64_t now_ms);

#endif
