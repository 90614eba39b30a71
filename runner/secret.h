/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets. Rows hold ${NAME}; the value is read when it is used, from the
 * runner's environment or else from the file NAME in the directory that
 * systemd names in CREDENTIALS_DIRECTORY. It is never logged, never part of
 * an error, and no child has it in its environment.
 *
 *	buf_init(&key, SECRET_MAX);
 *	rc = secret_read("${OPENAI_API_KEY}", &key);
 *	...
 *	secret_mask(&key, message);
 *	secret_free(&key);
 */
#ifndef RUNNER_SECRET_H
#define RUNNER_SECRET_H

#include "lib/buf.h"

enum { SECRET_MAX = 16 * 1024 };	/* bytes */

/*
 * secret_read appends the value. E_NOTFOUND: there is none; E_INVALID: no
 * reference, or a value that no header can carry; E_IO, E_TOOBIG, E_NOMEM.
 */
int secret_read(const char *reference, struct buf *value);

/*
 * secret_expand appends text with the value of each ${NAME} in its place,
 * and hands each value to seen, if there is one, which returns OK or an E_*.
 * On failure, that or as secret_read, out may hold a part, and why (optional)
 * says which could not be read.
 */
int secret_expand(const char *text, struct buf *out,
	int (*seen)(void *arg, const struct buf *value), void *arg,
	struct buf *why);

/* secret_mask writes stars over the value wherever text repeats it. */
void secret_mask(const struct buf *value, char *text);

/* secret_free forgets the value for good. */
void secret_free(struct buf *value);

#endif
