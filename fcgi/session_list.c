/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of sessions. */
#include <string.h>

#include "fcgi/handlers.h"
#include "fcgi/listing.h"
#include "fcgi/reply.h"
#include "lib/err.h"
#include "sql/session_list.h"

static void
read_filter(struct listing *list, struct session_filter *filter)
{
	/* In the order of enum session_order. */
	static const char *const orders[] = {
		"-created", "created", "waiting", NULL
	};

	filter->app = listing_text(list, "app");
	filter->status = listing_text(list, "status");
	if (filter->status == NULL)
		filter->status = "unfinished";
	filter->environment = listing_text(list, "environment");
	filter->submitter = listing_text(list, "submitter");
	filter->agent = listing_text(list, "agent");
	filter->parent = listing_text(list, "parent");
	filter->words = listing_text(list, "q");
	filter->created_from = listing_when(list, "created_after", WHEN_PAST,
	    INT64_MIN);
	filter->created_before = listing_when(list, "created_before",
	    WHEN_PAST, INT64_MAX);
	filter->waiting_since = listing_when(list, "waiting", WHEN_PAST,
	    INT64_MAX);
	filter->order = listing_word(list, "sort", orders);
	if (filter->words != NULL && filter->order == SESSION_WAITING)
		input_complain(&list->in, "sort", "\"waiting\" does not go "
		    "together with q");
	if (filter->words != NULL && session_list_wordless(filter->words))
		input_complain(&list->in, "q", "must not be blank");
	listing_page(list);
}

/* An empty list says nothing about its filters: are they known at all? */
static int
check_known(struct listing *list, const struct session_filter *filter)
{
	struct input *in = &list->in;
	struct rows rows = db_query(request_reader(in->req), Q_FILTERS_KNOWN,
	    "ss", filter->app, filter->status);

	if (rows_next(&rows)) {
		if (!rows_int(&rows, 0))
			input_complain(in, "app", "no such application");
		if (!rows_int(&rows, 1))
			input_complain(in, "status", "no such status");
	}
	return rows_end(&rows);
}

static int
write_total(struct listing *list, const struct session_filter *filter,
    const struct walk_page *seen, struct reply *reply)
{
	struct walk_page page;
	int rc;

	if (listing_counted(list, seen)) {
		listing_total(seen, reply);
		return OK;
	}
	walk_open(&page, 0, NULL);
	rc = session_list(request_reader(list->in.req), filter, NULL, &page);
	if (rc == OK)
		listing_total(&page, reply);
	walk_close(&page);
	return rc;
}

static int
write_list(struct listing *list, const struct session_filter *filter,
    struct reply *reply)
{
	struct walk_page page;
	int rc;

	walk_open(&page, list->limit, walk_put_object);
	rc = session_list(request_reader(list->in.req), filter, list->after,
	    &page);
	if (rc == OK)
		listing_write(list, &page, reply);
	if (rc == OK && page.count == 0)
		rc = check_known(list, filter);
	if (rc == OK && list->total)
		rc = write_total(list, filter, &page, reply);
	walk_close(&page);
	if (rc != OK)
		return reply_failure(reply, rc, "");
	return input_failed(&list->in) ? input_refuse(&list->in, reply) : 200;
}

int
sessions_list(const struct request *req, struct reply *reply)
{
	static const char *const names[] = {
		"app", "status", "environment", "submitter", "agent",
		"parent", "q", "created_after", "created_before", "waiting",
		LISTING_NAMES, NULL
	};
	struct session_filter filter = SESSION_FILTER;
	struct listing list;
	int status;

	listing_open(&list, req, names, 50);
	read_filter(&list, &filter);
	if (input_failed(&list.in))
		status = input_refuse(&list.in, reply);
	else
		status = write_list(&list, &filter, reply);
	listing_close(&list);
	return status;
}

int
sessions_recent(const struct request *req, struct reply *reply)
{
	struct rows rows;
	int limit, rc;

	if (input_limit(req, 20, &limit, reply) != 0)
		return 422;
	rows = db_query(request_reader(req), Q_SESSIONS_RECENT, "i", limit);
	rc = reply_rows(reply, &rows, NULL);
	return rc == OK ? 200 : reply_failure(reply, rc, "");
}
