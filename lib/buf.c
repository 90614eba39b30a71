/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/buf.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/utf8.h"

enum { BUF_FIRST = 1024 };

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void
buf_free(struct buf *b)
{
	free(b->data);
	buf_init(b, b->max);
}

void
buf_reset(struct buf *b)
{
	buf_cut(b, 0);
}

void
buf_cut(struct buf *b, size_t len)
{
	b->len = len;
	b->rc = OK;
	if (b->data != NULL)
		b->data[len] = '\0';
}

const char *
buf_str(const struct buf *b)
{
	return b->data != NULL ? b->data : "";
}

static int
grow(struct buf *b, size_t len)
{
	size_t cap = b->cap > 0 ? b->cap : BUF_FIRST;
	char *data;

	if (b->rc != OK)
		return b->rc;
	if (len > b->max - b->len)
		return b->rc = E_TOOBIG;
	if (b->len + len < b->cap)
		return OK;
	while (cap <= b->len + len) {
		if (cap > SIZE_MAX / 2)
			return b->rc = E_NOMEM;
		cap *= 2;
	}
	data = realloc(b->data, cap);
	if (data == NULL)
		return b->rc = E_NOMEM;
	b->data = data;
	b->cap = cap;
	return OK;
}

/* Makes room for len more bytes and the NUL behind them. */
static inline int
reserve(struct buf *b, size_t len)
{
	/* Mostly it is there: cap is more than max at most by the NUL. */
	if (b->rc == OK && len < b->cap - b->len && len <= b->max - b->len)
		return OK;
	return grow(b, len);
}

int
buf_add(struct buf *b, const void *data, size_t len)
{
	if (reserve(b, len) != OK)
		return b->rc;
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
	return OK;
}

int
buf_adds(struct buf *b, const char *text)
{
	return buf_add(b, text, strlen(text));
}

int
buf_addc(struct buf *b, char c)
{
	if (reserve(b, 1) != OK)
		return b->rc;
	b->data[b->len++] = c;
	b->data[b->len] = '\0';
	return OK;
}

int
buf_addi(struct buf *b, int64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);
	uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;

	do
		digits[--at] = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	if (value < 0)
		digits[--at] = '-';
	return buf_add(b, digits + at, sizeof(digits) - at);
}

int
buf_addf(struct buf *b, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	buf_vaddf(b, format, ap);
	va_end(ap);
	return b->rc;
}

int
buf_vaddf(struct buf *b, const char *format, va_list ap)
{
	size_t room = b->cap - b->len;
	va_list first;
	int len;

	if (b->rc != OK)
		return b->rc;
	va_copy(first, ap);
	len = vsnprintf(room > 0 ? b->data + b->len : NULL, room, format,
	    first);
	va_end(first);
	if (len >= 0 && (size_t)len < room && (size_t)len <= b->max - b->len) {
		b->len += (size_t)len;
		return OK;
	}
	if (room > 0)
		b->data[b->len] = '\0';
	if (len < 0)
		return b->rc = E_INVALID;
	if (reserve(b, (size_t)len) != OK)
		return b->rc;
	vsnprintf(b->data + b->len, (size_t)len + 1, format, ap);
	b->len += (size_t)len;
	return OK;
}

/* The letter after the backslash for a character that has a short escape. */
static char
short_escape(char c)
{
	switch (c) {
	case '"':
	case '\\':
		return c;
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	}
	return '\0';
}

static void
add_escape(struct buf *b, char c)
{
	char letter = short_escape(c);

	if (letter != '\0')
		buf_add(b, (char[]){ '\\', letter }, 2);
	else if (c > '\0' && c < ' ')
		buf_addf(b, "\\u%04x", (unsigned int)c);
	else
		buf_adds(b, "\\ufffd");
}

#define EACH(c)		(UINT64_C(0x0101010101010101) * (c))
#define ANY_BELOW(w, c)	(((w) - EACH(c)) & ~(w) & EACH(0x80))

/* An ASCII character that stands for itself. */
static bool
is_plain(unsigned char c)
{
	return c >= ' ' && c < 0x80 && c != '"' && c != '\\';
}

/* Eight characters of that kind. */
static bool
are_plain(uint64_t word)
{
	return ((word & EACH(0x80)) | ANY_BELOW(word, ' ') |
	    ANY_BELOW(word ^ EACH('"'), 1) |
	    ANY_BELOW(word ^ EACH('\\'), 1)) == 0;
}

static uint64_t
load(const char *text)
{
	uint64_t word;

	memcpy(&word, text, sizeof(word));
	return word;
}

/* Four to seven characters as eight: some are there twice. */
static uint64_t
load_short(const char *text, size_t len)
{
	uint32_t first, last;

	memcpy(&first, text, sizeof(first));
	memcpy(&last, text + len - sizeof(last), sizeof(last));
	return (uint64_t)first << 32 | last;
}

/* How many of them text starts with; most texts have no others. */
static size_t
count_plain(const char *text, size_t len)
{
	size_t i = 0;

	while (len - i >= sizeof(uint64_t) && are_plain(load(text + i)))
		i += sizeof(uint64_t);
	if (len >= sizeof(uint64_t) && len - i < sizeof(uint64_t) &&
	    are_plain(load(text + len - sizeof(uint64_t))))
		return len;
	if (len >= sizeof(uint32_t) && len < sizeof(uint64_t) &&
	    are_plain(load_short(text, len)))
		return len;
	while (i < len && is_plain((unsigned char)text[i]))
		i++;
	return i;
}

static int
add_quoted(struct buf *b, const char *text, size_t len)
{
	char *to;

	if (reserve(b, len + 2) != OK)
		return b->rc;
	to = b->data + b->len;
	*to++ = '"';
	if (len > 0)
		memcpy(to, text, len);
	to[len] = '"';
	to[len + 1] = '\0';
	b->len += len + 2;
	return OK;
}

int
buf_add_json(struct buf *b, const char *text, size_t len)
{
	size_t start = b->len;
	size_t i = count_plain(text, len), done = 0;

	if (i == len)
		return add_quoted(b, text, len);
	buf_addc(b, '"');
	while (i < len) {
		size_t n = utf8_decode(text + i, len - i, NULL);

		if (n > 1 || is_plain((unsigned char)text[i])) {
			i += n;
			i += count_plain(text + i, len - i);
			continue;
		}
		buf_add(b, text + done, i - done);
		add_escape(b, text[i]);
		done = ++i;
	}
	buf_add(b, text + done, len - done);
	if (buf_addc(b, '"') != OK && b->data != NULL && b->len > start) {
		b->len = start;
		b->data[start] = '\0';
	}
	return b->rc;
}
