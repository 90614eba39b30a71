/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/conf_fixture.h"

#include "lib/err.h"

static void
test_getters_by_default(void **state)
{
	static const char *const words[] = { "x", NULL };
	struct fixture *f = *state;
	const struct conf *root = fixture_root(f,
	    "null1: null\nnull2: ~\nnull3:\n");
	static const char *const keys[] = { "null1", "null2", "null3", "no" };
	struct buf *e = &f->errors;
	size_t i;

	for (i = 0; i < COUNT(keys); i++) {
		assert_string_equal(conf_str(root, keys[i], "d", e), "d");
		assert_int_equal(conf_int(root, keys[i], 7, 0, 1, e), 7);
		assert_true(conf_num(root, keys[i], 7, 0, 1, e) == 7);
		assert_int_equal(conf_ms(root, keys[i], 7, 0, 1, e), 7);
		assert_true(conf_bool(root, keys[i], true, e));
		assert_int_equal(conf_choice(root, keys[i], words, -1, e), -1);
		assert_null(conf_list(root, keys[i], e));
		assert_null(conf_map(root, keys[i], e));
		assert_true(conf_is_null(conf_get(root, keys[i])));
	}
	assert_string_equal(conf_str(NULL, "a", "d", e), "d");
	assert_null(conf_require(NULL, "a", e));
	fixture_expect(f, "");
}

static void
test_numbers(void **state)
{
	struct fixture *f = *state;
	const struct conf *root = fixture_root(f,
	    "int: 5\n"
	    "neg: -5\n"
	    "hex: 0x1f\n"
	    "quoted: '12'\n"
	    "frac: 0.25\n"
	    "dot: .5\n"
	    "word: five\n"
	    "space: ' 5'\n"
	    "under: 1_000\n"
	    "huge: 9223372036854775808\n"
	    "inf: .inf\n"
	    "list: [1]\n");
	struct buf *e = &f->errors;

	assert_int_equal(conf_int(root, "int", 0, 5, 5, e), 5);
	assert_int_equal(conf_int(root, "neg", 0, -5, 5, e), -5);
	assert_int_equal(conf_int(root, "hex", 0, 0, 99, e), 31);
	assert_int_equal(conf_int(root, "quoted", 0, 0, 99, e), 12);
	assert_true(conf_num(root, "frac", 0, 0, 1, e) == 0.25);
	assert_true(conf_num(root, "dot", 0, 0.5, 0.5, e) == 0.5);
	assert_true(conf_num(root, "int", 0, 0, 10, e) == 5);
	fixture_expect(f, "");
	assert_int_equal(conf_int(root, "int", 0, 6, 9, e), 0);
	assert_int_equal(conf_int(root, "int", 0, 1, 4, e), 0);
	assert_int_equal(conf_int(root, "frac", 7, 0, 9, e), 7);
	assert_int_equal(conf_int(root, "space", 7, 0, 9, e), 7);
	assert_int_equal(conf_int(root, "huge", 7, 0, INT64_MAX, e), 7);
	assert_true(conf_num(root, "word", 7, 0, 9, e) == 7);
	assert_true(conf_num(root, "under", 7, 0, 9, e) == 7);
	assert_true(conf_num(root, "inf", 7, 0, 9, e) == 7);
	assert_true(conf_num(root, "frac", 7, 0.5, 1, e) == 7);
	assert_true(conf_num(root, "int", 7, 0, 4, e) == 7);
	assert_int_equal(conf_int(root, "list", 7, 0, 9, e), 7);
	fixture_expect(f,
	    "c.yaml:1: int: expected a whole number from 6 to 9, found \"5\"\n"
	    "c.yaml:1: int: expected a whole number from 1 to 4, found \"5\"\n"
	    "c.yaml:5: frac: expected a whole number from 0 to 9, "
	    "found \"0.25\"\n"
	    "c.yaml:8: space: expected a whole number from 0 to 9, "
	    "found \" 5\"\n"
	    "c.yaml:10: huge: expected a whole number from 0 to "
	    "9223372036854775807, found \"9223372036854775808\"\n"
	    "c.yaml:7: word: expected a number from 0 to 9, found \"five\"\n"
	    "c.yaml:9: under: expected a number from 0 to 9, found \"1_000\"\n"
	    "c.yaml:11: inf: expected a number from 0 to 9, found \".inf\"\n"
	    "c.yaml:5: frac: expected a number from 0.5 to 1, "
	    "found \"0.25\"\n"
	    "c.yaml:1: int: expected a number from 0 to 4, found \"5\"\n"
	    "c.yaml:12: list: expected a single value, found a list\n");
}

