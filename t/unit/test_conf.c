/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/conf_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"

static void
test_nodes(void **state)
{
	struct fixture *f = *state;
	const struct conf *root = fixture_root(f,
	    "# a comment\n"
	    "name: incident\n"
	    "list:\n"
	    "  - a\n"
	    "  - 'b'\n"
	    "map: {x: 1,\n"
	    "  y: \"2\"}\n");
	const struct conf *list = conf_get(root, "list");
	const struct conf *map = conf_get(root, "map");

	assert_int_equal(root->kind, CONF_MAP);
	assert_null(root->key);
	assert_null(root->parent);
	assert_string_equal(conf_get(root, "name")->text, "incident");
	assert_int_equal(conf_get(root, "name")->line, 2);
	assert_true(conf_get(root, "name")->plain);
	assert_int_equal(list->kind, CONF_LIST);
	assert_int_equal(list->line, 3);
	assert_int_equal(list->first->line, 4);
	assert_string_equal(list->first->next->text, "b");
	assert_false(list->first->next->plain);
	assert_null(list->first->next->next);
	assert_int_equal(conf_get(map, "y")->line, 7);
	assert_ptr_equal(conf_get(map, "y")->parent, map);
	assert_null(conf_get(root, "Name"));
	assert_null(conf_get(list, "a"));
	assert_null(conf_get(NULL, "a"));
	assert_null(conf_first(NULL));
}

static void
test_empty_file_is_empty_map(void **state)
{
	static const char *const rows[] = { "", "\n\n", "# nothing\n" };
	struct fixture *f = *state;
	const struct conf *root;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		root = fixture_root(f, rows[i]);
		assert_int_equal(root->kind, CONF_MAP);
		assert_null(conf_require(root, "llm", &f->errors));
		fixture_expect(f, "c.yaml:1: \"llm\" is missing\n");
	}
}

static void
test_refuses(void **state)
{
	static const struct { const char *text; int rc; const char *want; }
	rows[] = {
		{ "a: [1\nb: 2\n", E_INVALID,
		    "c.yaml:2: did not find expected ',' or ']'\n" },
		{ "a: 1\n---\nb: 2\n", E_INVALID,
		    "c.yaml:2: more than one document\n" },
		{ "a: &x [1]\nb: *x\n", E_INVALID,
		    "c.yaml:2: aliases are not supported\n" },
		{ "a: !!python/object x\n", E_INVALID,
		    "c.yaml:1: tags are not supported\n" },
		{ "a: !!seq [x]\n", E_INVALID,
		    "c.yaml:1: tags are not supported\n" },
		{ "a: !!map {x: 1}\n", E_INVALID,
		    "c.yaml:1: tags are not supported\n" },
		{ "a: 1\n? [b]\n: 2\n", E_INVALID,
		    "c.yaml:2: a key must be a single value\n" },
		{ "a: \"x\\0y\"\n", E_INVALID, "c.yaml:1: NUL character\n" },
		{ "\"x\\0y\": 1\n", E_INVALID, "c.yaml:1: NUL character\n" },
		{ "a: 1\nb: \xff\n", E_INVALID,
		    "c.yaml:2: invalid leading UTF-8 octet\n" },
		{ "a: 1\n\nb: \x01\n", E_INVALID,
		    "c.yaml:3: control characters are not allowed\n" },
		{ "a: \"\\ud800\"\n", E_INVALID,
		    "c.yaml:1: found invalid Unicode character escape code\n" },
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(fixture_load(f, rows[i].text), rows[i].rc);
		assert_null(f->file);
		fixture_expect(f, rows[i].want);
	}
}

static void
test_unreadable(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(conf_open("none.yaml", &f->file, &f->errors),
	    E_NOTFOUND);
	fixture_expect(f, "none.yaml: cannot be read: "
	    "No such file or directory\n");
	assert_int_equal(conf_open("/", &f->file, &f->errors), E_IO);
	fixture_expect(f, "/: cannot be read: Is a directory\n");
	assert_int_equal(conf_open("/dev/zero", &f->file, &f->errors), E_IO);
	fixture_expect(f, "/dev/zero: cannot be read: Invalid argument\n");
	assert_null(f->file);
}

