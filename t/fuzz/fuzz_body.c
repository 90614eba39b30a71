/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A body, sent to every route that takes one: it gets one answer, and what
 * it changed breaks no promise of the database.
 */
#include "t/fuzz/fuzz.h"
#include "t/fuzz/fuzz_api.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		const char *method, *path;
	} routes[] = {
		{ "POST", SESSIONS },
		{ "PATCH", SESSION },
		{ "POST", SESSION "/approvals/g1" },
		{ "POST", SESSION "/resume" },
		{ "POST", "/api/v1/approvals" },
		{ "PATCH", "/api/v1/approvals/g1" },
		{ "POST", SESSION "/un-duplicate" },
		{ "POST", "/api/v1/investigate" },
	};
	static struct api *a;

	a = a != NULL ? a : fuzz_api_open();
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		fuzz_api_check(a, api_send(a, routes[i].method, routes[i].path,
		    (const char *)data, size));
	return 0;
}
