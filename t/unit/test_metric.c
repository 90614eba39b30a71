/* SPDX-License-Identifier: Apache-2.0 */
/* The text that Prometheus reads, as its format has it. */
#include "lib/metric.h"

#include "lib/buf.h"
#include "t/unit/unit.h"

static void
test_lines(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	metric_family(&out, "a_total", "counter", "How many.");
	metric_begin(&out, "a_total");
	metric_end(&out, 9007199254740991);
	metric_begin(&out, "a_total");
	metric_label(&out, "x", "");
	metric_end(&out, 0.001055);
	metric_begin(&out, "a_total");
	metric_label(&out, "x", "1");
	metric_label(&out, "y", "\"a\\b\"\nc");
	metric_end(&out, -1);
	metric_one(&out, "b", "gauge", "One.", 0.5);
	assert_string_equal(buf_str(&out),
	    "# HELP a_total How many.\n"
	    "# TYPE a_total counter\n"
	    "a_total 9007199254740991\n"
	    "a_total{x=\"\"} 0.001055\n"
	    "a_total{x=\"1\",y=\"\\\"a\\\\b\\\"\\nc\"} -1\n"
	    "# HELP b One.\n"
	    "# TYPE b gauge\n"
	    "b 0.5\n");
	buf_free(&out);
}

static void
test_no_room(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 8);
	metric_begin(&out, "a");
	metric_label(&out, "b", "too long");
	metric_end(&out, 1);
	assert_int_not_equal(out.rc, 0);
	buf_free(&out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests_name("metric", tests, NULL, NULL);
}
