/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/once.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/access.h"
#include "fcgi/flight.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "fcgi/route.h"
#include "lib/err.h"
#include "lib/sha256.h"
#include "sql/tx.h"

enum { PURGE = 8 };	/* rows that are over, with each new one */

struct once {
	const char *key;
	char digest[SHA256_HEX_SIZE];	/* of the request */
	bool refused;			/* the reply says why */
	size_t told;	/* bytes of headers that are of this request alone */
};

/* NULL: there is none, which is not the same as an empty one. */
static const char *
find_key(const struct request *req)
{
	return req->source->param(req->source->arg, "HTTP_IDEMPOTENCY_KEY");
}

bool
once_asked(const struct request *req, const struct route *route)
{
	return route->role > 0 && strcmp(route->method, "POST") == 0 &&
	    find_key(req) != NULL;
}

static bool
key_valid(const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 0; i < len; i++)
		if (key[i] < ' ' || key[i] > '~')
			return false;
	return len > 0 && len <= ONCE_KEY_MAX;
}

/* Path, query string and body, with an end to each that it cannot contain. */
static int
digest(const struct request *req, char out[SHA256_HEX_SIZE])
{
	struct buf all;
	int rc;

	buf_init(&all, 2 * (REQUEST_QUERY_MAX + REQUEST_BODY_MAX));
	buf_add(&all, req->path, strlen(req->path) + 1);
	buf_addf(&all, "%zu\n", req->query.len);
	buf_add(&all, buf_str(&req->query), req->query.len);
	rc = buf_add(&all, buf_str(&req->body), req->body.len);
	if (rc == OK)
		sha256_hex(all.data, all.len, out);
	buf_free(&all);
	return rc;
}

static int
refuse_other(struct once *once, struct tx *tx, struct reply *reply)
{
	once->refused = true;
	tx_fail(tx, E_CONFLICT, "another request");
	return reply_refuse(reply, 422, NULL,
	    "Idempotency-Key: was used for another request",
	    "{\"Idempotency-Key\":\"was used for another request\"}");
}

/* Returns the status of the answer that was kept; 0: none was. */
static int
answer_again(const struct request *req, struct once *once, struct tx *tx,
    struct reply *reply)
{
	struct rows rows = tx_query(tx, Q_REQUEST_KEY_FIND, "ssl",
	    req->who.name, once->key, req->now_ms);
	bool same = true;
	int status = 0;

	if (rows_next(&rows)) {
		same = strcmp(rows_str(&rows, 0), once->digest) == 0;
		status = (int)rows_int(&rows, 1);
		snprintf(reply->type_kept, sizeof(reply->type_kept), "%s",
		    rows_str(&rows, 2));
		reply->type = rows_null(&rows, 2) ? NULL : reply->type_kept;
		snprintf(reply->headers + once->told,
		    sizeof(reply->headers) - once->told, "%s",
		    rows_str(&rows, 3));
		rows_add(&rows, 4, &reply->body);
	}
	rows_end(&rows);
	return same ? status : refuse_other(once, tx, reply);
}

static void
keep(const struct request *req, const struct once *once, int status,
    struct tx *tx, const struct reply *reply)
{
	if (reply->body.rc != OK)
		tx_fail(tx, reply->body.rc, "no answer");
	tx_run(tx, Q_REQUEST_KEY_INSERT, "sssisssl", req->who.name, once->key,
	    once->digest, status, reply->type, reply->headers + once->told,
	    buf_str(&reply->body), req->now_ms);
	tx_run(tx, Q_REQUEST_KEY_PURGE, "li", req->now_ms, PURGE);
}

static int
answer(struct request *req, const struct route *route, struct once *once,
    struct tx *tx, struct reply *reply)
{
	int status;

	reply_rewind(reply, once->told);
	once->refused = false;
	status = answer_again(req, once, tx, reply);
	if (status != 0 || tx->rc != OK)
		return status;
	req->inside = true;
	status = route->handler(req, reply);
	req->inside = false;
	once->refused = status >= 300 || reply->refused;
	if (once->refused)
		tx_fail(tx, E_CONFLICT, "refused");
	else
		keep(req, once, status, tx, reply);
	return status;
}

/* Of two with one key the second finds the answer of the first. */
static int
answer_once(struct request *req, const struct route *route,
    struct once *once, struct reply *reply)
{
	struct flight flight = { .person = req->who.name, .key = once->key };
	struct tx tx = TX(req->writer);
	int status = 0;

	if (flights_enter(req->access->flights, &flight) != OK) {
		reply->retry_s = 1;
		return reply_refuse(reply, 409, NULL, "Idempotency-Key: "
		    "the first request with it is still at work",
		    "{\"Idempotency-Key\":\"the first request with it is "
		    "still at work\"}");
	}
	tx.outer = true;
	while (tx_loop(&tx))
		status = answer(req, route, once, &tx, reply);
	flights_leave(req->access->flights, &flight);
	/* A refusal by what never came to be is none: sql/tx.c. */
	if (tx.rc == OK || (once->refused && tx.rc == E_CONFLICT))
		return status;
	reply_rewind(reply, once->told);
	return reply_failure(reply, tx.rc, tx.why);
}

int
once_answer(struct request *req, const struct route *route,
    struct reply *reply)
{
	struct once once = {
		.key = find_key(req),
		.told = strlen(reply->headers),
	};

	if (!key_valid(once.key))
		return reply_refuse(reply, 422, NULL, "Idempotency-Key: "
		    "must be 1 to 255 printable ASCII characters",
		    "{\"Idempotency-Key\":\"must be 1 to 255 printable ASCII "
		    "characters\"}");
	if (digest(req, once.digest) != OK)
		return reply_failure(reply, E_NOMEM, "");
	request_wait(req);
	return answer_once(req, route, &once, reply);
}
