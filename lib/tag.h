/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A short name for some bytes: the same bytes have the same, others another
 * (SipHash-2-4 of 128 bits, a fifth of the time of BLAKE2b). It tells versions
 * apart and proves nothing: the key is known.
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
