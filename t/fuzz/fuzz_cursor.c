/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cursors: a text that is understood has one way to be written, and a list
 * takes whatever place it names. (Who can compute a digest can name any.)
 * The first 16 bytes are a place, the rest a text.
 */
#include "t/fuzz/fuzz.h"
#include "t/fuzz/fuzz_api.h"

#include <string.h>

#include "fcgi/cursor.h"
#include "lib/err.h"

static void
check_text(const char *text, const char *asked)
{
	struct walk_place place;
	char again[CURSOR_SIZE];

	if (cursor_read(text, asked, &place) != OK)
		return;
	cursor_write(&place, asked, again);
	fuzz_check(strcmp(again, text) == 0);
}

static void
check_place(struct api *a, const struct walk_place *place, const char *list,
    const char *order)
{
	char asked[32], text[CURSOR_SIZE], path[128];
	struct walk_place again;

	snprintf(asked, sizeof(asked), "sort=%s&", order);
	cursor_write(place, asked, text);
	fuzz_check(cursor_read(text, asked, &again) == OK);
	fuzz_check(memcmp(place, &again, sizeof(again)) == 0);
	fuzz_check(cursor_read(text, "sort=other&", &again) == E_INVALID);
	snprintf(path, sizeof(path), "/api/v1/%s?total=true&%scursor=%s", list,
	    asked, text);
	fuzz_check(api_get(a, path) == 200);
	fuzz_api_check(a, 200);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct api *a;
	struct walk_place place;
	char *text;

	a = a != NULL ? a : fuzz_api_open();
	if (size < sizeof(place))
		return 0;
	memcpy(&place, data, sizeof(place));
	check_place(a, &place, "sessions", "-created");
	check_place(a, &place, "sessions", "created");
	check_place(a, &place, "sessions", "waiting");
	check_place(a, &place, "approvals", "opened");
	check_place(a, &place, "approvals", "deadline");
	text = strndup((const char *)data + sizeof(place),
	    size - sizeof(place));
	check_text(text, "sort=-created&");
	free(text);
	return 0;
}
