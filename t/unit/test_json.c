/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"

#define DIGITS_60 "123456789012345678901234567890123456789012345678901234567890"

static void
test_accepts(void **state)
{
	static const char *const rows[] = {
		"null", "true", "false", "0", "-0", "-1.5e-10", "1E+2", "\"\"",
		"[]", "{}", " \t\r\n[ ] ", "{ \"a\" : [ 1 , 2 ] }",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\"",
		"\"\xc3\xa9\xf0\x9f\x98\x80\x7f\"",
		"{\"a\":1,\"A\":2,\"\":3}",
		"{\"a\":{\"a\":1},\"b\":{\"a\":1}}",
		"[{\"a\":1},{\"a\":1}]",
		"{\"aa\":1,\"a\":2,\"a\\u0061a\":3}",
		"1e308", "1e-999", (DIGITS_60 "123"),
	};
	struct json *value;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		value = json_parse(rows[i], strlen(rows[i]), NULL);
		if (value == NULL)
			fail_msg("refused: %s", rows[i]);
		json_free(value);
	}
}

static void
test_refuses(void **state)
{
	static const struct {
		const char *text, *message;
		size_t offset;
	} rows[] = {
		{ "", "expected a value", 0 },
		{ "  ", "expected a value", 2 },
		{ "nul", "expected a value", 0 },
		{ "True", "expected a value", 0 },
		{ "'a'", "expected a value", 0 },
		{ "+1", "expected a value", 0 },
		{ "NaN", "expected a value", 0 },
		{ "\xef\xbb\xbf{}", "expected a value", 0 },
		{ "[1,]", "expected a value", 3 },
		{ "[,1]", "expected a value", 1 },
		{ "[1", "expected a comma or a bracket", 2 },
		{ "[1 2]", "expected a comma or a bracket", 3 },
		{ "[1}", "expected a comma or a bracket", 2 },
		{ "{\"a\":1]", "expected a comma or a bracket", 6 },
		{ "[1/**/]", "expected a comma or a bracket", 2 },
		{ "{", "expected a key", 1 },
		{ "{a:1}", "expected a key", 1 },
		{ "{\"a\":1,}", "expected a key", 7 },
		{ "{\"a\"}", "expected a colon", 4 },
		{ "{\"a\":}", "expected a value", 5 },
		{ "{} {}", "text after the value", 3 },
		{ "truex", "text after the value", 4 },
		{ "1 ]", "text after the value", 2 },
		{ "01", "leading zero", 0 },
		{ "-012", "leading zero", 1 },
		{ "-", "invalid number", 0 },
		{ "1.", "invalid number", 0 },
		{ "1.e5", "invalid number", 0 },
		{ "[1e]", "invalid number", 1 },
		{ "1e+", "invalid number", 0 },
		{ "0x1f", "text after the value", 1 },
		{ "1e309", "number out of range", 0 },
		{ "-1e999", "number out of range", 0 },
		{ DIGITS_60 "1234", "number too long", 0 },
		{ "\"a", "unterminated string", 0 },
		{ "[\"a\\\"", "unterminated string", 1 },
		{ "\"a\nb\"", "control character in a string", 2 },
		{ "\"\x1f\"", "control character in a string", 1 },
		{ "\"\\x41\"", "invalid escape", 1 },
		{ "\"\\u12g4\"", "invalid escape", 1 },
		{ "\"\\u12", "invalid escape", 1 },
		{ "\"\\", "invalid escape", 1 },
		{ "\"a\\u0000\"", "NUL character", 2 },
		{ "\"\\ud800\"", "lone surrogate", 1 },
		{ "\"\\udc00\"", "lone surrogate", 1 },
		{ "\"\\udc00\\udc00\"", "lone surrogate", 1 },
		{ "\"\\ud800\\ud800\"", "lone surrogate", 1 },
		{ "\"\\ud800\\u0041\"", "lone surrogate", 1 },
		{ "\"\\ud800x\"", "lone surrogate", 1 },
		{ "\"\\ud83d\\ude0", "lone surrogate", 1 },
		{ "\"a\xff\"", "invalid UTF-8", 2 },
		{ "\"\xc0\x80\"", "invalid UTF-8", 1 },
		{ "\"\xed\xa0\x80\"", "invalid UTF-8", 1 },
		{ "\"\xe2\x82", "invalid UTF-8", 1 },
		{ "{\"a\":1,\"b\":2,\"a\":3}", "duplicate key", 13 },
		{ "{\"a\":1,\"\\u0061\":2}", "duplicate key", 7 },
		{ "{\"\xc3\xa9\":1,\"\\u00E9\":2}", "duplicate key", 8 },
		{ "{\"\xf0\x9f\x98\x80\":1,\"\\ud83d\\ude00\":2}",
		    "duplicate key", 10 },
		{ "{\"a\":1,\"b\":{\"c\":1,\"c\":2}}", "duplicate key", 18 },
		{ "{\"b\":1,\"b\":2,\"a\":3,\"a\":4}", "duplicate key", 7 },
		{ "{\"a\":{\"x\":1},\"a\":2}", "duplicate key", 13 },
	};
	struct json_error error;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		if (json_check(rows[i].text, strlen(rows[i].text), &error) !=
		    E_INVALID)
			fail_msg("accepted: %s", rows[i].text);
		if ((error.len > 0) != (strcmp(error.message,
		    "duplicate key") == 0))
			fail_msg("%s: a key of %zu", rows[i].text, error.len);
		if (strcmp(error.message, rows[i].message) != 0 ||
		    error.offset != rows[i].offset)
			fail_msg("%s: %s at %zu", rows[i].text, error.message,
			    error.offset);
		assert_int_equal(error.rc, E_INVALID);
		assert_null(json_parse(rows[i].text, strlen(rows[i].text),
		    NULL));
	}
}

