/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "runner/llm_reply.h"

static bool
has_mark(const char *text)
{
	static const char *const marks[] = {
		"<|start|>", "<|channel|>", "<|message|>", "<|call|>",
		"<|end|>", "<|return|>", NULL
	};

	for (int i = 0; marks[i] != NULL; i++)
		if (strstr(text, marks[i]) != NULL)
			return true;
	return false;
}

/* The same without its marks: "analysis...assistantfinal...". */
static bool
clean_bare(char *text)
{
	static const char final[] = "assistantfinal";
	char *found;

	if (strncmp(text, "analysis", strlen("analysis")) != 0)
		return false;
	found = strstr(text, final);
	if (found == NULL)
		return false;
	found += strlen(final);
	memmove(text, found, strlen(found) + 1);
	return true;
}

bool
llm_text_clean(char *text)
{
	static const char final[] = "<|channel|>final", start[] = "<|message|>";
	char *found, *end;

	if (!has_mark(text))
		return clean_bare(text);
	found = strstr(text, final);
	if (found != NULL)
		found = strstr(found, start);
	if (found == NULL) {
		text[0] = '\0';
		return true;
	}
	found += strlen(start);
	end = strstr(found, "<|");
	if (end != NULL)
		*end = '\0';
	memmove(text, found, strlen(found) + 1);
	return true;
}
