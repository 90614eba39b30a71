/* SPDX-License-Identifier: Apache-2.0 */
/* A lock file that processes queue on; the kernel keeps the order. */
#ifndef SQL_LOCK_H
#define SQL_LOCK_H

/*
 * lock_create makes a file that the group may write, whatever the umask is;
 * returns it, or -1 with errno (EEXIST: it is there, and was not touched).
 */
int lock_create(const char *path);

/* lock_open opens or makes the lock file; returns it or -1 with errno. */
int lock_open(const char *path);

/*
 * lock_take waits for the exclusive lock, at most wait_ms milliseconds.
 * Returns OK, E_BUSY or E_IO.
 */
int lock_take(int fd, int wait_ms);

/* lock_free lets the next one in. */
void lock_free(int fd);

#endif
