/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shell patterns over whole texts, for the names of tools.
 *
 *	if (glob_match("observability:get_*", tool))
 *		...
 */
#ifndef LIB_GLOB_H
#define LIB_GLOB_H

#include <stdbool.h>

/*
 * glob_match: does the pattern match all of text? `*` is any text, also an
 * empty one and one with slashes; `?` one character; `[a-z_]` one of a
 * set, `[!a-z]` one outside it (a `]` right after the bracket is a member).
 * A bracket that is never closed stands for itself. Case matters. Both are
 * UTF-8; no pattern takes exponential time.
 */
bool glob_match(const char *pattern, const char *text);

#endif
