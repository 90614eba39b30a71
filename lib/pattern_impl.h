/* SPDX-License-Identifier: Apache-2.0 */
/* What the three parts of pattern.h share: text to tree to steps to a run. */
#ifndef LIB_PATTERN_IMPL_H
#define LIB_PATTERN_IMPL_H

#include <stdint.h>

#include "lib/pattern.h"

enum op {
	OP_SET,		/* one character out of the ranges x to x + y - 1 */
	OP_NOT_SET,	/* one that is in none of them */
	OP_SPLIT,	/* go on at x and at y */
	OP_JUMP,	/* go on at x */
	OP_BEGIN,	/* these take no character */
	OP_END,
	OP_WORD_EDGE,
	OP_NO_WORD_EDGE,
	OP_MATCH,
};

struct step {
	enum op op;
	int x, y;
};

struct range {
	uint32_t low, high;
};

struct pattern {
	struct step *steps;
	int count;
	struct range *ranges;
	/* Of the run: states to be in, now and next, and those to look at. */
	int *now, *next, *stack;
	size_t *seen;		/* per step, the place where it was added */
};

/* ---- of reading alone ---- */

enum kind { EMPTY, SET, NOT_SET, ASSERTION, BOTH, EITHER, REPEAT };

enum { ENDLESS = -1 };

struct node {
	enum kind kind;
	enum op op;		/* of an assertion */
	int x, y;		/* nodes, or the ranges of a set */
	int min, max;		/* of a repetition; ENDLESS */
};

struct parse {
	const char *at, *end;
	struct node *nodes;
	int node_count, range_count, depth;
	struct pattern *p;
	int rc;			/* OK, or the first failure */
	const char *why;
};

/* pattern_fail notes a failure, ends the reading and returns 0. */
int pattern_fail(struct parse *s, int rc, const char *why);

/* pattern_emit writes the steps of the tree at root. Returns s->rc. */
int pattern_emit(struct parse *s, int root);

#endif
