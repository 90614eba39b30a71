/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted of answers, and how it is told. */
#include "fcgi/meter.h"

#include <pthread.h>
#include <string.h>

#include "fcgi/route.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "t/unit/unit.h"

enum { THREADS = 4, EACH = 20000, MS = 1000, S = 1000 * 1000 };

#define REQUESTS "gatehouse_http_requests_total{method=\"GET\"," \
	"route=\"/health\",code="
#define SECONDS(what) "gatehouse_http_request_seconds" what \
	"{method=\"GET\",route=\"/health\""

static int
set_up(void **state)
{
	*state = meter_open();
	return *state != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
	meter_close(*state);
	meter_close(NULL);
	return 0;
}

static const struct route *
health(void)
{
	char param[REQUEST_PARAMS][REQUEST_PARAM_MAX], allow[ROUTE_ALLOW_MAX];
	const struct route *route = route_find("GET", "/health", param, allow);

	assert_non_null(route);
	return route;
}

/* A whole line of what is told; absent: it is not there. */
static void
tells(struct meter *meter, const char *line, bool there)
{
	struct buf out;
	const char *at;

	buf_init(&out, 1024 * 1024);
	meter_print(meter, &out);
	assert_int_equal(out.rc, OK);
	at = strstr(buf_str(&out), line);
	if ((at != NULL && at[strlen(line)] == '\n') != there)
		fail_msg("%s: %s in\n%s", line, there ? "not" : "is",
		    buf_str(&out));
	buf_free(&out);
}

static void
test_answers(void **state)
{
	struct meter *meter = *state;

	tells(meter, REQUESTS "\"200\"} 0", false);
	meter_count(meter, health(), 200, 1);
	meter_count(meter, health(), 200, 1);
	meter_count(meter, health(), 503, 1);
	meter_count(meter, NULL, 404, 1);
	tells(meter, REQUESTS "\"200\"} 2", true);
	tells(meter, REQUESTS "\"503\"} 1", true);
	tells(meter, "gatehouse_http_requests_total{method=\"other\","
	    "route=\"other\",code=\"404\"} 1", true);
}

static void
test_what_is_no_status(void **state)
{
	struct meter *meter = *state;

	meter_count(meter, health(), 0, 1);
	meter_count(meter, health(), 99, 1);
	meter_count(meter, health(), 600, 1);
	tells(meter, SECONDS("_count") "} 3", false);
	meter_count(meter, health(), 100, 1);
	meter_count(meter, health(), 599, 1);
	tells(meter, REQUESTS "\"100\"} 1", true);
	tells(meter, REQUESTS "\"599\"} 1", true);
	tells(meter, SECONDS("_count") "} 2", true);
}

/* A bound belongs to what is below it, and each has all that is less. */
static void
test_seconds(void **state)
{
	struct meter *meter = *state;

	meter_count(meter, health(), 200, 0);
	meter_count(meter, health(), 200, 500);
	meter_count(meter, health(), 200, 501);
	meter_count(meter, health(), 200, 5 * S);
	meter_count(meter, health(), 200, 5 * S + 999);
	tells(meter, SECONDS("_bucket") ",le=\"0.0005\"} 2", true);
	tells(meter, SECONDS("_bucket") ",le=\"0.001\"} 3", true);
	tells(meter, SECONDS("_bucket") ",le=\"1\"} 3", true);
	tells(meter, SECONDS("_bucket") ",le=\"5\"} 4", true);
	tells(meter, SECONDS("_bucket") ",le=\"+Inf\"} 5", true);
	tells(meter, SECONDS("_sum") "} 10.002", true);
	tells(meter, SECONDS("_count") "} 5", true);
}

static void *
count(void *meter)
{
	for (int i = 0; i < EACH; i++)
		meter_count(meter, health(), 200, i % (2 * MS));
	return NULL;
}

static void
test_threads(void **state)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count,
		    *state), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	tells(*state, REQUESTS "\"200\"} 80000", true);
	tells(*state, SECONDS("_count") "} 80000", true);
	tells(*state, SECONDS("_bucket") ",le=\"0.0005\"} 20040", true);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_answers, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_no_status, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_seconds, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_threads, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests_name("meter", tests, NULL, NULL);
}
