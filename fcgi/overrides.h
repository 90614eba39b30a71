/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client may put into a session's extra_fields when it starts one.
 *
 *	overrides = input_object(&in, "state_overrides");
 *	overrides_check(&in, overrides, schema);
 */
#ifndef FCGI_OVERRIDES_H
#define FCGI_OVERRIDES_H

struct input;
struct json;

/*
 * overrides_check complains, as "state_overrides.PATH", about members with a
 * reserved name and about what the application's schema (lib/schema.h) does
 * not allow; where that says nothing of additional properties there may be
 * none. "environment" is the caller's to check. Both may be NULL: no schema
 * allows everything; both come from json_parse_exact.
 */
void overrides_check(struct input *in, const struct json *overrides,
    const struct json *schema);

#endif
