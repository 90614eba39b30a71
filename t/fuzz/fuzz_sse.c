/* SPDX-License-Identifier: Apache-2.0 */
/*
 * However a stream of events is cut, the same events come out of it. The
 * first byte says where the cuts are.
 */
#include "t/fuzz/fuzz.h"

#include <string.h>

#include "lib/err.h"
#include "lib/sse.h"

enum { EVENT_MAX = 256, SEEN_MAX = 16 * 1024 * 1024 };

static int
note(void *arg, const struct sse_event *event)
{
	struct buf *seen = arg;

	fuzz_check(event->len <= EVENT_MAX);
	fuzz_check(event->data[event->len] == '\0');
	fuzz_check(strlen(event->type) <= SSE_WORD_MAX);
	fuzz_check(strlen(event->id) <= SSE_WORD_MAX);
	buf_addf(seen, "%s|%s|", event->type, event->id);
	buf_add(seen, event->data, event->len);
	buf_addc(seen, '\n');
	return OK;
}

static int
feed(const char *text, size_t len, size_t step, struct buf *seen)
{
	struct sse sse;
	size_t n;
	int rc = OK;

	buf_init(seen, SEEN_MAX);
	sse_init(&sse, EVENT_MAX, note, seen);
	for (size_t at = 0; rc == OK && at < len; at += n) {
		n = len - at < step ? len - at : step;
		rc = sse_feed(&sse, text + at, n);
	}
	if (rc == OK)
		rc = sse_end(&sse);
	sse_free(&sse);
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct buf whole, cut;
	int rc;

	if (size == 0)
		return 0;
	rc = feed(text + 1, size - 1, size, &whole);
	fuzz_check(rc == OK || rc == E_TOOBIG);
	fuzz_check(feed(text + 1, size - 1, 1 + data[0] % 32u, &cut) == rc);
	fuzz_check(whole.len == cut.len &&
	    memcmp(buf_str(&whole), buf_str(&cut), cut.len) == 0);
	buf_free(&whole);
	buf_free(&cut);
	return 0;
}
