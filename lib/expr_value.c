/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>	/* memmem, mempcpy */

#include "lib/expr_impl.h"

#include <math.h>
#include <string.h>

#include "lib/err.h"
#include "lib/json.h"

/* An index beyond this is out of range whatever it is applied to. */
#define INDEX_MAX 1e9

static const struct expr_value none = { .kind = VALUE_NONE };

struct expr_value
expr_value_bool(bool b)
{
	return (struct expr_value){ .kind = VALUE_BOOL, .number = b };
}

struct expr_value
expr_value_of(const struct json *j)
{
	struct expr_value v = none;

	switch (json_kind(j)) {
	case JSON_BOOL:
		return expr_value_bool(json_bool(j, false));
	case JSON_NUMBER:
		v.kind = VALUE_NUMBER;
		v.number = json_number(j, 0);
		break;
	case JSON_STRING:
		v.kind = VALUE_TEXT;
		v.text = json_string(j);
		v.len = strlen(v.text);
		break;
	case JSON_ARRAY:
		v.kind = VALUE_LIST;
		v.json = j;
		break;
	case JSON_OBJECT:
		v.kind = VALUE_DICT;
		v.json = j;
		break;
	default:
		break;
	}
	return v;
}

bool
expr_value_is(const struct expr_value *v, const char *text)
{
	return v->kind == VALUE_TEXT && strlen(text) == v->len &&
	    memcmp(text, v->text, v->len) == 0;
}

/* Reads the items of a list or dict that came from the variables. */
static void
open_items(struct expr_run *r, struct expr_value *v)
{
	struct expr_value *item;
	const struct json *j;

	if (v->json == NULL)
		return;
	v->len = json_size(v->json) * (v->kind == VALUE_DICT ? 2 : 1);
	v->items = item = expr_run_alloc(r, v->len, sizeof(*item));
	if (item == NULL) {
		*v = none;
		return;
	}
	for (j = json_first(v->json); j != NULL; j = json_next(j)) {
		if (v->kind == VALUE_DICT)
			*item++ = (struct expr_value){ .kind = VALUE_TEXT,
			    .text = json_key(j), .len = strlen(json_key(j)) };
		*item++ = expr_value_of(j);
	}
	v->json = NULL;
}

bool
expr_value_truth(const struct expr_value *v)
{
	switch (v->kind) {
	case VALUE_NONE:
		return false;
	case VALUE_BOOL:
	case VALUE_NUMBER:
		return v->number != 0;
	default:
		return v->json != NULL ? json_first(v->json) != NULL :
		    v->len > 0;
	}
}

static bool
is_number(const struct expr_value *v)
{
	return v->kind == VALUE_NUMBER || v->kind == VALUE_BOOL;
}

static void
unfit(struct expr_run *r)
{
	expr_run_fail(r, E_INVALID, "the types do not fit");
}

/* ---- comparison ---- */

static bool equal(struct expr_run *r, struct expr_value a, struct expr_value b);

/* Returns the value of key in an opened dict, or NULL. */
static const struct expr_value *
find(struct expr_run *r, const struct expr_value *dict,
    const struct expr_value *key)
{
	for (size_t i = 0; i < dict->len; i += 2)
		if (equal(r, dict->items[i], *key))
			return &dict->items[i + 1];
	return NULL;
}

static bool
equal_items(struct expr_run *r, struct expr_value a, struct expr_value b)
{
	const struct expr_value *other;

	open_items(r, &a);
	open_items(r, &b);
	if (r->rc != OK || a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		if (a.kind == VALUE_LIST) {
			other = &b.items[i];
		} else {
			other = find(r, &b, &a.items[i++]);
			if (other == NULL)
				return false;
		}
		if (!equal(r, a.items[i], *other))
			return false;
	}
	return true;
}

/* The nesting is that of JSON plus that of the expression: both bounded. */
static bool
equal(struct expr_run *r, struct expr_value a, struct expr_value b)
{
	if (!expr_run_spend(r, 1))
		return false;
	if (is_number(&a) && is_number(&b))
		return a.number == b.number;
	if (a.kind != b.kind)
		return false;
	if (a.kind == VALUE_TEXT)
		return a.len == b.len && memcmp(a.text, b.text, a.len) == 0;
	return a.kind == VALUE_NONE || equal_items(r, a, b);
}

