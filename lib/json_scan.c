/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One recursive descent over the text, which builds nothing: it decides
 * whether text is JSON as json.h has it, and remembers where one member
 * stands. Errors stick: the first one ends the descent.
 */
#include "lib/json.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/json_key.h"
#include "lib/utf8.h"

enum { KEYS_FIRST = 16 };

struct scan {
	const char *at, *end;
	int start;			/* the first character that says what */
	int depth;			/* of arrays and objects */
	struct json_key *keys;		/* of every object that is open */
	size_t nkeys, keys_cap;
	struct json_part *parts;	/* wanted of the outermost object */
	size_t nparts;
	json_element_told *element;	/* of the outermost array */
	void *arg;
	int told;			/* what element returned */
	int rc;
	const char *message, *where;
	size_t where_len;		/* of the key that is there; else 0 */
};

static bool scan_value(struct scan *s);

static bool
fail(struct scan *s, const char *where, const char *message)
{
	s->rc = E_INVALID;
	s->message = message;
	s->where = where;
	return false;
}

/* Skips white space; returns the next character without taking it. */
static int
next(struct scan *s)
{
	while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' ||
	    *s->at == '\n' || *s->at == '\r'))
		s->at++;
	return s->at < s->end ? (unsigned char)*s->at : -1;
}

static bool
keys_push(struct scan *s, struct json_key k)
{
	size_t cap = s->keys_cap > 0 ? s->keys_cap * 2 : KEYS_FIRST;
	struct json_key *keys;

	if (s->nkeys == s->keys_cap) {
		keys = realloc(s->keys, cap * sizeof(*keys));
		if (keys == NULL) {
			fail(s, s->at, "out of memory");
			s->rc = E_NOMEM;
			return false;
		}
		s->keys = keys;
		s->keys_cap = cap;
	}
	s->keys[s->nkeys++] = k;
	return true;
}

/*
 * Forgets the keys of one object, from index first on. Sorting finds a
 * duplicate among n keys in n log n steps, whatever a client sends.
 */
static bool
keys_pop(struct scan *s, size_t first)
{
	size_t n = s->nkeys - first, i;
	struct json_key *keys, twice = { 0 };

	s->nkeys = first;
	if (n < 2)
		return true;
	keys = s->keys + first;
	qsort(keys, n, sizeof(*keys), json_key_order);
	for (i = 1; i < n; i++)
		if (json_key_compare(keys[i - 1], keys[i]) == 0 &&
		    (twice.text == NULL || keys[i].text < twice.text))
			twice = keys[i];
	if (twice.text == NULL)
		return true;
	s->where_len = twice.len + 2;
	return fail(s, twice.text - 1, "duplicate key");
}

static bool
scan_escape(struct scan *s)
{
	uint32_t code;
	size_t n = json_key_unescape(s->at, (size_t)(s->end - s->at), &code);

	if (n == 0)
		return fail(s, s->at, "invalid escape");
	if (code == 0)
		return fail(s, s->at, "NUL character");
	if (code >= 0xd800 && code <= 0xdfff)
		return fail(s, s->at, "lone surrogate");
	s->at += n;
	return true;
}

static bool
scan_string(struct scan *s, struct json_key *span)
{
	const char *start = s->at++;
	size_t n;

	for (;;) {
		while (s->at < s->end && json_key_plain(*s->at))
			s->at++;
		if (s->at == s->end || *s->at == '"')
			break;
		if ((unsigned char)*s->at < ' ')
			return fail(s, s->at, "control character in a string");
		if (*s->at == '\\') {
			if (!scan_escape(s))
				return false;
			continue;
		}
		n = utf8_decode(s->at, (size_t)(s->end - s->at), NULL);
		if (n == 0)
			return fail(s, s->at, "invalid UTF-8");
		s->at += n;
	}
	if (s->at == s->end)
		return fail(s, start, "unterminated string");
	*span = (struct json_key){ start + 1, (size_t)(s->at - start) - 1 };
	s->at++;
	return true;
}

/* Skips digits; returns how many there were. */
static size_t
skip_digits(struct scan *s)
{
	const char *start = s->at;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
		s->at++;
	return (size_t)(s->at - start);
}

/* Skips one character if it is one of those. */
static bool
skip_one(struct scan *s, char this, char or_this)
{
	if (s->at == s->end || (*s->at != this && *s->at != or_this))
		return false;
	s->at++;
	return true;
}

static bool
scan_number(struct scan *s)
{
	const char *start = s->at, *digits;
	char copy[JSON_NUMBER_MAX + 1] = "";
	bool ok;

	skip_one(s, '-', '-');
	digits = s->at;
	ok = skip_digits(s) > 0;
	if (ok && *digits == '0' && s->at - digits > 1)
		return fail(s, digits, "leading zero");
	if (skip_one(s, '.', '.'))
		ok = skip_digits(s) > 0 && ok;
	if (skip_one(s, 'e', 'E')) {
		skip_one(s, '+', '-');
		ok = skip_digits(s) > 0 && ok;
	}
	if (!ok)
		return fail(s, start, "invalid number");
	if (s->at - start > JSON_NUMBER_MAX)
		return fail(s, start, "number too long");
	memcpy(copy, start, (size_t)(s->at - start));
	return isfinite(strtod(copy, NULL)) ||
	    fail(s, start, "number out of range");
}

