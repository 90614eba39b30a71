/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/answer.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/metric.h"
#include "lib/refusal.h"
#include "sql/origin.h"
#include "stream/client.h"

enum {
	HEAD_MAX = 2048,	/* bytes of an answer's header, */
	VALUE_MAX = 256,	/* and of a line in a request's */
	BODY_MAX = 4096,
};

static const char methods[] = "GET, HEAD, OPTIONS";

/* The page that a browser asks for; no origin: nobody says that it is one. */
struct page {
	char origin[VALUE_MAX];
	bool listed, credentials;
};

/* The header of an answer, as it grows. */
struct head {
	struct lws *wsi;
	unsigned char space[LWS_PRE + HEAD_MAX];
	unsigned char *next;
	bool failed;		/* it does not fit */
};

/* False: the request has no such header, or one that is too long. */
static bool
read_header(struct lws *wsi, enum lws_token_indexes token,
    char value[VALUE_MAX])
{
	if (lws_hdr_copy(wsi, value, VALUE_MAX, token) > 0)
		return true;
	value[0] = '\0';
	return false;
}

static struct page
find_page(struct lws *wsi, struct db *db)
{
	struct page page = { .listed = false };

	if (read_header(wsi, WSI_TOKEN_ORIGIN, page.origin))
		page.listed = origin_find(db, page.origin,
		    &page.credentials) == OK;
	else if (lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN) > 0)
		snprintf(page.origin, sizeof(page.origin), "null");
	return page;
}

static unsigned char *
end_of(struct head *head)
{
	return head->space + sizeof(head->space) - 1;
}

static void
add(struct head *head, const char *name, const char *value)
{
	head->failed = head->failed || lws_add_http_header_by_name(head->wsi,
	    (const unsigned char *)name, (const unsigned char *)value,
	    (int)strlen(value), &head->next, end_of(head)) != 0;
}

/* With what that page may know of the answer. */
static void
begin(struct head *head, struct lws *wsi, const struct page *page,
    unsigned status, const char *type, lws_filepos_t len)
{
	head->wsi = wsi;
	head->next = head->space + LWS_PRE;
	head->failed = lws_add_http_common_headers(wsi, status, type, len,
	    &head->next, end_of(head)) != 0;
	if (*page->origin != '\0')
		add(head, "vary:", "Origin");
	if (!page->listed)
		return;
	add(head, "access-control-allow-origin:", page->origin);
	if (page->credentials)
		add(head, "access-control-allow-credentials:", "true");
	add(head, "access-control-expose-headers:", "X-Request-Id");
}

static int
finish(struct head *head)
{
	return head->failed || lws_finalize_write_http_header(head->wsi,
	    head->space + LWS_PRE, &head->next, end_of(head)) != 0 ? -1 : 0;
}

int
answer_stream(struct lws *wsi, struct db *db)
{
	struct page page = find_page(wsi, db);
	struct head head;

	begin(&head, wsi, &page, 200, "text/event-stream; charset=utf-8",
	    LWS_ILLEGAL_HTTP_CONTENT_LEN);
	add(&head, "x-accel-buffering:", "no");
	return finish(&head);
}

/* Any header may be sent, if these are names of headers. */
static void
allow_headers(struct head *head)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_, ";
	char names[VALUE_MAX];

	if (read_header(head->wsi, WSI_TOKEN_HTTP_AC_REQUEST_HEADERS, names) &&
	    names[strspn(names, allowed)] == '\0')
		add(head, "access-control-allow-headers:", names);
}

int
answer_options(struct lws *wsi, struct db *db)
{
	static const char asks[] = "access-control-request-method:";
	struct page page = find_page(wsi, db);
	bool preflight = page.listed &&
	    lws_hdr_custom_length(wsi, asks, sizeof(asks) - 1) > 0;
	struct head head;

	begin(&head, wsi, &page, preflight ? 200 : 204, "text/plain", 0);
	add(&head, "allow:", methods);
	if (preflight) {
		add(&head, "access-control-allow-methods:", methods);
		add(&head, "access-control-max-age:", "600");
		allow_headers(&head);
	}
	finish(&head);
	return -1;
}

static const char *
code_of(unsigned status)
{
	switch (status) {
	case 401:
		return "unauthorized";
	case 403:
		return "forbidden";
	case 404:
		return "not_found";
	case 422:
		return "unprocessable_entity";
	case 429:
		return "rate_limited";
	case 503:
		return "service_unavailable";
	default:
		return "http_error";
	}
}

/* Ends body, which begins with room for libwebsockets. */
static int
answer_whole(struct lws *wsi, struct db *db, unsigned status,
    const char *type, struct buf *body)
{
	struct page page = find_page(wsi, db);
	struct head head;

	begin(&head, wsi, &page, status, type, body->len - LWS_PRE);
	if (status == 401)
		add(&head, "www-authenticate:", "Bearer");
	if (status == 405)
		add(&head, "allow:", methods);
	if (body->rc == OK && finish(&head) == 0)
		lws_write(wsi, (unsigned char *)body->data + LWS_PRE,
		    body->len - LWS_PRE, LWS_WRITE_HTTP_FINAL);
	buf_free(body);
	return -1;
}

static void
begin_body(struct buf *body)
{
	buf_init(body, BODY_MAX);
	buf_addf(body, "%*s", LWS_PRE, "");
}

int
answer_refuse(struct lws *wsi, struct db *db, unsigned status,
    const char *why)
{
	struct buf body;

	begin_body(&body);
	buf_addf(&body, "{\"error\":{\"code\":\"%s\",\"message\":",
	    code_of(status));
	buf_add_json(&body, why, strlen(why));
	buf_adds(&body, ",\"details\":");
	refusal_details(&body, status == 422 ? why : "");
	buf_adds(&body, "}}");
	return answer_whole(wsi, db, status, "application/json", &body);
}

int
answer_metrics(struct lws *wsi, const struct clients *clients)
{
	static const char name[] = "gatehouse_stream_listeners";
	struct db *db = clients->access.db;
	int sockets = 0;
	struct buf body;

	for (struct client *at = clients->first; at != NULL; at = at->next)
		sockets += at->heard_ms > 0;
	begin_body(&body);
	metric_family(&body, name, "gauge", "Who listens to events.");
	metric_begin(&body, name);
	metric_label(&body, "transport", "sse");
	metric_end(&body, clients->count - sockets);
	metric_begin(&body, name);
	metric_label(&body, "transport", "websocket");
	metric_end(&body, sockets);
	return answer_whole(wsi, db, 200, METRIC_TYPE, &body);
}

/* The host, and port, of an origin: "https://a.example:8443" and so on. */
static bool
is_of_host(const char *origin, const char *host)
{
	const char *at = strstr(origin, "://");

	return at != NULL && strcmp(at + strlen("://"), host) == 0;
}

bool
answer_same_site(struct lws *wsi, struct db *db)
{
	struct page page = find_page(wsi, db);
	char host[VALUE_MAX];

	return *page.origin == '\0' || (page.listed && page.credentials) ||
	    (read_header(wsi, WSI_TOKEN_HOST, host) &&
		is_of_host(page.origin, host));
}
