/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recursive descent, one level per precedence. After the first failure
 * every token is the end, so all functions return and none must check.
 */
#include "lib/expr.h"
#include "lib/expr_impl.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/utf8.h"

enum level {
	LEVEL_OR, LEVEL_AND, LEVEL_NOT, LEVEL_COMPARE, LEVEL_SUM, LEVEL_TERM,
	LEVEL_SIGN
};

struct parser {
	struct expr *expr;
	const char *const *names;
	struct buf *why;
	struct expr_scan scan;
	size_t used;			/* nodes */
	int depth;
	const struct expr_node *stranger;	/* first unknown name */
	bool failed;
};

static const struct {
	const char *text;
	enum level level;
	enum expr_op op;
} operators[] = {
	{ "or", LEVEL_OR, OP_OR }, { "and", LEVEL_AND, OP_AND },
	{ "==", LEVEL_COMPARE, OP_EQ }, { "!=", LEVEL_COMPARE, OP_NE },
	{ "<", LEVEL_COMPARE, OP_LT }, { "<=", LEVEL_COMPARE, OP_LE },
	{ ">", LEVEL_COMPARE, OP_GT }, { ">=", LEVEL_COMPARE, OP_GE },
	{ "in", LEVEL_COMPARE, OP_IN }, { "not", LEVEL_COMPARE, OP_NOT_IN },
	{ "is", LEVEL_COMPARE, OP_IS },
	{ "+", LEVEL_SUM, OP_ADD }, { "-", LEVEL_SUM, OP_SUB },
	{ "*", LEVEL_TERM, OP_MUL }, { "/", LEVEL_TERM, OP_DIV },
	{ "//", LEVEL_TERM, OP_FLOOR }, { "%", LEVEL_TERM, OP_MOD },
};

/* Words that are no names; what: part of Python that is left out on purpose. */
static const struct {
	const char *text, *what;
} reserved[] = {
	{ "lambda", "a lambda" }, { "for", "a comprehension" },
	{ "async", "a comprehension" }, { "import", "an import" },
	{ "from", "an import" }, { "await", "await" }, { "yield", "yield" },
	{ "=", "an assignment" }, { ":=", "an assignment" },
	{ "**", "the operator '**'" }, { "<<", "the operator '<<'" },
	{ ">>", "the operator '>>'" }, { "|", "the operator '|'" },
	{ "&", "the operator '&'" }, { "^", "the operator '^'" },
	{ "~", "the operator '~'" }, { "@", "the operator '@'" },
	{ "and", NULL }, { "or", NULL }, { "not", NULL }, { "in", NULL },
	{ "is", NULL }, { "if", NULL }, { "else", NULL },
};

static const struct {
	const char *text;
	enum value_kind kind;
	double number;
} constants[] = {
	{ "None", VALUE_NONE, 0 }, { "False", VALUE_BOOL, 0 },
	{ "True", VALUE_BOOL, 1 },
};

const char *const expr_session_names[] = {
	"session", "status", "agents_run", "tool_calls", NULL
};
const char *const expr_monitor_names[] = { "observation", "obs", NULL };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct expr_node *expression(struct parser *p);

