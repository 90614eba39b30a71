/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing text buffer with a stated maximum and a sticky error: append
 * without looking, check once.
 *
 *	struct buf b;
 *
 *	buf_init(&b, 64 * 1024);
 *	buf_adds(&b, "{\"name\":");
 *	buf_add_json(&b, name, strlen(name));
 *	buf_addf(&b, ",\"count\":%d}", count);
 *	if (b.rc == OK)
 *		send(b.data, b.len);
 *	buf_free(&b);
 *
 * Every buf_add* returns b->rc. After the first failure nothing more is
 * added; a piece is added whole or not at all.
 */
#ifndef LIB_BUF_H
#define LIB_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char *data;		/* NUL-terminated, or NULL: nothing yet */
	size_t len;		/* bytes, without the NUL */
	size_t cap;		/* bytes allocated */
	size_t max;		/* len never exceeds it */
	int rc;			/* OK, or the first error */
};

/* buf_init makes an empty buffer of at most max bytes; no allocation. */
void buf_init(struct buf *b, size_t max);

/* buf_free releases the memory; the buffer is empty and usable again. */
void buf_free(struct buf *b);

/* buf_reset empties the buffer and clears its error; keeps the memory. */
void buf_reset(struct buf *b);

/* buf_cut takes it back to its first len bytes, and clears its error. */
void buf_cut(struct buf *b, size_t len);

/* buf_str is the content as a C string: never NULL, owned by the buffer. */
const char *buf_str(const struct buf *b);

/* Each appends one piece. E_NOMEM; E_TOOBIG when max would be passed. */
int buf_add(struct buf *b, const void *data, size_t len);
int buf_adds(struct buf *b, const char *text);
int buf_addc(struct buf *b, char c);
int buf_addi(struct buf *b, int64_t value);
int buf_addf(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int buf_vaddf(struct buf *b, const char *format, va_list ap)
    __attribute__((format(printf, 2, 0)));

/*
 * buf_add_json appends text as a JSON string literal, quotes included. The
 * result always passes json_check: bytes that are not UTF-8, and NUL,
 * become U+FFFD.
 */
int buf_add_json(struct buf *b, const char *text, size_t len);

#endif
