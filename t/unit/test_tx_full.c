/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk that is full, or that may not be written: the answer is E_FULL, what
 * was refused left no trace, and the database goes on when there is room.
 */
#include "t/unit/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/log.h"
#include "sql/session.h"
#include "t/unit/sql_fixture.h"

enum { NOBODY = 65534 };

/* SQLite's way to write, and ours around it. */
static struct {
	ssize_t (*pwrite)(int, const void *, size_t, off_t);
	int countdown;		/* writes until one fails; below 0: never */
	bool for_good;		/* and all that follow */
} disk = { .countdown = -1 };

static ssize_t
write_or_fail(int fd, const void *data, size_t len, off_t at)
{
	if (disk.countdown == 0) {
		if (!disk.for_good)
			disk.countdown = -1;
		errno = ENOSPC;
		return -1;
	}
	if (disk.countdown > 0)
		disk.countdown--;
	return disk.pwrite(fd, data, len, at);
}

static int
set_up(void **state)
{
	static const char *const names[] = { "pwrite", "pwrite64" };
	sqlite3_vfs *vfs = sqlite3_vfs_find("unix");

	(void)state;
	log_open("test_tx_full", LOG_NONE);
	signal(SIGXFSZ, SIG_IGN);
	disk.pwrite = pwrite;
	for (size_t i = 0; i < COUNT(names); i++)
		vfs->xSetSystemCall(vfs, names[i],
		    (sqlite3_syscall_ptr)write_or_fail);
	return 0;
}

static int
create(struct db *db, char why[DB_WHY_MAX])
{
	struct session_new new = { .query = "q", .environment = "dev",
	    .submitter = "{}", .extra_fields = "{}", .now_ms = 5 };
	struct session_ref ref;
	int rc = session_create(db, &new, &ref);

	memcpy(why, ref.why, DB_WHY_MAX);
	return rc;
}

static void
check_sessions(struct fixture *f, int expected)
{
	assert_int_equal(fixture_int(f, "SELECT count(*) FROM session"),
	    expected);
	fixture_sound(f);
}

/* Each write in turn, so that the log is cut at each place. */
static void
test_each_write(void **state)
{
	struct fixture *f = *state;
	char why[DB_WHY_MAX];
	int sessions = 0, refused = 0;

	fixture_uncap(f);
	for (int n = 0; n < 120; n++) {
		int rc;

		disk.countdown = n % 40;
		rc = create(f->db, why);
		disk.countdown = -1;
		if (rc == OK) {
			sessions++;
			continue;
		}
		assert_int_equal(rc, E_FULL);
		assert_string_equal(why, "database or disk is full");
		refused++;
		check_sessions(f, sessions);
	}
	print_message("# %d made, %d refused\n", sessions, refused);
	assert_true(sessions > 10 && refused > 10);
	check_sessions(f, sessions);
}

static void
test_stays_full(void **state)
{
	struct fixture *f = *state;
	char why[DB_WHY_MAX];

	assert_int_equal(create(f->db, why), OK);
	disk.countdown = 0;
	disk.for_good = true;
	for (int i = 0; i < 3; i++)
		assert_int_equal(create(f->db, why), E_FULL);
	check_sessions(f, 1);
	disk.for_good = false;
	disk.countdown = -1;
	assert_int_equal(create(f->db, why), OK);
	check_sessions(f, 2);
}

/* All that share the commit that fails hear of it. */
static void
test_held_group(void **state)
{
	struct fixture *f = *state;
	char why[DB_WHY_MAX];

	db_hold(f->db);
	assert_int_equal(create(f->db, why), OK);
	assert_int_equal(create(f->db, why), OK);
	disk.countdown = 2;
	assert_int_equal(db_release(f->db), E_FULL);
	disk.countdown = -1;
	check_sessions(f, 0);
	assert_int_equal(create(f->db, why), OK);
	check_sessions(f, 1);
}

static void
test_open_on_a_full_disk(void **state)
{
	struct fixture *f = *state;
	char why[DB_WHY_MAX];

	for (int n = 0; n < 40; n++) {
		int rc;

		db_close(f->db);
		f->db = NULL;
		unlink(f->path);
		disk.countdown = n;
		rc = db_open(&f->db, f->path, DB_CREATE, why);
		disk.countdown = -1;
		if (rc == OK)
			continue;
		assert_int_equal(rc, E_FULL);
		assert_null(f->db);
		assert_int_equal(db_open(&f->db, f->path, DB_CREATE, why), OK);
		fixture_sound(f);
	}
}

static void
test_page_limit(void **state)
{
	struct fixture *f = *state;
	char why[DB_WHY_MAX], limit[64];
	int sessions = 0;

	fixture_uncap(f);
	snprintf(limit, sizeof(limit), "PRAGMA max_page_count=%d",
	    (int)fixture_int(f, "PRAGMA page_count") + 3);
	fixture_sql(f, limit);
	while (create(f->db, why) == OK && sessions < 10000)
		sessions++;
	assert_string_equal(why, "database or disk is full");
	check_sessions(f, sessions);
	fixture_sql(f, "PRAGMA max_page_count=1000000");
	assert_int_equal(create(f->db, why), OK);
	check_sessions(f, sessions + 1);
}

/* The kernel's own refusal, at a size in the middle of a frame. */
static void
test_file_limit(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, limit;
	char why[DB_WHY_MAX], path[128];
	struct stat st;
	int sessions = 0, rc;

	fixture_uncap(f);
	snprintf(path, sizeof(path), "%s-wal", f->path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = (rlim_t)st.st_size + 100000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	while ((rc = create(f->db, why)) == OK && sessions < 1000)
		sessions++;
	setrlimit(RLIMIT_FSIZE, &before);
	assert_true(rc == E_FULL || rc == E_IO);
	check_sessions(f, sessions);
	assert_int_equal(create(f->db, why), OK);
	check_sessions(f, sessions + 1);
}

static int
refuse_all(struct fixture *f)
{
	char why[DB_WHY_MAX], path[128];
	struct db *db;

	if (db_open(&db, f->path, DB_WRITE, why) != E_FULL ||
	    strncmp(why, "cannot write to \"", 17) != 0)
		return 2;
	if (db_open(&db, f->path, DB_CREATE, why) != E_FULL)
		return 3;
	snprintf(path, sizeof(path), "%s/new.db", f->dir);
	if (db_open(&db, path, DB_CREATE, why) != E_FULL ||
	    strncmp(why, "cannot create \"", 15) != 0)
		return 4;
	if (access(path, F_OK) == 0)
		return 5;
	if (db_open(&db, f->path, DB_READ, why) != OK)
		return 6;
	db_close(db);
	return 0;
}

/* As somebody who may read the folder and no more. */
static void
test_read_only(void **state)
{
	struct fixture *f = *state;
	int status;
	pid_t pid;

	assert_int_equal(chmod(f->dir, 0555), 0);
	assert_int_equal(chmod(f->path, 0444), 0);
	db_close(f->db);
	f->db = NULL;
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (geteuid() == 0 && setuid(NOBODY) != 0)
			_exit(1);
		_exit(refuse_all(f));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	chmod(f->dir, 0755);
	assert_int_equal(status, 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_each_write),
		FIXTURE_TEST(test_stays_full),
		FIXTURE_TEST(test_held_group),
		FIXTURE_TEST(test_open_on_a_full_disk),
		FIXTURE_TEST(test_page_limit),
		FIXTURE_TEST(test_file_limit),
		FIXTURE_TEST(test_read_only),
	};

	return cmocka_run_group_tests_name("tx_full", tests, set_up, NULL);
}
