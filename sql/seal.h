/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a server may still do once it has opened what it works with: nothing
 * on the network, no programs, of all files only those of its database, and
 * of root's privileges, if it has them, only the one to open these.
 *
 *	db_open(&db, path, DB_WRITE, why);
 *	db_wake(db, WAKE_RUNNER);
 *	seal(path, DB_WRITE);
 *	(threads, connections)
 *
 * A writer opens the database and its log, to write, and lists nothing. A
 * reader opens for reading what lies beside the database (the keys of the
 * runners' sockets), for writing nothing: it has open already what SQLite
 * needs. Sockets beside the database can be written to, since Landlock does
 * not see that. sql/confine.h is what a connection may do inside of the file.
 */
#ifndef SQL_SEAL_H
#define SQL_SEAL_H

#include "sql/db.h"

/*
 * seal binds the calling thread and those that it starts, for good. What the
 * kernel does not offer (lib/landlock.h, lib/calls.h) is done without, with a
 * warning in the log, and without Landlock if GATEHOUSE_SANDBOX is off.
 */
void seal(const char *path, enum db_mode mode);

#endif
