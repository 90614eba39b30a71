/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of expr share: expr_scan.c cuts tokens, expr_parse.c makes
 * nodes of them, expr_eval.c walks the nodes, expr_value.c computes. Nobody
 * else includes this.
 */
#ifndef LIB_EXPR_IMPL_H
#define LIB_EXPR_IMPL_H

#include <stdbool.h>
#include <stddef.h>

struct json;

enum expr_op {
	OP_NONE,
	OP_OR, OP_AND, OP_NOT,
	OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE,
	OP_IN, OP_NOT_IN, OP_IS, OP_IS_NOT,
	OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_FLOOR, OP_MOD,
	OP_START, OP_STOP, OP_STEP,	/* the parts of a slice */
};

enum value_kind {
	VALUE_NONE, VALUE_BOOL, VALUE_NUMBER, VALUE_TEXT, VALUE_LIST, VALUE_DICT
};

/*
 * A value owns nothing: it points into the expression, into the variables
 * or into the blocks of the run. A list or dict that came from the variables
 * has only json until an operation reads its items.
 */
struct expr_value {
	enum value_kind kind;
	double number;			/* VALUE_NUMBER; VALUE_BOOL: 0, 1 */
	const char *text;		/* VALUE_TEXT */
	size_t len;			/* bytes of text, or items; a dict's */
					/* items are key, value, key, ... */
	const struct expr_value *items;
	const struct json *json;	/* not opened yet, or NULL */
};

enum node_kind {
	NODE_CONST,			/* value */
	NODE_NAME,			/* value.text */
	NODE_LIST, NODE_DICT,		/* kids; a dict's are key, value, ... */
	NODE_CHAIN,			/* a OP b OP c, of one precedence */
	NODE_UNARY,			/* op, one kid */
	NODE_CHOICE,			/* kids: condition, then, else */
	NODE_SUBSCRIPT,			/* kids: base, key or slice, ... */
	NODE_SLICE,			/* kids: those given, each by its op */
};

struct expr_node {
	enum node_kind kind;
	enum expr_op op;		/* a kid's: how its parent takes it */
	unsigned column;
	struct expr_value value;
	struct expr_node *kids;
	struct expr_node *next;		/* in the parent's kids */
};

struct expr {
	const struct expr_node *root;
	char *text;			/* names and texts live in this copy */
	struct expr_node nodes[];	/* at most one per byte of text */
};

enum token { TOKEN_END, TOKEN_WORD, TOKEN_NUMBER, TOKEN_TEXT, TOKEN_MARK };

struct expr_scan {
	char *rest;			/* what follows the token */
	enum token token;
	char *start;
	size_t len;
	struct expr_value value;	/* of a number or text */
};

/*
 * expr_scan_next reads the next token. It returns NULL, or what is wrong
 * with the one at start (static). A text is decoded in place.
 */
const char *expr_scan_next(struct expr_scan *s);

/* expr_scan_at: is the token this word or mark? */
bool expr_scan_at(const struct expr_scan *s, const char *text);

/* One evaluation. After the first failure nothing more is computed. */
struct expr_run {
	const struct json *vars;
	int rc;
	const char *why;		/* static */
	unsigned column;		/* of the node at work */
	size_t steps;			/* left */
	struct expr_block *blocks;
};

/* expr_run_fail notes the first failure; why is static. */
void expr_run_fail(struct expr_run *r, int rc, const char *why);

/* expr_run_spend takes steps from the budget; false after a failure. */
bool expr_run_spend(struct expr_run *r, size_t steps);

/*
 * expr_run_alloc: room for count things until the run ends, at a step each.
 * NULL after a failure, and never because count is 0.
 */
void *expr_run_alloc(struct expr_run *r, size_t count, size_t size);

struct expr_value expr_value_bool(bool b);
struct expr_value expr_value_of(const struct json *j);
bool expr_value_truth(const struct expr_value *v);

/* expr_value_is: is v this text? */
bool expr_value_is(const struct expr_value *v, const char *text);

/* After a failure of the run these give false or VALUE_NONE. */
bool expr_value_compare(struct expr_run *r, enum expr_op op,
    struct expr_value a, struct expr_value b);
struct expr_value expr_value_arith(struct expr_run *r, enum expr_op op,
    struct expr_value a, struct expr_value b);
struct expr_value expr_value_item(struct expr_run *r, struct expr_value base,
    struct expr_value key);

/* part: start, stop, step; VALUE_NONE: not given. */
struct expr_value expr_value_slice(struct expr_run *r, struct expr_value base,
    const struct expr_value part[3]);

#endif