/* The text ends where len says, not at a NUL, and is not read beyond. */
static void
test_length_rules(void **state)
{
	struct json_error error;

	(void)state;
	assert_int_equal(json_check("12]", 2, NULL), OK);
	assert_int_equal(json_check("truex", 4, NULL), OK);
	assert_int_equal(json_check("true", 3, NULL), E_INVALID);
	assert_int_equal(json_check("1\0", 2, &error), E_INVALID);
	assert_string_equal(error.message, "text after the value");
	assert_int_equal(json_check("\"a\0b\"", 5, &error), E_INVALID);
	assert_string_equal(error.message, "control character in a string");
	assert_int_equal(json_check("\"\\u0041\"", 6, &error), E_INVALID);
	assert_string_equal(error.message, "invalid escape");
	assert_int_equal(json_check("\"\xc3\xa9\"", 2, &error), E_INVALID);
	assert_string_equal(error.message, "invalid UTF-8");
	assert_int_equal(json_check(NULL, 0, NULL), E_INVALID);
}

static void
test_depth(void **state)
{
	char text[2 * (JSON_DEPTH_MAX + 1)];
	struct json_error error;
	struct json *value;

	(void)state;
	memset(text, '[', JSON_DEPTH_MAX + 1);
	memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
	value = json_parse(text + 1, 2 * JSON_DEPTH_MAX, &error);
	assert_non_null(value);
	json_free(value);
	assert_int_equal(json_check(text, sizeof(text), &error), E_INVALID);
	assert_string_equal(error.message, "nested too deep");
	assert_int_equal(error.offset, JSON_DEPTH_MAX);
	assert_int_equal(json_check("[[],[],{},{}]", 13, NULL), OK);
}

/* Many keys in one object take no quadratic time. */
static void
test_many_keys(void **state)
{
	struct json_error error;
	struct buf b;
	int i;

	(void)state;
	buf_init(&b, 4 * 1024 * 1024);
	buf_addc(&b, '{');
	for (i = 0; i < 150000; i++)
		buf_addf(&b, "\"%d\":0,", (i * 7919) % 150001);
	assert_int_equal(buf_adds(&b, "\"x\":0}"), OK);
	assert_int_equal(json_check(b.data, b.len, &error), OK);
	b.len--;
	buf_adds(&b, ",\"x\":1}");
	assert_int_equal(json_check(b.data, b.len, &error), E_INVALID);
	assert_int_equal(error.offset, b.len - strlen("\"x\":1}"));
	buf_free(&b);
}

static void
test_span(void **state)
{
	static const struct { const char *text, *key, *want; } rows[] = {
		{ "{\"n\": 9007199254740993 }", "n", "9007199254740993" },
		{ "{\"a\":[1, {\"n\":2}] ,\"n\":3}", "n", "3" },
		{ "{\"a\":{\"n\":2}}", "n", NULL },
		{ "[{\"n\":2}]", "n", NULL },
		{ "{\"a\": {\"n\" : 2} }", "a", "{\"n\" : 2}" },
		{ "{\"\\u006e\":\"\\u0041\"}", "n", "\"\\u0041\"" },
		{ "{\"N\":1}", "n", NULL },
		{ "{\"nn\":1,\"\":2}", "n", NULL },
		{ "{\"nn\":1,\"\":2}", "", "2" },
		{ "{\"\xf0\x9f\x98\x80\":1}", "\xf0\x9f\x98\x80", "1" },
		{ "{\"a\":1}", "a\xff", NULL },
		{ "{\"n\":1}x", "n", NULL },
		{ "7", "n", NULL },
	};
	const char *span;
	size_t i, len;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		span = json_span(rows[i].text, strlen(rows[i].text),
		    rows[i].key, &len);
		if ((span == NULL) != (rows[i].want == NULL))
			fail_msg("\"%s\" in %s", rows[i].key, rows[i].text);
		if (span == NULL)
			continue;
		assert_int_equal(len, strlen(rows[i].want));
		assert_memory_equal(span, rows[i].want, len);
	}
}

