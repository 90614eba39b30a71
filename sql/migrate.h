/* SPDX-License-Identifier: Apache-2.0 */
/* Brings a database file to the schema of this program. */
#ifndef SQL_MIGRATE_H
#define SQL_MIGRATE_H

#include "sql/db.h"

/* The schema that this program knows: PRAGMA user_version. */
enum { SCHEMA_VERSION = 1 };

/*
 * migrate runs the missing migrations and re-creates every trigger and view,
 * in one transaction; running it again changes nothing. OK, E_SCHEMA (not
 * ours, or newer), E_CORRUPT, E_FULL, E_BUSY, E_IO.
 */
int migrate(struct db *db, char why[DB_WHY_MAX]);

/* migrate_check tells whether the schema is this program's: OK, E_SCHEMA. */
int migrate_check(struct db *db, char why[DB_WHY_MAX]);

#endif
