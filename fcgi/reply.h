/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes back to the client: a status, a JSON body, a few headers. A
 * handler fills the body and returns the status; every refusal has the same
 * envelope, {"error":{"code","message","details"}}.
 *
 *	int
 *	thing_get(const struct request *req, struct reply *reply)
 *	{
 *		struct rows rows = db_query(request_reader(req), Q_THING, "s",
 *		    req->param[0]);
 *		int rc = reply_row(reply, &rows);
 *
 *		return rc == OK ? 200 :
 *		    reply_failure(reply, rc, "thing not found");
 *	}
 */
#ifndef FCGI_REPLY_H
#define FCGI_REPLY_H

#include <stdbool.h>

#include "lib/buf.h"

struct rows;

enum { REPLY_BODY_MAX = 64 * 1024 * 1024 };	/* bytes */

struct reply {
	const char *type;	/* Content-Type; NULL: JSON */
	char type_kept[64];	/* room for one that is no constant */
	char allow[64];		/* methods, on 405 and OPTIONS; else "" */
	int retry_s;		/* when to come back; 0: in a second */
	bool refused;		/* whatever the status: nothing was done */
	char headers[1536];	/* more lines, each with its end */
	struct buf body;
};

/* reply_init makes an empty reply; no allocation. reply_free ends it. */
void reply_init(struct reply *reply);
void reply_free(struct reply *reply);

/* reply_reset empties the reply and keeps the memory of a usual one. */
void reply_reset(struct reply *reply);

/*
 * reply_rewind takes back what was added since the headers had that length
 * and the body was empty.
 */
void reply_rewind(struct reply *reply, size_t headers_len);

/* reply_header adds a line to the head; one that does not fit is left out. */
void reply_header(struct reply *reply, const char *name, const char *value);

/*
 * reply_error writes the envelope in place of the body and returns status.
 * The code follows from the status.
 */
int reply_error(struct reply *reply, int status, const char *message);

/*
 * reply_refuse is reply_error with details, the text of a JSON object (NULL:
 * empty), and with a code of its own unless that is NULL.
 */
int reply_refuse(struct reply *reply, int status, const char *code,
    const char *message, const char *details);

/*
 * reply_failure answers an E_* and returns the status that stands for it.
 * The client hears why only if it can do something about it.
 */
int reply_failure(struct reply *reply, int rc, const char *why);

/*
 * reply_rows appends column 0 of all rows, each a JSON value, as an array,
 * and ends the rows. OK or the E_* of rows_end; *count gets their number
 * unless it is NULL.
 */
int reply_rows(struct reply *reply, struct rows *rows, int *count);

/*
 * reply_row appends column 0 of the only row and ends the rows. E_NOTFOUND:
 * there is none.
 */
int reply_row(struct reply *reply, struct rows *rows);

/*
 * reply_head writes the CGI header block, up to and with its empty line, for
 * the body as it is.
 */
void reply_head(const struct reply *reply, int status, struct buf *head);

#endif
