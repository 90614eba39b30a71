/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/trace.h"

#include <string.h>

#include "t/unit/unit.h"

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define PARENT "00f067aa0ba902b7"
#define ZERO "0000000000000000"

static void
test_trace(void **state)
{
	static const struct {
		const char *text, *want;	/* "": ignored */
	} rows[] = {
		{ "00-" TRACE "-" PARENT "-01", "00-" TRACE "-" PARENT "-01" },
		{ "00-" TRACE "-" PARENT "-00", "00-" TRACE "-" PARENT "-00" },
		{ "00-" TRACE "-" PARENT "-ff", "00-" TRACE "-" PARENT "-ff" },
		/* later versions */
		{ "01-" TRACE "-" PARENT "-03", "00-" TRACE "-" PARENT "-01" },
		{ "fe-" TRACE "-" PARENT "-02", "00-" TRACE "-" PARENT "-00" },
		{ "cc-" TRACE "-" PARENT "-01-more",
		    "00-" TRACE "-" PARENT "-01" },
		{ "cc-" TRACE "-" PARENT "-01-", "00-" TRACE "-" PARENT "-01" },
		{ "cc-" TRACE "-" PARENT "-01more", "" },
		{ "ff-" TRACE "-" PARENT "-01", "" },
		/* malformed */
		{ "", "" },
		{ "00", "" },
		{ "00-" TRACE "-" PARENT "-0", "" },
		{ "00-" TRACE "-" PARENT "-01-", "" },
		{ "00-" TRACE "-" PARENT "-011", "" },
		{ "00-" TRACE "-" PARENT "-01 ", "" },
		{ "00-" TRACE "_" PARENT "-01", "" },
		{ "00-4BF92F3577B34DA6A3CE929D0E0E4736-" PARENT "-01", "" },
		{ "0x-" TRACE "-" PARENT "-01", "" },
		{ "00-" TRACE "-" PARENT "-0g", "" },
		{ "00-" ZERO ZERO "-" PARENT "-01", "" },
		{ "00-" TRACE "-" ZERO "-01", "" },
		{ "00-" ZERO "0000000000000001-" "0000000000000001" "-01",
		    "00-" ZERO "0000000000000001-" "0000000000000001" "-01" },
	};
	char out[TRACE_SIZE];
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		bool good = trace_read(rows[i].text, out);

		if (strcmp(out, rows[i].want) != 0 ||
		    good != (rows[i].want[0] != '\0'))
			fail_msg("\"%s\": \"%s\"", rows[i].text, out);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trace),
	};

	return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
