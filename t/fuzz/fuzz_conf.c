/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file gives a tree or a complaint; whatever the tree, the getters return
 * and complain in whole lines; and without a complaint it prints as JSON.
 */
#include <config.h>

#include "t/fuzz/fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/json.h"

enum { OUTPUT_MAX = 64 * 1024 * 1024 };

static int
open_bytes(const uint8_t *data, size_t size, struct conf_file **file,
    struct buf *errors)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	char path[64];
	int rc;

	fuzz_check(fd >= 0);
	fuzz_check(write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	rc = conf_open(path, file, errors);
	close(fd);
	return rc;
}

static void
check_lines(const struct buf *errors)
{
	if (errors->len > 0 && errors->rc == OK)
		fuzz_check(errors->data[errors->len - 1] == '\n');
	fuzz_check(strlen(buf_str(errors)) == errors->len);
}

static void
check_json(const struct conf *root)
{
	struct buf json;

	buf_init(&json, OUTPUT_MAX);
	fuzz_check(conf_to_json(root, &json) == OK);
	fuzz_check(json_check(json.data, json.len, NULL) == OK);
	buf_free(&json);
}

/* Asks for every member as if it were of every kind. */
static void
ask(const struct conf *map, struct buf *errors)
{
	static const char *const words[] = { "a", "b", NULL };
	const struct conf *child;
	const char *key;
	int left = 100;

	conf_strict(map, words, errors);
	for (child = conf_first(map); child != NULL && left-- > 0;
	    child = child->next) {
		conf_text(child, errors);
		key = child->key;
		if (key == NULL)
			continue;
		conf_require(map, key, errors);
		conf_str(map, key, "", errors);
		conf_bool(map, key, false, errors);
		conf_choice(map, key, words, 0, errors);
		fuzz_check(conf_int(map, key, 5, 1, 9, errors) >= 1);
		fuzz_check(conf_num(map, key, 5, 1, 9, errors) <= 9);
		fuzz_check(conf_ms(map, key, 5, 1, 9, errors) <= 9);
		ask(conf_map(map, key, errors), errors);
		ask(conf_list(map, key, errors), errors);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf_file *file = NULL;
	struct buf errors;

	buf_init(&errors, 256 * 1024);
	if (open_bytes(data, size, &file, &errors) != OK) {
		fuzz_check(file == NULL);
		fuzz_check(errors.len > 0);
	} else {
		if (errors.len == 0)
			check_json(conf_root(file));
		ask(conf_root(file), &errors);
	}
	check_lines(&errors);
	conf_close(file);
	buf_free(&errors);
	return 0;
}
