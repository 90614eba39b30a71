/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/walk.h"

#include <string.h>

#include "lib/err.h"
#include "sql/rows.h"

enum { NUM, KEY, FITS };

enum { LINES_MAX = 64 * 1024 * 1024 };

void
walk_open(struct walk_page *page, int limit, walk_put *put)
{
	memset(page, 0, sizeof(*page));
	page->limit = limit;
	page->rows_max = WALK_ROWS_MAX;
	page->put = put;
	buf_init(&page->lines, LINES_MAX);
}

void
walk_close(struct walk_page *page)
{
	buf_free(&page->lines);
}

/* A row after a full page: it is not on it, but says that there is more. */
static bool
is_full(const struct walk_page *page)
{
	return page->limit > 0 && page->count == page->limit;
}

static void
take(struct walk_page *page, const struct rows *rows)
{
	page->next.key = rows_int(rows, KEY);
	page->next.num = rows_int(rows, NUM);
	if (rows_int(rows, FITS) == 0)
		return;
	page->count++;
	if (page->limit > 0)
		page->put(rows, &page->lines);
}

int
walk_collect(struct rows *rows, struct walk_page *page)
{
	int seen = 0, rc;

	page->count = 0;
	page->ended = true;
	buf_reset(&page->lines);
	while (rows_next(rows)) {
		if (is_full(page) || seen++ == page->rows_max) {
			page->ended = false;
			break;
		}
		take(page, rows);
	}
	rc = rows_end(rows);
	return rc == OK ? page->lines.rc : rc;
}

bool
walk_done(const struct walk_page *page)
{
	return page->ended || is_full(page);
}

void
walk_take(struct walk_page *page, struct walk_page *other)
{
	walk_close(page);
	*page = *other;
	walk_open(other, page->limit, page->put);
}

void
walk_put_object(const struct rows *rows, struct buf *lines)
{
	if (lines->len > 0)
		buf_addc(lines, ',');
	rows_object(rows, WALK_LINE, lines);
}
