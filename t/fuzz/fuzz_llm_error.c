/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a provider says when it fails: its body, and after a newline each the
 * headers that ask to wait. The status is in the first two bytes.
 */
#include "t/fuzz/fuzz.h"

#include <string.h>

#include "lib/json.h"
#include "lib/utf8.h"
#include "runner/llm_error.h"

enum { NOW_MS = 1000000, STATUSES = 600 };

static void
try_body(const char *text, int status)
{
	struct json *body = json_parse(text, strlen(text), NULL);
	struct llm_error error = { 0 };
	bool told = llm_error_read(body, &error);
	enum reply_fault fault = llm_error_fault(status, &error);

	fuzz_check(told == error.told);
	fuzz_check(told || error.message[0] == '\0');
	fuzz_check(utf8_valid(error.message, strlen(error.message)));
	fuzz_check(utf8_valid(error.code, strlen(error.code)));
	fuzz_check(utf8_valid(error.type, strlen(error.type)));
	fuzz_check(fault == REPLY_FINAL || fault == REPLY_TRANSIENT ||
	    fault == REPLY_RATE || fault == REPLY_GARBLED ||
	    fault == REPLY_TOO_LONG);
	json_free(body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text, *rest, *ms, *seconds;

	if (size < 2)
		return 0;
	rest = text = strndup((const char *)data + 2, size - 2);
	fuzz_check(text != NULL);
	ms = strsep(&rest, "\n");
	seconds = rest != NULL ? strsep(&rest, "\n") : NULL;
	fuzz_check(llm_error_wait_ms(ms, seconds, NOW_MS) >= 0);
	fuzz_check(llm_error_wait_ms(NULL, ms, NOW_MS) >= 0);
	if (rest != NULL)
		try_body(rest, (data[0] | data[1] << 8) % STATUSES);
	free(text);
	return 0;
}
