/* SPDX-License-Identifier: Apache-2.0 */
/* From text to a tree. */
#include "lib/pattern_impl.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/utf8.h"

enum {
	CODE_MAX = 0x10ffff,
	/* \S is the most that two bytes can stand for: 12 ranges. */
	RANGES_PER_BYTE = 6, RANGES_MORE = 16,
	NODES_PER_BYTE = 3, NODES_MORE = 8,
};

static int parse_either(struct parse *s);

static bool
skip(struct parse *s, const char *text)
{
	size_t len = strlen(text);

	if ((size_t)(s->end - s->at) < len || memcmp(s->at, text, len) != 0)
		return false;
	s->at += len;
	return true;
}

static int
add_node(struct parse *s, struct node node)
{
	s->nodes[s->node_count] = node;
	return s->node_count++;
}

static void
add_range(struct parse *s, uint32_t low, uint32_t high)
{
	s->p->ranges[s->range_count++] = (struct range){ low, high };
}

/* ---- characters and classes of them ---- */

/* \d \w \s, or what they leave. False: the letter is none of these. */
static bool
add_class(struct parse *s, char letter)
{
	static const struct range digits[] = { { '0', '9' } };
	static const struct range words[] = {
		{ '0', '9' }, { 'A', 'Z' }, { '_', '_' }, { 'a', 'z' },
	};
	static const struct range spaces[] = {
		{ '\t', '\r' }, { ' ', ' ' }, { 0xa0, 0xa0 },
		{ 0x1680, 0x1680 }, { 0x2000, 0x200a }, { 0x2028, 0x2029 },
		{ 0x202f, 0x202f }, { 0x205f, 0x205f }, { 0x3000, 0x3000 },
		{ 0xfeff, 0xfeff },
	};
	static const struct {
		char letter;
		const struct range *ranges;
		size_t count;
	} classes[] = {
		{ 'd', digits, 1 }, { 'w', words, 4 }, { 's', spaces, 10 },
	};
	uint32_t from = 0;

	for (size_t i = 0; i < 3; i++) {
		const struct range *r = classes[i].ranges;

		if ((letter | 0x20) != classes[i].letter)
			continue;
		for (size_t j = 0; j < classes[i].count; j++) {
			if (letter & 0x20)
				add_range(s, r[j].low, r[j].high);
			else if (r[j].low > from)
				add_range(s, from, r[j].low - 1);
			from = r[j].high + 1;
		}
		if (!(letter & 0x20))
			add_range(s, from, CODE_MAX);
		return true;
	}
	return false;
}

/* Digits of base 16 up to a stop, or as many as wanted. */
static uint32_t
take_hex(struct parse *s, int wanted)
{
	static const char digits[] = "0123456789abcdef";
	const char *digit;
	uint32_t code = 0;
	int count = 0;

	for (; s->at < s->end && (wanted == 0 ? *s->at != '}' : count < wanted);
	    s->at++, count++) {
		digit = strchr(digits, *s->at >= 'A' && *s->at <= 'F' ?
		    *s->at | 0x20 : *s->at);
		if (digit == NULL || code > CODE_MAX)
			break;
		code = code << 4 | (uint32_t)(digit - digits);
	}
	if (count == 0 || (wanted != 0 && count < wanted) ||
	    (wanted == 0 && !skip(s, "}")) || code > CODE_MAX)
		pattern_fail(s, E_INVALID,
		    "an escape of a character is not complete");
	return code;
}

/* \uD83D\uDE00 is one character, as it is in JSON. */
static uint32_t
take_unicode(struct parse *s)
{
	uint32_t code, low;

	if (skip(s, "{"))
		return take_hex(s, 0);
	code = take_hex(s, 4);
	if (code < 0xd800 || code > 0xdbff || !skip(s, "\\u"))
		return code;
	low = take_hex(s, 4);
	return 0x10000 + ((code - 0xd800) << 10) + ((low - 0xdc00) & 0x3ff);
}