static void
test_element(void **state)
{
	static const struct {
		const char *text;
		size_t index;
		const char *want;
	} rows[] = {
		{ "[9007199254740993]", 0, "9007199254740993" },
		{ "[1, [2,3] , {\"n\": 4}]", 1, "[2,3]" },
		{ "[1, [2,3] , {\"n\": 4}]", 2, "{\"n\": 4}" },
		{ "[1, [2,3] , {\"n\": 4}]", 3, NULL },
		{ "[[1,2]]", 1, NULL },
		{ "[]", 0, NULL },
		{ "{\"a\":[1]}", 0, NULL },
		{ "[1,2", 0, NULL },
		{ "7", 0, NULL },
	};
	const char *span;
	size_t i, len;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		span = json_element(rows[i].text, strlen(rows[i].text),
		    rows[i].index, &len);
		if ((span == NULL) != (rows[i].want == NULL))
			fail_msg("%zu in %s", rows[i].index, rows[i].text);
		if (span == NULL)
			continue;
		assert_int_equal(len, strlen(rows[i].want));
		assert_memory_equal(span, rows[i].want, len);
	}
}

static void
test_parts(void **state)
{
	struct json_part parts[] = {
		{ .key = "id" }, { .key = "gone" }, { .key = "big" },
	};
	static const char text[] =
	    "{ \"big\" : 9007199254740993,\"in\":{\"gone\":1},"
	    "\"\\u0069d\":[ ] }";
	static const char *const bad[] = { "[1]", "7", "{\"id\":1", "" };

	(void)state;
	assert_int_equal(json_parts(text, strlen(text), parts, 3), OK);
	assert_int_equal(parts[0].len, 3);
	assert_memory_equal(parts[0].text, "[ ]", 3);
	assert_null(parts[1].text);
	assert_int_equal(parts[2].len, 16);
	assert_memory_equal(parts[2].text, "9007199254740993", 16);
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(json_parts(bad[i], strlen(bad[i]), parts, 3),
		    E_INVALID);
		assert_null(parts[0].text);
		assert_null(parts[2].text);
	}
}

static int
gather(void *arg, const char *text, size_t len)
{
	struct buf *seen = arg;

	buf_add(seen, text, len);
	buf_addc(seen, ';');
	return seen->len > 8 ? E_LIMIT : OK;
}

static void
test_elements(void **state)
{
	static const struct {
		const char *text;
		int rc;
		const char *seen;
	} rows[] = {
		{ "[]", OK, "" },
		{ " [1, [2,3] ]", OK, "1;[2,3];" },
		{ "[{\"a\":[4]}]", E_LIMIT, "{\"a\":[4]};" },
		{ "[11111111,2]", E_LIMIT, "11111111;" },
		{ "[1,2", E_INVALID, "" },
		{ "{\"a\":[1]}", E_INVALID, "" },
		{ "\"[1]\"", E_INVALID, "" },
	};
	struct buf seen;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		buf_init(&seen, 64);
		assert_int_equal(json_elements(rows[i].text,
			strlen(rows[i].text), gather, &seen), rows[i].rc);
		assert_string_equal(buf_str(&seen), rows[i].seen);
		buf_free(&seen);
	}
}

static void
test_tree(void **state)
{
	static const char text[] = "{\"s\":\"x\",\"n\":2.5,\"b\":true,"
	    "\"z\":null,\"l\":[1,\"2\",[]],\"o\":{\"S\":1}}";
	struct json *root = json_parse(text, strlen(text), NULL);
	const struct json *list, *item;

	(void)state;
	assert_int_equal(json_kind(root), JSON_OBJECT);
	assert_int_equal(json_size(root), 6);
	assert_null(json_key(root));
	assert_string_equal(json_string(json_get(root, "s")), "x");
	assert_null(json_get(root, "S"));
	assert_null(json_string(json_get(root, "n")));
	assert_true(json_number(json_get(root, "n"), 1) == 2.5);
	assert_true(json_number(json_get(root, "s"), 1) == 1);
	assert_true(json_bool(json_get(root, "b"), false));
	assert_true(json_bool(json_get(root, "z"), true));
	assert_int_equal(json_kind(json_get(root, "b")), JSON_BOOL);
	assert_int_equal(json_kind(json_get(root, "z")), JSON_NULL);
	assert_int_equal(json_kind(json_get(root, "o")), JSON_OBJECT);
	list = json_get(root, "l");
	assert_int_equal(json_kind(list), JSON_ARRAY);
	assert_string_equal(json_key(list), "l");
	assert_int_equal(json_size(list), 3);
	item = json_first(list);
	assert_int_equal(json_kind(item), JSON_NUMBER);
	assert_null(json_key(item));
	item = json_next(item);
	assert_int_equal(json_kind(item), JSON_STRING);
	item = json_next(json_next(item));
	assert_null(item);
	json_free(root);
}