static bool
scan_word(struct scan *s, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len) != 0)
		return fail(s, s->at, "expected a value");
	s->at += len;
	return true;
}

/* What stands between two brackets, from the first to behind the last. */
static bool
scan_items(struct scan *s, bool (*scan_item)(struct scan *), char closing)
{
	if (s->depth == JSON_DEPTH_MAX)
		return fail(s, s->at, "nested too deep");
	s->depth++;
	s->at++;
	if (next(s) != closing)
		while (scan_item(s) && next(s) == ',')
			s->at++;
	if (s->rc != OK)
		return false;
	if (next(s) != closing)
		return fail(s, s->at, "expected a comma or a bracket");
	s->at++;
	s->depth--;
	return true;
}

static void
keep_part(struct scan *s, struct json_key key, const char *value)
{
	for (size_t i = 0; i < s->nparts; i++)
		if (json_key_is(key, s->parts[i].key)) {
			s->parts[i].text = value;
			s->parts[i].len = (size_t)(s->at - value);
		}
}

static bool
scan_member(struct scan *s)
{
	const char *value;
	struct json_key key;

	if (next(s) != '"')
		return fail(s, s->at, "expected a key");
	if (!scan_string(s, &key) || !keys_push(s, key))
		return false;
	if (next(s) != ':')
		return fail(s, s->at, "expected a colon");
	s->at++;
	next(s);
	value = s->at;
	if (!scan_value(s))
		return false;
	if (s->depth == 1)
		keep_part(s, key, value);
	return true;
}

static bool
scan_element(struct scan *s)
{
	const char *value;

	next(s);
	value = s->at;
	if (!scan_value(s))
		return false;
	if (s->depth == 1 && s->element != NULL && s->told == OK)
		s->told = s->element(s->arg, value, (size_t)(s->at - value));
	return true;
}

static bool
scan_value(struct scan *s)
{
	size_t first_key = s->nkeys;
	struct json_key ignored;
	int c = next(s);

	switch (c) {
	case '{':
		return scan_items(s, scan_member, '}') &&
		    keys_pop(s, first_key);
	case '[':
		return scan_items(s, scan_element, ']');
	case '"':
		return scan_string(s, &ignored);
	case 't':
		return scan_word(s, "true");
	case 'f':
		return scan_word(s, "false");
	case 'n':
		return scan_word(s, "null");
	}
	if (c == '-' || (c >= '0' && c <= '9'))
		return scan_number(s);
	return fail(s, s->at, "expected a value");
}

/* Nothing at all may come as NULL, which takes no arithmetic. */
static int
scan_text(struct scan *s, const char *text, size_t len)
{
	s->at = text != NULL ? text : "";
	s->end = s->at + len;
	s->start = next(s);
	if (scan_value(s) && next(s) != -1)
		fail(s, s->at, "text after the value");
	free(s->keys);
	return s->rc;
}

int
json_check(const char *text, size_t len, struct json_error *error)
{
	struct scan s = { .rc = OK };

	if (scan_text(&s, text, len) != OK && error != NULL)
		*error = (struct json_error){
			.rc = s.rc,
			.message = s.message,
			.offset = len - (size_t)(s.end - s.where),
			.len = s.where_len,
		};
	return s.rc;
}

int
json_parts(const char *text, size_t len, struct json_part *parts,
    size_t count)
{
	struct scan s = { .parts = parts, .nparts = count };

	for (size_t i = 0; i < count; i++) {
		parts[i].text = NULL;
		parts[i].len = 0;
	}
	if (scan_text(&s, text, len) == OK)
		return s.start == '{' ? OK : E_INVALID;
	for (size_t i = 0; i < count; i++)
		parts[i].text = NULL;
	return s.rc;
}

const char *
json_span(const char *text, size_t len, const char *key, size_t *span_len)
{
	struct json_part part = { .key = key };

	if (json_parts(text, len, &part, 1) == OK)
		*span_len = part.len;
	return part.text;
}

int
json_elements(const char *text, size_t len, json_element_told *element,
    void *arg)
{
	struct scan s = { .rc = OK };

	/* All of it is checked before any of it is told. */
	if (scan_text(&s, text, len) != OK)
		return s.rc;
	if (s.start != '[')
		return E_INVALID;
	s = (struct scan){ .element = element, .arg = arg };
	scan_text(&s, text, len);
	return s.rc != OK ? s.rc : s.told;
}

/* The element that is looked for, when index is counted down to 0. */
struct nth {
	size_t index;
	const char *text;
	size_t len;
};

static int
count_down(void *arg, const char *text, size_t len)
{
	struct nth *nth = arg;

	if (nth->index-- > 0)
		return OK;
	nth->text = text;
	nth->len = len;
	return E_CONFLICT;
}

const char *
json_element(const char *text, size_t len, size_t index, size_t *span_len)
{
	struct nth nth = { .index = index };

	json_elements(text, len, count_down, &nth);
	*span_len = nth.len;
	return nth.text;
}