/* What follows a backslash, if it is one character. */
static uint32_t
take_escape(struct parse *s)
{
	static const char letters[] = "tnvfr0", meaning[] = "\t\n\v\f\r";
	const char *letter;
	char c;

	if (s->at == s->end)
		return (uint32_t)pattern_fail(s, E_INVALID,
		    "nothing follows a backslash");
	c = *s->at++;
	letter = strchr(letters, c);
	if (letter != NULL)
		return (uint32_t)meaning[letter - letters];
	if (c == 'x')
		return take_hex(s, 2);
	if (c == 'u')
		return take_unicode(s);
	if (strchr("^$\\.*+?()[]{}|/-\"'#&~`!@%=:;,<> _", c) != NULL)
		return (unsigned char)c;
	return (uint32_t)pattern_fail(s, E_INVALID, c >= '1' && c <= '9' ?
	    "back references are not understood" :
	    "an escape is not understood");
}

static uint32_t
take_character(struct parse *s)
{
	uint32_t code = 0;
	size_t size = utf8_decode(s->at, (size_t)(s->end - s->at), &code);

	if (size == 0)
		return (uint32_t)pattern_fail(s, E_INVALID, "it is not UTF-8");
	s->at += size;
	return code;
}

/* One end of a range; false: it was a class, which has none. */
static bool
take_member(struct parse *s, uint32_t *code)
{
	if (!skip(s, "\\")) {
		*code = take_character(s);
		return true;
	}
	if (s->at < s->end && add_class(s, *s->at)) {
		s->at++;
		return false;
	}
	*code = skip(s, "b") ? '\b' : take_escape(s);
	return true;
}

static int
parse_set(struct parse *s)
{
	struct node node = { .kind = SET, .x = s->range_count };
	uint32_t low, high;

	if (skip(s, "^"))
		node.kind = NOT_SET;
	while (s->at < s->end && *s->at != ']') {
		if (!take_member(s, &low))
			continue;
		high = low;
		if (s->end - s->at > 1 && s->at[0] == '-' && s->at[1] != ']') {
			s->at++;
			if (!take_member(s, &high))
				return pattern_fail(s, E_INVALID,
				    "a class is no end of a range");
		}
		if (high < low)
			return pattern_fail(s, E_INVALID,
			    "a range is upside down");
		add_range(s, low, high);
	}
	if (!skip(s, "]"))
		return pattern_fail(s, E_INVALID, "a [ has no ]");
	node.y = s->range_count - node.x;
	return add_node(s, node);
}

/* ---- the rest of the grammar ---- */

static int
parse_group(struct parse *s)
{
	const char *close;
	int node;

	if (skip(s, "?") && !skip(s, ":")) {
		close = memchr(s->at, '>', (size_t)(s->end - s->at));
		if (s->end - s->at < 2 || *s->at != '<' || s->at[1] == '=' ||
		    s->at[1] == '!' || close == NULL)
			return pattern_fail(s, E_INVALID,
			    "look-around is not understood");
		s->at = close + 1;
	}
	if (++s->depth > PATTERN_DEPTH_MAX)
		return pattern_fail(s, E_TOOBIG,
		    "its groups are nested too deep");
	node = parse_either(s);
	s->depth--;
	if (!skip(s, ")"))
		return pattern_fail(s, E_INVALID, "a ( has no )");
	return node;
}

static int
parse_escape(struct parse *s)
{
	struct node node = { .kind = SET, .x = s->range_count };
	uint32_t code;

	if (skip(s, "b"))
		return add_node(s, (struct node){ .kind = ASSERTION,
		    .op = OP_WORD_EDGE });
	if (skip(s, "B"))
		return add_node(s, (struct node){ .kind = ASSERTION,
		    .op = OP_NO_WORD_EDGE });
	if (s->at < s->end && add_class(s, *s->at)) {
		s->at++;
	} else {
		code = take_escape(s);
		add_range(s, code, code);
	}
	node.y = s->range_count - node.x;
	return add_node(s, node);
}

static int
parse_atom(struct parse *s)
{
	struct node node = { .kind = SET, .x = s->range_count, .y = 1 };
	uint32_t code;

	if (skip(s, "("))
		return parse_group(s);
	if (skip(s, "["))
		return parse_set(s);
	if (skip(s, "\\"))
		return parse_escape(s);
	if (skip(s, "^"))
		return add_node(s, (struct node){ .kind = ASSERTION,
		    .op = OP_BEGIN });
	if (skip(s, "$"))
		return add_node(s, (struct node){ .kind = ASSERTION,
		    .op = OP_END });
	if (strchr("*+?{", *s->at) != NULL)
		return pattern_fail(s, E_INVALID,
		    "nothing is there to be repeated");
	if (skip(s, ".")) {
		node.kind = NOT_SET;
		node.y = 3;
		add_range(s, '\n', '\n');
		add_range(s, '\r', '\r');
		add_range(s, 0x2028, 0x2029);
		return add_node(s, node);
	}
	code = take_character(s);
	add_range(s, code, code);
	return add_node(s, node);
}

