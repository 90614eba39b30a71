/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request as it comes over FastCGI, decoded and bounded.
 *
 *	struct request req;
 *	struct reply reply;
 *	struct reading reading = { .pool = pool };
 *
 *	request_init(&req, &reading, writer, &access);
 *	reply_init(&reply);
 *	for (;;) {
 *		status = request_read(&req, &source, &reply);
 *		if (status == 0)
 *			status = route_dispatch(&req, &reply);
 *		request_rest(&req);
 *		... send status and reply ...
 *		reply_reset(&reply);
 *	}
 *	request_free(&req);
 */
#ifndef FCGI_REQUEST_H
#define FCGI_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "sql/auth.h"

struct access;
struct db;
struct pool;
struct reply;
struct route;

enum {
	REQUEST_BODY_MAX = 1024 * 1024,	/* bytes */
	REQUEST_QUERY_MAX = 64 * 1024,	/* bytes, before decoding */
	REQUEST_PARAM_MAX = 64,		/* bytes of a path parameter */
	REQUEST_PARAMS = 2,
};

/* Where a request comes from. */
struct source {
	/* A parameter of CGI (RFC 3875), or NULL. */
	const char *(*param)(void *arg, const char *name);
	/* Reads at most len bytes of the body; 0: it is over. */
	int (*read)(void *arg, char *data, int len);
	void *arg;
};

/* What a thread has of the pool: a turn, and a connection to read through. */
struct reading {
	struct pool *pool;
	bool turn;
	struct db *db;		/* or NULL: for now it has none */
};

struct request {
	const char *method;
	const char *path;	/* decoded, without the query string */
	const char *accept;	/* media types that the client asks for */
	const char *id;		/* of nginx, for the log; "" if there is none */
	struct buf query;	/* decoded: name NUL value NUL name ... */
	struct buf body;
	char param[REQUEST_PARAMS][REQUEST_PARAM_MAX];	/* from the path */
	const struct route *route;	/* that answers it, or NULL: none */
	const struct source *source;	/* for what else is to be known of it */
	const struct access *access;
	struct identity who;	/* asks: fcgi/access.h */
	struct buf origin;	/* of a change, for the audit trail */
	struct reading *reading;
	struct db *writer;
	bool inside;		/* a transaction: read what it wrote */
	int64_t now_ms;
};

/* request_init makes an empty request; no allocation. */
void request_init(struct request *req, struct reading *reading,
    struct db *writer, const struct access *access);
void request_free(struct request *req);

/*
 * request_read takes the next request from source, which it borrows.
 * Returns 0, or the status of the refusal that it wrote into reply: 400
 * (no method or path, a body that is shorter than told), 413, 414, 422 (a
 * query string that cannot be decoded), 500.
 */
int request_read(struct request *req, const struct source *source,
    struct reply *reply);

/* request_param returns a parameter of CGI (RFC 3875); "" if there is none. */
const char *request_param(const struct request *req, const char *name);

/*
 * request_reader returns the connection to read through, request_writer the
 * shared one, which is written through transactions only. Who asks for the
 * writer may have to wait for a commit and is not to keep others from working
 * meanwhile: request_wait is called. Inside a transaction (fcgi/once.h) both
 * are the same.
 */
struct db *request_reader(const struct request *req);
struct db *request_writer(const struct request *req);

/*
 * request_rest gives the reading connection back, if there is one; no row of
 * it may be in use. request_wait passes the turn on, too: what comes now may
 * take a while.
 */
void request_rest(const struct request *req);
void request_wait(const struct request *req);

/*
 * request_query returns the value of a query parameter, "" if it has none,
 * NULL if it is not there; *twice tells whether it is there more than once.
 */
const char *request_query(const struct request *req, const char *name,
    bool *twice);

#endif
