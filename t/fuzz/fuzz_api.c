/* SPDX-License-Identifier: Apache-2.0 */
#include "t/fuzz/fuzz_api.h"

#include <string.h>

#include "lib/err.h"
#include "lib/json.h"
#include "lib/log.h"
#include "t/fuzz/fuzz.h"

static struct api *opened;

static void
close_api(void)
{
	void *state = opened;

	fixture_sound(opened->fixture);
	api_close_strict(&state);
}

struct api *
fuzz_api_open(void)
{
	void *state;

	log_open("fuzz", LOG_ERROR);
	fuzz_check(api_open_strict(&state) == 0);
	opened = state;
	opened->access.off = true;
	fixture_sql(opened->fixture, api_running);
	fixture_sql(opened->fixture, api_waiting);
	atexit(close_api);
	return opened;
}

static void
check_envelope(const char *text, size_t len)
{
	struct json *root = json_parse(text, len, NULL);
	const struct json *error = json_get(root, "error");

	fuzz_check(json_string(json_get(error, "code")) != NULL);
	fuzz_check(json_string(json_get(error, "message")) != NULL);
	fuzz_check(json_kind(json_get(error, "details")) == JSON_OBJECT);
	json_free(root);
}

void
fuzz_api_check(struct api *a, int status)
{
	const struct buf *body = &a->reply.body;
	bool asked = status < 300 && strcmp(a->method, "OPTIONS") == 0;

	fuzz_check(status >= 200 && status < 500);
	if (status == 204 || status == 304)
		fuzz_check(body->len == 0);
	else if (a->reply.type == NULL)
		fuzz_check(json_check(buf_str(body), body->len, NULL) == OK);
	if (status >= 400)
		check_envelope(buf_str(body), body->len);
	fuzz_check((status == 405 || asked) == (a->reply.allow[0] != '\0'));
}
