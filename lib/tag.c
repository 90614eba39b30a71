/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/tag.h"

#include <sodium.h>

void
tag_hex(const void *data, size_t len, char out[TAG_HEX_SIZE])
{
	unsigned char digest[(TAG_HEX_SIZE - 1) / 2];

	crypto_generichash(digest, sizeof(digest), data, len, NULL, 0);
	sodium_bin2hex(out, TAG_HEX_SIZE, digest, sizeof(digest));
}
