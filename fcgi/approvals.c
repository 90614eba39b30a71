/* SPDX-License-Identifier: Apache-2.0 */
/* Gates: which are open, and what one asks. */
#include <stdio.h>
#include <string.h>

#include "fcgi/etag.h"
#include "fcgi/handlers.h"
#include "fcgi/listing.h"
#include "fcgi/reply.h"
#include "lib/err.h"
#include "sql/gate.h"
#include "sql/gate_list.h"

/* Is anything asked for but the order? */
static bool
read_filter(struct listing *list, struct gate_filter *filter)
{
	/* In the order of enum gate_order. */
	static const char *const orders[] = { "opened", "deadline", NULL };

	filter->app = listing_text(list, "app");
	filter->kind = listing_text(list, "kind");
	filter->tool = listing_text(list, "tool");
	filter->agent = listing_text(list, "agent");
	filter->risk = listing_text(list, "risk");
	filter->environment = listing_text(list, "environment");
	filter->assignee = listing_text(list, "assignee");
	filter->deadline_before = listing_when(list, "deadline_before",
	    WHEN_FUTURE, INT64_MAX);
	filter->opened_until = listing_when(list, "waiting", WHEN_PAST,
	    INT64_MAX);
	filter->order = listing_word(list, "sort", orders);
	listing_page(list);
	return filter->app != NULL || filter->kind != NULL ||
	    filter->tool != NULL || filter->agent != NULL ||
	    filter->risk != NULL || filter->environment != NULL ||
	    filter->assignee != NULL || filter->deadline_before != INT64_MAX ||
	    filter->opened_until != INT64_MAX;
}

/* The number of all is exact, however many there are. */
static int
write_total(struct listing *list, const struct gate_filter *filter,
    bool filtered, const struct walk_page *seen, struct reply *reply)
{
	struct db *db = request_reader(list->in.req);
	struct walk_page page;
	char count[24];
	int64_t all;
	int rc;

	if (!filtered) {
		rc = gate_list_count(db, &all);
		snprintf(count, sizeof(count), "%lld", (long long)all);
		if (rc == OK)
			reply_header(reply, "X-Total-Count", count);
		return rc;
	}
	if (listing_counted(list, seen)) {
		listing_total(seen, reply);
		return OK;
	}
	walk_open(&page, 0, NULL);
	rc = gate_list(db, filter, list->in.req->now_ms, NULL, &page);
	if (rc == OK)
		listing_total(&page, reply);
	walk_close(&page);
	return rc;
}

static int
write_list(struct listing *list, const struct gate_filter *filter,
    bool filtered, struct reply *reply)
{
	struct walk_page page;
	int rc;

	walk_open(&page, list->limit, gate_list_put);
	rc = gate_list(request_reader(list->in.req), filter,
	    list->in.req->now_ms, list->after, &page);
	if (rc == OK)
		listing_write(list, &page, reply);
	if (rc == OK && list->total)
		rc = write_total(list, filter, filtered, &page, reply);
	walk_close(&page);
	return rc == OK ? 200 : reply_failure(reply, rc, "");
}

int
approvals_open(const struct request *req, struct reply *reply)
{
	static const char *const names[] = {
		"app", "kind", "tool", "agent", "risk", "environment",
		"assignee", "deadline_before", "waiting", LISTING_NAMES, NULL
	};
	struct gate_filter filter = GATE_FILTER;
	struct listing list;
	bool filtered;
	int status;

	listing_open(&list, req, names, 100);
	filtered = read_filter(&list, &filter);
	if (input_failed(&list.in))
		status = input_refuse(&list.in, reply);
	else
		status = write_list(&list, &filter, filtered, reply);
	listing_close(&list);
	return status;
}

int
approvals_of_session(const struct request *req, struct reply *reply)
{
	struct rows rows = db_query(request_reader(req), Q_SESSION_STATE, "s",
	    req->param[0]);
	bool found = rows_next(&rows);
	int rc = rows_end(&rows);

	if (rc == OK && !found)
		rc = E_NOTFOUND;
	if (rc == OK) {
		rows = db_query(request_reader(req), Q_GATES_OF_SESSION, "ls",
		    req->now_ms, req->param[0]);
		rc = reply_rows(reply, &rows, NULL);
	}
	return rc == OK ? 200 : reply_failure(reply, rc, "session not found");
}

int
approvals_get(const struct request *req, struct reply *reply)
{
	struct rows rows = db_query(request_reader(req), Q_GATE_GET, "ll",
	    req->now_ms, gate_number(req->param[0]));
	int rc = reply_row(reply, &rows);

	if (rc != OK)
		return reply_failure(reply, rc, "gate not found");
	/* age_ms stands first, and is another at each moment. */
	return etag_answer(req, reply, strcspn(buf_str(&reply->body), ","));
}
