/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/cursor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/sha256.h"

enum { PART = 16 };	/* hexadecimal digits: key, number, check */

/* Not a secret: it finds mistakes, and who may read decides elsewhere. */
static void
write_check(const char *asked, char text[CURSOR_SIZE])
{
	char part[SHA256_HEX_SIZE], whole[2 * PART + SHA256_HEX_SIZE];

	sha256_hex(asked, strlen(asked), part);
	snprintf(whole, sizeof(whole), "%.*s%s", 2 * PART, text, part);
	sha256_hex(whole, strlen(whole), part);
	snprintf(text + 2 * PART, PART + 1, "%.*s", PART, part);
}

void
cursor_write(const struct walk_place *place, const char *asked,
    char text[CURSOR_SIZE])
{
	snprintf(text, CURSOR_SIZE, "%016" PRIx64 "%016" PRIx64,
	    (uint64_t)place->key, (uint64_t)place->num);
	write_check(asked, text);
}

/* What is no digit counts for nothing: the check will not hold. */
static int64_t
read_part(const char *text)
{
	char part[PART + 1];

	snprintf(part, sizeof(part), "%.*s", PART, text);
	return (int64_t)strtoull(part, NULL, 16);
}

int
cursor_read(const char *text, const char *asked, struct walk_place *place)
{
	char again[CURSOR_SIZE];

	if (strlen(text) != CURSOR_SIZE - 1)
		return E_INVALID;
	*place = (struct walk_place){ read_part(text), read_part(text + PART) };
	cursor_write(place, asked, again);
	return strcmp(again, text) == 0 ? OK : E_INVALID;
}
