/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One vocabulary of results for every layer: OK or a negative E_*.
 * A function's header names the codes that it can return.
 */
#ifndef LIB_ERR_H
#define LIB_ERR_H

enum {
	OK = 0,
	E_NOMEM = -1,		/* out of memory */
	E_IO = -2,		/* the system refused; errno was logged */
	E_INVALID = -3,		/* malformed input (HTTP 422) */
	E_NOTFOUND = -4,	/* no such thing (HTTP 404) */
	E_CONFLICT = -5,	/* illegal now, or too late (HTTP 409) */
	E_DENIED = -6,		/* this actor may not (HTTP 403) */
	E_BUSY = -7,		/* the database stayed busy (HTTP 503) */
	E_FULL = -8,		/* disk full or read-only (HTTP 503) */
	E_TOOBIG = -9,		/* over a stated limit (HTTP 413) */
	E_CORRUPT = -10,	/* the database is damaged */
	E_SCHEMA = -11,		/* not our database, or a newer one */
	E_FENCED = -12,		/* the lease was lost; nothing was written */
	E_AGAIN = -13,		/* internal: run the transaction once more */
	E_MISUSE = -14,		/* a caller broke an interface's rule */
	E_TIMEOUT = -15,	/* the time allowed is over */
	E_LIMIT = -16,		/* as many as are allowed (HTTP 429) */
};

/* err_text returns a short lower-case description; never NULL, static. */
const char *err_text(int code);

#endif
