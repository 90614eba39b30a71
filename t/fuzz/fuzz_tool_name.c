/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any name becomes a safe one, always the same; two tools, the lines of the
 * input, never become one.
 */
#include "t/fuzz/fuzz.h"

#include <string.h>

#include "runner/tool_name.h"

static void
check_safe(const char *name, char safe[TOOL_NAME_SAFE_SIZE])
{
	char again[TOOL_NAME_SAFE_SIZE];
	size_t len;

	tool_name_safe(name, safe);
	len = strlen(safe);
	fuzz_check(len > 0 && len < TOOL_NAME_SAFE_SIZE);
	fuzz_check(strspn(safe, "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == len);
	tool_name_safe(safe, again);
	fuzz_check(strcmp(safe, again) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	char *other = text, *name = strsep(&other, "\n");
	char one[TOOL_NAME_SAFE_SIZE], two[TOOL_NAME_SAFE_SIZE];

	check_safe(name, one);
	if (other != NULL) {
		check_safe(other, two);
		if (strchr(name, ':') != NULL && strchr(other, ':') != NULL)
			fuzz_check((strcmp(name, other) == 0) ==
			    (strcmp(one, two) == 0));
	}
	free(text);
	return 0;
}
