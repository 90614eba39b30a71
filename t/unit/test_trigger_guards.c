/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes each promise of the triggers away, one at a time, and sees a row of
 * trigger_cases.h notice. What nothing notices is not tested, or not needed.
 */
#include "t/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/unit/trigger_run.h"

enum { TRIGGER_MAX = 16384 };

struct trigger {
	size_t cases;		/* the table that noticed the last change */
	char name[64];
	char text[TRIGGER_MAX];
};

static bool
noticed_by(struct fixture *f, const struct trigger_case *cases)
{
	char why[TRIGGER_WHY_MAX];

	for (int i = 0; cases[i].given != NULL; i++)
		if (!trigger_run(f, &cases[i], why))
			return true;
	return false;
}

/* Starts with the table that noticed last, which is mostly the right one. */
static bool
noticed(struct fixture *f, size_t *first)
{
	static const struct trigger_case *const all[] = {
		definition_cases, session_cases, turn_cases, call_cases,
		gate_cases, vote_cases, budget_cases, history_cases,
		access_cases,
	};
	bool found = false;

	fixture_sql(f, "BEGIN");
	for (size_t i = 0; i < COUNT(all) && !found; i++) {
		found = noticed_by(f, all[(*first + i) % COUNT(all)]);
		if (found)
			*first = (*first + i) % COUNT(all);
	}
	fixture_sql(f, "ROLLBACK");
	return found;
}

/* Puts text in place of the trigger; "" only removes it. */
static void
replace(struct fixture *f, const struct trigger *trigger, const char *text)
{
	char drop[128];

	snprintf(drop, sizeof(drop), "DROP TRIGGER %s", trigger->name);
	fixture_sql(f, drop);
	fixture_sql(f, text);
}

/* Tries the trigger without the len bytes at part. */
static void
try_without(struct fixture *f, struct trigger *trigger,
    const char *part, size_t len, const char *instead)
{
	char text[TRIGGER_MAX], drop[128];

	snprintf(text, sizeof(text), "%.*s%s%s", (int)(part - trigger->text),
	    trigger->text, instead, part + len);
	replace(f, trigger, text);
	if (!noticed(f, &trigger->cases))
		fail_msg("nobody misses this of %s: %.*s", trigger->name,
		    (int)len, part);
	snprintf(drop, sizeof(drop), "DROP TRIGGER %s", trigger->name);
	fixture_sql(f, drop);
	fixture_sql(f, trigger->text);
}

/* Each refusal of the trigger in turn becomes a shrug. */
static int
try_refusals(struct fixture *f, struct trigger *trigger)
{
	const char *at = trigger->text, *end;
	int count = 0;

	while ((at = strstr(at, "RAISE(ABORT, '")) != NULL) {
		end = strstr(at, "')");
		try_without(f, trigger, at, (size_t)(end + 2 - at), "NULL");
		at = end;
		count++;
	}
	return count;
}

/* Each statement in turn is left out; the only one becomes a SELECT. */
static int
try_statements(struct fixture *f, struct trigger *trigger)
{
	const char *at = strstr(trigger->text, "\nBEGIN\n") + 7, *end;
	int count = 0;

	while (strncmp(at, "END", 3) != 0) {
		end = strstr(at, ";\n") + 2;
		try_without(f, trigger, at, (size_t)(end - at), "SELECT 1;\n");
		at = end;
		count++;
	}
	return count;
}

static void
test_every_promise_is_missed(void **state)
{
	struct fixture *f = *state;
	struct trigger *trigger = calloc(1, sizeof(*trigger));
	sqlite3_stmt *stmt = NULL;
	int64_t last = 0;
	int count = 0;

	assert_non_null(trigger);
	assert_false(noticed(f, &trigger->cases));
	fixture_sql(f, "PRAGMA synchronous=OFF; CREATE TEMP TABLE "
	    "list AS SELECT name, sql FROM sqlite_schema "
	    "WHERE type = 'trigger'");
	assert_int_equal(sqlite3_prepare_v2(f->db->sqlite, "SELECT name, sql, "
	    "rowid FROM list WHERE rowid > ?1 ORDER BY rowid LIMIT 1", -1,
	    &stmt, NULL), SQLITE_OK);
	while (sqlite3_bind_int64(stmt, 1, last) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW) {
		snprintf(trigger->name, sizeof(trigger->name), "%s",
		    (const char *)sqlite3_column_text(stmt, 0));
		snprintf(trigger->text, sizeof(trigger->text), "%s",
		    (const char *)sqlite3_column_text(stmt, 1));
		last = sqlite3_column_int64(stmt, 2);
		sqlite3_reset(stmt);
		if (strstr(trigger->text, "RAISE(") != NULL)
			count += try_refusals(f, trigger);
		else
			count += try_statements(f, trigger);
	}
	sqlite3_finalize(stmt);
	free(trigger);
	print_message("# %d promises\n", count);
	assert_true(count > 100);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_every_promise_is_missed),
	};

	return cmocka_run_group_tests_name("trigger_guards", tests, NULL, NULL);
}
