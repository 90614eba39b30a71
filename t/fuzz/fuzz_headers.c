/* SPDX-License-Identifier: Apache-2.0 */
/*
 * METHOD PATH, a line for each header, an empty line, a body: whatever the
 * headers say, there is one answer, where nobody is asked who it is and where
 * everybody is. Headers of an answer are lines.
 */
#include "t/fuzz/fuzz.h"
#include "t/fuzz/fuzz_api.h"

#include <ctype.h>
#include <string.h>

enum { HEADERS_MAX = 5, NAME_MAX_SIZE = 64 };

/* A header as nginx names it: HTTP_IF_MATCH; two are parameters of CGI. */
static void
name_param(const char *line, size_t len, char name[NAME_MAX_SIZE])
{
	const char *start = name + sizeof("HTTP_") - 1;

	snprintf(name, NAME_MAX_SIZE, "HTTP_%.*s", (int)len, line);
	for (char *p = name; *p != '\0'; p++)
		*p = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
	if (strcmp(start, "CONTENT_TYPE") == 0 ||
	    strcmp(start, "CONTENT_LENGTH") == 0)
		memmove(name, start, strlen(start) + 1);
}

static void
check_lines(const char *headers)
{
	for (const char *p = headers; *p != '\0'; p++)
		fuzz_check((*p == '\r') == (p[1] == '\n'));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct api *a;
	char *text = strndup((const char *)data, size), *rest = text;
	char names[HEADERS_MAX][NAME_MAX_SIZE];
	char *method, *path, *line;
	int count = 0;

	a = a != NULL ? a : fuzz_api_open();
	path = strsep(&rest, "\n");
	method = strsep(&path, " ");
	api_bring(a, "HTTP_X_REQUEST_ID", "1");
	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		size_t len = strcspn(line, ":");

		if (count == HEADERS_MAX || line[len] == '\0')
			continue;
		name_param(line, len, names[count]);
		line += len + 1;
		api_also(a, names[count++], line + strspn(line, " "));
	}
	for (int i = 0; i < 2; i++) {
		a->access.off = i == 0;
		fuzz_api_check(a, api_ask(a, method, path != NULL ? path : "",
		    rest != NULL ? rest : ""));
		check_lines(a->reply.headers);
	}
	free(text);
	return 0;
}
