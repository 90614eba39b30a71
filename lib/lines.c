/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/lines.h"

#include <string.h>

#include "lib/err.h"

void
lines_init(struct lines *lines, size_t max, lines_line *line, void *arg)
{
	memset(lines, 0, sizeof(*lines));
	buf_init(&lines->buf, max);
	lines->line = line;
	lines->arg = arg;
}

void
lines_free(struct lines *lines)
{
	buf_free(&lines->buf);
}

static int
tell(struct lines *lines)
{
	size_t len = lines->buf.len;
	const char *text = buf_str(&lines->buf);
	int rc;

	if (!lines->lone_cr && len > 0 && text[len - 1] == '\r')
		len--;
	rc = lines->buf.rc;
	if (rc == OK)
		rc = lines->line(lines->arg, text, len);
	buf_reset(&lines->buf);
	return rc;
}

int
lines_feed(struct lines *lines, const char *bytes, size_t len)
{
	const char *ends = lines->lone_cr ? "\r\n" : "\n";
	size_t n;
	int rc;

	while (len > 0) {
		/* The LF of a CR LF, which has ended its line already. */
		if (lines->after_cr && *bytes == '\n') {
			bytes++;
			len--;
		}
		lines->after_cr = false;
		for (n = 0; n < len && memchr(ends, bytes[n], strlen(ends)) ==
		    NULL; n++)
			;
		rc = buf_add(&lines->buf, bytes, n);
		if (rc == OK && n < len) {
			lines->after_cr = bytes[n] == '\r';
			rc = tell(lines);
			n++;
		}
		if (rc != OK)
			return rc;
		bytes += n;
		len -= n;
	}
	return OK;
}

int
lines_end(struct lines *lines)
{
	return lines->buf.len > 0 ? tell(lines) : OK;
}
