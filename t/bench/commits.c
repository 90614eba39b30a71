/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commits: what SQLite alone commits per second, one writer, FULL: a session
 * of 2 KB and its two events, so many of them per commit.
 *
 *	commits FILE SECONDS PER_COMMIT
 *
 * Makes FILE anew and prints one JSON object.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "t/bench/sample.h"

static const char set_up[] =
	"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
	"CREATE TABLE session (id TEXT PRIMARY KEY, status TEXT, body TEXT);"
	"CREATE TABLE event (seq INTEGER PRIMARY KEY, session_id TEXT,"
	" kind TEXT, payload TEXT);"
	"CREATE INDEX event_session ON event (session_id)";

static sqlite3_stmt *
prepare(sqlite3 *db, const char *text)
{
	sqlite3_stmt *stmt = NULL;

	if (sqlite3_prepare_v2(db, text, -1, &stmt, NULL) != SQLITE_OK) {
		fprintf(stderr, "commits: %s\n", sqlite3_errmsg(db));
		exit(1);
	}
	return stmt;
}

static void
insert(sqlite3_stmt *stmt, int64_t number)
{
	sqlite3_bind_int64(stmt, 1, number);
	if (sqlite3_step(stmt) != SQLITE_DONE) {
		fputs("commits: cannot insert\n", stderr);
		exit(1);
	}
	sqlite3_reset(stmt);
}

static int64_t
run(sqlite3 *db, int64_t until, int per_commit)
{
	sqlite3_stmt *session = prepare(db, "INSERT INTO session VALUES ("
	    "printf('BEN-20250101-%07d', ?1), 'new', hex(zeroblob(1000)))");
	sqlite3_stmt *event = prepare(db, "INSERT INTO event (session_id, "
	    "kind, payload) VALUES (printf('BEN-20250101-%07d', ?1), "
	    "'session.created', hex(zeroblob(60)))");
	int64_t count = 0;

	while (sample_now() < until) {
		sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
		for (int i = 0; i < per_commit; i++) {
			insert(session, ++count);
			insert(event, count);
			insert(event, count);
		}
		if (sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
			exit(1);
	}
	sqlite3_finalize(session);
	sqlite3_finalize(event);
	return count;
}

int
main(int argc, char **argv)
{
	sqlite3 *db = NULL;
	int64_t start, count;

	if (argc != 4) {
		fputs("usage: commits FILE SECONDS PER_COMMIT\n", stderr);
		return 2;
	}
	unlink(argv[1]);
	if (sqlite3_open(argv[1], &db) != SQLITE_OK ||
	    sqlite3_exec(db, set_up, NULL, NULL, NULL) != SQLITE_OK) {
		fprintf(stderr, "commits: %s\n", sqlite3_errmsg(db));
		return 1;
	}
	start = sample_now();
	count = run(db, start + (int64_t)(strtod(argv[2], NULL) * 1e9),
	    (int)strtol(argv[3], NULL, 10));
	printf("{\"done\":%lld,\"seconds\":%.6f}\n", (long long)count,
	    (double)(sample_now() - start) / 1e9);
	sqlite3_close(db);
	return 0;
}
