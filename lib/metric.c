/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/metric.h"

#include <math.h>
#include <string.h>

#include "lib/buf.h"

void
metric_family(struct buf *out, const char *name, const char *type,
    const char *help)
{
	buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void
metric_begin(struct buf *out, const char *name)
{
	buf_adds(out, name);
}

/* What follows a label is another label, or the value. */
static char
last(const struct buf *out)
{
	return out->len > 0 ? out->data[out->len - 1] : '\0';
}

void
metric_label(struct buf *out, const char *name, const char *value)
{
	size_t len;

	buf_addc(out, last(out) == '"' ? ',' : '{');
	buf_addf(out, "%s=\"", name);
	for (; *value != '\0'; value += len) {
		len = strcspn(value, "\\\"\n");
		buf_add(out, value, len);
		if (value[len] == '\0')
			break;
		buf_adds(out, value[len] == '\n' ? "\\n" :
		    value[len] == '"' ? "\\\"" : "\\\\");
		len++;
	}
	buf_addc(out, '"');
}

void
metric_end(struct buf *out, double value)
{
	/* Counts to the last one; fractions as they were written. */
	int digits = floor(value) == value ? 17 : 15;

	buf_addf(out, "%s %.*g\n", last(out) == '"' ? "}" : "", digits,
	    value);
}

void
metric_one(struct buf *out, const char *name, const char *type,
    const char *help, double value)
{
	metric_family(out, name, type, help);
	metric_begin(out, name);
	metric_end(out, value);
}
