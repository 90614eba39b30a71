/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A part of a request that a schema of the application's says how to write.
 *
 *	fit_check(&in, "args", schema, args, NULL);
 */
#ifndef FCGI_FIT_H
#define FCGI_FIT_H

#include <stdbool.h>

struct input;
struct json;

/*
 * fit_check complains about what of value does not fit schema, once about
 * each place, as "FIELD.PATH"; both come from json_parse_exact. ignore (or
 * NULL) says of which members of value nothing is complained.
 */
void fit_check(struct input *in, const char *field, const struct json *schema,
    const struct json *value, bool (*ignore)(const char *member));

#endif
