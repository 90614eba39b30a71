/* SPDX-License-Identifier: Apache-2.0 */
/* From the tree to steps; x{2,4} is x written four times. */
#include "lib/pattern_impl.h"

#include "lib/err.h"

int
pattern_fail(struct parse *s, int rc, const char *why)
{
	if (s->rc == OK) {
		s->rc = rc;
		s->why = why;
	}
	s->at = s->end;
	return 0;
}

static int
add_step(struct parse *s, enum op op, int x, int y)
{
	struct pattern *p = s->p;

	if (p->count == PATTERN_STEPS_MAX)
		return pattern_fail(s, E_TOOBIG, "it is too complex");
	p->steps[p->count] = (struct step){ op, x, y };
	return p->count++;
}

static void emit(struct parse *s, const struct node *node);

/* x* is: split to x and behind it, and from behind x back to the split. */
static void
emit_repeat(struct parse *s, const struct node *node)
{
	const struct node *part = &s->nodes[node->x];
	struct step *steps = s->p->steps;
	int split, i;

	for (i = 0; i < node->min && s->rc == OK; i++)
		emit(s, part);
	if (node->max == ENDLESS) {
		split = add_step(s, OP_SPLIT, s->p->count + 1, 0);
		emit(s, part);
		add_step(s, OP_JUMP, split, 0);
		steps[split].y = s->p->count;
	}
	for (; i < node->max && s->rc == OK; i++) {
		split = add_step(s, OP_SPLIT, s->p->count + 1, 0);
		emit(s, part);
		steps[split].y = s->p->count;
	}
}

static void
emit_either(struct parse *s, const struct node *node)
{
	struct step *steps = s->p->steps;
	int split, jump;

	split = add_step(s, OP_SPLIT, s->p->count + 1, 0);
	emit(s, &s->nodes[node->x]);
	jump = add_step(s, OP_JUMP, 0, 0);
	steps[split].y = s->p->count;
	emit(s, &s->nodes[node->y]);
	steps[jump].x = s->p->count;
}

/*
 * What can be repeated is a character, or a group, which begins with an empty
 * node; each of them adds a step, so that the limit ends every recursion.
 */
static void
emit(struct parse *s, const struct node *node)
{
	if (s->rc != OK)
		return;
	switch (node->kind) {
	case EMPTY:
		add_step(s, OP_JUMP, s->p->count + 1, 0);
		break;
	case SET:
	case NOT_SET:
		add_step(s, node->kind == SET ? OP_SET : OP_NOT_SET, node->x,
		    node->y);
		break;
	case ASSERTION:
		add_step(s, node->op, 0, 0);
		break;
	case BOTH:
		emit(s, &s->nodes[node->x]);
		emit(s, &s->nodes[node->y]);
		break;
	case EITHER:
		emit_either(s, node);
		break;
	case REPEAT:
		emit_repeat(s, node);
		break;
	}
}

int
pattern_emit(struct parse *s, int root)
{
	emit(s, &s->nodes[root]);
	add_step(s, OP_MATCH, 0, 0);
	return s->rc;
}
