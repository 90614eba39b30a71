/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages of other sites that a loaded application lets in: api.cors_origins
 * and api.cors_allow_credentials of its newest version.
 */
#ifndef SQL_ORIGIN_H
#define SQL_ORIGIN_H

#include <stdbool.h>

struct db;

/*
 * origin_find looks an Origin up, exactly as it is; "*" and "null" are nobody
 * in particular. OK: it is listed; credentials tells whether every application
 * that lists it lets its pages send cookies. E_NOTFOUND: it is not; and as
 * db.h.
 */
int origin_find(struct db *db, const char *origin, bool *credentials);

#endif
