/* SPDX-License-Identifier: Apache-2.0 */
/* A header traceparent. */
#include "t/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "lib/trace.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	char out[TRACE_SIZE], again[TRACE_SIZE];

	if (trace_read(text, out)) {
		fuzz_check(strlen(out) == TRACE_SIZE - 1);
		fuzz_check(trace_read(out, again) && strcmp(out, again) == 0);
	} else {
		fuzz_check(out[0] == '\0');
	}
	free(text);
	return 0;
}
