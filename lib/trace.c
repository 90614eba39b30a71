/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/trace.h"

#include <stdio.h>
#include <string.h>

static const char hex[] = "0123456789abcdef";

/* Each letter stands for a hexadecimal digit. */
static const char form[] =
    "vv-tttttttttttttttttttttttttttttttt-pppppppppppppppp-ff";

static bool
fits(const char *text)
{
	for (int i = 0; form[i] != '\0'; i++)
		if (text[i] == '\0' || (form[i] == '-' ? text[i] != '-' :
			strchr(hex, text[i]) == NULL))
			return false;
	return true;
}

bool
trace_read(const char *text, char out[TRACE_SIZE])
{
	bool first, sampled;

	out[0] = '\0';
	if (!fits(text) || strncmp(text, "ff", 2) == 0)
		return false;
	first = strncmp(text, "00", 2) == 0;
	/* A later version may say more behind this. */
	if (text[TRACE_SIZE - 1] != '\0' &&
	    (first || text[TRACE_SIZE - 1] != '-'))
		return false;
	if (strspn(text + 3, "0") >= 32 || strspn(text + 36, "0") >= 16)
		return false;
	sampled = (strchr(hex, text[TRACE_SIZE - 2]) - hex) & 1;
	snprintf(out, TRACE_SIZE, "00%.51s%.2s", text + 2,
	    first ? text + 53 : sampled ? "01" : "00");
	return true;
}
