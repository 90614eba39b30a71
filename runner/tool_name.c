/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/tool_name.h"

#include <stdio.h>
#include <string.h>

#include "lib/sha256.h"

enum { SAFE_MAX = TOOL_NAME_SAFE_SIZE - 1, DIGITS = 16 };

const char *
tool_name_bare(const char *full)
{
	const char *colon = strchr(full, ':');

	return colon != NULL ? colon + 1 : full;
}

bool
tool_name_is(const char *full, const char *name)
{
	return strcmp(full, name) == 0 ||
	    strcmp(tool_name_bare(full), name) == 0;
}

static bool
is_safe(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* The only __ must be the colon's, or the way back would be ambiguous. */
static bool
is_plain(const char *full, const char *safe)
{
	const char *mark = strstr(safe, "__"), *colon = strchr(full, ':');

	if (colon == NULL)
		return true;
	return mark == safe + (colon - full) && mark > safe &&
	    mark[2] != '\0' && strstr(mark + 1, "__") == NULL;
}

void
tool_name_safe(const char *full, char safe[TOOL_NAME_SAFE_SIZE])
{
	char hex[65];
	size_t len = 0, cut;
	bool exact = *full != '\0', colon = false;
	const char *c;

	for (c = full; *c != '\0' && len < SAFE_MAX; c++) {
		if (*c == ':' && !colon && len < SAFE_MAX - 1) {
			safe[len++] = '_';
			safe[len++] = '_';
			colon = true;
			continue;
		}
		exact = exact && is_safe(*c);
		safe[len++] = is_safe(*c) ? *c : '_';
	}
	safe[len] = '\0';
	if (exact && *c == '\0' && is_plain(full, safe))
		return;
	sha256_hex(full, strlen(full), hex);
	cut = len < SAFE_MAX - DIGITS - 1 ? len : SAFE_MAX - DIGITS - 1;
	snprintf(safe + cut, DIGITS + 2, "_%.*s", DIGITS, hex);
}
