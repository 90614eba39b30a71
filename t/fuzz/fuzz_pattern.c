/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pattern, a newline, a text. What is refused has a reason; what is
 * accepted ends in the steps that it was given, and fits "(?:...)" and
 * "(?:...){1}" of it alike.
 */
#include "t/fuzz/fuzz.h"

#include <stdbool.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/pattern.h"

enum { STEPS = 1000000 };

static int
find(const char *pattern, const char *text, size_t len, bool *found)
{
	const char *why = NULL;
	struct pattern *p;
	long steps = STEPS;
	int rc = pattern_open(&p, pattern, &why);

	*found = false;
	fuzz_check((rc == OK) == (p != NULL));
	if (rc != OK) {
		fuzz_check(why != NULL);
		return E_MISUSE;
	}
	rc = pattern_find(p, text, len, &steps, found);
	fuzz_check((rc == E_TOOBIG) == (steps < 0) || *found);
	fuzz_check(rc == OK || rc == E_TOOBIG);
	pattern_close(p);
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = memchr(data, '\n', size);
	struct buf pattern, same;
	bool found, again;
	size_t len;
	int rc;

	if (text == NULL)
		return 0;
	buf_init(&pattern, size);
	buf_init(&same, size + 16);
	buf_add(&pattern, data, strnlen((const char *)data,
		    (size_t)(text - (const char *)data)));
	buf_addf(&same, "(?:%s){1}", buf_str(&pattern));
	len = size - (size_t)(++text - (const char *)data);
	rc = find(buf_str(&pattern), text, len, &found);
	fuzz_check(find(buf_str(&pattern), text, len, &again) == rc);
	fuzz_check(found == again);
	if (rc == OK && find(buf_str(&same), text, len, &again) == OK)
		fuzz_check(found == again);
	buf_free(&pattern);
	buf_free(&same);
	return 0;
}
