/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A second lock: what a connection may still do, whatever it is asked.
 *
 *	static const struct right rights[] = {
 *		{ MAY_INSERT, "vote", NULL },
 *		{ MAY_UPDATE, "token", "used_at" },
 *		{ 0 }
 *	};
 *
 *	confine(db, rights);
 *
 * It reads everything, begins and ends transactions, and does what is listed;
 * what triggers do in consequence is theirs to allow. It attaches no file,
 * changes no schema, sets no pragma and loads no extension. A statement that
 * wants more fails with E_MISUSE, and the log names what it wanted.
 */
#ifndef SQL_CONFINE_H
#define SQL_CONFINE_H

struct db;

enum right_what { MAY_INSERT = 1, MAY_UPDATE, MAY_DELETE };

struct right {
	enum right_what what;	/* 0: the end */
	const char *table;
	const char *column;	/* that may be updated; NULL: any */
};

/* confine takes everything else away, for good. rights is borrowed. */
void confine(struct db *db, const struct right *rights);

#endif
