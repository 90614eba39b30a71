/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "fcgi/reply.h"
#include "fcgi/request.h"

struct sent {
	const char *method, *path, *query;
	size_t body_len;		/* of so many "x" */
	const char *told;		/* how many, or NULL */
};

static const char *
get_param(void *arg, const char *name)
{
	const struct sent *sent = arg;

	if (strcmp(name, "REQUEST_METHOD") == 0)
		return sent->method;
	if (strcmp(name, "DOCUMENT_URI") == 0)
		return sent->path;
	if (strcmp(name, "CONTENT_LENGTH") == 0)
		return sent->told;
	return strcmp(name, "QUERY_STRING") == 0 ? sent->query : NULL;
}

static int
read_body(void *arg, char *data, int len)
{
	struct sent *sent = arg;
	size_t n = sent->body_len < (size_t)len ? sent->body_len : (size_t)len;

	memset(data, 'x', n);
	sent->body_len -= n;
	return (int)n;
}

struct fixture {
	struct request req;
	struct reply reply;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	request_init(&f->req, NULL, NULL, NULL);
	reply_init(&f->reply);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	request_free(&f->req);
	reply_free(&f->reply);
	free(f);
	return 0;
}

static int
take(struct fixture *f, struct sent sent)
{
	const struct source source = { get_param, read_body, &sent };

	reply_reset(&f->reply);
	return request_read(&f->req, &source, &f->reply);
}

static int
take_query(struct fixture *f, const char *query)
{
	return take(f, (struct sent){ "GET", "/", query, 0, NULL });
}

static void
test_query(void **state)
{
	struct fixture *f = *state;
	bool twice;

	assert_int_equal(take_query(f, "a=1&b=x+y&a=3"), 0);
	assert_string_equal(request_query(&f->req, "a", &twice), "1");
	assert_true(twice);
	assert_string_equal(request_query(&f->req, "b", &twice), "x y");
	assert_false(twice);
	assert_int_equal(take_query(f, "a=%zz"), 422);
	assert_non_null(strstr(buf_str(&f->reply.body), "query string"));
}

/* The worst that decoding can add is two NULs for each "&". */
static void
test_query_size(void **state)
{
	struct fixture *f = *state;
	char *query = malloc(REQUEST_QUERY_MAX + 2);

	memset(query, '&', REQUEST_QUERY_MAX + 1);
	query[REQUEST_QUERY_MAX] = '\0';
	assert_int_equal(take_query(f, query), 0);
	query[REQUEST_QUERY_MAX] = '&';
	query[REQUEST_QUERY_MAX + 1] = '\0';
	assert_int_equal(take_query(f, query), 414);
	assert_int_equal(take_query(f, "a=1"), 0);
	free(query);
}

static void
test_body(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(take(f, (struct sent){ "POST", "/", NULL, 5, NULL }),
	    0);
	assert_string_equal(buf_str(&f->req.body), "xxxxx");
	assert_int_equal(take(f, (struct sent){ "POST", "/", NULL,
		REQUEST_BODY_MAX, NULL }), 0);
	assert_int_equal(f->req.body.len, REQUEST_BODY_MAX);
	assert_int_equal(take(f, (struct sent){ "POST", "/", NULL,
		REQUEST_BODY_MAX + 1, NULL }), 413);
	/* Nothing of it is left for the next one. */
	assert_int_equal(take(f, (struct sent){ "POST", "/", NULL, 0, NULL }),
	    0);
	assert_int_equal(f->req.body.len, 0);
	assert_true(f->req.body.cap < REQUEST_BODY_MAX);
}

static void
test_cut(void **state)
{
	static const struct { const char *told; int status; } rows[] = {
		{ "", 0 }, { "0", 0 }, { "5", 0 }, { "6", 400 },
		{ "99999999999999999999", 400 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(take(f, (struct sent){ "POST", "/", NULL, 5,
			rows[i].told }), rows[i].status);
	assert_int_equal(take(f, (struct sent){ "POST", "/", NULL, 0, "1" }),
	    400);
	assert_non_null(strstr(buf_str(&f->reply.body), "cut short"));
}

static void
test_nothing(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(take(f, (struct sent){ NULL, "/", NULL, 0, NULL }),
	    400);
	assert_int_equal(take(f, (struct sent){ "GET", NULL, NULL, 0, NULL }),
	    400);
	assert_string_equal(f->req.accept, "");
	assert_string_equal(f->req.id, "");
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(test_query),
		TEST(test_query_size),
		TEST(test_body),
		TEST(test_cut),
		TEST(test_nothing),
	};

	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
