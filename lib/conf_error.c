/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/conf.h"
#include "lib/err.h"

enum { MESSAGE_MAX = 1024 };

static int
position(const struct conf *item)
{
	const struct conf *before = item->parent->first;
	int n;

	for (n = 0; before != item; before = before->next)
		n++;
	return n;
}

static void
add_path(const struct conf *node, struct buf *line)
{
	if (node->parent == NULL)
		return;
	add_path(node->parent, line);
	if (node->key == NULL)
		buf_addf(line, "[%d]", position(node));
	else
		buf_addf(line, "%s%s",
		    node->parent->parent != NULL ? "." : "", node->key);
}

/* One complaint is one line, whatever keys and texts have in them. */
__attribute__((format(printf, 4, 0)))
static void
complain(const struct conf *node, struct buf *out, const char *word,
    const char *format, va_list ap)
{
	char message[MESSAGE_MAX];
	struct buf line;
	size_t i;

	buf_init(&line, MESSAGE_MAX + strlen(node->path) +
	    CONF_DEPTH_MAX * (CONF_KEY_MAX + 1));
	buf_addf(&line, "%s:%d: %s", node->path, node->line, word);
	add_path(node, &line);
	vsnprintf(message, sizeof(message), format, ap);
	buf_addf(&line, "%s%s", node->parent != NULL ? ": " : "", message);
	for (i = 0; i < line.len; i++)
		if ((unsigned char)line.data[i] < ' ')
			line.data[i] = ' ';
	buf_addc(&line, '\n');
	buf_add(out, line.data, line.len);
	if (line.rc != OK && out->rc == OK)
		out->rc = line.rc;
	buf_free(&line);
}

void
conf_error(const struct conf *node, struct buf *errors, const char *format,
    ...)
{
	va_list ap;

	va_start(ap, format);
	complain(node, errors, "", format, ap);
	va_end(ap);
}

void
conf_warn(const struct conf *node, struct buf *warnings, const char *format,
    ...)
{
	va_list ap;

	va_start(ap, format);
	complain(node, warnings, "warning: ", format, ap);
	va_end(ap);
}
