/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/mcp_tools.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/log.h"
#include "runner/mcp_param.h"

void
mcp_tools_init(struct mcp_tools *tools, const char *server, bool headers)
{
	*tools = (struct mcp_tools){ .server = server, .headers = headers,
	    .why = "" };
}

static void
free_tool(struct mcp_tool *tool)
{
	free((char *)tool->name);
	free((char *)tool->title);
	free((char *)tool->description);
	free((char *)tool->schema);
	free((char *)tool->output_schema);
}

void
mcp_tools_free(struct mcp_tools *tools)
{
	for (int i = 0; i < tools->count; i++)
		free_tool(&tools->list[i]);
	for (int i = 0; i < tools->pages; i++)
		free(tools->cursors[i]);
	free(tools->list);
	mcp_tools_init(tools, tools->server, tools->headers);
}

const struct mcp_tool *
mcp_tools_find(const struct mcp_tools *tools, const char *name)
{
	for (int i = 0; i < tools->count; i++)
		if (strcmp(tools->list[i].name, name) == 0)
			return &tools->list[i];
	return NULL;
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
same_tool(const struct mcp_tool *a, const struct mcp_tool *b)
{
	return same_text(a->name, b->name) && same_text(a->title, b->title) &&
	    same_text(a->description, b->description) &&
	    same_text(a->schema, b->schema) &&
	    same_text(a->output_schema, b->output_schema) &&
	    a->read_only == b->read_only && a->idempotent == b->idempotent &&
	    a->destructive == b->destructive;
}

bool
mcp_tools_same(const struct mcp_tools *a, const struct mcp_tools *b)
{
	if (a->count != b->count)
		return false;
	for (int i = 0; i < a->count; i++)
		if (!same_tool(&a->list[i], &b->list[i]))
			return false;
	return true;
}

/* What a string says, cut to max bytes; never NULL but for want of memory. */
static char *
copy_string(struct mcp_text value, size_t max)
{
	/* A string is never longer than what stands for it. */
	size_t size = (value.len < max ? value.len : max) + 1;
	char *copy = malloc(size);

	if (copy != NULL && mcp_text_copy(value, copy, size) == E_NOMEM) {
		free(copy);
		return NULL;
	}
	return copy;
}

static char *
copy_schema(struct mcp_text schema)
{
	return strndup(schema.text, schema.len);
}

/* Members of an element of the list. */
struct entry {
	struct mcp_text name, title, description, schema, output_schema,
	    annotations, execution;
};

static int
read_entry(struct mcp_text text, struct entry *entry)
{
	struct json_part parts[] = {
		{ .key = "name" }, { .key = "title" },
		{ .key = "description" }, { .key = "inputSchema" },
		{ .key = "outputSchema" }, { .key = "annotations" },
		{ .key = "execution" },
	};
	struct mcp_text *values[] = {
		&entry->name, &entry->title, &entry->description,
		&entry->schema, &entry->output_schema, &entry->annotations,
		&entry->execution,
	};
	int rc = json_parts(text.text, text.len, parts,
	    sizeof(parts) / sizeof(parts[0]));

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		*values[i] = (struct mcp_text){ parts[i].text, parts[i].len };
	return rc;
}

static bool
is_name(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)name[i] <= ' ' || name[i] == 127)
			return false;
	return len > 0 && len <= MCP_NAME_MAX;
}

/* Why this tool cannot be offered; NULL: it can. */
static const char *
objection(const struct mcp_tools *tools, const struct entry *entry,
    const char *name)
{
	struct mcp_text task = mcp_text_get(entry->execution, "taskSupport");
	const char *why = "out of memory";

	if (!is_name(name))
		return "its name is none";
	if (mcp_tools_find(tools, name) != NULL)
		return "there is one of this name before";
	if (mcp_text_kind(entry->schema) != JSON_OBJECT)
		return "it has no inputSchema";
	if (entry->schema.len > MCP_SCHEMA_MAX ||
	    entry->output_schema.len > MCP_SCHEMA_MAX)
		return "its schema is too large";
	if (mcp_text_is(task, "required"))
		return "it can only be called as a task";
	if (tools->headers && mcp_param_check(entry->schema, &why) != OK)
		return why;
	return NULL;
}

static bool
fill_tool(struct mcp_tool *tool, const struct entry *entry)
{
	struct mcp_text hints = entry->annotations, title = entry->title;
	bool typed = mcp_text_kind(entry->output_schema) == JSON_OBJECT;

	if (mcp_text_kind(title) != JSON_STRING)
		title = mcp_text_get(hints, "title");
	*tool = (struct mcp_tool){
		.name = copy_string(entry->name, MCP_NAME_MAX),
		.title = copy_string(title, MCP_TITLE_MAX),
		.description = copy_string(entry->description,
		    MCP_DESCRIPTION_MAX),
		.schema = copy_schema(entry->schema),
		.output_schema = typed ? copy_schema(entry->output_schema) :
		    NULL,
		.read_only = mcp_text_bool(mcp_text_get(hints,
			"readOnlyHint"), false),
		.idempotent = mcp_text_bool(mcp_text_get(hints,
			"idempotentHint"), false),
		.destructive = mcp_text_bool(mcp_text_get(hints,
			"destructiveHint"), true),
	};
	if (tool->name != NULL && tool->title != NULL &&
	    tool->description != NULL && tool->schema != NULL &&
	    (!typed || tool->output_schema != NULL))
		return true;
	free_tool(tool);
	return false;
}

