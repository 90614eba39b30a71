/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/migrate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/log.h"
#include "t/unit/sql_fixture.h"
#include "t/unit/unit.h"

#define EMPTY_TEST(f) \
	cmocka_unit_test_setup_teardown(f, fixture_dir, fixture_close)

/* All of the schema and the rows that matter, as one text. */
#define SCHEMA \
	"SELECT sha256(group_concat(sql, char(10))) FROM" \
	" (SELECT sql FROM sqlite_schema ORDER BY type, name)"

static int
try_open(struct fixture *f, enum db_mode mode, char why[DB_WHY_MAX])
{
	db_close(f->db);
	return db_open(&f->db, f->path, mode, why);
}

static void
must_open(struct fixture *f, enum db_mode mode)
{
	char why[DB_WHY_MAX];
	int rc = try_open(f, mode, why);

	if (rc != OK)
		fail_msg("%s: %s", err_text(rc), why);
}

static int
keep_number(void *arg, int columns, char **values, char **names)
{
	(void)columns;
	(void)names;
	*(int *)arg = values[0] != NULL ? atoi(values[0]) : 0;
	return 0;
}

/* Opens the file with no help of ours and runs text; its last number. */
static int
raw(struct fixture *f, const char *text)
{
	sqlite3 *sqlite;
	int number = 0;

	db_close(f->db);
	f->db = NULL;
	assert_int_equal(sqlite3_open(f->path, &sqlite), SQLITE_OK);
	if (sqlite3_exec(sqlite, text, keep_number, &number, NULL) != SQLITE_OK)
		fail_msg("%s: %s", text, sqlite3_errmsg(sqlite));
	sqlite3_close(sqlite);
	return number;
}

