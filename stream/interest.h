/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a listener asks for: the path, the query string and the Last-Event-ID
 * of its request, read.
 *
 *	struct interest interest;
 *
 *	rc = interest_path(&interest, "/api/v1/events");
 *	rc = interest_query(&interest, "sessions=INC-1,INC-2&since=3", why);
 *	rc = interest_last_id(&interest, "17", why);
 *	...
 *	interest_free(&interest);
 */
#ifndef STREAM_INTEREST_H
#define STREAM_INTEREST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sql/db.h"

enum {
	INTEREST_SESSIONS_MAX = 100,	/* in one stream */
	INTEREST_TEXT_MAX = 8192,	/* bytes of one argument */
};

struct interest {
	bool websocket;		/* the path is for WebSockets */
	bool recent;		/* the cross-session stream */
	bool metrics;		/* no stream: how many listen */
	bool partial;		/* text of running replies, too */
	int64_t since;		/* the first event wanted is above it */
	char *sessions;		/* ids with commas between; NULL: all */
	int session_count;
	char *kinds;		/* the same of kinds */
	int64_t looking;	/* number of a gate that it looks at; or 0 */
};

/*
 * interest_path starts an interest with a request's path, decoded.
 * E_NOTFOUND: it is none of ours; E_NOMEM. interest_free in any case.
 */
int interest_path(struct interest *interest, const char *path);

/*
 * interest_query takes the query string, as it came: since, sessions, kinds,
 * looking and partial; other names are ignored. For WebSockets a since that
 * is no number counts as 0 (statement 193). E_INVALID and a complaint that
 * begins with the name; E_NOMEM.
 */
int interest_query(struct interest *interest, const char *query,
	char why[DB_WHY_MAX]);

/*
 * interest_last_id takes the header Last-Event-ID, which a browser sends when
 * it comes back: it wins over since. E_INVALID.
 */
int interest_last_id(struct interest *interest, const char *value,
	char why[DB_WHY_MAX]);

/* interest_item copies the nth item of a list with commas; false: no such. */
bool interest_item(const char *list, int n, char *item, size_t size);

void interest_free(struct interest *interest);

#endif
