/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/log.h"
#include "lib/sha256.h"
#include "sql/confine.h"
#include "sql/db_internal.h"
#include "sql/lock.h"
#include "sql/migrate.h"
#include "sql/object.h"
#include "sql/sql_text.h"

/* A client outside our lock file, a shell say, may hold the lock so long. */
enum { BUSY_MS = 10000 };

/*
 * A RAISE message starts with a word that chooses the code; returns what
 * follows it.
 */
static const char *
error_of_raise(const char *text, int *code)
{
	static const struct {
		const char *word;
		int code;
	} words[] = {
		{ "conflict: ", E_CONFLICT },
		{ "invalid: ", E_INVALID },
		{ "denied: ", E_DENIED },
		{ "unknown: ", E_NOTFOUND },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i].word);

		if (strncmp(text, words[i].word, len) == 0) {
			*code = words[i].code;
			return text + len;
		}
	}
	return text;
}

static int
error_of_constraint(int extended)
{
	switch (extended) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID:
		return E_CONFLICT;
	case SQLITE_CONSTRAINT_FOREIGNKEY:
		return E_NOTFOUND;
	default:
		return E_INVALID;
	}
}

static int
error_of_result(int result)
{
	if (result == SQLITE_IOERR_NOMEM)
		return E_NOMEM;
	if (result == SQLITE_IOERR_SHMSIZE)	/* no room for the index */
		return E_FULL;
	switch (result & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return OK;
	case SQLITE_NOMEM:
		return E_NOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return E_BUSY;
	case SQLITE_FULL:
	case SQLITE_READONLY:
		return E_FULL;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return E_CORRUPT;
	case SQLITE_TOOBIG:
		return E_TOOBIG;
	case SQLITE_AUTH:	/* see sql/confine.h */
	case SQLITE_ERROR:	/* a statement that cannot be, or bad JSON */
	case SQLITE_MISUSE:
		return E_MISUSE;
	default:
		return E_IO;
	}
}

int
db_error(struct db *db, int result, char why[DB_WHY_MAX])
{
	const char *text = sqlite3_errmsg(db->sqlite);
	int code = error_of_result(result);

	if (code == OK)
		return OK;
	if ((result & 0xff) == SQLITE_CONSTRAINT) {
		code = error_of_constraint(
		    sqlite3_extended_errcode(db->sqlite));
		text = error_of_raise(text, &code);
	} else if (code != E_BUSY) {
		log_error("database", "error=\"%s\" code=%d", text, result);
	}
	snprintf(why, DB_WHY_MAX, "%s", text);
	return code;
}

int
db_unusable(const struct db *db, int result, char why[DB_WHY_MAX])
{
	snprintf(why, DB_WHY_MAX, "cannot use \"%.160s\": %s", db->path,
	    sqlite3_errmsg(db->sqlite));
	return error_of_result(result);
}

int
db_exec(struct db *db, const char *text)
{
	return sqlite3_exec(db->sqlite, text, NULL, NULL, NULL);
}

static int
bind_one(sqlite3_stmt *stmt, int at, char type, va_list *args)
{
	switch (type) {
	case 's':
		return sqlite3_bind_text(stmt, at, va_arg(*args, const char *),
		    -1, SQLITE_TRANSIENT);
	case 'i':
		return sqlite3_bind_int(stmt, at, va_arg(*args, int));
	case 'l':
		return sqlite3_bind_int64(stmt, at, va_arg(*args, int64_t));
	case 'd':
		return sqlite3_bind_double(stmt, at, va_arg(*args, double));
	case 'n':
		return sqlite3_bind_null(stmt, at);
	default:
		return SQLITE_MISUSE;
	}
}

sqlite3_stmt *
db_prepare(struct db *db, enum query query)
{
	if (db->stmt[query] == NULL)
		sqlite3_prepare_v3(db->sqlite, query_text[query].text, -1,
		    SQLITE_PREPARE_PERSISTENT, &db->stmt[query], NULL);
	return db->stmt[query];
}

sqlite3_stmt *
db_start(struct db *db, enum query query, const char *types, va_list args)
{
	sqlite3_stmt *stmt = db_prepare(db, query);
	va_list rest;
	int result = SQLITE_OK;

	if (stmt == NULL)
		return NULL;
	sqlite3_reset(stmt);
	va_copy(rest, args);
	for (int i = 0; types[i] != '\0' && result == SQLITE_OK; i++)
		result = bind_one(stmt, i + 1, types[i], &rest);
	va_end(rest);
	return result == SQLITE_OK ? stmt : NULL;
}