/* What each limit lets through, and one more. */
static void
test_limits(void **state)
{
	struct fixture *f = *state;
	char deep[2 * (CONF_DEPTH_MAX + 1) + 1];
	char *big = malloc(CONF_FILE_MAX + 1);
	char key[CONF_KEY_MAX + 4];
	struct buf wide;
	int i;

	memset(deep, '[', CONF_DEPTH_MAX + 1);
	memset(deep + CONF_DEPTH_MAX + 1, ']', CONF_DEPTH_MAX + 1);
	assert_int_equal(fixture_load_bytes(f, deep + 1, 2 * CONF_DEPTH_MAX),
	    OK);
	assert_int_equal(fixture_load_bytes(f, deep, sizeof(deep) - 1),
	    E_TOOBIG);
	fixture_expect(f, "c.yaml:1: nested too deep\n");
	buf_init(&wide, 1000);
	for (i = 0; i < 2 * CONF_DEPTH_MAX; i++)
		buf_adds(&wide, "- []\n");
	assert_int_equal(fixture_load(f, buf_str(&wide)), OK);
	buf_free(&wide);

	memset(key, 'k', CONF_KEY_MAX);
	strcpy(key + CONF_KEY_MAX, ": 1");
	assert_int_equal(fixture_load(f, key), OK);
	memmove(key + 1, key, sizeof(key) - 2);
	key[CONF_KEY_MAX + 2] = ' ';
	assert_int_equal(fixture_load_bytes(f, key, sizeof(key) - 1), E_TOOBIG);
	fixture_expect(f, "c.yaml:1: key too long\n");

	memset(big, '#', CONF_FILE_MAX + 1);
	assert_int_equal(fixture_load_bytes(f, big, CONF_FILE_MAX), OK);
	assert_int_equal(fixture_load_bytes(f, big, CONF_FILE_MAX + 1),
	    E_TOOBIG);
	fixture_expect(f, "c.yaml: too large\n");
	free(big);
}

static void
test_too_many_values(void **state)
{
	struct fixture *f = *state;
	struct buf text;
	int i;

	buf_init(&text, CONF_FILE_MAX);
	for (i = 1; i < CONF_NODES_MAX; i++)
		buf_adds(&text, "- a\n");
	assert_int_equal(fixture_load_bytes(f, text.data, text.len), OK);
	buf_adds(&text, "- a\n");
	assert_int_equal(fixture_load_bytes(f, text.data, text.len), E_TOOBIG);
	fixture_expect(f, "c.yaml:50000: too many values\n");
	buf_free(&text);
}

static void
test_too_much_text(void **state)
{
	struct fixture *f = *state;
	struct buf value;
	int i;

	buf_init(&value, CONF_FILE_MAX);
	for (i = 0; i < 1000; i++)
		buf_adds(&value, "0123456789");
	setenv("TEST_CONF", buf_str(&value), 1);
	buf_reset(&value);
	for (i = 0; i < CONF_TEXT_MAX / 10000; i++)
		buf_adds(&value, "- ${TEST_CONF}\n");
	assert_int_equal(fixture_load(f, buf_str(&value)), OK);
	buf_adds(&value, "- ${TEST_CONF}\n");
	assert_int_equal(fixture_load(f, buf_str(&value)), E_TOOBIG);
	fixture_expect(f, "c.yaml:420: too much text\n");
	buf_free(&value);
}

static void
test_duplicate_keys(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_load(f,
	    "a: 1\n"
	    "b: {x: 1,\n"
	    "  x: 2}\n"
	    "a: 2\n"), OK);
	fixture_expect(f,
	    "c.yaml:3: b.x: duplicate key, also on line 2\n"
	    "c.yaml:4: a: duplicate key, also on line 1\n");
}