static void
write_file(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

static int
mode_of(struct fixture *f, const char *suffix)
{
	struct stat st;
	char path[128];

	snprintf(path, sizeof(path), "%s%s", f->path, suffix);
	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 0777;
}

static void
test_new_file(void **state)
{
	static const char *const suffixes[] = { "", "-lock", "-wal", "-shm" };
	struct fixture *f = *state;
	mode_t mask = umask(0077);

	must_open(f, DB_CREATE);
	umask(mask);
	for (size_t i = 0; i < COUNT(suffixes); i++)
		assert_int_equal(mode_of(f, suffixes[i]), 0660);
	fixture_is(f, "PRAGMA journal_mode", "wal");
	fixture_is(f, "PRAGMA auto_vacuum", "2");
	fixture_is(f, "PRAGMA foreign_keys", "1");
	fixture_is(f, "PRAGMA synchronous", "2");
	fixture_is(f, "PRAGMA user_version", "1");
	fixture_sound(f);
}

static void
test_missing(void **state)
{
	struct fixture *f = *state;
	char why[DB_WHY_MAX];

	assert_int_equal(try_open(f, DB_WRITE, why), E_NOTFOUND);
	assert_non_null(strstr(why, "make it with: gatehouse init"));
	assert_int_equal(try_open(f, DB_READ, why), E_NOTFOUND);
	assert_int_not_equal(access(f->path, F_OK), 0);
	snprintf(f->path, sizeof(f->path), "%s/none/x.db", f->dir);
	assert_int_equal(try_open(f, DB_CREATE, why), E_IO);
	assert_non_null(strstr(why, "No such file or directory"));
}

static void
test_again(void **state)
{
	struct fixture *f = *state;
	char *before, *now;

	fixture_story(f, "nptcga");
	before = fixture_text(f, SCHEMA);
	must_open(f, DB_CREATE);
	now = fixture_text(f, SCHEMA);
	assert_string_equal(now, before);
	fixture_is(f, "SELECT status FROM session", "in_progress");
	fixture_sound(f);
	free(before);
	free(now);
}

static void
test_empty_file(void **state)
{
	struct fixture *f = *state;
	char why[DB_WHY_MAX];

	write_file(f->path, "");
	assert_int_equal(try_open(f, DB_WRITE, why), E_SCHEMA);
	assert_non_null(strstr(why, "has schema 0, this program needs 1; "
	    "run: gatehouse init"));
	must_open(f, DB_CREATE);
	fixture_sound(f);
}

/* Whatever is not ours is refused in every mode, and stays as it is. */
static void
refused(struct fixture *f, const char *reason)
{
	static const enum db_mode modes[] = { DB_CREATE, DB_WRITE, DB_READ };
	char why[DB_WHY_MAX], before[128], now[128], command[256];
	FILE *in;

	for (size_t i = 0; i < COUNT(modes); i++) {
		snprintf(command, sizeof(command), "sha256sum < %s", f->path);
		in = popen(command, "r");
		assert_non_null(fgets(before, sizeof(before), in));
		pclose(in);
		if (try_open(f, modes[i], why) != E_SCHEMA ||
		    strstr(why, reason) == NULL)
			fail_msg("mode %d: \"%s\", not \"%s\"", modes[i], why,
			    reason);
		assert_null(f->db);
		in = popen(command, "r");
		assert_non_null(fgets(now, sizeof(now), in));
		pclose(in);
		assert_string_equal(now, before);
	}
}

static void
test_foreign(void **state)
{
	static const char *const makers[] = {
		"CREATE TABLE t (x)",
		"PRAGMA application_id=1; CREATE TABLE t (x)",
		"PRAGMA application_id=1",
		"PRAGMA user_version=-1",
		"PRAGMA application_id=1196714099; PRAGMA user_version=-1",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(makers); i++) {
		raw(f, makers[i]);
		refused(f, "is not a Gatehouse database");
		assert_int_equal(unlink(f->path), 0);
	}
	write_file(f->path, "A text of some length, which is no database. "
	    "A text of some length, which is no database. "
	    "A text of some length, which is no database.\n");
	refused(f, "is not a Gatehouse database");
}

static void
test_newer(void **state)
{
	struct fixture *f = *state;

	raw(f, "PRAGMA user_version=2");
	refused(f, "has schema 2, this program knows 1; "
	    "use the newer program");
}

static void
test_damaged(void **state)
{
	struct fixture *f = *state;
	char why[DB_WHY_MAX];
	FILE *out;

	db_close(f->db);
	f->db = NULL;
	out = fopen(f->path, "r+");
	assert_non_null(out);
	assert_int_equal(fseek(out, 100, SEEK_SET), 0);
	for (int i = 0; i < 3000; i++)
		fputc(0xee, out);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(try_open(f, DB_WRITE, why), E_CORRUPT);
	assert_int_equal(try_open(f, DB_CREATE, why), E_CORRUPT);
}

/* A step that fails takes all others back. */
static void
test_failure_changes_nothing(void **state)
{
	struct fixture *f = *state;
	char why[DB_WHY_MAX];

	raw(f, "PRAGMA application_id=1196714099; CREATE TABLE vote (x);"
	    "INSERT INTO vote VALUES (7)");
	assert_int_equal(try_open(f, DB_CREATE, why), E_SCHEMA);
	assert_non_null(strstr(why, "table vote already exists"));
	assert_int_equal(raw(f, "SELECT count(*) FROM sqlite_schema"), 1);
	assert_int_equal(raw(f, "SELECT x FROM vote"), 7);
	assert_int_equal(raw(f, "PRAGMA user_version"), 0);
}

static void
test_failure_keeps_the_triggers(void **state)
{
	struct fixture *f = *state;
	char *before, *now, why[DB_WHY_MAX];

	fixture_sql(f, "DROP VIEW invariant_i13;"
	    "CREATE TABLE invariant_i13 (x)");
	before = fixture_text(f, SCHEMA);
	assert_int_equal(try_open(f, DB_CREATE, why), E_SCHEMA);
	must_open(f, DB_WRITE);
	now = fixture_text(f, SCHEMA);
	assert_string_equal(now, before);
	free(before);
	free(now);
}

static void
test_triggers_are_made_whole(void **state)
{
	struct fixture *f = *state;
	char *before, *now;

	before = fixture_text(f, SCHEMA);
	raw(f, "DROP TRIGGER vote_check; DROP VIEW session_object;"
	    "DROP VIEW invariant_i2;"
	    "CREATE VIEW invariant_i2 AS SELECT '' WHERE 0;"
	    "CREATE TRIGGER alien AFTER INSERT ON vote BEGIN SELECT 1; END;"
	    "CREATE VIEW \"an alien\" AS SELECT 1");
	must_open(f, DB_CREATE);
	now = fixture_text(f, SCHEMA);
	assert_string_equal(now, before);
	free(before);
	free(now);
}

static void
test_reader_cannot_write(void **state)
{
	struct fixture *f = *state;

	must_open(f, DB_READ);
	assert_string_equal(fixture_try(f, "DELETE FROM session_number"),
	    "not authorized");
	sqlite3_set_authorizer(f->db->sqlite, NULL, NULL);
	assert_string_equal(fixture_try(f, "DELETE FROM session_number"),
	    "attempt to write a readonly database");
}

static _Noreturn void
be_process(struct fixture *f)
{
	char why[DB_WHY_MAX];
	int rc = try_open(f, DB_CREATE, why);

	db_close(f->db);
	_exit(rc == OK ? 0 : 1);
}

/* One makes it, the others find it made. */
static void
test_two_at_once(void **state)
{
	struct fixture *f = *state;
	pid_t pids[4];
	int status;

	for (size_t i = 0; i < COUNT(pids); i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			be_process(f);
	}
	for (size_t i = 0; i < COUNT(pids); i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	must_open(f, DB_WRITE);
	fixture_sound(f);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		EMPTY_TEST(test_new_file),
		EMPTY_TEST(test_missing),
		FIXTURE_TEST(test_again),
		EMPTY_TEST(test_empty_file),
		EMPTY_TEST(test_foreign),
		FIXTURE_TEST(test_newer),
		FIXTURE_TEST(test_damaged),
		EMPTY_TEST(test_failure_changes_nothing),
		FIXTURE_TEST(test_failure_keeps_the_triggers),
		FIXTURE_TEST(test_triggers_are_made_whole),
		FIXTURE_TEST(test_reader_cannot_write),
		EMPTY_TEST(test_two_at_once),
	};

	log_open("test_migrate", LOG_NONE);
	return cmocka_run_group_tests_name("migrate", tests, NULL, NULL);
}
