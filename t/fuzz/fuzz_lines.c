/* SPDX-License-Identifier: Apache-2.0 */
/*
 * However bytes are cut, the lines that come out are those of the whole
 * text. The first byte says where the cuts are, and which ends of lines
 * count.
 */
#include "t/fuzz/fuzz.h"

#include <string.h>

#include "lib/err.h"
#include "lib/lines.h"

enum { LINE_MAX_BYTES = 64, SEEN_MAX = 16 * 1024 * 1024 };

static int
note(void *arg, const char *line, size_t len)
{
	struct buf *seen = arg;

	fuzz_check(len <= LINE_MAX_BYTES);
	buf_add(seen, line, len);
	return buf_addc(seen, '\n');
}

static int
feed(const char *text, size_t len, size_t step, bool lone_cr, struct buf *seen)
{
	struct lines lines;
	size_t n;
	int rc = OK;

	buf_init(seen, SEEN_MAX);
	lines_init(&lines, LINE_MAX_BYTES, note, seen);
	lines.lone_cr = lone_cr;
	for (size_t at = 0; rc == OK && at < len; at += n) {
		n = len - at < step ? len - at : step;
		rc = lines_feed(&lines, text + at, n);
	}
	if (rc == OK)
		rc = lines_end(&lines);
	lines_free(&lines);
	return rc;
}

/* The same, told by looking at all of it. */
static void
split(const char *text, size_t len, bool lone_cr, struct buf *seen)
{
	size_t start = 0, end;

	buf_init(seen, SEEN_MAX);
	while (start < len) {
		for (end = start; end < len && text[end] != '\n' &&
		    !(lone_cr && text[end] == '\r'); end++)
			;
		buf_add(seen, text + start, end - start - (!lone_cr &&
			end > start && text[end - 1] == '\r'));
		buf_addc(seen, '\n');
		start = end + 1 + (lone_cr && end + 1 < len &&
		    text[end] == '\r' && text[end + 1] == '\n');
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct buf whole, cut, want;
	bool lone_cr;
	int rc;

	if (size == 0)
		return 0;
	lone_cr = data[0] & 1;
	rc = feed(text + 1, size - 1, size, lone_cr, &whole);
	fuzz_check(rc == OK || rc == E_TOOBIG);
	fuzz_check(feed(text + 1, size - 1, 1 + data[0] / 2 % 32u, lone_cr,
		&cut) == rc);
	fuzz_check(whole.len == cut.len &&
	    memcmp(buf_str(&whole), buf_str(&cut), cut.len) == 0);
	split(text + 1, size - 1, lone_cr, &want);
	fuzz_check(rc != OK || (whole.len == want.len &&
		memcmp(buf_str(&whole), buf_str(&want), want.len) == 0));
	buf_free(&whole);
	buf_free(&cut);
	buf_free(&want);
	return 0;
}
