/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What json_check accepts becomes a tree, and the tree prints as text that
 * is accepted, reads back and prints the same. What it refuses becomes none.
 */
#include "t/fuzz/fuzz.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"

enum { OUTPUT_MAX = 64 * 1024 * 1024 };

static void
check_refused(const char *text, size_t len, const struct json_error *error)
{
	size_t span_len;

	fuzz_check(error->rc == E_INVALID);
	fuzz_check(error->offset <= len);
	fuzz_check(strlen(error->message) > 0);
	fuzz_check(json_parse(text, len, NULL) == NULL);
	fuzz_check(json_span(text, len, "a", &span_len) == NULL);
}

/* Every member of the top level has its span. */
static void
check_spans(const char *text, size_t len, const struct json *root)
{
	const struct json *member;
	const char *span;
	size_t span_len;
	int left = 8;

	for (member = json_first(root); member != NULL && left-- > 0;
	    member = json_next(member)) {
		if (json_key(member) == NULL)
			break;
		span = json_span(text, len, json_key(member), &span_len);
		fuzz_check(span != NULL);
		fuzz_check(json_check(span, span_len, NULL) == OK);
	}
}

static void
check_print(const struct json *root)
{
	struct buf once, twice;
	struct json *again;

	buf_init(&once, OUTPUT_MAX);
	buf_init(&twice, OUTPUT_MAX);
	fuzz_check(json_print(root, &once) == OK);
	again = json_parse(once.data, once.len, NULL);
	fuzz_check(again != NULL);
	fuzz_check(json_size(again) == json_size(root));
	fuzz_check(json_print(again, &twice) == OK);
	fuzz_check(strcmp(once.data, twice.data) == 0);
	json_free(again);
	buf_free(&once);
	buf_free(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct json_error error;
	struct json *root;

	if (json_check(text, size, &error) != OK) {
		check_refused(text, size, &error);
		return 0;
	}
	root = json_parse(text, size, &error);
	fuzz_check(root != NULL);
	check_spans(text, size, root);
	check_print(root);
	json_free(root);
	return 0;
}