static void fail(struct parser *p, const char *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
fail(struct parser *p, const char *where, const char *format, ...)
{
	va_list ap;

	if (p->failed)
		return;
	buf_addf(p->why, "column %zu: ", (size_t)(where - p->expr->text) + 1);
	va_start(ap, format);
	buf_vaddf(p->why, format, ap);
	va_end(ap);
	p->failed = true;
	p->scan.token = TOKEN_END;
}

/* ---- tokens ---- */

static void
advance(struct parser *p)
{
	const char *wrong;

	if (p->failed)
		return;
	wrong = expr_scan_next(&p->scan);
	if (wrong != NULL)
		fail(p, p->scan.start, "%s", wrong);
}

static bool
at(const struct parser *p, const char *text)
{
	return expr_scan_at(&p->scan, text);
}

static bool
accept(struct parser *p, const char *text)
{
	if (!at(p, text))
		return false;
	advance(p);
	return true;
}

/* How much of a token an error shows. */
static int
shown(const char *text, size_t len)
{
	return (int)utf8_cut(text, len, 40);
}

static void
unexpected(struct parser *p)
{
	if (p->scan.token == TOKEN_END)
		fail(p, p->scan.start, "the expression ends too early");
	for (size_t i = 0; i < COUNT(reserved); i++)
		if (reserved[i].what != NULL && at(p, reserved[i].text))
			fail(p, p->scan.start, "%s is not allowed",
			    reserved[i].what);
	fail(p, p->scan.start, "'%.*s' is not expected here",
	    shown(p->scan.start, p->scan.len), p->scan.start);
}

static void
expect(struct parser *p, const char *text)
{
	if (!accept(p, text))
		unexpected(p);
}

/* ---- nodes ---- */

/* Each node stands for a byte of text at least; the first is for failures. */
static struct expr_node *
node_new(struct parser *p, enum node_kind kind)
{
	struct expr_node *n = &p->expr->nodes[p->failed ? 0 : ++p->used];

	n->kind = kind;
	n->column = (unsigned)(p->scan.start - p->expr->text) + 1;
	return n;
}

/* Returns where the next kid goes. */
static struct expr_node **
node_append(struct expr_node **tail, struct expr_node *kid, enum expr_op op)
{
	kid->op = op;
	*tail = kid;
	return &kid->next;
}

/* A node that starts where its first kid starts. */
static struct expr_node *
node_around(struct parser *p, enum node_kind kind, struct expr_node *first)
{
	struct expr_node *n = node_new(p, kind);

	n->column = first->column;
	return n;
}

static void
enter(struct parser *p)
{
	if (++p->depth > EXPR_DEPTH_MAX)
		fail(p, p->scan.start, "nested deeper than %d", EXPR_DEPTH_MAX);
}

/* ---- grammar, from the tightest binding to the loosest ---- */

static struct expr_node *
items(struct parser *p, struct expr_node *list, struct expr_node **tail,
    const char *close)
{
	while (!at(p, close)) {
		tail = node_append(tail, expression(p), OP_NONE);
		if (list->kind == NODE_DICT) {
			expect(p, ":");
			tail = node_append(tail, expression(p), OP_NONE);
		}
		if (!accept(p, ","))
			break;
	}
	expect(p, close);
	return list;
}

/* A tuple, or one expression in parentheses. */
static struct expr_node *
parenthesised(struct parser *p)
{
	struct expr_node *list, *first;

	list = node_new(p, NODE_LIST);
	advance(p);
	if (accept(p, ")"))
		return list;
	first = expression(p);
	if (accept(p, ","))
		return items(p, list,
		    node_append(&list->kids, first, OP_NONE), ")");
	expect(p, ")");
	return first;
}

static bool
is_known(const struct parser *p, const struct expr_value *name)
{
	for (size_t i = 0; p->names[i] != NULL; i++)
		if (strlen(p->names[i]) == name->len &&
		    memcmp(p->names[i], name->text, name->len) == 0)
			return true;
	return false;
}

/*
 * An unknown name is reported last: in `[c for c in x]` or `f(1)` it is not
 * what its author must hear about.
 */
static struct expr_node *
word(struct parser *p)
{
	struct expr_node *n;

	for (size_t i = 0; i < COUNT(reserved); i++)
		if (at(p, reserved[i].text))
			unexpected(p);
	n = node_new(p, NODE_NAME);
	n->value = (struct expr_value){ .kind = VALUE_TEXT,
	    .text = p->scan.start, .len = p->scan.len };
	for (size_t i = 0; i < COUNT(constants); i++) {
		if (at(p, constants[i].text)) {
			n->kind = NODE_CONST;
			n->value = (struct expr_value){
			    .kind = constants[i].kind,
			    .number = constants[i].number };
		}
	}
	if (n->kind == NODE_NAME && p->stranger == NULL &&
	    !is_known(p, &n->value))
		p->stranger = n;
	advance(p);
	return n;
}

static struct expr_node *
atom(struct parser *p)
{
	struct expr_node *n;

	if (p->scan.token == TOKEN_WORD)
		return word(p);
	if (at(p, "("))
		return parenthesised(p);
	if (p->scan.token == TOKEN_NUMBER || p->scan.token == TOKEN_TEXT) {
		n = node_new(p, NODE_CONST);
		n->value = p->scan.value;
		advance(p);
		return n;
	}
	if (!at(p, "[") && !at(p, "{")) {
		unexpected(p);
		return node_new(p, NODE_CONST);
	}
	n = node_new(p, at(p, "[") ? NODE_LIST : NODE_DICT);
	advance(p);
	return items(p, n, &n->kids, n->kind == NODE_LIST ? "]" : "}");
}

static struct expr_node *
subscript(struct parser *p)
{
	struct expr_node *slice, **tail, *key = NULL;

	if (!at(p, ":"))
		key = expression(p);
	if (key != NULL && !at(p, ":"))
		return key;
	slice = node_new(p, NODE_SLICE);
	tail = &slice->kids;
	if (key != NULL)
		tail = node_append(tail, key, OP_START);
	for (enum expr_op op = OP_STOP; op <= OP_STEP && accept(p, ":"); op++)
		if (!at(p, ":") && !at(p, "]"))
			tail = node_append(tail, expression(p), op);
	return slice;
}

static struct expr_node *
primary(struct parser *p)
{
	struct expr_node *n = atom(p), **tail, *base = n;

	if (at(p, "[")) {
		n = node_around(p, NODE_SUBSCRIPT, base);
		tail = node_append(&n->kids, base, OP_NONE);
		while (accept(p, "[")) {
			tail = node_append(tail, subscript(p), OP_NONE);
			expect(p, "]");
		}
	}
	if (at(p, "("))
		fail(p, p->scan.start, "a call is not allowed");
	if (at(p, "."))
		fail(p, p->scan.start, "an attribute is not allowed");
	return n;
}

static enum expr_op
binary(struct parser *p, enum level level)
{
	for (size_t i = 0; i < COUNT(operators); i++) {
		if (operators[i].level != level || !at(p, operators[i].text))
			continue;
		advance(p);
		if (operators[i].op == OP_NOT_IN)
			expect(p, "in");
		if (operators[i].op == OP_IS && accept(p, "not"))
			return OP_IS_NOT;
		return operators[i].op;
	}
	return OP_NONE;
}

static enum expr_op
prefix(const struct parser *p, enum level level)
{
	if (level == LEVEL_NOT && at(p, "not"))
		return OP_NOT;
	if (level == LEVEL_SIGN && at(p, "-"))
		return OP_SUB;
	if (level == LEVEL_SIGN && at(p, "+"))
		return OP_ADD;
	return OP_NONE;
}

static struct expr_node *
operation(struct parser *p, enum level level)
{
	struct expr_node *n, *chain, **tail;
	enum expr_op op = prefix(p, level);

	if (op != OP_NONE) {
		n = node_new(p, NODE_UNARY);
		advance(p);
		enter(p);
		node_append(&n->kids, operation(p, level), op);
		p->depth--;
		return n;
	}
	if (level == LEVEL_SIGN)
		return primary(p);
	n = operation(p, level + 1);
	op = binary(p, level);
	if (op == OP_NONE)
		return n;
	chain = node_around(p, NODE_CHAIN, n);
	tail = node_append(&chain->kids, n, OP_NONE);
	for (; op != OP_NONE; op = binary(p, level))
		tail = node_append(tail, operation(p, level + 1), op);
	return chain;
}

static struct expr_node *
expression(struct parser *p)
{
	struct expr_node *n, *choice, **tail;

	enter(p);
	n = operation(p, LEVEL_OR);
	if (accept(p, "if")) {
		choice = node_around(p, NODE_CHOICE, n);
		tail = node_append(&choice->kids, operation(p, LEVEL_OR),
		    OP_NONE);
		tail = node_append(tail, n, OP_NONE);
		expect(p, "else");
		node_append(tail, expression(p), OP_NONE);
		n = choice;
	}
	p->depth--;
	return n;
}

static void
whole(struct parser *p)
{
	const struct expr_value *name;

	advance(p);
	p->expr->root = expression(p);
	if (p->scan.token != TOKEN_END)
		unexpected(p);
	if (p->stranger == NULL)
		return;
	name = &p->stranger->value;
	fail(p, name->text, "unknown name '%.*s'",
	    shown(name->text, name->len), name->text);
}

struct expr *
expr_parse(const char *text, const char *const names[], struct buf *why)
{
	struct parser p = { .names = names, .why = why };
	size_t len = strnlen(text, EXPR_TEXT_MAX + 1);

	if (len > EXPR_TEXT_MAX) {
		buf_addf(why, "longer than %d bytes", EXPR_TEXT_MAX);
		return NULL;
	}
	if (!utf8_valid(text, len)) {
		buf_adds(why, "not valid UTF-8");
		return NULL;
	}
	p.expr = calloc(1, sizeof(*p.expr) +
	    (len + 1) * sizeof(p.expr->nodes[0]));
	if (p.expr != NULL)
		p.expr->text = strdup(text);
	if (p.expr != NULL && p.expr->text != NULL) {
		p.scan.rest = p.expr->text;
		whole(&p);
		if (!p.failed)
			return p.expr;
	} else {
		buf_adds(why, "out of memory");
	}
	expr_free(p.expr);
	return NULL;
}

void
expr_free(struct expr *e)
{
	if (e == NULL)
		return;
	free(e->text);
	free(e);
}
