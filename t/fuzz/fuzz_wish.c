/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a subscriber says: a wish that was read has each id that it lists
 * and no other, sorted; one that was refused is empty and says why.
 */
#include "t/fuzz/fuzz.h"

#include <string.h>

#include "lib/err.h"
#include "runner/wish.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wish wish = { 0 };
	const char *why = NULL;
	int rc = wish_read(&wish, (const char *)data, size, "k", &why);

	fuzz_check(rc == OK || ((rc == E_INVALID || rc == E_DENIED) &&
		why != NULL));
	fuzz_check(rc == OK || (!wish.all && wish.count == 0));
	fuzz_check(wish.count <= WISH_SESSIONS_MAX);
	fuzz_check(!wish.all || wish.count == 0);
	fuzz_check(wish_has(&wish, "no such session") == wish.all);
	for (size_t i = 0; i < wish.count; i++) {
		fuzz_check(wish.ids[i][0] != '\0');
		fuzz_check(strlen(wish.ids[i]) < SESSION_ID_MAX);
		fuzz_check(i == 0 || strcmp(wish.ids[i - 1],
			wish.ids[i]) <= 0);
		fuzz_check(wish_has(&wish, wish.ids[i]));
	}
	wish_free(&wish);
	return 0;
}