static void
test_times(void **state)
{
	static const struct { const char *text; int64_t want; } rows[] = {
		{ "t: 30", 30000 },
		{ "t: 0.5", 500 },
		{ "t: 0.0006", 1 },
		{ "t: 500ms", 500 },
		{ "t: 30s", 30000 },
		{ "t: 1.5m", 90000 },
		{ "t: 2h", 7200000 },
		{ "t: 1d", 86400000 },
	};
	static const char *const bad[] =
	    { "t: s", "t: 1x", "t: 1 s", "t: 1sm", "t: 1mss", "t: 8d",
	    "t: -1", "t: ''",
	    ("t: 00000000000000000000000000000000"
	    "000000000000000000000000000000001s") };
	struct fixture *f = *state;
	int64_t week = 7 * 86400000;
	size_t i;

	for (i = 0; i < COUNT(rows); i++)
		if (conf_ms(fixture_root(f, rows[i].text), "t", -1, 0, week,
		    &f->errors) != rows[i].want || f->errors.len > 0)
			fail_msg("%s", rows[i].text);
	for (i = 0; i < COUNT(bad); i++)
		if (conf_ms(fixture_root(f, bad[i]), "t", 7, 0, week,
		    &f->errors) != 7 || f->errors.len == 0)
			fail_msg("%s", bad[i]);
	fixture_root(f, "t: 0s");
	conf_ms(conf_root(f->file), "t", 7, 1, 600000, &f->errors);
	fixture_expect(f, "c.yaml:1: t: expected a time from 0.001 to 600 "
	    "seconds, found \"0s\"\n");
}

static void
test_bools(void **state)
{
	struct fixture *f = *state;
	const struct conf *root = fixture_root(f,
	    "t: [a]\n"
	    "a: true\nb: Yes\nc: 'on'\n"
	    "d: FALSE\ne: no\nf: off\n"
	    "g: 1\n");
	struct buf *e = &f->errors;

	assert_true(conf_bool(root, "a", false, e));
	assert_true(conf_bool(root, "b", false, e));
	assert_true(conf_bool(root, "c", false, e));
	assert_false(conf_bool(root, "d", true, e));
	assert_false(conf_bool(root, "e", true, e));
	assert_false(conf_bool(root, "f", true, e));
	fixture_expect(f, "");
	assert_true(conf_bool(root, "g", true, e));
	assert_true(conf_bool(root, "t", true, e));
	fixture_expect(f,
	    "c.yaml:8: g: expected true or false, found \"1\"\n"
	    "c.yaml:1: t: expected a single value, found a list\n");
}

static void
test_texts(void **state)
{
	static const char *const words[] = { "tool", "agent", NULL };
	struct fixture *f = *state;
	const struct conf *root = fixture_root(f,
	    "a: text\n"
	    "b: '5'\n"
	    "c: 5\n"
	    "d: true\n"
	    "e: agent\n"
	    "list: [x, 2, ~, {y: 1}]\n"
	    "g: {}\n");
	const struct conf *item = conf_list(root, "list", &f->errors)->first;
	struct buf *e = &f->errors;

	assert_string_equal(conf_str(root, "a", "", e), "text");
	assert_string_equal(conf_str(root, "b", "", e), "5");
	assert_int_equal(conf_choice(root, "e", words, 9, e), 1);
	assert_string_equal(conf_text(item, e), "x");
	assert_non_null(conf_require(root, "a", e));
	fixture_expect(f, "");
	assert_string_equal(conf_str(root, "c", "d", e), "d");
	assert_string_equal(conf_str(root, "d", "d", e), "d");
	assert_int_equal(conf_choice(root, "a", words, 9, e), 9);
	assert_null(conf_text(item = item->next, e));
	assert_null(conf_text(item = item->next, e));
	assert_null(conf_text(item = item->next, e));
	assert_null(conf_map(root, "list", e));
	assert_null(conf_list(root, "g", e));
	assert_true(conf_expect(item, CONF_MAP, e));
	assert_false(conf_expect(item, CONF_LIST, e));
	fixture_expect(f,
	    "c.yaml:3: c: expected a text, found a number; quote it\n"
	    "c.yaml:4: d: expected a text, found true or false; quote it\n"
	    "c.yaml:1: a: unknown \"text\", expected one of: tool, agent\n"
	    "c.yaml:6: list[1]: expected a text, found a number; quote it\n"
	    "c.yaml:6: list[2]: expected a text, found nothing; quote it\n"
	    "c.yaml:6: list[3]: expected a single value, found a map\n"
	    "c.yaml:6: list: expected a map, found a list\n"
	    "c.yaml:7: g: expected a list, found a map\n"
	    "c.yaml:6: list[3]: expected a list, found a map\n");
}