static bool
make_room(struct mcp_tools *tools)
{
	int cap = tools->cap > 0 ? tools->cap * 2 : 16;
	struct mcp_tool *list;

	if (tools->count < tools->cap)
		return true;
	list = realloc(tools->list, (size_t)cap * sizeof(*list));
	if (list == NULL)
		return false;
	tools->list = list;
	tools->cap = cap;
	return true;
}

static int
fail(struct mcp_tools *tools, int rc, const char *why)
{
	tools->why = rc == E_NOMEM ? "out of memory" : why;
	return rc;
}

static int
add_tool(void *arg, const char *text, size_t len)
{
	struct mcp_tools *tools = arg;
	char name[MCP_NAME_MAX + 2];
	struct entry entry;
	const char *why;
	int rc = read_entry((struct mcp_text){ text, len }, &entry);

	if (rc != OK)
		return fail(tools, rc, "a tool in its list is no object");
	if (mcp_text_copy(entry.name, name, sizeof(name)) == E_NOMEM)
		return fail(tools, E_NOMEM, "");
	why = objection(tools, &entry, name);
	if (why != NULL && tools->quiet)
		return OK;
	if (why != NULL) {
		log_warn("tool_left_out", "server=%s tool=\"%s\" why=\"%s\"",
		    tools->server, name, why);
		return OK;
	}
	tools->bytes += entry.schema.len + entry.output_schema.len;
	if (tools->count == MCP_TOOLS_MAX || tools->bytes > MCP_SCHEMAS_MAX)
		return fail(tools, E_LIMIT, "it has too many tools");
	if (!make_room(tools) ||
	    !fill_tool(&tools->list[tools->count], &entry))
		return fail(tools, E_NOMEM, "");
	tools->count++;
	return OK;
}

/* A page is as fresh as it says; the list as its first page to be stale. */
static void
take_ttl(struct mcp_tools *tools, struct mcp_text result)
{
	double ttl = mcp_text_number(mcp_text_get(result, "ttlMs"), 0);
	long long ms = ttl >= 1 && ttl < 1e12 ? (long long)ttl : 0;

	if (tools->pages == 0 || ms < tools->ttl_ms)
		tools->ttl_ms = ms;
}

/* An empty string is a cursor; null is none. */
static int
take_cursor(struct mcp_tools *tools, struct mcp_text next, struct buf *cursor)
{
	char *copy;

	if (mcp_text_kind(next) == JSON_NONE ||
	    mcp_text_kind(next) == JSON_NULL)
		return OK;
	if (mcp_text_kind(next) != JSON_STRING || next.len > MCP_CURSOR_MAX)
		return fail(tools, E_INVALID, "its nextCursor is none");
	for (int i = 0; i < tools->pages; i++)
		if (strlen(tools->cursors[i]) == next.len &&
		    memcmp(tools->cursors[i], next.text, next.len) == 0)
			return fail(tools, E_INVALID,
			    "its list of tools runs in a circle");
	if (tools->pages == MCP_PAGES_MAX - 1)
		return fail(tools, E_LIMIT,
		    "its list of tools has too many pages");
	copy = strndup(next.text, next.len);
	if (copy == NULL || buf_add(cursor, next.text, next.len) != OK) {
		free(copy);
		return fail(tools, E_NOMEM, "");
	}
	tools->cursors[tools->pages++] = copy;
	return E_AGAIN;
}

int
mcp_tools_page(struct mcp_tools *tools, struct mcp_text result,
    struct buf *cursor)
{
	struct json_part parts[] = {
		{ .key = "tools" }, { .key = "nextCursor" },
	};
	int rc = json_parts(result.text, result.len, parts, 2);

	buf_reset(cursor);
	if (rc != OK || mcp_text_kind((struct mcp_text){ parts[0].text,
		parts[0].len }) != JSON_ARRAY)
		return fail(tools, rc != OK ? rc : E_INVALID,
		    "its list of tools is none");
	take_ttl(tools, result);
	rc = json_elements(parts[0].text, parts[0].len, add_tool, tools);
	if (rc != OK)
		return rc == E_NOMEM ? fail(tools, rc, "") : rc;
	return take_cursor(tools, (struct mcp_text){ parts[1].text,
	    parts[1].len }, cursor);
}
