/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/utf8.h"

enum { CELLS_MAX = 256 * 1024 * 1024 };

/* The width of the terminal; 0: everything is printed. */
static size_t
screen_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) ||
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
		return 0;
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

/* Appends text with a blank or "?" for what is harmful; its characters. */
static size_t
add_clean(struct buf *out, const char *text)
{
	size_t len = strlen(text), step, width = 0;
	uint32_t code;

	for (; len > 0; text += step, len -= step) {
		step = utf8_decode(text, len, &code);
		if (step == 0)
			step = 1, code = 0;
		if (code == '\n' || code == '\t' || code == '\r')
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
	size_t own = add_clean(&t->cells, text != NULL ? text : "-");

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

static size_t
width_of(const char *text, size_t len)
{
	size_t width = 0;

	for (size_t i = 0; i < len; i++)
		width += ((unsigned char)text[i] & 0xc0) != 0x80;
	return width;
}

/* Prints text, at most room characters of it; returns how many. */
static size_t
print_cut(const char *text, size_t room)
{
	size_t len = strlen(text), width = width_of(text, len);

	while (width > room) {
		len = utf8_cut(text, len, len - 1);
		width--;
	}
	fwrite(text, 1, len, stdout);
	return width;
}

void
table_print(struct table *t)
{
	size_t screen = screen_width(), columns = (size_t)t->columns, used = 0;
	const char *cell = buf_str(&t->cells);

	if (screen == 0)
		screen = SIZE_MAX;
	for (size_t i = 0; t->cells.rc == OK && t->count > columns &&
	    i < t->count; i++) {
		size_t column = i % columns, pad;

		used += print_cut(cell, screen - used);
		pad = t->width[column] + 2 - width_of(cell, strlen(cell));
		if (column == columns - 1) {
			putchar('\n');
			used = 0;
		} else if (used + pad < screen) {
			printf("%*s", (int)pad, "");
			used += pad;
		} else {
			used = screen;
		}
		cell += strlen(cell) + 1;
	}
	buf_free(&t->cells);
}

void
line_print(const char *text)
{
	size_t screen = screen_width();
	struct buf line;

	buf_init(&line, CELLS_MAX);
	add_clean(&line, text);
	print_cut(buf_str(&line), screen != 0 ? screen : SIZE_MAX);
	putchar('\n');
	buf_free(&line);
}

void
field_print(const char *name, const char *text)
{
	struct buf line;

	buf_init(&line, CELLS_MAX);
	buf_addf(&line, "%-12s %s", name, text != NULL ? text : "-");
	line_print(buf_str(&line));
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