/* What was found is shown in part, cut between two characters. */
static void
test_long_text_is_cut(void **state)
{
	struct fixture *f = *state;
	struct buf text, want;
	int i;

	buf_init(&text, 1000);
	buf_init(&want, 1000);
	for (i = 0; i < 100; i++)
		buf_addf(&text, "%s\xc3\xa9", i == 0 ? "a: x" : "");
	buf_adds(&want, "c.yaml:1: a: expected true or false, found \"x");
	for (i = 0; i < 31; i++)
		buf_adds(&want, "\xc3\xa9");
	buf_adds(&want, "\"\n");
	conf_bool(fixture_root(f, text.data), "a", false, &f->errors);
	fixture_expect(f, want.data);
	buf_free(&text);
	buf_free(&want);
}

static void
test_known_keys(void **state)
{
	static const char *const keys[] = { "a", "b", NULL };
	struct fixture *f = *state;
	const struct conf *root = fixture_root(f,
	    "m:\n  a: 1\n  c: 2\n  B: 3\nl: [1]\n");
	const struct conf *map = conf_map(root, "m", &f->errors);

	conf_strict(map, keys, &f->errors);
	conf_strict(NULL, keys, &f->errors);
	conf_strict(conf_get(root, "l"), keys, &f->errors);
	fixture_expect(f,
	    "c.yaml:3: m.c: unknown key\n"
	    "c.yaml:4: m.B: unknown key\n");
	conf_lenient(map, keys, &f->errors);
	fixture_expect(f,
	    "c.yaml:3: warning: m.c: unknown key\n"
	    "c.yaml:4: warning: m.B: unknown key\n");
	assert_null(conf_require(map, "b", &f->errors));
	fixture_expect(f, "c.yaml:1: m: \"b\" is missing\n");
	assert_null(conf_require(fixture_root(f,
	    "m:\n"), "m", &f->errors));
	fixture_expect(f, "c.yaml:1: m: must not be empty\n");
}

static void
test_to_json(void **state)
{
	static const struct { const char *text, *want; } rows[] = {
		{ "{a: [1, x], 'b': {}}", "{\"a\":[1,\"x\"],\"b\":{}}" },
		{ "[null, Null, NULL, ~, ]", "[null,null,null,null]" },
		{ "a:", "{\"a\":null}" },
		{ "[nULL, 'null', '']", "[\"nULL\",\"null\",\"\"]" },
		{ "[true, True, TRUE, false, False, FALSE]",
		    "[true,true,true,false,false,false]" },
		{ "[yes, tRUE, 'true']", "[\"yes\",\"tRUE\",\"true\"]" },
		{ "9007199254740993", "9007199254740993" },
		{ "[0, -0, +5, 007, -08, 00]", "[0,-0,5,7,-8,0]" },
		{ "[1.50, .5, -.5, 5., 00.1]", "[1.50,0.5,-0.5,5,0.1]" },
		{ "[1e3, 1.E+3, 1e-999]", "[1e3,1E+3,1e-999]" },
		{ "[0x1f, 0xFF, 0o17]", "[31,255,15]" },
		{ "[0x, 0xg, 0o8, -0x1]",
		    "[\"0x\",\"0xg\",\"0o8\",\"-0x1\"]" },
		{ "[0xffffffffffffffff, 0x10000000000000000]",
		    "[18446744073709551615,\"0x10000000000000000\"]" },
		{ "[.inf, -.Inf, .nan, 1e999]",
		    "[\".inf\",\"-.Inf\",\".nan\",\"1e999\"]" },
		{ "[., -, +, e5, .e5, 1e, 1.2.3, 1_0, 12:30, 2024-01-01]",
		    "[\".\",\"-\",\"+\",\"e5\",\".e5\",\"1e\",\"1.2.3\","
		    "\"1_0\",\"12:30\",\"2024-01-01\"]" },
		{ "['5', \"1.5\"]", "[\"5\",\"1.5\"]" },
		{ "a: |\n  x\n  \"y\"\n", "{\"a\":\"x\\n\\\"y\\\"\\n\"}" },
		{ "a: 1 2\n", "{\"a\":\"1 2\"}" },
		{ "123456789012345678901234567890"
		    "123456789012345678901234567890123",
		    "123456789012345678901234567890"
		    "123456789012345678901234567890123" },
		{ "123456789012345678901234567890"
		    "1234567890123456789012345678901234",
		    "\"123456789012345678901234567890"
		    "1234567890123456789012345678901234\"" },
	};
	struct fixture *f = *state;
	const struct conf *root;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		root = fixture_root(f, rows[i].text);
		assert_int_equal(conf_to_json(root, &f->json), OK);
		assert_string_equal(f->json.data, rows[i].want);
	}
	buf_reset(&f->json);
	conf_to_json(NULL, &f->json);
	assert_string_equal(f->json.data, "null");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, \
	fixture_set_up, fixture_tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(test_getters_by_default),
		TEST(test_numbers),
		TEST(test_times),
		TEST(test_bools),
		TEST(test_texts),
		TEST(test_long_text_is_cut),
		TEST(test_known_keys),
		TEST(test_to_json),
	};

	return cmocka_run_group_tests_name("conf_get", tests, NULL, NULL);
}
