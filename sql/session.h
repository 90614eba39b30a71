/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person does to a session: start, stop, retry, annotate, delete.
 *
 *	struct session_new new = { .query = q, .environment = "dev",
 *	    .submitter = "{\"id\":\"ana\",\"team\":\"sre\"}",
 *	    .extra_fields = "{}", .now_ms = clock_ms() };
 *	struct session_ref ref;
 *	rc = session_create(db, &new, &ref);
 *
 * All return OK or the E_* of sql/tx.h; ref->why explains a failure. actor is
 * who does it, origin how that is known (sql/auth.h), or NULL.
 */
#ifndef SQL_SESSION_H
#define SQL_SESSION_H

#include <stdint.h>

#include "sql/db.h"

enum {
	SESSION_ID_MAX = 64,
	SESSION_NOTE_MAX = 2000,	/* characters, as the column has it */
};

struct session_new {
	const char *app;		/* NULL: the only one that is loaded */
	const char *query;
	const char *environment;
	const char *submitter;		/* JSON object with id and team */
	const char *origin;		/* of the request: sql/auth.h */
	const char *extra_fields;	/* JSON object */
	const char *traceparent;	/* as lib/trace.h writes it, or NULL */
	int64_t now_ms;
};

struct session_ref {
	char id[SESSION_ID_MAX];
	char why[DB_WHY_MAX];
};

/*
 * session_create starts a session with the newest version of its application.
 * E_INVALID: app must be named, or none is loaded; E_NOTFOUND: no such app;
 * E_LIMIT: as many of its sessions run as it allows.
 */
int session_create(struct db *db, const struct session_new *new,
	struct session_ref *ref);

/*
 * session_stop stops a session; one that is finished stays as it is (OK).
 * E_NOTFOUND: no such session.
 */
int session_stop(struct db *db, const char *actor, const char *origin,
	int64_t now_ms, struct session_ref *ref);

/*
 * session_retry takes a session up that failed in passing, where it failed;
 * *count is which retry this is. E_NOTFOUND; E_CONFLICT: it has not failed, or
 * its application does not allow it (ref->why is the reason, a word of
 * session_retry); E_LIMIT: as many of its sessions run as it allows.
 */
int session_retry(struct db *db, const char *actor, const char *origin,
	int64_t now_ms, struct session_ref *ref, int *count);

/*
 * session_patch merges a JSON object (RFC 7396) into extra_fields and tells
 * the audit log. version: what the caller saw, or 0. E_CONFLICT: the session
 * has another version or is deleted.
 */
int session_patch(struct db *db, const char *merge, int64_t version,
	const char *actor, const char *origin, int64_t now_ms,
	struct session_ref *ref);

/*
 * session_undo_duplicate says that a session is none after all: it runs then.
 * original gets the id of what it was taken for, or "". E_CONFLICT: it is no
 * duplicate (now).
 */
int session_undo_duplicate(struct db *db, const char *actor,
	const char *origin, const char *note, int64_t now_ms,
	struct session_ref *ref, char original[SESSION_ID_MAX]);

/*
 * session_delete hides a finished session from lists for good; again: OK.
 * version: what the caller saw, or 0. E_CONFLICT: it is not finished, or has
 * another version.
 */
int session_delete(struct db *db, int64_t version, const char *actor,
	const char *origin, int64_t now_ms, struct session_ref *ref);

#endif
