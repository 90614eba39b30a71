/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One configuration file in a folder of its own, so that messages have a
 * short path. For cmocka_unit_test_setup_teardown.
 */
#ifndef T_UNIT_CONF_FIXTURE_H
#define T_UNIT_CONF_FIXTURE_H

#include "t/unit/unit.h"

#include "lib/buf.h"
#include "lib/conf.h"

struct fixture {
	char dir[32];
	struct buf errors, json;
	struct conf_file *file;
};

int fixture_set_up(void **state);
int fixture_tear_down(void **state);

/* Opens c.yaml with that text, in place of what was open. */
int fixture_load(struct fixture *f, const char *text);
int fixture_load_bytes(struct fixture *f, const char *text, size_t len);

/* Opens a text without mistakes and returns its root. */
const struct conf *fixture_root(struct fixture *f, const char *text);

/* Compares the complaints so far and forgets them. */
void fixture_expect(struct fixture *f, const char *want);

#endif
