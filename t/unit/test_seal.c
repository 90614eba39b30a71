/* SPDX-License-Identifier: Apache-2.0 */
/* What a sealed process can still open, and that its database works. */
#include <config.h>

#include "sql/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "t/unit/unit.h"

#include "lib/err.h"
#include "lib/landlock.h"
#include "lib/log.h"
#include "t/unit/sql_fixture.h"

/* One try of a process that was sealed as mode says. */
struct try {
	enum db_mode mode;
	const char *name;	/* beside the database, or absolute */
	int flags;
	int error;
};

struct tried {
	const char *path;	/* of the database */
	const struct try *try;
};

static int
open_one(void *arg)
{
	const struct tried *tried = arg;
	const char *name = tried->try->name;
	char path[PATH_MAX];
	struct db *db;
	char why[DB_WHY_MAX];

	if (db_open(&db, tried->path, tried->try->mode, why) != OK)
		return 255;
	seal(tried->path, tried->try->mode);
	snprintf(path, sizeof(path), "%.*s%s", *name == '/' ? 0 :
	    (int)(strrchr(tried->path, '/') + 1 - tried->path), tried->path,
	    name);
	return open(path, tried->try->flags, 0600) >= 0 ? 0 : errno;
}

static void
try_all(const char *path)
{
	static const struct try tries[] = {
		{ DB_WRITE, "test.db", O_RDWR, 0 },
		{ DB_WRITE, "test.db-wal", O_RDWR, 0 },
		{ DB_WRITE, "test.db-shm", O_RDWR, 0 },
		{ DB_WRITE, "beside", O_WRONLY, EACCES },
		{ DB_WRITE, "new", O_RDWR | O_CREAT, EACCES },
		{ DB_WRITE, "/dev/null", O_RDWR, EACCES },
		{ DB_READ, "test.db", O_RDONLY, 0 },
		{ DB_READ, "beside", O_RDONLY, 0 },
		{ DB_READ, ".", O_RDONLY | O_DIRECTORY, 0 },
		{ DB_READ, "test.db", O_RDWR, EACCES },
		{ DB_READ, "test.db-shm", O_RDWR, EACCES },
		{ DB_READ, "beside", O_WRONLY, EACCES },
		{ DB_READ, "new", O_RDWR | O_CREAT, EACCES },
#ifndef __SANITIZE_ADDRESS__	/* which is given everything to read */
		{ DB_WRITE, "beside", O_RDONLY, EACCES },
		{ DB_WRITE, ".", O_RDONLY | O_DIRECTORY, EACCES },
		{ DB_WRITE, "/etc/passwd", O_RDONLY, EACCES },
		{ DB_WRITE, "/proc/self/environ", O_RDONLY, EACCES },
		{ DB_READ, "/etc/passwd", O_RDONLY, EACCES },
#endif
	};
	struct tried tried = { .path = path };
	int error;

	for (size_t i = 0; i < COUNT(tries); i++) {
		tried.try = &tries[i];
		error = unit_apart(open_one, &tried);
		if (error != tries[i].error)
			fail_msg("%d %s %o: %s", tries[i].mode, tries[i].name,
			    (unsigned)tries[i].flags, strerror(error));
	}
}

static void
test_files(void **state)
{
	struct fixture *f = *state;
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/beside", f->dir);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	close(fd);
	try_all(f->path);
	unlink(path);
}

/* SQLite follows a link, and so do we. */
static int
through_link(void *arg)
{
	struct fixture *f = arg;
	char link[96];
	char why[DB_WHY_MAX];
	struct db *db, *later;
	int rc;

	snprintf(link, sizeof(link), "%s.link", f->dir);
	if (symlink(f->path, link) != 0 ||
	    db_open(&db, link, DB_WRITE, why) != OK)
		return 255;
	seal(link, DB_WRITE);
	rc = db_open(&later, link, DB_READ, why);
	return rc == OK ? 0 : 1;
}

static void
test_link(void **state)
{
	struct fixture *f = *state;
	char link[96];
	int status = unit_apart(through_link, f);

	snprintf(link, sizeof(link), "%s.link", f->dir);
	unlink(link);
	assert_int_equal(status, 0);
}

/* As gatehouse-fcgi does: written here, read over connections made later. */
static int
write_sealed(void *arg)
{
	struct fixture *f = arg;
	char why[DB_WHY_MAX];
	struct fixture own = { 0 };
	struct db *db;
	int64_t seen;

	if (db_open(&own.db, f->path, DB_WRITE, why) != OK)
		return 255;
	db_wake(own.db, WAKE_RUNNER);
	seal(f->path, DB_WRITE);
	for (int i = 0; i < 3; i++) {
		struct tx tx = TX(own.db);

		while (tx_loop(&tx))
			fixture_count_up(&tx, "sealed");
		if (tx.rc != OK)
			return 1;
	}
	if (db_open(&db, f->path, DB_READ, why) != OK)
		return 2;
	own.db = db;
	seen = fixture_counter(&own, "sealed");
	db_close(db);
	return seen == 3 ? 0 : 3;
}

/* As gatehouse-stream does, which sees what others wrote later. */
static int
read_sealed(void *arg)
{
	struct fixture own = { 0 }, *f = arg;
	char why[DB_WHY_MAX];

	if (db_open(&own.db, f->path, DB_READ, why) != OK)
		return 255;
	seal(f->path, DB_READ);
	return fixture_counter(&own, "sealed") == 3 ? 0 : 1;
}

static void
test_database_works(void **state)
{
	assert_int_equal(unit_apart(write_sealed, *state), 0);
	assert_int_equal(unit_apart(read_sealed, *state), 0);
	fixture_sound(*state);
}

static int
reach_out(void *arg)
{
	struct fixture *f = arg;

	seal(f->path, DB_WRITE);
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 255;
	return socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 0 : errno;
}

static void
test_no_network(void **state)
{
	assert_int_equal(unit_apart(reach_out, *state), EAFNOSUPPORT);
}

/* What is not there is none; the rest holds all the same. */
static int
seal_nothing(void *arg)
{
	const char *path = arg;

	seal(path, DB_WRITE);
	if (socket(AF_INET, SOCK_STREAM, 0) >= 0)
		return 1;
	return open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0 ? 0 : errno;
}

static void
test_without_files(void **state)
{
	struct fixture *f = *state;
	char none[] = "/no/such/file";

	assert_int_equal(unit_apart(seal_nothing, none), 0);
	setenv("GATEHOUSE_SANDBOX", "off", 1);
	assert_int_equal(unit_apart(seal_nothing, f->path), 0);
	unsetenv("GATEHOUSE_SANDBOX");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_files),
		FIXTURE_TEST(test_link),
		FIXTURE_TEST(test_database_works),
		FIXTURE_TEST(test_no_network),
		FIXTURE_TEST(test_without_files),
	}, without[] = {
		cmocka_unit_test(unit_skipped),
		FIXTURE_TEST(test_database_works),
	};
	const char *why;

	log_open("test", LOG_NONE);
	if (landlock_available(&why))
		return cmocka_run_group_tests_name("seal", tests, NULL, NULL);
	fprintf(stderr, "# most of this is skipped: %s\n", why);
	return cmocka_run_group_tests_name("seal", without, NULL, NULL);
}