static int
take_count(struct parse *s)
{
	int count = 0;

	if (s->at == s->end || *s->at < '0' || *s->at > '9')
		return pattern_fail(s, E_INVALID, "a { has no number");
	for (; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++)
		if (count <= PATTERN_COUNT_MAX)
			count = count * 10 + (*s->at - '0');
	if (count > PATTERN_COUNT_MAX)
		return pattern_fail(s, E_TOOBIG, "a {count} is above 1000");
	return count;
}

static void
take_counts(struct parse *s, struct node *node)
{
	node->min = node->max = take_count(s);
	if (skip(s, ","))
		node->max = s->at < s->end && *s->at == '}' ? ENDLESS :
		    take_count(s);
	if (!skip(s, "}"))
		pattern_fail(s, E_INVALID, "a { has no }");
	else if (node->max != ENDLESS && node->max < node->min)
		pattern_fail(s, E_INVALID, "a {n,m} is upside down");
}

static int
parse_repeat(struct parse *s)
{
	struct node node = { .kind = REPEAT, .max = ENDLESS };

	node.x = parse_atom(s);
	if (skip(s, "{"))
		take_counts(s, &node);
	else if (skip(s, "?"))
		node.max = 1;
	else if (skip(s, "+"))
		node.min = 1;
	else if (!skip(s, "*"))
		return node.x;
	skip(s, "?");		/* lazy: it fits the same texts */
	return add_node(s, node);
}

static int
parse_both(struct parse *s)
{
	int node = add_node(s, (struct node){ .kind = EMPTY }), next;

	while (s->at < s->end && *s->at != '|' && *s->at != ')') {
		next = parse_repeat(s);
		node = add_node(s, (struct node){ .kind = BOTH, .x = node,
		    .y = next });
	}
	return node;
}

static int
parse_either(struct parse *s)
{
	int node = parse_both(s), next;

	while (skip(s, "|")) {
		next = parse_both(s);
		node = add_node(s, (struct node){ .kind = EITHER, .x = node,
		    .y = next });
	}
	return node;
}

/* ---- the whole ---- */

static int
compile(struct parse *s)
{
	size_t len = (size_t)(s->end - s->at);
	struct pattern *p = s->p;
	int root;

	s->nodes = calloc(NODES_PER_BYTE * len + NODES_MORE,
	    sizeof(*s->nodes));
	p->ranges = calloc(RANGES_PER_BYTE * len + RANGES_MORE,
	    sizeof(*p->ranges));
	p->steps = calloc(PATTERN_STEPS_MAX, sizeof(*p->steps));
	if (s->nodes == NULL || p->ranges == NULL || p->steps == NULL)
		return E_NOMEM;
	root = parse_either(s);
	if (s->at < s->end)
		pattern_fail(s, E_INVALID, "a ) has no (");
	if (s->rc != OK || pattern_emit(s, root) != OK)
		return s->rc;
	p->now = calloc((size_t)p->count, sizeof(*p->now));
	p->next = calloc((size_t)p->count, sizeof(*p->next));
	p->stack = calloc((size_t)p->count * 2 + 1, sizeof(*p->stack));
	p->seen = calloc((size_t)p->count, sizeof(*p->seen));
	return p->now != NULL && p->next != NULL && p->stack != NULL &&
	    p->seen != NULL ? OK : E_NOMEM;
}

int
pattern_open(struct pattern **out, const char *text, const char **why)
{
	struct parse s = { .at = text, .end = text + strlen(text) };
	int rc;

	*out = NULL;
	*why = "it is too long";
	if (s.end - s.at > PATTERN_TEXT_MAX)
		return E_TOOBIG;
	s.p = calloc(1, sizeof(*s.p));
	if (s.p == NULL)
		return E_NOMEM;
	rc = compile(&s);
	free(s.nodes);
	*why = s.why;
	if (rc == OK)
		*out = s.p;
	else
		pattern_close(s.p);
	return rc;
}

void
pattern_close(struct pattern *p)
{
	if (p == NULL)
		return;
	free(p->steps);
	free(p->ranges);
	free(p->now);
	free(p->next);
	free(p->stack);
	free(p->seen);
	free(p);
}
