/* SPDX-License-Identifier: Apache-2.0 */
/*
 * METHOD PATH?QUERY, a newline, a body: any such bytes get one answer, JSON
 * or nothing, and a refusal has the envelope.
 */
#include "t/fuzz/fuzz.h"
#include "t/fuzz/fuzz_api.h"

#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct api *a;
	char line[2048], *path;
	const char *end = memchr(data, '\n', size);
	size_t len = end != NULL ? (size_t)(end - (const char *)data) : size;
	size_t skip = len < size ? len + 1 : len;

	if (len >= sizeof(line))
		return 0;
	a = a != NULL ? a : fuzz_api_open();
	memcpy(line, data, len);
	line[len] = '\0';
	path = line + strcspn(line, " ");
	if (*path != '\0')
		*path++ = '\0';
	fuzz_api_check(a, api_send(a, line, path, (const char *)data + skip,
	    size - skip));
	return 0;
}
