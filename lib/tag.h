/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A short name for some bytes: the same bytes have the same, others another
 * (BLAKE2b, 128 bits).
 *
 *	char tag[TAG_HEX_SIZE];
 *
 *	tag_hex(body, len, tag);
 */
#ifndef LIB_TAG_H
#define LIB_TAG_H

#include <stddef.h>

enum { TAG_HEX_SIZE = 33 };

/* tag_hex writes 32 lower-case hexadecimal digits and a NUL. */
void tag_hex(const void *data, size_t len, char out[TAG_HEX_SIZE]);

#endif