/* Negative, zero or positive; texts by code point, which is by byte. */
static int
order(struct expr_run *r, const struct expr_value *a,
    const struct expr_value *b)
{
	int c;

	if (is_number(a) && is_number(b))
		return (a->number > b->number) - (a->number < b->number);
	if (a->kind != VALUE_TEXT || b->kind != VALUE_TEXT) {
		unfit(r);
		return 0;
	}
	c = memcmp(a->text, b->text, a->len < b->len ? a->len : b->len);
	return c != 0 ? c : (a->len > b->len) - (a->len < b->len);
}

static bool
contains(struct expr_run *r, struct expr_value all, struct expr_value one)
{
	if (all.kind == VALUE_TEXT && one.kind == VALUE_TEXT)
		return expr_run_spend(r, all.len / 16) &&
		    memmem(all.text, all.len, one.text, one.len) != NULL;
	if (all.kind != VALUE_LIST && all.kind != VALUE_DICT) {
		unfit(r);
		return false;
	}
	open_items(r, &all);
	if (all.kind == VALUE_DICT)
		return find(r, &all, &one) != NULL;
	for (size_t i = 0; i < all.len; i++)
		if (equal(r, all.items[i], one))
			return true;
	return false;
}

bool
expr_value_compare(struct expr_run *r, enum expr_op op, struct expr_value a,
    struct expr_value b)
{
	if (r->rc != OK)
		return false;
	switch (op) {
	case OP_EQ:
		return equal(r, a, b);
	case OP_NE:
		return !equal(r, a, b);
	case OP_IS:
		return a.kind == b.kind && equal(r, a, b);
	case OP_IS_NOT:
		return a.kind != b.kind || !equal(r, a, b);
	case OP_IN:
		return contains(r, b, a);
	case OP_NOT_IN:
		return !contains(r, b, a);
	case OP_LT:
		return order(r, &a, &b) < 0;
	case OP_LE:
		return order(r, &a, &b) <= 0;
	case OP_GT:
		return order(r, &a, &b) > 0;
	default:
		return order(r, &a, &b) >= 0;
	}
}

/* ---- arithmetic ---- */

/* Both are texts, or both are lists. */
static struct expr_value
join(struct expr_run *r, struct expr_value a, struct expr_value b)
{
	bool text = a.kind == VALUE_TEXT;
	size_t size = text ? 1 : sizeof(*a.items);
	char *to;

	open_items(r, &a);
	open_items(r, &b);
	to = expr_run_alloc(r, a.len + b.len, size);
	if (to == NULL)
		return none;
	memcpy(to, text ? (const void *)a.text : a.items, a.len * size);
	memcpy(to + a.len * size, text ? (const void *)b.text : b.items,
	    b.len * size);
	a.len += b.len;
	if (text)
		a.text = to;
	else
		a.items = (const void *)to;
	return a;
}

/* Python's: the remainder has the sign of the divisor. */
static double
modulo(double a, double b)
{
	double m = fmod(a, b);

	return m != 0 && (m < 0) != (b < 0) ? m + b : m;
}

static double
calculate(enum expr_op op, double a, double b)
{
	switch (op) {
	case OP_ADD:
		return a + b;
	case OP_SUB:
		return a - b;
	case OP_MUL:
		return a * b;
	case OP_DIV:
		return a / b;
	case OP_FLOOR:
		return floor(a / b);
	default:
		return modulo(a, b);
	}
}

struct expr_value
expr_value_arith(struct expr_run *r, enum expr_op op, struct expr_value a,
    struct expr_value b)
{
	struct expr_value out = { .kind = VALUE_NUMBER };

	if (r->rc != OK)
		return none;
	if (op == OP_ADD && a.kind == b.kind &&
	    (a.kind == VALUE_TEXT || a.kind == VALUE_LIST))
		return join(r, a, b);
	if (!is_number(&a) || !is_number(&b)) {
		unfit(r);
		return none;
	}
	if (op >= OP_DIV && b.number == 0) {
		expr_run_fail(r, E_INVALID, "division by zero");
		return none;
	}
	out.number = calculate(op, a.number, b.number);
	if (!isfinite(out.number))
		expr_run_fail(r, E_INVALID, "number out of range");
	return out;
}

