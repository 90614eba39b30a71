/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/trigger_run.h"

#include <stdio.h>
#include <string.h>

#include "t/unit/unit.h"

/* Runs text; its answer (the first column of its row) goes into answer. */
static bool
ask(struct fixture *f, const char *text, char *answer, size_t size)
{
	sqlite3_stmt *stmt = NULL;
	const char *got = NULL;

	if (sqlite3_prepare_v2(f->db->sqlite, text, -1, &stmt, NULL) ==
	    SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
		got = (const char *)sqlite3_column_text(stmt, 0);
	snprintf(answer, size, "%s", got != NULL ? got : "(null)");
	return sqlite3_finalize(stmt) == SQLITE_OK;
}

static bool
prepare(struct fixture *f, const struct trigger_case *row,
    char why[TRIGGER_WHY_MAX])
{
	const char *error = fixture_try_story(f, row->given);

	if (error[0] == '\0' && row->also != NULL)
		error = fixture_try(f, row->also);
	if (error[0] == '\0')
		return true;
	snprintf(why, TRIGGER_WHY_MAX, "given %s, %s: %s", row->given,
	    row->also != NULL ? row->also : "", error);
	return false;
}

static bool
act(struct fixture *f, const struct trigger_case *row,
    char why[TRIGGER_WHY_MAX])
{
	const char *error = fixture_try(f, row->when);
	const char *want = row->error != NULL ? row->error : "";

	if (want[0] != '\0' ? strncmp(error, want, strlen(want)) == 0 :
	    error[0] == '\0')
		return true;
	snprintf(why, TRIGGER_WHY_MAX, "%s: \"%s\", not \"%s\"", row->when,
	    error, want);
	return false;
}

static bool
look(struct fixture *f, const struct trigger_case *row,
    char why[TRIGGER_WHY_MAX])
{
	char answer[256];

	if (row->ask == NULL)
		return true;
	if (ask(f, row->ask, answer, sizeof(answer)) &&
	    strcmp(answer, row->answer) == 0)
		return true;
	snprintf(why, TRIGGER_WHY_MAX, "after %s, %s: \"%s\", not \"%s\"",
	    row->when, row->ask, answer, row->answer);
	return false;
}

static bool
look_for_harm(struct fixture *f, const struct trigger_case *row,
    char why[TRIGGER_WHY_MAX])
{
	struct rows rows = db_query(f->db, Q_VERIFY_INVARIANTS, "");
	bool harm = rows_next(&rows);

	if (harm)
		snprintf(why, TRIGGER_WHY_MAX, "after %s: %s %s", row->when,
		    rows_str(&rows, 0), rows_str(&rows, 2));
	rows_end(&rows);
	return !harm;
}

static bool
run(struct fixture *f, const struct trigger_case *row,
    bool (*look_at)(struct fixture *, const struct trigger_case *, char *),
    char why[TRIGGER_WHY_MAX])
{
	bool good;

	fixture_sql(f, "SAVEPOINT row");
	good = prepare(f, row, why) && act(f, row, why) &&
	    look_at(f, row, why);
	/* OR ROLLBACK may have taken everything along. */
	if (sqlite3_get_autocommit(f->db->sqlite))
		fixture_sql(f, "BEGIN");
	else
		fixture_sql(f, "ROLLBACK TO row; RELEASE row");
	return good;
}

bool
trigger_run(struct fixture *f, const struct trigger_case *row,
    char why[TRIGGER_WHY_MAX])
{
	return run(f, row, look, why);
}

bool
trigger_sound(struct fixture *f, const struct trigger_case *row,
    char why[TRIGGER_WHY_MAX])
{
	return run(f, row, look_for_harm, why);
}
