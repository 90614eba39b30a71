/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes, cut anywhere, put together to lines: a state machine that is fed.
 *
 *	struct lines lines;
 *
 *	lines_init(&lines, 64 * 1024, on_line, arg);
 *	while (rc == OK && (n = read_some(piece)) > 0)
 *		rc = lines_feed(&lines, piece, n);
 *	if (rc == OK)
 *		rc = lines_end(&lines);
 *	lines_free(&lines);
 */
#ifndef LIB_LINES_H
#define LIB_LINES_H

#include <stdbool.h>

#include "lib/buf.h"

/* line gets one line without its end; anything but OK stops the feeding. */
typedef int lines_line(void *arg, const char *line, size_t len);

struct lines {
	struct buf buf;		/* the line so far */
	lines_line *line;
	void *arg;
	bool lone_cr;		/* a CR alone ends a line too, as in SSE */
	bool after_cr;
};

/* lines_init: a line ends with LF or CR LF and has at most max bytes. */
void lines_init(struct lines *lines, size_t max, lines_line *line, void *arg);
void lines_free(struct lines *lines);

/* lines_feed: OK, E_TOOBIG, E_NOMEM, or what line returned. */
int lines_feed(struct lines *lines, const char *bytes, size_t len);

/* lines_end tells the last line if nothing ended it; as lines_feed. */
int lines_end(struct lines *lines);

#endif
