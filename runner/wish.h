/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a subscriber of running replies wants to hear of: one line of JSON,
 * {"key":"KEY","sessions":["ID",...]} or {"key":"KEY","sessions":"all"}. Other
 * members are ignored.
 *
 *	struct wish wish = { 0 };
 *	const char *why;
 *
 *	rc = wish_read(&wish, line, len, key, &why);
 *	if (rc == OK && wish_has(&wish, "SES-20261122-001"))
 *		...
 *	wish_free(&wish);
 */
#ifndef RUNNER_WISH_H
#define RUNNER_WISH_H

#include <stdbool.h>
#include <stddef.h>

#include "sql/session.h"

enum {
	WISH_LINE_MAX = 64 * 1024,	/* bytes */
	WISH_SESSIONS_MAX = 1000,
};

struct wish {
	bool all;
	char (*ids)[SESSION_ID_MAX];	/* sorted */
	size_t count;
};

/*
 * wish_read fills in an empty wish. E_DENIED: it has not that key; E_INVALID;
 * E_NOMEM; *why says what is wrong, and the wish is empty then.
 */
int wish_read(struct wish *wish, const char *line, size_t len,
	const char *key, const char **why);
bool wish_has(const struct wish *wish, const char *session_id);
void wish_free(struct wish *wish);

#endif
