/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regular expressions as JSON Schema has them (ECMA-262 without what needs
 * backtracking), in time that is linear in the text, whatever the pattern:
 * all of its states are followed at once.
 *
 *	struct pattern *p;
 *	const char *why;
 *	long steps = 100000;
 *	bool found;
 *
 *	rc = pattern_open(&p, "^[a-z]+-\\d{1,4}$", &why);
 *	if (rc == OK)
 *		rc = pattern_find(p, text, len, &steps, &found);
 *	pattern_close(p);
 *
 * Understood: alternatives, (groups), (?:...), (?<name>...), [classes], the
 * quantifiers * + ? {n} {n,} {n,m} and their lazy forms, . ^ $ \b \B \d \w
 * \s and their opposites, \t \n \v \f \r \0 \xHH \uHHHH \u{H...} and escaped
 * punctuation. Not: look-around, back references, \p{...}. Characters are
 * code points; upper and lower case differ.
 */
#ifndef LIB_PATTERN_H
#define LIB_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

enum {
	PATTERN_TEXT_MAX = 1024,	/* bytes of a pattern */
	PATTERN_COUNT_MAX = 1000,	/* in {n,m} */
	PATTERN_DEPTH_MAX = 32,		/* of groups in groups */
	PATTERN_STEPS_MAX = 8192,	/* once {n,m} are written out */
};

struct pattern;

/*
 * pattern_open reads a pattern. The caller frees it with pattern_close. On
 * E_INVALID and E_TOOBIG *why is a static text; E_NOMEM.
 */
int pattern_open(struct pattern **out, const char *text, const char **why);

/* pattern_close accepts NULL. */
void pattern_close(struct pattern *p);

/*
 * pattern_find stores whether the pattern fits any part of text, which is
 * UTF-8. It takes its steps, a character times a state each, off *steps;
 * E_TOOBIG when there are no more.
 */
int pattern_find(struct pattern *p, const char *text, size_t len, long *steps,
    bool *found);

#endif
