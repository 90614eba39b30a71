/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the next page of a list begins, as a word that means nothing to its
 * client. It is bound to what the list was asked for: under other filters it
 * would stand somewhere else.
 *
 *	char text[CURSOR_SIZE];
 *
 *	cursor_write(&page.next, asked, text);
 *	...
 *	if (cursor_read(text, asked, &place) != OK)
 *		input_complain(&in, "cursor", "not of this list");
 */
#ifndef FCGI_CURSOR_H
#define FCGI_CURSOR_H

#include "sql/walk.h"

enum { CURSOR_SIZE = 49 };	/* with its NUL */

/* asked: all filters and the order, as a text that is the same each time. */
void cursor_write(const struct walk_place *place, const char *asked,
    char text[CURSOR_SIZE]);

/* cursor_read: OK, or E_INVALID: not written by cursor_write for this. */
int cursor_read(const char *text, const char *asked,
    struct walk_place *place);

#endif
