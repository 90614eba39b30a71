/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/expr.h"
#include "lib/expr_impl.h"

#include <stdlib.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"

/* Values live in blocks until the run ends. */
struct expr_block {
	struct expr_block *next;
	max_align_t data[];
};

static const struct expr_value none = { .kind = VALUE_NONE };

static struct expr_value eval(struct expr_run *r, const struct expr_node *n);

void
expr_run_fail(struct expr_run *r, int rc, const char *why)
{
	if (r->rc != OK)
		return;
	r->rc = rc;
	r->why = why;
}

bool
expr_run_spend(struct expr_run *r, size_t steps)
{
	if (r->rc != OK)
		return false;
	if (steps > r->steps) {
		expr_run_fail(r, E_TOOBIG, "it takes too many steps");
		return false;
	}
	r->steps -= steps;
	return true;
}

/* The budget bounds the memory too: each item costs a step. */
void *
expr_run_alloc(struct expr_run *r, size_t count, size_t size)
{
	struct expr_block *b;

	if (!expr_run_spend(r, count))
		return NULL;
	b = malloc(sizeof(*b) + count * size);
	if (b == NULL) {
		expr_run_fail(r, E_NOMEM, "out of memory");
		return NULL;
	}
	b->next = r->blocks;
	r->blocks = b;
	return b->data;
}

static void
run_end(struct expr_run *r)
{
	struct expr_block *b;

	while ((b = r->blocks) != NULL) {
		r->blocks = b->next;
		free(b);
	}
}

/* Remembers where the run is, or where it failed. */
static void
mark(struct expr_run *r, const struct expr_node *n)
{
	if (r->rc == OK)
		r->column = n->column;
}

static struct expr_value
eval_name(struct expr_run *r, const struct expr_node *n)
{
	const struct json *j;

	for (j = json_first(r->vars); j != NULL; j = json_next(j))
		if (expr_value_is(&n->value, json_key(j)))
			return expr_value_of(j);
	expr_run_fail(r, E_INVALID, "the name has no value");
	return none;
}

static struct expr_value
eval_items(struct expr_run *r, const struct expr_node *n)
{
	struct expr_value *items, out = none;
	const struct expr_node *kid;
	size_t count = 0;

	for (kid = n->kids; kid != NULL; kid = kid->next)
		count++;
	items = expr_run_alloc(r, count, sizeof(*items));
	if (items == NULL)
		return none;
	out.kind = n->kind == NODE_DICT ? VALUE_DICT : VALUE_LIST;
	out.len = count;
	out.items = items;
	for (kid = n->kids; kid != NULL; kid = kid->next)
		*items++ = eval(r, kid);
	return out;
}

/* `and` and `or` give the operand that decided, as in Python. */
static struct expr_value
eval_logic(struct expr_run *r, const struct expr_node *n)
{
	bool until = n->kids->next->op == OP_OR;
	const struct expr_node *kid = n->kids;
	struct expr_value v = eval(r, kid);

	while ((kid = kid->next) != NULL && expr_value_truth(&v) != until)
		v = eval(r, kid);
	return v;
}

/* a < b < c: every neighbouring pair must hold; stops at the first not. */
static struct expr_value
eval_compare(struct expr_run *r, const struct expr_node *n)
{
	const struct expr_node *kid = n->kids;
	struct expr_value left = eval(r, kid), right;
	bool holds = true;

	while (holds && (kid = kid->next) != NULL) {
		right = eval(r, kid);
		mark(r, kid);
		holds = expr_value_compare(r, kid->op, left, right);
		left = right;
	}
	return expr_value_bool(holds);
}

static struct expr_value
eval_arith(struct expr_run *r, const struct expr_node *n)
{
	const struct expr_node *kid = n->kids;
	struct expr_value left = eval(r, kid), right;

	while ((kid = kid->next) != NULL) {
		right = eval(r, kid);
		mark(r, kid);
		left = expr_value_arith(r, kid->op, left, right);
	}
	return left;
}

static struct expr_value
eval_chain(struct expr_run *r, const struct expr_node *n)
{
	enum expr_op op = n->kids->next->op;

	if (op == OP_OR || op == OP_AND)
		return eval_logic(r, n);
	if (op >= OP_ADD)
		return eval_arith(r, n);
	return eval_compare(r, n);
}

static struct expr_value
eval_unary(struct expr_run *r, const struct expr_node *n)
{
	static const struct expr_value zero = { .kind = VALUE_NUMBER };
	struct expr_value v = eval(r, n->kids);

	if (n->kids->op == OP_NOT)
		return expr_value_bool(!expr_value_truth(&v));
	mark(r, n);
	return expr_value_arith(r, n->kids->op, zero, v);
}

static struct expr_value
eval_subscript(struct expr_run *r, const struct expr_node *n)
{
	const struct expr_node *kid = n->kids, *part;
	struct expr_value base = eval(r, kid), key, parts[3];

	while ((kid = kid->next) != NULL) {
		if (kid->kind != NODE_SLICE) {
			key = eval(r, kid);
			mark(r, kid);
			base = expr_value_item(r, base, key);
			continue;
		}
		parts[0] = parts[1] = parts[2] = none;
		for (part = kid->kids; part != NULL; part = part->next)
			parts[part->op - OP_START] = eval(r, part);
		mark(r, kid);
		base = expr_value_slice(r, base, parts);
	}
	return base;
}

static struct expr_value
eval_choice(struct expr_run *r, const struct expr_node *n)
{
	struct expr_value condition = eval(r, n->kids);

	return eval(r, expr_value_truth(&condition) ? n->kids->next :
	    n->kids->next->next);
}

static struct expr_value
eval(struct expr_run *r, const struct expr_node *n)
{
	static struct expr_value (*const by_kind[])(struct expr_run *,
	    const struct expr_node *) = {
		[NODE_NAME] = eval_name, [NODE_LIST] = eval_items,
		[NODE_DICT] = eval_items, [NODE_CHAIN] = eval_chain,
		[NODE_UNARY] = eval_unary, [NODE_CHOICE] = eval_choice,
		[NODE_SUBSCRIPT] = eval_subscript,
	};

	if (!expr_run_spend(r, 1))
		return none;
	mark(r, n);
	return n->kind == NODE_CONST ? n->value : by_kind[n->kind](r, n);
}

int
expr_eval(const struct expr *e, const struct json *vars, bool *holds,
    struct buf *why)
{
	struct expr_run r = { .vars = vars, .steps = EXPR_STEPS_MAX };
	struct expr_value v = eval(&r, e->root);

	*holds = r.rc == OK && expr_value_truth(&v);
	if (r.rc != OK && why != NULL)
		buf_addf(why, "column %u: %s", r.column, r.why);
	run_end(&r);
	return r.rc;
}
