/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "runner/mcp_param.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/err.h"

static const char annotation[] = "x-mcp-header";

/* What is gone through, and the names that have been seen. */
struct walk {
	const char *why;
	char names[MCP_PARAMS_MAX][MCP_HEADER_NAME_MAX + 1];
	int count;
};

static void walk_schema(struct walk *walk, const struct json *schema,
	bool reachable);

/* RFC 9110, section 5.6.2. */
static bool
is_token(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) &&
		    strchr("!#$%&'*+-.^_`|~", text[i]) == NULL)
			return false;
	return len > 0 && len <= MCP_HEADER_NAME_MAX;
}

static bool
is_simple(const char *type)
{
	return type != NULL && (strcmp(type, "string") == 0 ||
	    strcmp(type, "integer") == 0 || strcmp(type, "boolean") == 0);
}

static void
check_annotation(struct walk *walk, const struct json *schema, bool reachable)
{
	const char *name = json_string(json_get(schema, annotation));

	if (!reachable)
		walk->why = "it is not of an argument";
	else if (name == NULL || !is_token(name))
		walk->why = "it is no name of a header";
	else if (!is_simple(json_string(json_get(schema, "type"))))
		walk->why = "its argument is no string, integer or boolean";
	else if (walk->count == MCP_PARAMS_MAX)
		walk->why = "there are too many";
	if (walk->why != NULL)
		return;
	for (int i = 0; i < walk->count; i++)
		if (strcasecmp(walk->names[i], name) == 0)
			walk->why = "it is there twice";
	snprintf(walk->names[walk->count++], sizeof(walk->names[0]), "%s",
	    name);
}

/* Members of these are schemas by a name of their own. */
static bool
is_map(const char *key)
{
	return strcmp(key, "properties") == 0 || strcmp(key, "$defs") == 0 ||
	    strcmp(key, "definitions") == 0 ||
	    strcmp(key, "patternProperties") == 0 ||
	    strcmp(key, "dependentSchemas") == 0;
}

/* And these hold values, whatever they look like. */
static bool
is_data(const char *key)
{
	return strcmp(key, "enum") == 0 || strcmp(key, "const") == 0 ||
	    strcmp(key, "default") == 0 || strcmp(key, "examples") == 0;
}

static void
walk_all(struct walk *walk, const struct json *parent, bool reachable)
{
	const struct json *child = json_first(parent);

	for (; child != NULL && walk->why == NULL; child = json_next(child))
		walk_schema(walk, child, reachable);
}

static void
walk_member(struct walk *walk, const struct json *member, bool reachable)
{
	const char *key = json_key(member);

	if (is_data(key))
		return;
	if (is_map(key) && json_kind(member) == JSON_OBJECT)
		walk_all(walk, member, reachable &&
		    strcmp(key, "properties") == 0);
	else if (json_kind(member) == JSON_ARRAY)
		walk_all(walk, member, false);
	else
		walk_schema(walk, member, false);
}

static void
walk_schema(struct walk *walk, const struct json *schema, bool reachable)
{
	const struct json *member;

	if (json_kind(schema) != JSON_OBJECT)
		return;
	if (json_get(schema, annotation) != NULL)
		check_annotation(walk, schema, reachable);
	member = json_first(schema);
	for (; member != NULL && walk->why == NULL; member = json_next(member))
		walk_member(walk, member, reachable);
}

int
mcp_param_check(struct mcp_text schema, const char **why)
{
	struct json_error error;
	struct json *tree = json_parse(schema.text, schema.len, &error);
	struct walk walk = { .count = 0 };

	if (tree == NULL)
		return error.rc;
	walk_schema(&walk, tree, true);
	json_free(tree);
	*why = walk.why;
	return walk.why == NULL ? OK : E_INVALID;
}

/* 42.0 and 4.2e1 are integers as well, and written as such. */
static void
add_number(struct buf *out, struct mcp_text value)
{
	double number = mcp_text_number(value, 0);
	bool plain = memchr(value.text, '.', value.len) == NULL &&
	    memchr(value.text, 'e', value.len) == NULL &&
	    memchr(value.text, 'E', value.len) == NULL;

	if (!plain && number > -1e15 && number < 1e15 &&
	    number == (double)(long long)number)
		buf_addf(out, "%lld", (long long)number);
	else
		buf_add(out, value.text, value.len);
}

