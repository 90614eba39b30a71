/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/program_fixture.h"

#include <uv.h>

#include "lib/clock.h"

void
program_take(void *arg, const struct child_result *result)
{
	struct outcome *o = arg;

	o->told++;
	o->end = result->end;
	o->code = result->code;
	o->failed = result->failed;
	buf_add(&o->out, buf_str(&result->out), result->out.len);
	buf_add(&o->err, buf_str(&result->err), result->err.len);
}

struct outcome
program_nothing(void)
{
	struct outcome o = { 0 };

	buf_init(&o.out, 4 * MIB);
	buf_init(&o.err, 4 * MIB);
	return o;
}

void
program_forget(struct outcome *o)
{
	buf_free(&o->out);
	buf_free(&o->err);
}

struct child_spec
program_spec(const char *const argv[4])
{
	static const char *const env[] = { "PATH=/usr/bin:/bin", NULL };

	return (struct child_spec){ .argv = argv, .env = env, .dir = "/",
	    .input = "", .timeout_ms = 10000, .memory_max = 512 * MIB,
	    .output_max = MIB };
}

struct outcome
program_run(struct child_spec spec)
{
	struct outcome o = program_nothing();
	int64_t began = clock_mono_ms();
	uv_loop_t loop;

	uv_loop_init(&loop);
	assert_non_null(child_start(&loop, &spec, program_take, &o));
	assert_int_equal(o.told, 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(o.told, 1);
	assert_int_equal(uv_loop_close(&loop), 0);
	o.took_ms = clock_mono_ms() - began;
	return o;
}

void
program_ends(struct child_spec spec, enum child_end end, int code)
{
	struct outcome o = program_run(spec);

	if (o.end != end || o.code != code)
		fail_msg("%s: end %d, code %d: %s", spec.argv[2], o.end,
		    o.code, buf_str(&o.err));
	program_forget(&o);
}

void
program_prints(struct child_spec spec, const char *text)
{
	struct outcome o = program_run(spec);

	assert_int_equal(o.end, CHILD_EXITED);
	assert_string_equal(buf_str(&o.out), text);
	program_forget(&o);
}
