/* SPDX-License-Identifier: Apache-2.0 */
/* What a program in a sandbox can open, and what becomes of it without. */
#include <config.h>

#include "runner/sandbox.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/landlock.h"
#include "lib/log.h"
#include "t/unit/program_fixture.h"

/* A place with a database, an application and something else beside. */
struct place {
	char base[64], store[80], app[80], data[96], other[80];
	struct sandbox box;
};

static struct {
	long number;		/* of the system call that fails, or 0 */
	int error;
} refused;

/* All calls of lib/landlock.c come through here; see Makefile.inc. */
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

long
__wrap_syscall(long number, ...)
{
	long a, b, c, d;
	va_list rest;

	if (number == refused.number) {
		errno = refused.error;
		return -1;
	}
	va_start(rest, number);
	a = va_arg(rest, long);
	b = va_arg(rest, long);
	c = number == SYS_landlock_restrict_self ? 0 : va_arg(rest, long);
	d = number == SYS_landlock_add_rule ? va_arg(rest, long) : 0;
	va_end(rest);
	return __real_syscall(number, a, b, c, d);
}

static void
put(const struct place *p, const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", p->base, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void
make(const struct place *p, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", p->base, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void
place_open(struct place *p, const char *below)
{
	memset(p, 0, sizeof(*p));
	snprintf(p->base, sizeof(p->base), "%s/sandbox.XXXXXX", below);
	assert_non_null(mkdtemp(p->base));
	make(p, "store");
	make(p, "store/tools");
	make(p, "app");
	make(p, "app/skills");
	make(p, "app/tools");
	make(p, "other");
	make(p, "keys");
	make(p, "store-room");
	put(p, "store-room/notes", "notes");
	put(p, "store/gatehouse.db", "secret");
	put(p, "store/gatehouse.db-wal", "secret");
	put(p, "app/config.yaml", "secret");
	put(p, "app/skills/prompt.md", "secret");
	put(p, "app/.env", "secret");
	put(p, "app/tools/rows", "rows");
	put(p, "other/notes", "notes");
	put(p, "keys/OPENAI_KEY", "secret");
	snprintf(p->store, sizeof(p->store), "%s/store", p->base);
	snprintf(p->data, sizeof(p->data), "%s/store/tools", p->base);
	snprintf(p->app, sizeof(p->app), "%s/app", p->base);
	snprintf(p->other, sizeof(p->other), "%s/other", p->base);
	p->box = (struct sandbox){ .dir = p->app, .store = p->store,
	    .data = p->data };
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static void
place_close(const struct place *p)
{
	assert_int_equal(nftw(p->base, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static struct outcome
run(const struct place *p, const char *line)
{
	struct child_spec spec = program_spec((const char *const[4]){
	    "sh", "-c", line, NULL });

	spec.dir = p->app;
	spec.sandbox = &p->box;
	return program_run(spec);
}

/* The shell's line works, or it is told "Permission denied". */
static void
can(const struct place *p, const char *line)
{
	struct outcome o = run(p, line);

	if (o.end != CHILD_EXITED || o.code != 0)
		fail_msg("%s: end %d, code %d: %s", line, o.end, o.code,
		    buf_str(&o.err));
	program_forget(&o);
}

static void
cannot(const struct place *p, const char *line)
{
	struct outcome o = run(p, line);

	if (o.end != CHILD_EXITED || o.code == 0 ||
	    strstr(buf_str(&o.err), "ermission denied") == NULL ||
	    strstr(buf_str(&o.out), "secret") != NULL)
		fail_msg("%s: end %d, code %d: %s%s", line, o.end, o.code,
		    buf_str(&o.out), buf_str(&o.err));
	program_forget(&o);
}

static int
set_up(void **state)
{
	static struct place place;

	/* Not in /tmp, which would then be given to nobody. */
	place_open(&place, "/var/tmp");
	*state = &place;
	return 0;
}

static int
tear_down(void **state)
{
	place_close(*state);
	return 0;
}

static void
test_hidden(void **state)
{
	const struct place *p = *state;

	cannot(p, "cat ../store/gatehouse.db");
	cannot(p, "cat ../store/gatehouse.db-wal");
	cannot(p, "ls ../store");
	cannot(p, "echo x >>../store/gatehouse.db");
	cannot(p, "echo x >../store/new");
	cannot(p, "rm ../store/gatehouse.db");
	cannot(p, "mv ../store/gatehouse.db ../store/tools/");
	cannot(p, "cat /proc/self/root$(pwd)/../store/gatehouse.db");
	cannot(p, "cat config.yaml");
	cannot(p, "cat skills/prompt.md");
	cannot(p, "cat .env");
	cannot(p, "cat ../other/notes");
	cannot(p, "cat ../keys/OPENAI_KEY");
	cannot(p, "ls /root");
}

/* What a program starts is in the same sandbox, whatever it does. */
static void
test_heirs(void **state)
{
	const struct place *p = *state;

	cannot(p, "sh -c 'sh -c \"cat ../store/gatehouse.db\"'");
	cannot(p, "setsid -w cat ../store/gatehouse.db");
	cannot(p, "ln -s ../gatehouse.db ../store/tools/link; "
	    "cat ../store/tools/link");
	cannot(p, "cd ../store/tools && cat ../gatehouse.db");
}

static void
test_given(void **state)
{
	const struct place *p = *state;

	can(p, "cat tools/rows && ls tools /usr/bin /etc >/dev/null");
	can(p, "cat /etc/passwd /proc/self/stat >/dev/null");
	can(p, "ls /proc/self/fd && head -c 1 /dev/urandom >/dev/null");
	can(p, "cd ../store/tools && echo 1 >a && mkdir d && mv a d/b && "
	    "cat d/b && echo 22 >d/b && rm -r d");
	can(p, "f=$(mktemp /tmp/sandbox.XXXXXX) && echo 1 >$f && rm $f");
	cannot(p, "echo 1 >tools/rows");
	cannot(p, "echo 1 >tools/new");
	cannot(p, "echo 1 >/usr/new");
	cannot(p, "echo 1 >/var/tmp/new");
}

static void
test_more_paths(void **state)
{
	struct place *p = *state;
	const char *const other[] = { p->other, "/no/such/directory", NULL };

	p->box.read = other;
	can(p, "cat ../other/notes");
	cannot(p, "echo 1 >../other/new");
	p->box.read = NULL;
	p->box.write = other;
	can(p, "echo 1 >../other/new && cat ../other/new");
}

/* Beside the store, in a directory that is given entry by entry. */
static void
link_store(const struct place *p)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/link", p->base);
	assert_int_equal(symlink("store", path), 0);
}

/* What is hidden stays so, whatever is given around it. */
static void
test_more_than_allowed(void **state)
{
	struct place *p = *state;
	const char *const base[] = { p->base, p->store, "/", NULL };

	p->box.read = p->box.write = base;
	can(p, "cat ../keys/OPENAI_KEY ../other/notes");
	can(p, "echo 1 >../other/notes");
	cannot(p, "cat ../store/gatehouse.db");
	cannot(p, "echo 1 >../store/gatehouse.db");
	cannot(p, "cat config.yaml");
	cannot(p, "mv ../store ../elsewhere");
	/* Links to it are no way in either. */
	can(p, "ln -sfn ../store ../other/link");
	cannot(p, "cat ../other/link/gatehouse.db");
	link_store(p);
	cannot(p, "cat ../link/gatehouse.db");
	/* Nor is hidden what is only called alike. */
	can(p, "cat ../store-room/notes");
}

static void
test_credentials(void **state)
{
	struct place *p = *state;
	const char *const base[] = { p->base, NULL };
	char keys[96];

	snprintf(keys, sizeof(keys), "%s/keys", p->base);
	setenv("CREDENTIALS_DIRECTORY", keys, 1);
	p->box.read = base;
	can(p, "cat ../other/notes");
	cannot(p, "cat ../keys/OPENAI_KEY");
	unsetenv("CREDENTIALS_DIRECTORY");
}

/*
 * Secrets of the runner's environment are in its /proc entry. Root may read
 * any of those by CAP_PERFMON, which the runner's user does not have.
 */
static void
test_other_processes(void **state)
{
	const struct place *p = *state;

	setenv("SECRET", "secret", 1);
	cannot(p, geteuid() != 0 ? "cat /proc/$PPID/environ" :
	    "setpriv --bounding-set=-all cat /proc/$PPID/environ");
	cannot(p, "cat /proc/$PPID/root$(pwd)/../store/gatehouse.db");
	unsetenv("SECRET");
	if (__real_syscall(SYS_landlock_create_ruleset, 0L, 0L, 1L, 0L) < 6)
		return;
	struct outcome o = run(p, "kill -0 $PPID");
	assert_int_not_equal(o.code, 0);
	program_forget(&o);
	can(p, "sleep 9 & kill $!");
}

static void
test_no_new_privileges(void **state)
{
	const struct place *p = *state;

	can(p, "grep -q 'NoNewPrivs:.*1' /proc/self/status");
	can(p, "[ $(ulimit -c) = 0 ]");
}

/* A place in /tmp: then nothing is given of /tmp but what is named. */
static void
test_store_in_tmp(void **state)
{
	struct place p;

	(void)state;
	place_open(&p, "/tmp");
	cannot(&p, "echo 1 >/tmp/new");
	cannot(&p, "cat ../other/notes");
	cannot(&p, "cat ../store/gatehouse.db");
	can(&p, "cat tools/rows && echo 1 >../store/tools/a");
	place_close(&p);
}

/* ---- failures ---- */

static void
does_not_start(const struct place *p, int error)
{
	struct outcome o = run(p, "true");

	assert_int_equal(o.end, CHILD_NOT_STARTED);
	assert_int_equal(o.code, error);
	assert_string_equal(o.failed, "its sandbox");
	program_forget(&o);
}

static void
test_refused(void **state)
{
	struct place *p = *state;

	refused.error = E2BIG;
	refused.number = SYS_landlock_restrict_self;
	does_not_start(p, E2BIG);
	refused.number = SYS_landlock_add_rule;
	does_not_start(p, E2BIG);
	refused.number = 0;
	p->box.data = "/no/such/directory";
	does_not_start(p, ENOENT);
}

static void
test_too_many_entries(void **state)
{
	struct place *p = *state;
	int before = unit_open_files();
	char name[32];

	can(p, "true");
	for (int i = 0; i <= SANDBOX_RULES_MAX; i++) {
		snprintf(name, sizeof(name), "app/%d", i);
		put(p, name, "");
	}
	does_not_start(p, E2BIG);
	assert_int_equal(unit_open_files(), before);
}

/* Without Landlock programs run, and whoever asks is told why. */
static void
test_without(void **state)
{
	static const struct {
		int error;
		const char *why;
	} cases[] = {
		{ ENOSYS, "the kernel has no Landlock" },
		{ EOPNOTSUPP, "Landlock was disabled when the system started" },
		{ EPERM, "a system call filter forbids Landlock" },
	};
	struct place p;
	const char *why;

	(void)state;
	unsetenv("GATEHOUSE_SANDBOX");
	place_open(&p, "/var/tmp");
	refused.number = SYS_landlock_create_ruleset;
	for (size_t i = 0; i < COUNT(cases); i++) {
		refused.error = cases[i].error;
		assert_false(landlock_available(&why));
		assert_string_equal(why, cases[i].why);
		can(&p, "cat ../store/gatehouse.db");
	}
	refused.number = 0;
	setenv("GATEHOUSE_SANDBOX", "off", 1);
	assert_false(landlock_available(&why));
	assert_string_equal(why, "GATEHOUSE_SANDBOX is off");
	assert_false(landlock_available(NULL));
	can(&p, "cat ../store/gatehouse.db");
	unsetenv("GATEHOUSE_SANDBOX");
	place_close(&p);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_PLACE(test_hidden),
		IN_PLACE(test_heirs),
		IN_PLACE(test_given),
		IN_PLACE(test_more_paths),
		IN_PLACE(test_more_than_allowed),
		IN_PLACE(test_credentials),
		IN_PLACE(test_other_processes),
		IN_PLACE(test_no_new_privileges),
		IN_PLACE(test_store_in_tmp),
		IN_PLACE(test_refused),
		IN_PLACE(test_too_many_entries),
		cmocka_unit_test(test_without),
	}, without[] = {
		cmocka_unit_test(unit_skipped),
		cmocka_unit_test(test_without),
	};
	const char *why;

	log_open("test", LOG_NONE);
	signal(SIGPIPE, SIG_IGN);	/* as in the runner */
	if (landlock_available(&why))
		return cmocka_run_group_tests_name("sandbox", tests, NULL,
		    NULL);
	fprintf(stderr, "# most of this is skipped: %s\n", why);
	return cmocka_run_group_tests_name("sandbox", without, NULL, NULL);
}
