/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/utf8.h"

enum { CELLS_MAX = 256 * 1024 * 1024 };

/* How many characters a line may have. */
static size_t
screen_width(enum table_width width)
{
	struct winsize size;

	if (width == TABLE_WHOLE || !isatty(STDOUT_FILENO) ||
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 ||
	    size.ws_col == 0)
		return SIZE_MAX;
	return size.ws_col;
}

/* Controls, and what makes a terminal show text in another order. */
static int
is_harmful(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) ||
	    (code >= 0x200e && code <= 0x200f) ||
	    (code >= 0x2028 && code <= 0x202e) ||
	    (code >= 0x2066 && code <= 0x2069);
}

enum layout { ONE_LINE, AS_IT_IS };

/* Appends text with a blank or "?" for what is harmful; its characters. */
static size_t
add_clean(struct buf *out, const char *text, size_t len, enum layout layout)
{
	size_t step, width = 0;
	uint32_t code;

	for (; len > 0; text += step, len -= step) {
		step = utf8_decode(text, len, &code);
		if (step == 0)
			step = 1, code = 0;
		if (layout == AS_IT_IS && (code == '\n' || code == '\t'))
			buf_addc(out, (char)code);
		else if (code == '\n' || code == '\t' || code == '\r')
			buf_addc(out, ' ');
		else if (is_harmful(code))
			buf_addc(out, '?');
		else
			buf_add(out, text, step);
		width++;
	}
	return width;
}

void
table_init(struct table *t, const char *const *heads)
{
	memset(t, 0, sizeof(*t));
	buf_init(&t->cells, CELLS_MAX);
	while (t->columns < TABLE_COLUMNS_MAX && heads[t->columns] != NULL)
		t->columns++;
	for (int i = 0; i < t->columns; i++)
		table_cell(t, heads[i]);
}

void
table_cell(struct table *t, const char *text)
{
	size_t *width = &t->width[t->count++ % (size_t)t->columns];
	const char *shown = text != NULL ? text : "-";
	size_t own = add_clean(&t->cells, shown, strlen(shown), ONE_LINE);

	buf_addc(&t->cells, '\0');
	if (own > *width)
		*width = own;
}

void
table_number(struct table *t, int64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)number);
	table_cell(t, text);
}

/* Prints a line of at most room characters, and empties it. */
static void
print_cut(struct buf *line, size_t room)
{
	const char *text = buf_str(line);
	size_t len = line->len, width = utf8_count(text, len);

	for (; width > room; width--)
		len = utf8_cut(text, len, len - 1);
	fwrite(text, 1, len, stdout);
	putchar('\n');
	buf_reset(line);
}

static void
add_padded(struct buf *line, const char *cell, size_t width)
{
	buf_addf(line, "%s%*s", cell,
	    (int)(width - utf8_count(cell, strlen(cell))), "");
}

void
table_print(struct table *t, enum table_width width)
{
	size_t room = screen_width(width), columns = (size_t)t->columns, i;
	const char *cell = buf_str(&t->cells);
	struct buf line;

	buf_init(&line, CELLS_MAX);
	if (t->cells.rc != OK || t->count <= columns)
		t->count = 0;
	for (i = 0; i < t->count; i++, cell += strlen(cell) + 1) {
		if ((i + 1) % columns != 0) {
			add_padded(&line, cell, t->width[i % columns] + 2);
			continue;
		}
		buf_adds(&line, cell);
		print_cut(&line, room);
	}
	buf_free(&line);
	buf_free(&t->cells);
}

void
line_print(const char *text, enum table_width width)
{
	struct buf line;

	buf_init(&line, CELLS_MAX);
	add_clean(&line, text, strlen(text), ONE_LINE);
	print_cut(&line, screen_width(width));
	buf_free(&line);
}

void
text_print(const char *text, size_t len)
{
	struct buf clean;

	buf_init(&clean, CELLS_MAX);
	add_clean(&clean, text, len, AS_IT_IS);
	fwrite(buf_str(&clean), 1, clean.len, stdout);
	buf_free(&clean);
}

void
field_print(const char *name, const char *text)
{
	struct buf line;

	buf_init(&line, CELLS_MAX);
	buf_addf(&line, "%-12s %s", name, text != NULL ? text : "-");
	line_print(buf_str(&line), TABLE_WHOLE);
	buf_free(&line);
}

const char *
age_text(int64_t ms, char out[AGE_SIZE])
{
	static const struct { char unit; int64_t ms; } units[] = {
		{ 'd', 86400000 }, { 'h', 3600000 }, { 'm', 60000 },
		{ 's', 1000 },
	};
	int64_t size = ms < 0 ? -ms : ms;
	int i;

	for (i = 0; i < 3 && size < units[i].ms; i++)
		;
	snprintf(out, AGE_SIZE, "%s%lld%c", ms < 0 ? "-" : "",
	    (long long)(size / units[i].ms), units[i].unit);
	return out;
}