struct rows
db_query(struct db *db, enum query query, const char *types, ...)
{
	struct rows rows = { .db = db };
	char why[DB_WHY_MAX];
	va_list args;

	va_start(args, types);
	rows.stmt = db_start(db, query, types, args);
	va_end(args);
	if (rows.stmt == NULL) {
		rows.rc = db_error(db, sqlite3_errcode(db->sqlite), why);
		if (rows.rc == OK)
			rows.rc = E_MISUSE;
	}
	return rows;
}

int
db_snapshot(struct db *db)
{
	char why[DB_WHY_MAX];

	return db_error(db, db_exec(db, "BEGIN"), why);
}

void
db_snapshot_end(struct db *db)
{
	db_exec(db, "COMMIT");
}

void
db_checkpoint(struct db *db)
{
	sqlite3_wal_checkpoint_v2(db->sqlite, NULL, SQLITE_CHECKPOINT_TRUNCATE,
	    NULL, NULL);
}

static int
check_integrity(struct db *db, char why[DB_WHY_MAX])
{
	sqlite3_stmt *stmt = NULL;
	const char *text = NULL;
	int result = sqlite3_prepare_v2(db->sqlite,
	    "PRAGMA integrity_check(1)", -1, &stmt, NULL);
	int rc = OK;

	if (result == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
		text = (const char *)sqlite3_column_text(stmt, 0);
	if (text != NULL && strcmp(text, "ok") != 0) {
		snprintf(why, DB_WHY_MAX, "%s", text);
		rc = E_CORRUPT;
	} else if (text == NULL) {
		rc = db_error(db, sqlite3_errcode(db->sqlite), why);
	}
	sqlite3_finalize(stmt);
	return rc;
}

/* What SQLite could not look at it reports as damage, so it is asked twice. */
int
db_verify_integrity(struct db *db, char why[DB_WHY_MAX])
{
	int rc = check_integrity(db, why);

	return rc == E_CORRUPT ? check_integrity(db, why) : rc;
}

/* sha256(text): so that SQL can compare a digest with what it stands for. */
static void
sql_sha256(sqlite3_context *context, int count, sqlite3_value **values)
{
	const unsigned char *text = sqlite3_value_text(values[0]);
	char hex[SHA256_HEX_SIZE];

	(void)count;
	if (sqlite3_value_type(values[0]) == SQLITE_NULL)
		return;
	if (text == NULL) {
		sqlite3_result_error_nomem(context);
		return;
	}
	sha256_hex(text, (size_t)sqlite3_value_bytes(values[0]), hex);
	sqlite3_result_text(context, hex, -1, SQLITE_TRANSIENT);
}

/* Why the system refused a file, as a code. */
static int
error_of_errno(void)
{
	switch (errno) {
	case EACCES:
	case EPERM:
	case EROFS:
	case ENOSPC:
	case EDQUOT:
		return E_FULL;
	default:
		return E_IO;
	}
}

/* Makes the file before SQLite does, which would make it 0640. */
static int
make_file(const char *path, char why[DB_WHY_MAX])
{
	int fd = lock_create(path);

	if (fd < 0 && errno != EEXIST) {
		snprintf(why, DB_WHY_MAX, "cannot create \"%.160s\": %s", path,
		    strerror(errno));
		return error_of_errno();
	}
	if (fd >= 0)
		close(fd);
	return OK;
}

/*
 * What SQLite would not say: it waits for a fifo, and calls a directory a
 * fault of the disk.
 */
static int
check_file(const char *path, char why[DB_WHY_MAX])
{
	struct stat file;
	int result = stat(path, &file);

	if (result == 0 && S_ISREG(file.st_mode))
		return OK;
	if (result == 0) {
		snprintf(why, DB_WHY_MAX, "\"%.160s\" is no file", path);
		return E_SCHEMA;
	}
	if (errno == ENOENT || errno == ENOTDIR) {
		snprintf(why, DB_WHY_MAX,
		    "no database \"%.160s\"; make it with: gatehouse init",
		    path);
		return E_NOTFOUND;
	}
	snprintf(why, DB_WHY_MAX, "cannot open \"%.160s\": %s", path,
	    strerror(errno));
	return error_of_errno();
}

/* Counting memory would take a mutex in every malloc of every thread. */
static void
configure(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static int
open_sqlite(struct db *db, enum db_mode mode, char why[DB_WHY_MAX])
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	int flags = mode == DB_READ ? SQLITE_OPEN_READONLY :
	    SQLITE_OPEN_READWRITE;
	int result, on = 1;

	pthread_once(&once, configure);
	result = sqlite3_open_v2(db->path, &db->sqlite,
	    flags | SQLITE_OPEN_NOMUTEX, NULL);
	if (result == SQLITE_OK)
		result = sqlite3_create_function(db->sqlite, "sha256", 1,
		    SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, sql_sha256,
		    NULL, NULL);
	if (result == SQLITE_OK)
		result = object_register(db->sqlite);
	if (result != SQLITE_OK) {
		snprintf(why, DB_WHY_MAX, "cannot open \"%.160s\": %s",
		    db->path, sqlite3_errstr(result));
		return error_of_result(result);
	}
	sqlite3_busy_timeout(db->sqlite, BUSY_MS);
	sqlite3_extended_result_codes(db->sqlite, 1);
	sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
	return OK;
}

static int
set_up(struct db *db, enum db_mode mode, char why[DB_WHY_MAX])
{
	static const char reader[] =
		"PRAGMA query_only=ON; PRAGMA cache_size=-2000;"
		"PRAGMA temp_store=MEMORY";
	static const char writer[] =
		"PRAGMA foreign_keys=ON; PRAGMA synchronous=FULL;"
		"PRAGMA wal_autocheckpoint=2000; PRAGMA cache_size=-8000;"
		"PRAGMA temp_store=MEMORY;"
		"PRAGMA journal_size_limit=67108864";
	static const struct right none[] = { { .what = 0 } };
	int result;

	result = db_exec(db, mode == DB_READ ? reader : writer);
	if (mode == DB_READ)
		confine(db, none);
	for (int i = Q_TX_BEGIN; mode != DB_READ && i <= Q_TX_KEEP; i++)
		if (result == SQLITE_OK && db_prepare(db, i) == NULL)
			result = sqlite3_errcode(db->sqlite);
	return result == SQLITE_OK ? OK : db_unusable(db, result, why);
}

/*
 * A writer must be able to write, and to queue: SQLite falls back to reading
 * without a word.
 */
static int
open_lock(struct db *db, char why[DB_WHY_MAX])
{
	char path[4096];

	if (sqlite3_db_readonly(db->sqlite, "main") != 0) {
		snprintf(why, DB_WHY_MAX, "cannot write to \"%.160s\"",
		    db->path);
		return E_FULL;
	}
	errno = ENAMETOOLONG;
	if (snprintf(path, sizeof(path), "%s-lock", db->path) <
	    (int)sizeof(path))
		db->lock_fd = lock_open(path);
	if (db->lock_fd >= 0)
		return OK;
	snprintf(why, DB_WHY_MAX, "cannot open \"%.160s-lock\": %s", db->path,
	    strerror(errno));
	return error_of_errno();
}

static int
open_all(struct db *db, enum db_mode mode, char why[DB_WHY_MAX])
{
	int rc = OK;

	if (mode == DB_CREATE)
		rc = make_file(db->path, why);
	if (rc == OK)
		rc = check_file(db->path, why);
	if (rc == OK)
		rc = open_sqlite(db, mode, why);
	if (rc == OK && mode != DB_READ)
		rc = open_lock(db, why);
	if (rc == OK && mode == DB_CREATE)
		rc = migrate(db, why);
	if (rc == OK)
		rc = migrate_check(db, why);
	if (rc == OK)
		rc = set_up(db, mode, why);
	return rc;
}

int
db_open(struct db **out, const char *path, enum db_mode mode,
    char why[DB_WHY_MAX])
{
	struct db *db = calloc(1, sizeof(*db));
	int rc;

	*out = NULL;
	snprintf(why, DB_WHY_MAX, "%s", err_text(E_NOMEM));
	if (db == NULL)
		return E_NOMEM;
	db->lock_fd = db->wake_fd = -1;
	pthread_mutex_init(&db->mutex, NULL);
	pthread_cond_init(&db->baton, NULL);
	db->path = strdup(path);
	rc = db->path != NULL ? open_all(db, mode, why) : E_NOMEM;
	if (rc != OK)
		db_close(db);
	else
		*out = db;
	return rc;
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	for (int i = 0; i < Q_COUNT; i++)
		sqlite3_finalize(db->stmt[i]);
	sqlite3_close(db->sqlite);
	if (db->lock_fd >= 0)
		close(db->lock_fd);
	if (db->wake_fd >= 0)
		close(db->wake_fd);
	pthread_cond_destroy(&db->baton);
	pthread_mutex_destroy(&db->mutex);
	free(db->path);
	free(db);
}

const char *
db_path(const struct db *db)
{
	return db->path;
}

void
db_wake(struct db *db, unsigned whom)
{
	db->wake_fd = socket(AF_UNIX,
	    SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	db->wake = db->wake_fd >= 0 ? whom : 0;
}