/* A path through what is not there ends in nothing, not in a crash. */
static void
test_absent(void **state)
{
	const struct json *none = json_get(json_get(NULL, "a"), "b");

	(void)state;
	assert_null(none);
	assert_int_equal(json_kind(none), JSON_NONE);
	assert_null(json_string(none));
	assert_true(json_number(none, 7) == 7);
	assert_true(json_bool(none, true));
	assert_null(json_first(none));
	assert_null(json_next(none));
	assert_null(json_key(none));
	assert_int_equal(json_size(none), 0);
	json_free(NULL);
}

static void
test_print(void **state)
{
	static const struct { const char *text, *want; } rows[] = {
		{ " { \"a\" : [ 1 , true , false , null ] } ",
		    "{\"a\":[1,true,false,null]}" },
		{ "[ ]", "[]" },
		{ "{ }", "{}" },
		{ "\"\\u00e9\\n\\/\"", "\"\xc3\xa9\\n/\"" },
		{ "{\"\\\"\":{\"b\":1,\"a\":2}}",
		    "{\"\\\"\":{\"b\":1,\"a\":2}}" },
		{ "0.1", "0.1" },
		{ "1.0", "1" },
		{ "-0", "0" },
		{ "1e2", "100" },
		{ "123456789012345678", "1.2345678901234568e+17" },
		{ "9007199254740991", "9007199254740991" },
		{ "-9007199254740990", "-9007199254740990" },
		{ "1700000000123", "1700000000123" },
		{ "0.30000000000000004", "0.30000000000000004" },
		{ "1e300", "1e+300" },
	};
	struct json *value;
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 1000);
	for (i = 0; i < COUNT(rows); i++) {
		buf_reset(&b);
		value = json_parse(rows[i].text, strlen(rows[i].text), NULL);
		assert_int_equal(json_print(value, &b), OK);
		assert_string_equal(b.data, rows[i].want);
		json_free(value);
	}
	buf_free(&b);
}

static void
test_print_keeps_doubles(void **state)
{
	static const double rows[] = {
		0.1, 1.0 / 3, 2e-308, 5e-324, 1.7976931348623157e308,
		9007199254740993.0, 4503599627370497.5, -1e15, 1e15 + 1,
	};
	struct json *value;
	char text[32];
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 100);
	for (i = 0; i < COUNT(rows); i++) {
		buf_reset(&b);
		snprintf(text, sizeof(text), "%.17g", rows[i]);
		value = json_parse(text, strlen(text), NULL);
		assert_int_equal(json_print(value, &b), OK);
		assert_true(strtod(b.data, NULL) == rows[i]);
		json_free(value);
	}
	buf_free(&b);
}

/* Numbers keep what was written, in their order; the text need not end. */
static void
test_exact(void **state)
{
	static const char text[] =
	    "{\"1\":9007199254740993,\"a\\\"2\":[-1.50e+2,"
	    "\"3\",{\"b\":[]},0],\"c\":1E5}77";
	struct json *root = json_parse_exact(text, sizeof(text) - 3, NULL);
	const struct json *list;
	struct json *plain = json_parse("[1]", 3, NULL);

	(void)state;
	assert_non_null(root);
	assert_string_equal(json_digits(json_get(root, "1")),
	    "9007199254740993");
	list = json_get(root, "a\"2");
	assert_string_equal(json_digits(json_first(list)), "-1.50e+2");
	assert_string_equal(json_digits(json_next(json_next(json_next(
		json_first(list))))), "0");
	assert_string_equal(json_digits(json_get(root, "c")), "1E5");
	assert_null(json_digits(list));
	assert_null(json_digits(json_next(json_first(list))));
	assert_null(json_digits(NULL));
	assert_null(json_digits(json_first(plain)));
	json_free(root);
	json_free(plain);
	root = json_parse_exact("123", 2, NULL);
	assert_string_equal(json_digits(root), "12");
	json_free(root);
	assert_null(json_parse_exact("12 3", 4, NULL));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepts),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_length_rules),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_many_keys),
		cmocka_unit_test(test_span),
		cmocka_unit_test(test_element),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_elements),
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_print_keeps_doubles),
		cmocka_unit_test(test_exact),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
