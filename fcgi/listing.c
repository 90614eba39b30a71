/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/listing.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/cursor.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/err.h"

enum { ASKED_MAX = 16 * 1024 };

void
listing_open(struct listing *list, const struct request *req,
    const char *const names[], int limit)
{
	memset(list, 0, sizeof(*list));
	buf_init(&list->asked, ASKED_MAX);
	input_open(&list->in, req, 0);
	input_queries(&list->in, names);
	list->limit = limit;
}

void
listing_close(struct listing *list)
{
	input_close(&list->in);
	buf_free(&list->asked);
}

const char *
listing_text(struct listing *list, const char *name)
{
	const char *text = input_query(&list->in, name);

	if (text != NULL)
		text = input_check(&list->in, name, text, INPUT_FILLED,
		    LISTING_TEXT_MAX);
	if (text != NULL)
		buf_addf(&list->asked, "%s=%zu:%s&", name, strlen(text), text);
	return text;
}

int
listing_word(struct listing *list, const char *name,
    const char *const words[])
{
	int i = input_query_word(&list->in, name, words);

	buf_addf(&list->asked, "%s=%s&", name, words[i]);
	return i;
}

int64_t
listing_when(struct listing *list, const char *name, enum when_side side,
    int64_t missing)
{
	const char *text = listing_text(list, name);
	int64_t ms = missing;

	if (text != NULL &&
	    when_parse(text, list->in.req->now_ms, side, &ms) != OK)
		input_complain(&list->in, name, "must be " WHEN_FORMS);
	return ms;
}

void
listing_page(struct listing *list)
{
	static const char *const bools[] = { "false", "true", NULL };
	struct input *in = &list->in;
	const char *cursor;

	input_fail(in, list->asked.rc);
	cursor = input_query(in, "cursor");
	if (cursor != NULL && !input_failed(in)) {
		if (cursor_read(cursor, buf_str(&list->asked),
			&list->place) == OK)
			list->after = &list->place;
		else
			input_complain(in, "cursor", "not of this list");
	}
	list->limit = (int)input_query_int(in, "limit", list->limit, 1,
	    WALK_PAGE_MAX);
	list->total = input_query_word(in, "total", bools) == 1;
}

void
listing_write(const struct listing *list, const struct walk_page *page,
    struct reply *reply)
{
	char cursor[CURSOR_SIZE];

	buf_addc(&reply->body, '[');
	buf_add(&reply->body, buf_str(&page->lines), page->lines.len);
	buf_addc(&reply->body, ']');
	if (page->ended)
		return;
	cursor_write(&page->next, buf_str(&list->asked), cursor);
	reply_header(reply, "X-Next-Cursor", cursor);
}

/* A first page that is not full has looked at as many as a count would. */
bool
listing_counted(const struct listing *list, const struct walk_page *page)
{
	return list->after == NULL && page->count < page->limit;
}

void
listing_total(const struct walk_page *counted, struct reply *reply)
{
	char count[16];

	snprintf(count, sizeof(count), "%d%s", counted->count,
	    counted->ended ? "" : "+");
	reply_header(reply, "X-Total-Count", count);
}
