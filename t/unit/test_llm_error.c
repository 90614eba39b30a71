/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of providers, in the words that they use. */
#include "runner/llm_error.h"

#include <string.h>

#include "lib/json.h"
#include "t/unit/unit.h"

enum { FINAL = REPLY_FINAL, AGAIN = REPLY_TRANSIENT, RATE = REPLY_RATE,
	LONG = REPLY_TOO_LONG, GARBLED = REPLY_GARBLED, NONE = -1 };

static const struct { int status; const char *body; int want; } rows[] = {
	/* OpenAI */
	{ 400, "{\"error\":{\"message\":\"This model's maximum context length "
	    "is 8192 tokens.\",\"type\":\"invalid_request_error\","
	    "\"param\":\"messages\",\"code\":\"context_length_exceeded\"}}",
	    LONG },
	{ 400, "{\"error\":{\"message\":\"An assistant message with "
	    "'tool_calls' must be followed\",\"type\":"
	    "\"invalid_request_error\",\"code\":null}}", FINAL },
	{ 401, "{\"error\":{\"message\":\"Incorrect API key\",\"code\":"
	    "\"invalid_api_key\"}}", FINAL },
	{ 404, "{\"error\":{\"message\":\"no\",\"code\":\"model_not_found\"}}",
	    FINAL },
	{ 429, "{\"error\":{\"message\":\"Rate limit reached\",\"type\":"
	    "\"tokens\",\"code\":\"rate_limit_exceeded\"}}", RATE },
	{ 429, "{\"error\":{\"message\":\"You exceeded your current quota\","
	    "\"type\":\"insufficient_quota\",\"code\":\"insufficient_quota\"}}",
	    FINAL },
	{ 429, "{\"error\":{\"message\":\"no money\",\"code\":"
	    "\"credit_balance_exhausted\"}}", FINAL },
	{ 500, "{\"error\":{\"message\":\"oops\",\"type\":\"server_error\"}}",
	    AGAIN },
	{ 408, "{\"error\":{\"message\":\"slow\"}}", AGAIN },
	{ 409, "{\"error\":{\"message\":\"lock\"}}", AGAIN },
	{ 413, "{\"error\":{\"message\":\"large\"}}", LONG },
	{ 422, "{\"error\":{\"message\":\"malformed\"}}", FINAL },
	{ 302, "{\"error\":{\"message\":\"moved\"}}", FINAL },
	/* In a stream: the code may be a status. */
	{ 200, "{\"error\":{\"message\":\"busy\",\"code\":429}}", RATE },
	{ 200, "{\"error\":{\"message\":\"oops\",\"code\":502}}", AGAIN },
	{ 200, "{\"error\":{\"message\":\"oops\"}}", AGAIN },
	{ 200, "{\"error\":{\"code\":400,"
	    "\"type\":\"exceed_context_size_error\","
	    "\"message\":\"request exceeds the available context size\"}}",
	    LONG },
	{ 200, "{\"error\":{\"message\":\"x\",\"code\":400}}", FINAL },
	/* Azure */
	{ 400, "{\"error\":{\"message\":\"filtered\",\"code\":"
	    "\"content_filter\",\"innererror\":{\"code\":"
	    "\"ResponsibleAIPolicyViolation\"}}}", FINAL },
	{ 429, "{\"error\":{\"code\":\"429\",\"message\":\"Requests have "
	    "exceeded token rate limit of your current pricing tier.\"}}",
	    RATE },
	/* vLLM, old and new; llama.cpp */
	{ 400, "{\"object\":\"error\",\"message\":\"This model's maximum "
	    "context length is 4096 tokens\",\"code\":40303}", LONG },
	{ 400, "{\"error\":{\"message\":\"prompt is too long\",\"code\":400}}",
	    LONG },
	{ 500, "{\"error\":{\"code\":500,\"type\":\"exceed_context_size_error\""
	    ",\"message\":\"x\"}}", LONG },
	/* Ollama: a string */
	{ 404, "{\"error\":\"model 'x' not found\"}", FINAL },
	{ 503, "{\"error\":\"server busy, please try again\"}", AGAIN },
	{ 500, "{\"error\":\"error parsing tool call: raw='{', err=x\"}",
	    GARBLED },
	{ 400, "{\"error\":\"the prompt is longer than the context length "
	    "currently available to the model\"}", LONG },
	{ 200, "{\"error\":\"an error was encountered while running\"}",
	    AGAIN },
	/* What says nothing */
	{ 502, "<html>bad gateway</html>", NONE },
	{ 200, "{\"error\":null,\"choices\":[]}", NONE },
	{ 200, "{\"error\":\"\"}", NONE },
	{ 200, "{\"choices\":[]}", NONE },
	{ 200, "[]", NONE },
};

static void
test_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct llm_error error = { 0 };
		struct json *body = json_parse(rows[i].body,
		    strlen(rows[i].body), NULL);
		bool told = llm_error_read(body, &error);

		if (told != (rows[i].want != NONE))
			fail_msg("%s", rows[i].body);
		if (told && (int)llm_error_fault(rows[i].status, &error) !=
		    rows[i].want)
			fail_msg("%d %s: %d", rows[i].status, rows[i].body,
			    (int)llm_error_fault(rows[i].status, &error));
		json_free(body);
	}
}

static void
test_words(void **state)
{
	static const char text[] = "{\"error\":{\"message\":\"m\","
	    "\"type\":\"t\","
	    "\"innererror\":{\"code\":\"ResponsibleAIPolicyViolation\"}}}";
	struct llm_error error = { 0 };
	struct json *body = json_parse(text, strlen(text), NULL);

	(void)state;
	assert_true(llm_error_read(body, &error));
	assert_string_equal(error.message, "m");
	assert_string_equal(error.type, "t");
	assert_true(llm_error_is_filter(&error));
	json_free(body);
	/* No body at all. */
	memset(&error, 0, sizeof(error));
	assert_false(llm_error_read(NULL, &error));
	assert_int_equal(llm_error_fault(503, &error), REPLY_TRANSIENT);
	assert_int_equal(llm_error_fault(429, &error), REPLY_RATE);
	assert_int_equal(llm_error_fault(403, &error), REPLY_FINAL);
}

static void
test_wait(void **state)
{
	static const struct { const char *ms, *s; int64_t want; } waits[] = {
		{ NULL, NULL, 0 },
		{ "250", "9", 250 },
		{ "x", "9", 9000 },
		{ "-1", "2", 2000 },
		{ NULL, "0.5", 500 },
		{ NULL, "0", 0 },
		{ NULL, "-3", 0 },
		{ NULL, "nan", 0 },
		{ NULL, "1e99", 0 },
		{ NULL, "soon", 0 },
		{ NULL, "Thu, 01 Jan 1970 00:16:45 GMT", 5000 },
		{ NULL, "Thu, 01 Jan 1970 00:16:35 GMT", 0 },
		{ NULL, "Thu, 01 Foo 1970 00:16:35 GMT", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(waits); i++)
		assert_int_equal(llm_error_wait_ms(waits[i].ms, waits[i].s,
			1000000), waits[i].want);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_wait),
	};

	return cmocka_run_group_tests_name("llm_error", tests, NULL, NULL);
}
