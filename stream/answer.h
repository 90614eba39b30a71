/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is answered to a request before a stream, or in the place of one.
 * Pages of other sites get to see what an application lets them (sql/origin.h),
 * by the same rules as in the rest of the API (fcgi/cors.h).
 */
#ifndef STREAM_ANSWER_H
#define STREAM_ANSWER_H

#include <stdbool.h>

struct clients;
struct db;
struct lws;

/* answer_stream begins a stream of events: 0, or -1 when it cannot. */
int answer_stream(struct lws *wsi, struct db *db);

/*
 * answer_options answers an OPTIONS, answer_refuse with the error envelope
 * that the whole API has. Both return -1, which closes the connection.
 */
int answer_options(struct lws *wsi, struct db *db);
int answer_refuse(struct lws *wsi, struct db *db, unsigned status,
	const char *why);

/* answer_metrics tells Prometheus who listens; returns as answer_refuse. */
int answer_metrics(struct lws *wsi, const struct clients *clients);

/*
 * answer_same_site tells whether a WebSocket may be opened from where it is.
 * CORS says nothing about those, and a browser sends cookies along: so a page
 * is of this host, or of a site whose pages may have what it sends.
 */
bool answer_same_site(struct lws *wsi, struct db *db);

#endif
