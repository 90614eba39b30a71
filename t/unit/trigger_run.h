/* SPDX-License-Identifier: Apache-2.0 */
/* Runs one row of trigger_cases.h. */
#ifndef T_UNIT_TRIGGER_RUN_H
#define T_UNIT_TRIGGER_RUN_H

#include <stdbool.h>

#include "t/unit/sql_fixture.h"
#include "t/unit/trigger_cases.h"

enum { TRIGGER_WHY_MAX = 1024 };

/*
 * trigger_run lives through a row inside the open transaction and undoes it.
 * Returns whether it went as the row says; else why tells how.
 */
bool trigger_run(struct fixture *f, const struct trigger_case *row,
	char why[TRIGGER_WHY_MAX]);

/* trigger_sound is trigger_run, but looks for broken invariants afterwards. */
bool trigger_sound(struct fixture *f, const struct trigger_case *row,
	char why[TRIGGER_WHY_MAX]);

#endif