static void
test_variables(void **state)
{
	struct fixture *f = *state;
	const struct conf *root;

	setenv("TEST_CONF", "v$ue", 1);
	setenv("TEST_PORT", "80", 1);
	setenv("TEST_BAD", "\xff", 1);
	unsetenv("TEST_NONE");
	root = fixture_root(f,
	    "a: x${TEST_CONF}y${TEST_CONF}\n"
	    "b: '${TEST_CONF}'\n"
	    "c: ${lower} ${ $x ${} ${TEST_CONF ${TEST_CONF\n"
	    "d: ${TEST_PORT}\n"
	    "${TEST_CONF}: e\n");
	assert_string_equal(conf_get(root, "a")->text, "xv$ueyv$ue");
	assert_string_equal(conf_get(root, "b")->text, "v$ue");
	assert_string_equal(conf_get(root, "c")->text,
	    "${lower} ${ $x ${} ${TEST_CONF ${TEST_CONF");
	assert_true(conf_get(root, "c")->plain);
	assert_int_equal(conf_int(root, "d", 0, 0, 99, &f->errors), 80);
	assert_string_equal(conf_str(root, "d", "", &f->errors), "80");
	assert_non_null(conf_get(root, "${TEST_CONF}"));
	fixture_expect(f, "");

	assert_int_equal(fixture_load(f,
	    "a:\n- ${TEST_NONE}\n- ${TEST_BAD}\n"), OK);
	fixture_expect(f,
	    "c.yaml:2: a[0]: variable \"TEST_NONE\" is not set\n"
	    "c.yaml:3: a[1]: variable \"TEST_BAD\" is not UTF-8\n");

	/* A secret stays as it is written, set or not. */
	root = fixture_root(f, "a: {api_key: \"${TEST_CONF}\"}\n"
	    "api_key: ${TEST_NONE}\n");
	assert_string_equal(conf_get(conf_get(root, "a"), "api_key")->text,
	    "${TEST_CONF}");
	assert_string_equal(conf_get(root, "api_key")->text, "${TEST_NONE}");
	fixture_expect(f, "");
	root = fixture_root(f, "a: {headers: {X: \"B ${TEST_CONF}\"}}\n"
	    "env: {Y: \"${TEST_NONE}\"}\n");
	assert_string_equal(conf_get(conf_get(conf_get(root, "a"), "headers"),
		"X")->text, "B ${TEST_CONF}");
	assert_string_equal(conf_get(conf_get(root, "env"), "Y")->text,
	    "${TEST_NONE}");
	fixture_expect(f, "");
}

static void
test_messages(void **state)
{
	struct fixture *f = *state;
	const struct conf *root = fixture_root(f,
	    "mcp:\n"
	    "  servers:\n"
	    "  - name: a\n"
	    "  - name: b\n"
	    "\"x\\ny\": 1\n");
	const struct conf *list = conf_get(conf_get(root, "mcp"), "servers");
	const struct conf *name = conf_get(list->first->next, "name");

	conf_error(root, &f->errors, "no %s", "entry");
	conf_error(name, &f->errors, "unknown \"%s\"", name->text);
	conf_warn(name, &f->errors, "old");
	conf_warn(root, &f->errors, "old");
	conf_error(conf_get(root, "x\ny"), &f->errors, "two\nlines");
	fixture_expect(f,
	    "c.yaml:1: no entry\n"
	    "c.yaml:4: mcp.servers[1].name: unknown \"b\"\n"
	    "c.yaml:4: warning: mcp.servers[1].name: old\n"
	    "c.yaml:1: warning: old\n"
	    "c.yaml:5: x y: two lines\n");
}

/* The caller may forget the path that it gave. */
static void
test_path_is_kept(void **state)
{
	struct fixture *f = *state;
	char path[] = "./c.yaml";

	fixture_root(f, "a: 1\n");
	conf_close(f->file);
	assert_int_equal(conf_open(path, &f->file, &f->errors), OK);
	path[0] = 'x';
	conf_error(conf_root(f->file), &f->errors, "no");
	fixture_expect(f, "./c.yaml:1: no\n");
}

/* A full buffer loses whole lines, and says so. */
static void
test_messages_are_bounded(void **state)
{
	struct fixture *f = *state;
	const struct conf *root = fixture_root(f, "a: 1\n");
	struct buf small;

	buf_init(&small, 30);
	conf_error(root, &small, "first");
	conf_error(root, &small, "second, which is long");
	assert_string_equal(small.data, "c.yaml:1: first\n");
	assert_int_equal(small.rc, E_TOOBIG);
	buf_free(&small);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, \
	fixture_set_up, fixture_tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(test_nodes),
		TEST(test_empty_file_is_empty_map),
		TEST(test_refuses),
		TEST(test_unreadable),
		TEST(test_limits),
		TEST(test_too_many_values),
		TEST(test_too_much_text),
		TEST(test_duplicate_keys),
		TEST(test_variables),
		TEST(test_messages),
		TEST(test_path_is_kept),
		TEST(test_messages_are_bounded),
	};

	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
