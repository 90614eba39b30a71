/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pattern_impl.h"

#include <string.h>

#include "lib/err.h"
#include "lib/utf8.h"

enum { NO_CHARACTER = UINT32_MAX };

/* A position between two characters. */
struct place {
	size_t number;		/* from 1; 0 is never */
	uint32_t before, after;	/* or NO_CHARACTER */
};

static bool
is_word(uint32_t code)
{
	return (code >= '0' && code <= '9') || (code >= 'a' && code <= 'z') ||
	    (code >= 'A' && code <= 'Z') || code == '_';
}

static bool
holds(enum op op, const struct place *at)
{
	switch (op) {
	case OP_BEGIN:
		return at->before == NO_CHARACTER;
	case OP_END:
		return at->after == NO_CHARACTER;
	case OP_WORD_EDGE:
		return is_word(at->before) != is_word(at->after);
	default:
		return is_word(at->before) == is_word(at->after);
	}
}

static bool
takes(const struct pattern *p, const struct step *step, uint32_t code)
{
	const struct range *range = p->ranges + step->x;

	for (int i = 0; i < step->y; i++)
		if (code >= range[i].low && code <= range[i].high)
			return step->op == OP_SET;
	return step->op == OP_NOT_SET;
}

/*
 * Adds a step, and all that follow without a character, to a list; each is
 * added once at a place, so that loops end. Returns true at the match.
 */
static bool
add(struct pattern *p, int *list, int *count, int first,
    const struct place *at, long *steps)
{
	int depth = 0, number;

	p->stack[depth++] = first;
	while (depth > 0) {
		number = p->stack[--depth];
		--*steps;
		if (p->seen[number] == at->number)
			continue;
		p->seen[number] = at->number;
		switch (p->steps[number].op) {
		case OP_MATCH:
			return true;
		case OP_SPLIT:
			p->stack[depth++] = p->steps[number].y;
			/* fall through */
		case OP_JUMP:
			p->stack[depth++] = p->steps[number].x;
			break;
		case OP_SET:
		case OP_NOT_SET:
			list[(*count)++] = number;
			break;
		default:
			if (holds(p->steps[number].op, at))
				p->stack[depth++] = number + 1;
		}
	}
	return false;
}

static uint32_t
take(const char *text, size_t len, size_t *size)
{
	uint32_t code = NO_CHARACTER;

	*size = len > 0 ? utf8_decode(text, len, &code) : 0;
	if (*size == 0 && len > 0) {	/* a byte that is no UTF-8 */
		code = (unsigned char)*text;
		*size = 1;
	}
	return code;
}

int
pattern_find(struct pattern *p, const char *text, size_t len, long *steps,
    bool *found)
{
	struct place at = { .before = NO_CHARACTER };
	int now = 0, next, *swap;
	size_t size, next_size;

	*found = false;
	memset(p->seen, 0, (size_t)p->count * sizeof(*p->seen));
	at.after = take(text, len, &size);
	at.number = 1;
	*found = add(p, p->now, &now, 0, &at, steps);
	while (!*found && size > 0) {
		*steps -= now;
		if (*steps < 0)
			return E_TOOBIG;
		text += size;
		len -= size;
		at.before = at.after;
		at.after = take(text, len, &next_size);
		at.number++;
		next = 0;
		for (int i = 0; i < now && !*found; i++)
			if (takes(p, &p->steps[p->now[i]], at.before))
				*found = add(p, p->next, &next,
				    p->now[i] + 1, &at, steps);
		if (!*found)
			*found = add(p, p->next, &next, 0, &at, steps);
		swap = p->now;
		p->now = p->next;
		p->next = swap;
		now = next;
		size = next_size;
	}
	return OK;
}
