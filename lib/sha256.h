/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256, the digest that binds an approval to its arguments.
 *
 *	char digest[SHA256_HEX_SIZE];
 *
 *	sha256_hex(args, strlen(args), digest);
 */
#ifndef LIB_SHA256_H
#define LIB_SHA256_H

#include <stddef.h>

enum { SHA256_HEX_SIZE = 65 };

/* sha256_hex writes 64 lower-case hexadecimal digits and a NUL. */
void sha256_hex(const void *data, size_t len, char out[SHA256_HEX_SIZE]);

#endif