/* ---- subscripts ---- */

/* A list of the characters of a text. */
static struct expr_value
characters(struct expr_run *r, struct expr_value text)
{
	struct expr_value list = { .kind = VALUE_LIST }, *items;

	list.items = items = expr_run_alloc(r, text.len, sizeof(*items));
	if (items == NULL)
		return none;
	for (size_t i = 0; i < text.len; i++) {
		if ((text.text[i] & 0xC0) == 0x80 && list.len > 0)
			items[list.len - 1].len++;
		else
			items[list.len++] = (struct expr_value){
			    .kind = VALUE_TEXT, .text = text.text + i,
			    .len = 1 };
	}
	return list;
}

static struct expr_value
concatenate(struct expr_run *r, struct expr_value list)
{
	struct expr_value out = { .kind = VALUE_TEXT };
	char *to;

	for (size_t i = 0; i < list.len; i++)
		out.len += list.items[i].len;
	out.text = to = expr_run_alloc(r, out.len, 1);
	if (to == NULL)
		return none;
	for (size_t i = 0; i < list.len; i++)
		to = mempcpy(to, list.items[i].text, list.items[i].len);
	return out;
}

/* What a number can select from: an opened list, or a text's characters. */
static struct expr_value
sequence(struct expr_run *r, struct expr_value base)
{
	if (base.kind == VALUE_TEXT)
		return characters(r, base);
	if (base.kind != VALUE_LIST)
		unfit(r);
	open_items(r, &base);
	return base;
}

static long
integer(struct expr_run *r, const struct expr_value *v)
{
	if (!is_number(v) || floor(v->number) != v->number) {
		unfit(r);
		return 0;
	}
	return (long)fmax(-INDEX_MAX, fmin(v->number, INDEX_MAX));
}

struct expr_value
expr_value_item(struct expr_run *r, struct expr_value base,
    struct expr_value key)
{
	const struct expr_value *found;
	long i;

	if (r->rc != OK)
		return none;
	if (base.kind == VALUE_DICT) {
		open_items(r, &base);
		found = find(r, &base, &key);
		if (found == NULL)
			expr_run_fail(r, E_INVALID, "unknown key");
		return found != NULL ? *found : none;
	}
	base = sequence(r, base);
	i = integer(r, &key);
	if (i < 0)
		i += (long)base.len;
	if (r->rc == OK && i >= 0 && i < (long)base.len)
		return base.items[i];
	expr_run_fail(r, E_INVALID, "index out of range");
	return none;
}

/* One end of a slice: counted from the end if negative, kept in low..high. */
static long
bound(struct expr_run *r, const struct expr_value *v, long missing, long len,
    long low, long high)
{
	long i;

	if (v->kind == VALUE_NONE)
		return missing;
	i = integer(r, v);
	if (i < 0)
		i += len;
	return i < low ? low : i > high ? high : i;
}

struct expr_value
expr_value_slice(struct expr_run *r, struct expr_value base,
    const struct expr_value part[3])
{
	struct expr_value all = sequence(r, base), out = all, *items;
	long len = (long)all.len, step, low, high, i, stop;

	step = part[2].kind == VALUE_NONE ? 1 : integer(r, &part[2]);
	if (step == 0)
		expr_run_fail(r, E_INVALID, "the step of a slice is zero");
	low = step > 0 ? 0 : -1;
	high = step > 0 ? len : len - 1;
	i = bound(r, &part[0], step > 0 ? low : high, len, low, high);
	stop = bound(r, &part[1], step > 0 ? high : low, len, low, high);
	out.items = items = expr_run_alloc(r, all.len, sizeof(*items));
	if (items == NULL)
		return none;
	for (out.len = 0; step > 0 ? i < stop : i > stop; i += step)
		items[out.len++] = all.items[i];
	return base.kind == VALUE_TEXT ? concatenate(r, out) : out;
}
