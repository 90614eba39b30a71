/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/session_list.h"

#include <stddef.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"

/* Of 1,000,000 postings FTS5 reads 1,000 to find one row, so few are enough. */
enum { WORDS_ROWS_MAX = 250 };

/* Along which index, in either direction; what is rarest comes first. */
static const struct way {
	size_t member;		/* of the filter, which must be set */
	const char *word;	/* NULL, or what it must be set to */
	enum query down, up;
} ways[] = {
#define WAY(member, word, NAME) \
	{ offsetof(struct session_filter, member), word, Q_WALK_##NAME, \
	    Q_WALK_##NAME##_UP }
	WAY(parent, NULL, PARENT),
	WAY(submitter, NULL, SUBMITTER),
	WAY(agent, NULL, AGENT),
	WAY(status, NULL, STATUS),
	WAY(environment, NULL, ENVIRONMENT),
	WAY(app, NULL, APP),
	WAY(status, "unfinished", UNFINISHED),
	WAY(status, "any", CREATED),
};

/* Two words are no status of any row. */
static bool
is_open(const struct session_filter *filter, const struct way *way)
{
	const char *value;

	memcpy(&value, (const char *)filter + way->member, sizeof(value));
	if (way->word != NULL)
		return strcmp(value, way->word) == 0;
	if (way->down == Q_WALK_STATUS)
		return strcmp(value, "any") != 0 &&
		    strcmp(value, "unfinished") != 0;
	return value != NULL;
}

/* What stands between words. */
static const char blank[] = " \t\r\n";

bool
session_list_wordless(const char *words)
{
	return words[strspn(words, blank)] == '\0';
}

/*
 * a b" becomes "a" "b""", whatever is in the words. What words begin with is
 * not asked for: it would read every row of each such word.
 */
static int
write_words(const char *text, struct buf *out)
{
	for (text += strspn(text, blank); *text != '\0';
	    text += strspn(text, blank)) {
		size_t len = strcspn(text, blank);

		buf_addc(out, '"');
		for (size_t i = 0; i < len; i++) {
			buf_addc(out, text[i]);
			if (text[i] == '"')
				buf_addc(out, '"');
		}
		buf_adds(out, "\" ");
		text += len;
	}
	return out->rc;
}

/* Words only where the query has a place for them. */
static struct rows
start(struct db *db, enum query query, const struct session_filter *filter,
    const struct walk_place *after, const char *words)
{
	return db_query(db, query, words != NULL ? "ssssssllllls" :
	    "sssssslllll", filter->app, filter->status, filter->environment,
	    filter->submitter, filter->agent, filter->parent,
	    filter->created_from, filter->created_before,
	    filter->waiting_since, after->key, after->num, words);
}

/* Where the first page begins: before every row that can be asked for. */
static struct walk_place
begin(const struct session_filter *filter)
{
	bool words = filter->words != NULL;

	if (filter->order == SESSION_NEWEST)
		return (struct walk_place){ words ? 0 : filter->created_before,
		    words ? INT64_MAX : INT64_MIN };
	if (filter->order == SESSION_OLDEST && !words)
		return (struct walk_place){ filter->created_from, INT64_MIN };
	return (struct walk_place){ INT64_MIN, INT64_MIN };
}

static int
walk(struct db *db, enum query query, const struct session_filter *filter,
    const struct walk_place *after, const char *words, struct walk_page *page)
{
	struct rows rows = start(db, query, filter, after, words);

	return walk_collect(&rows, page);
}

static int
walk_words(struct db *db, const struct session_filter *filter,
    const struct walk_place *after, struct walk_page *page)
{
	struct buf words;
	int rc;

	if (session_list_wordless(filter->words))
		return E_INVALID;
	page->rows_max = WORDS_ROWS_MAX;
	buf_init(&words, 4 * SESSION_WORDS_MAX);
	rc = write_words(filter->words, &words);
	if (rc == OK)
		rc = walk(db, filter->order == SESSION_NEWEST ?
		    Q_WALK_WORDS : Q_WALK_WORDS_UP, filter, after,
		    buf_str(&words), page);
	buf_free(&words);
	return rc == E_TOOBIG ? E_INVALID : rc;
}

/* Is this page, not done, farther on than that? */
static bool
is_farther(enum session_order order, const struct walk_page *page,
    const struct walk_page *than)
{
	if (order == SESSION_NEWEST)
		return page->next.key < than->next.key;
	return page->next.key > than->next.key;
}

/* Every index that the filter allows, until one of them says it all. */
static int
walk_ways(struct db *db, const struct session_filter *filter,
    const struct walk_place *after, struct walk_page *page)
{
	bool up = filter->order == SESSION_OLDEST, tried = false;
	struct walk_page one;
	int rc = OK;

	walk_open(&one, page->limit, page->put);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (!is_open(filter, &ways[i]))
			continue;
		rc = walk(db, up ? ways[i].up : ways[i].down, filter, after,
		    NULL, &one);
		if (!tried || walk_done(&one) ||
		    is_farther(filter->order, &one, page))
			walk_take(page, &one);
		tried = true;
		if (rc != OK || walk_done(page))
			break;
	}
	walk_close(&one);
	return rc;
}

int
session_list(struct db *db, const struct session_filter *filter,
    const struct walk_place *after, struct walk_page *page)
{
	struct walk_place first = begin(filter);

	if (after == NULL)
		after = &first;
	if (filter->words != NULL)
		return filter->order == SESSION_WAITING ? E_INVALID :
		    walk_words(db, filter, after, page);
	if (filter->order == SESSION_WAITING)
		return walk(db, Q_WALK_WAITING, filter, after, NULL, page);
	return walk_ways(db, filter, after, page);
}
