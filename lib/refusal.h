/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with one field, as the "details" of an error. */
#ifndef LIB_REFUSAL_H
#define LIB_REFUSAL_H

struct buf;

/*
 * refusal_details appends {"since":"must be a number"} for "since: must be a
 * number", and {} for any other complaint. Returns out->rc.
 */
int refusal_details(struct buf *out, const char *why);

#endif
