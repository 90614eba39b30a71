/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/refusal.h"

#include <string.h>

#include "lib/buf.h"

int
refusal_details(struct buf *out, const char *why)
{
	size_t len = strspn(why, "abcdefghijklmnopqrstuvwxyz_.");

	if (len == 0 || strncmp(why + len, ": ", 2) != 0)
		return buf_adds(out, "{}");
	buf_addc(out, '{');
	buf_add_json(out, why, len);
	buf_addc(out, ':');
	buf_add_json(out, why + len + 2, strlen(why + len + 2));
	return buf_addc(out, '}');
}