/* Of an argument that is there: a string as it is meant. */
static void
add_param(struct mcp_headers *headers, const char *name, struct mcp_text value)
{
	char full[MCP_HEADER_NAME_MAX + sizeof("Mcp-Param-")];
	enum json_kind kind = mcp_text_kind(value);
	struct buf text;

	if (kind != JSON_STRING && kind != JSON_NUMBER && kind != JSON_BOOL)
		return;
	snprintf(full, sizeof(full), "Mcp-Param-%s", name);
	buf_init(&text, MCP_HEADER_MAX);
	if (kind == JSON_STRING)
		mcp_text_string(value, &text);
	else if (kind == JSON_NUMBER)
		add_number(&text, value);
	else
		buf_add(&text, value.text, value.len);
	if (text.rc == OK)
		mcp_headers_text(headers, full, buf_str(&text), text.len);
	else if (headers->rc == OK)
		headers->rc = text.rc;
	buf_free(&text);
}

static void
add_params(struct mcp_headers *headers, const struct json *schema,
    struct mcp_text args)
{
	const struct json *property = json_first(json_get(schema,
		"properties"));
	struct mcp_text value;
	const char *name;

	for (; property != NULL; property = json_next(property)) {
		value = mcp_text_get(args, json_key(property));
		name = json_string(json_get(property, annotation));
		if (value.text == NULL)
			continue;
		if (name != NULL)
			add_param(headers, name, value);
		else
			add_params(headers, property, value);
	}
}

int
mcp_param_headers(struct mcp_text schema, struct mcp_text args,
    struct mcp_headers *headers)
{
	struct json_error error;
	struct json *tree;

	/* Most tools have none. */
	if (memmem(schema.text, schema.len, annotation,
		sizeof(annotation) - 1) == NULL)
		return headers->rc;
	tree = json_parse(schema.text, schema.len, &error);
	if (tree == NULL) {
		headers->rc = headers->rc != OK ? headers->rc : error.rc;
		return headers->rc;
	}
	add_params(headers, tree, args);
	json_free(tree);
	return headers->rc;
}

int
mcp_headers_line(struct mcp_headers *headers, const char *line)
{
	if (headers->rc != OK)
		return headers->rc;
	if (headers->count == MCP_HEADERS_MAX)
		return headers->rc = E_LIMIT;
	headers->lines[headers->count] = strdup(line);
	if (headers->lines[headers->count] == NULL)
		return headers->rc = E_NOMEM;
	headers->lines[++headers->count] = NULL;
	return OK;
}

int
mcp_headers_add(struct mcp_headers *headers, const char *name,
    const char *value)
{
	struct buf line;

	buf_init(&line, MCP_HEADER_MAX);
	if (headers->rc == OK)
		headers->rc = *value == '\0' ? buf_addf(&line, "%s;", name) :
		    buf_addf(&line, "%s: %s", name, value);
	mcp_headers_line(headers, buf_str(&line));
	buf_free(&line);
	return headers->rc;
}

static bool
fits_header(const char *value, size_t len)
{
	static const char prefix[] = "=?base64?";

	if (len == 0)
		return true;
	if (value[0] == ' ' || value[len - 1] == ' ')
		return false;
	if (len >= sizeof(prefix) + 1 &&
	    memcmp(value, prefix, sizeof(prefix) - 1) == 0 &&
	    memcmp(value + len - 2, "?=", 2) == 0)
		return false;
	for (size_t i = 0; i < len; i++)
		if (value[i] < ' ' || value[i] > '~')
			return false;
	return true;
}

/* RFC 4648, section 4. */
static void
add_base64(struct buf *out, const char *bytes, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned group;
	char four[4];

	for (size_t i = 0; i < len; i += 3) {
		group = 0;
		for (size_t j = i; j < i + 3; j++)
			group = group << 8 |
			    (j < len ? (unsigned char)bytes[j] : 0);
		for (size_t j = 0; j < 4; j++)
			four[j] = i + j > len ? '=' :
			    digits[group >> (18 - 6 * j) & 63];
		buf_add(out, four, sizeof(four));
	}
}

int
mcp_headers_text(struct mcp_headers *headers, const char *name,
    const char *value, size_t len)
{
	struct buf text;

	buf_init(&text, MCP_HEADER_MAX);
	if (fits_header(value, len)) {
		buf_add(&text, value, len);
	} else {
		buf_adds(&text, "=?base64?");
		add_base64(&text, value, len);
		buf_adds(&text, "?=");
	}
	if (headers->rc == OK)
		headers->rc = text.rc;
	mcp_headers_add(headers, name, buf_str(&text));
	buf_free(&text);
	return headers->rc;
}

void
mcp_headers_free(struct mcp_headers *headers)
{
	for (int i = 0; i < headers->count; i++)
		free((char *)headers->lines[i]);
	*headers = (struct mcp_headers){ .count = 0 };
}
