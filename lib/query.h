/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Query strings: "since=17&kinds=gate_fired%2Cvote_cast", as they stand in a
 * request, into names and values.
 *
 *	buf_init(&query, QUERY_SPACE(strlen(text)));
 *	rc = query_decode(&query, text);
 *	...
 *	value = query_find(&query, "since", &twice);
 *	...
 *	buf_free(&query);
 */
#ifndef LIB_QUERY_H
#define LIB_QUERY_H

#include <stdbool.h>

struct buf;

/* Bytes that the pairs of len bytes of text take at most: "&" becomes two. */
#define QUERY_SPACE(len) (2 * (len) + 2)

/*
 * query_decode appends the pairs of text: name NUL value NUL name ...; a "+"
 * is a space. E_INVALID: an escape that is none or stands for a NUL, or not
 * UTF-8 afterwards; else out->rc.
 */
int query_decode(struct buf *out, const char *text);

/*
 * query_find returns the value of the first pair with that name, "" if it has
 * none, NULL if there is no such pair; *twice: there are more.
 */
const char *query_find(const struct buf *query, const char *name,
	bool *twice);

#endif
