/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/query.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/utf8.h"

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Decodes up to one of the stop characters; false: a bad escape. */
static bool
decode(const char **text, const char *stop, struct buf *out)
{
	const char *p = *text;
	int high, low;

	for (; *p != '\0' && strchr(stop, *p) == NULL; p++) {
		if (*p != '%') {
			buf_addc(out, *p == '+' ? ' ' : *p);
			continue;
		}
		high = hex(p[1]);
		low = high >= 0 ? hex(p[2]) : -1;
		if (low < 0 || high + low == 0)
			return false;
		buf_addc(out, (char)(high << 4 | low));
		p += 2;
	}
	buf_addc(out, '\0');
	*text = p;
	return true;
}

/* One pair after the other; a name without a value gets an empty one. */
int
query_decode(struct buf *out, const char *text)
{
	size_t start = out->len;

	while (*text != '\0') {
		if (!decode(&text, "=&", out))
			return E_INVALID;
		if (*text == '=')
			text++;
		if (!decode(&text, "&", out))
			return E_INVALID;
		if (*text == '&')
			text++;
	}
	return utf8_valid(buf_str(out) + start, out->len - start) ? out->rc :
	    E_INVALID;
}

const char *
query_find(const struct buf *query, const char *name, bool *twice)
{
	const char *end = buf_str(query) + query->len;
	const char *found = NULL, *value;

	*twice = false;
	for (const char *p = buf_str(query); p < end;
	    p = value + strlen(value) + 1) {
		value = p + strlen(p) + 1;
		if (strcmp(p, name) != 0)
			continue;
		*twice = found != NULL;
		found = found != NULL ? found : value;
	}
	return found;
}
