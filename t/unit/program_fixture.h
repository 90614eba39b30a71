/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One program run to its end, as runner/child.h runs it.
 *
 *	struct outcome o = program_run(program_spec(SH("echo so; exit 3")));
 *
 *	assert_int_equal(o.code, 3);
 *	program_forget(&o);
 */
#ifndef T_UNIT_PROGRAM_FIXTURE_H
#define T_UNIT_PROGRAM_FIXTURE_H

#include "runner/child.h"
#include "t/unit/unit.h"

enum { MIB = 1024 * 1024 };

#define SH(line) (const char *const[4]){ "sh", "-c", line, NULL }

/* A program's end, copied. */
struct outcome {
	int told;		/* how often */
	enum child_end end;
	int code;
	const char *failed;
	struct buf out, err;
	int64_t took_ms;
};

/* program_spec is the usual terms for a program: in /, no input, 10 s. */
struct child_spec program_spec(const char *const argv[4]);

/* program_run runs it in a loop of its own, told once and all closed. */
struct outcome program_run(struct child_spec spec);
void program_forget(struct outcome *o);

/* Both run it, and look at its end, or at what it prints. */
void program_ends(struct child_spec spec, enum child_end end, int code);
void program_prints(struct child_spec spec, const char *text);

/* For a test with a loop: an empty outcome, and child_start's callback. */
struct outcome program_nothing(void);
void program_take(void *arg, const struct child_result *result);

#endif
