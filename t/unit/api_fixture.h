/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The API without FastCGI: requests go through request_read and
 * route_dispatch to their handlers, over the database of sql_fixture.h.
 *
 *	static void
 *	test_thing(void **state)
 *	{
 *		struct api *a = *state;
 *
 *		assert_int_equal(api_post(a, "/api/v1/sessions",
 *		    "{\"query\":\"q\",\"environment\":\"dev\"}"), 201);
 *		api_is(a, "$.session_id", "T-20260102-001");
 *	}
 *	... API_TEST(test_thing) ...
 */
#ifndef T_UNIT_API_FIXTURE_H
#define T_UNIT_API_FIXTURE_H

#include "fcgi/access.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "t/unit/sql_fixture.h"

#define API_TEST(f) cmocka_unit_test_setup_teardown(f, api_open, api_close)
#define API_STRICT_TEST(f) cmocka_unit_test_setup_teardown(f, \
    api_open_strict, api_close_strict)

/* Paths of the session that the stories are about. */
#define ID "T-20260101-001"
#define SESSIONS "/api/v1/sessions"
#define SESSION SESSIONS "/" ID

struct api {
	struct fixture *fixture;	/* its db is the writer */
	struct access access;		/* nobody is asked */
	struct request req;
	struct reading reading;
	struct reply reply;
	const char *accept;		/* of the next requests; NULL: none */
	const char *params[16];		/* and more: name, value, ... NULL */
	char path[512];			/* of this one */
	const char *method, *query, *rest;
	size_t left;
};

/* api_open and api_close are for cmocka; an application is loaded. */
int api_open(void **state);
int api_close(void **state);

/* The same, but who asks must say who it is. */
int api_open_strict(void **state);
int api_close_strict(void **state);

/*
 * api_bring gives the next requests a parameter (a header is HTTP_...) in
 * place of all others, and an address; value NULL: none. api_also adds one.
 * api_token makes a token for ann with these roles, as a header.
 */
void api_bring(struct api *a, const char *name, const char *value);
void api_also(struct api *a, const char *name, const char *value);
const char *api_token(struct api *a, const char *roles, char header[96]);

/* Each asks and returns the status; a path may have a query string. */
int api_send(struct api *a, const char *method, const char *path,
    const char *body, size_t body_len);
int api_ask(struct api *a, const char *method, const char *path,
    const char *body);
int api_get(struct api *a, const char *path);
int api_post(struct api *a, const char *path, const char *body);

/*
 * api_is compares what a JSON path finds in the last answer, as text; NULL:
 * null, or nothing. api_answers compares the whole answer.
 */
void api_is(struct api *a, const char *path, const char *want);
void api_answers(struct api *a, const char *want);

/*
 * api_refused expects the envelope, and of the last answer this code and
 * message; details are the text of an object.
 */
void api_refused(struct api *a, const char *code, const char *message,
    const char *details);

/* The session runs, waits at a gate about call 0, or at one for words. */
extern const char api_running[], api_waiting[], api_unsure[];

#endif
