/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQL functions that make the public shapes, views.sql, from rows: SQLite's
 * own parse what they nest and print it again.
 *
 *	object(name, value, ...)	a JSON object of those members
 *	extended(object, name, value, name, value, name, value)
 *					that object with three members more,
 *					or other values of them
 *	spliced(json)			json as it is: a value for object()
 *	at(ms)				a time, in whole seconds
 *	json_valid(text)		as lib/json.h has it, and honest when
 *					memory is short, which SQLite's is not
 *
 *	SELECT object('id', id, 'findings', spliced(findings),
 *		'created_at', at(created_at)) FROM session
 *
 * What is not there is null. spliced() and extended() trust their text, which
 * a CHECK has found to be JSON.
 */
#ifndef SQL_OBJECT_H
#define SQL_OBJECT_H

#include <sqlite3.h>

/* object_register makes them known to a connection: a result of SQLite. */
int object_register(sqlite3 *sqlite);

#endif
