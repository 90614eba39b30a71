/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/expr_impl.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/utf8.h"

static bool
is_digit(char c)
{
	return isdigit((unsigned char)c);
}

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static const char *
scan_number(struct expr_scan *s)
{
	char *c = s->start;

	while (is_digit(*c))
		c++;
	if (*c == '.')
		for (c++; is_digit(*c); c++)
			;
	if (*c == 'e' || *c == 'E') {
		c += c[1] == '+' || c[1] == '-' ? 2 : 1;
		if (!is_digit(*c))
			return "malformed number";
		while (is_digit(*c))
			c++;
	}
	if (is_word(*c) || *c == '.')
		return "malformed number";
	s->rest = c;
	s->value = (struct expr_value){ .kind = VALUE_NUMBER,
	    .number = strtod(s->start, NULL) };
	return isfinite(s->value.number) ? NULL : "number out of range";
}

static const char *
scan_text(struct expr_scan *s)
{
	static const char from[] = "\\'\"nrt", to[] = "\\'\"\n\r\t";
	char quote = *s->start, *in = s->start + 1, *out = in;
	const char *escape;

	s->value = (struct expr_value){ .kind = VALUE_TEXT, .text = in };
	for (; *in != quote; in++) {
		if (*in == '\0')
			return "the text is not closed";
		if (*in != '\\') {
			*out++ = *in;
			continue;
		}
		in++;
		escape = *in != '\0' ? strchr(from, *in) : NULL;
		if (escape == NULL)
			return "unknown escape in the text";
		*out++ = to[escape - from];
	}
	s->value.len = (size_t)(out - s->value.text);
	s->rest = in + 1;
	return NULL;
}

static void
scan_mark(struct expr_scan *s)
{
	static const char *const pairs[] = {
		"==", "!=", "<=", ">=", "//", "**", "<<", ">>", ":=", NULL
	};

	s->rest = s->start + utf8_decode(s->start, strlen(s->start), NULL);
	for (size_t i = 0; pairs[i] != NULL; i++)
		if (strncmp(s->start, pairs[i], 2) == 0)
			s->rest = s->start + 2;
}

const char *
expr_scan_next(struct expr_scan *s)
{
	const char *wrong = NULL;

	s->start = s->rest += strspn(s->rest, " \t\r\n");
	if (*s->start == '\0') {
		s->token = TOKEN_END;
	} else if (is_digit(*s->start) ||
	    (*s->start == '.' && is_digit(s->start[1]))) {
		s->token = TOKEN_NUMBER;
		wrong = scan_number(s);
	} else if (is_word(*s->start)) {
		s->token = TOKEN_WORD;
		while (is_word(*s->rest))
			s->rest++;
	} else if (*s->start == '\'' || *s->start == '"') {
		s->token = TOKEN_TEXT;
		wrong = scan_text(s);
	} else {
		s->token = TOKEN_MARK;
		scan_mark(s);
	}
	s->len = (size_t)(s->rest - s->start);
	return wrong;
}

bool
expr_scan_at(const struct expr_scan *s, const char *text)
{
	return (s->token == TOKEN_WORD || s->token == TOKEN_MARK) &&
	    strlen(text) == s->len && memcmp(s->start, text, s->len) == 0;
}
