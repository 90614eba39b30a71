/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hints: empty datagrams that a commit sends to whoever waits for rows
 * (db_wake). One may be lost; who listens must look now and then without.
 *
 *	if (hint_open(&hint, db_path(db), "wake") == OK)
 *		-- wait until hint.fd is readable, then
 *		hint_drain(&hint);
 *	hint_close(&hint);
 */
#ifndef SQL_HINT_H
#define SQL_HINT_H

struct hint {
	int fd;			/* -1: others hear the hints */
	int lock_fd;
};

/*
 * hint_open listens on the socket <path>-<name>, mode 0660. One process can:
 * E_BUSY, another does; E_TOOBIG, the path is too long for a socket; E_IO.
 * After a failure hint_close is harmless and fd is -1.
 */
int hint_open(struct hint *hint, const char *path, const char *name);

/* hint_drain takes in all hints that have come. */
void hint_drain(const struct hint *hint);

/* hint_close is for a hint that hint_open was called for. */
void hint_close(struct hint *hint);

#endif
