/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/tool_name.h"

#include <string.h>

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
