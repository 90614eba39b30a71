/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a handler takes from a request, checked field by field. Complaints
 * are collected, so that a client hears about all of its mistakes at once:
 * 422, each under the name of its field in the envelope's details.
 *
 *	struct input in;
 *	const char *name;
 *	int status, limit;
 *
 *	input_open(&in, req, INPUT_BODY);
 *	limit = (int)input_query_int(&in, "limit", 50, 1, 500);
 *	name = input_string(&in, "name", INPUT_REQUIRED, 64);
 *	if (input_failed(&in))
 *		status = input_refuse(&in, reply);
 *	else
 *		status = ...
 *	input_close(&in);
 *
 * A field that is null is taken as one that is not there. A getter that
 * complained returns what it would for a field that is not there.
 */
#ifndef FCGI_INPUT_H
#define FCGI_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"

struct json;
struct reply;
struct request;

enum {
	INPUT_BODY = 1,		/* a body is read, a JSON object */
	INPUT_REQUIRED = 2,	/* the field must be there */
	INPUT_FILLED = 4,	/* and may not be "" */
	INPUT_NAME = 8,		/* only letters, digits, "_", "." and "-" */
};

enum { INPUT_PAGE_MAX = 500 };	/* rows of one answer */

/* The largest integer of JSON that every client can hold (RFC 8259, 6). */
#define INPUT_INT_MAX INT64_C(9007199254740991)

struct input {
	const struct request *req;
	struct json *body;	/* NULL: none, or not an object */
	struct buf details;	/* members of an object */
	char first[288];	/* the first complaint, or "" */
	int rc;			/* OK, or what input_fail was given */
};

/* input_open starts; flags: 0 or INPUT_BODY. input_close frees. */
void input_open(struct input *in, const struct request *req, int flags);
void input_close(struct input *in);

/* input_complain notes that a field is wrong; what it is at first counts. */
void input_complain(struct input *in, const char *field, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

/* input_fail notes an E_* that is not the client's fault; OK is none. */
void input_fail(struct input *in, int rc);

bool input_failed(const struct input *in);

/*
 * input_refuse writes the envelope and returns 422; after input_fail what
 * stands for that.
 */
int input_refuse(struct input *in, struct reply *reply);

/* From the query string. Text is borrowed from the request; NULL: none. */
const char *input_query(struct input *in, const char *name);
int64_t input_query_int(struct input *in, const char *name, int64_t missing,
    int64_t min, int64_t max);

/*
 * input_query_word returns which of the words, NULL at their end, the value
 * is; 0, the first, if it is not there or wrong.
 */
int input_query_word(struct input *in, const char *name,
    const char *const words[]);

/* input_queries complains about parameters that are none of names (NULL). */
void input_queries(struct input *in, const char *const names[]);

/*
 * input_limit reads "limit", the number of rows that the client wants, for a
 * handler that takes nothing else. Returns 0, or 422 after it wrote the
 * refusal.
 */
int input_limit(const struct request *req, int missing, int *limit,
    struct reply *reply);

/*
 * From the body. Text is at most max bytes; it and objects are borrowed
 * until input_close; NULL: not there. max of an integer: INPUT_INT_MAX.
 */
const char *input_string(struct input *in, const char *key, int flags,
    size_t max);
const struct json *input_object(struct input *in, const char *key);
int64_t input_int(struct input *in, const char *key, int64_t missing,
    int64_t min, int64_t max);
bool input_bool(struct input *in, const char *key, bool missing);

/*
 * input_raw appends the text of a member as the client wrote it, so that
 * every digit of its numbers survives. Returns out->rc.
 */
int input_raw(const struct input *in, const char *key, struct buf *out);

/*
 * input_check complains about a text, by the name of its field, that is
 * longer than max bytes or breaks flags (INPUT_FILLED, INPUT_NAME); returns
 * text, or NULL.
 */
const char *input_check(struct input *in, const char *field, const char *text,
    int flags, size_t max);

#endif
