/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/list.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/table.h"
#include "lib/err.h"

void
list_cells(struct buf *lines, const char *const *cells)
{
	for (; *cells != NULL; cells++)
		buf_add(lines, *cells, strlen(*cells) + 1);
}

static void
print_objects(const struct walk_page *page, bool first)
{
	if (page->count > 0)
		printf("%s%s", first ? "" : ",\n ", buf_str(&page->lines));
}

static void
add_cells(const struct walk_page *page, struct table *t)
{
	const char *text = buf_str(&page->lines);
	const char *end = text + page->lines.len;

	for (; text < end; text += strlen(text) + 1)
		table_cell(t, text);
}

static int
print_pages(struct cli *cli, const struct list *list, struct table *t)
{
	int64_t left = list->limit > 0 ? list->limit : INT64_MAX;
	const struct walk_place *after = NULL;
	struct walk_place place;
	struct walk_page page;
	bool first = true;
	int rc;

	walk_open(&page, 0, cli->json ? list->object : list->cells);
	do {
		page.limit = left < WALK_PAGE_MAX ? (int)left : WALK_PAGE_MAX;
		rc = list->page(cli, after, &page);
		if (rc != OK)
			break;
		if (cli->json)
			print_objects(&page, first);
		else
			add_cells(&page, t);
		first = first && page.count == 0;
		place = page.next;
		after = &place;
		left -= page.count;
	} while (left > 0 && !page.ended);
	walk_close(&page);
	return rc;
}

int
list_print(struct cli *cli, const struct list *list)
{
	struct table table;
	int rc;

	table_init(&table, list->heads);
	if (cli->json)
		putchar('[');
	rc = print_pages(cli, list, &table);
	if (cli->json)
		puts("]");
	table_print(&table, TABLE_CUT);
	return rc == OK ? EXIT_OK : cli_fail(cli, rc, "%s", err_text(rc));
}
