/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded SQL, generated from the .sql files of this folder. */
#ifndef SQL_SQL_TEXT_H
#define SQL_SQL_TEXT_H

#include "sql/queries.h"

struct query_text {
	const char *name;
	int scan;		/* a full table scan is wanted */
	const char *text;
};

extern const struct query_text query_text[Q_COUNT];

extern const char sql_0001_first[];
extern const char sql_0001_gates[];
extern const char sql_0001_access[];
extern const char sql_definitions[];
extern const char sql_sessions[];
extern const char sql_turns[];
extern const char sql_budgets[];
extern const char sql_gates[];
extern const char sql_history[];
extern const char sql_access[];
extern const char sql_views[];
extern const char sql_invariants[];

#endif
