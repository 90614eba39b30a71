/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who listens, and may they? The same identities as the API's (sql/auth.h),
 * out of the headers of a request; nginx overwrites those that begin with
 * X-Gatehouse-, so that no client can bring its own.
 */
#ifndef STREAM_ACCESS_H
#define STREAM_ACCESS_H

#include <stdbool.h>

#include "sql/auth.h"

struct lws;
struct strikes;

struct access {
	struct db *db;
	bool off;		/* nobody is asked; this machine alone */
	struct strikes *strikes;
};

/*
 * access_check finds out who sent the request, who must be a viewer of some
 * application at least. Returns 0, or the status of a refusal and why: 401,
 * 403, 429, 503.
 */
unsigned access_check(const struct access *access, struct lws *wsi,
	struct identity *who, char why[DB_WHY_MAX]);

#endif
