/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/server_spec.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/json.h"
#include "runner/secret.h"

enum {
	VALUE_MAX = 64 * 1024,		/* bytes of a variable or a header */
	ENVELOPE = 64 * 1024,		/* of a message, around its content */
};

static const char path[] = "PATH=/usr/local/bin:/usr/bin:/bin";

static double
number(const struct server_spec *spec, const char *key)
{
	return json_number(json_get(spec->config, key), 0);
}

/* A secret is remembered, so that it can be hidden. */
static int
remember(void *arg, const struct buf *value)
{
	struct server_spec *spec = arg;
	struct buf *secret;

	if (spec->secret_count == SERVER_VALUES_MAX)
		return E_TOOBIG;
	secret = &spec->secrets[spec->secret_count++];
	buf_init(secret, SECRET_MAX);
	return buf_add(secret, value->data, value->len);
}

/* One more text of the list; the value's references are resolved. */
static int
add_value(struct server_spec *spec, const char *name, const char *between,
    const char *value, struct buf *why)
{
	struct buf *out;
	int rc;

	if (spec->value_count == SERVER_VALUES_MAX + 4)
		return E_TOOBIG;
	out = &spec->values[spec->value_count];
	buf_init(out, VALUE_MAX);
	buf_adds(out, name);
	buf_adds(out, between);
	rc = secret_expand(value, out, remember, spec, why);
	spec->list[spec->value_count++] = buf_str(out);
	return rc;
}

static int
add_members(struct server_spec *spec, const char *key, const char *between,
    struct buf *why)
{
	const struct json *member = json_first(json_get(spec->config, key));
	int rc = OK;

	for (; member != NULL && rc == OK; member = json_next(member))
		rc = json_string(member) == NULL ? E_INVALID :
		    add_value(spec, json_key(member), between,
			json_string(member), why);
	return rc;
}

static int
read_http(struct server_spec *spec, struct buf *why)
{
	spec->mcp.url = json_string(json_get(spec->config, "url"));
	spec->mcp.headers = spec->list;
	if (spec->mcp.url == NULL)
		return E_INVALID;
	return add_members(spec, "headers", ": ", why);
}

/* The texts of a list, as far as there is room; borrowed from it. */
static int
fill(const char **texts, int max, const struct json *list)
{
	const struct json *text = json_first(list);
	int count = 0;

	for (; text != NULL && count < max; text = json_next(text))
		texts[count++] = json_string(text);
	return text == NULL ? count : -1;
}

static int
read_box(struct server_spec *spec, const struct sandbox *box)
{
	const struct json *paths = json_get(spec->config, "paths");

	spec->box = *box;
	spec->box.dir = spec->dir;
	spec->box.read = spec->read;
	spec->box.write = spec->write;
	if (fill(spec->read, SERVER_PATHS_MAX, json_get(paths, "read")) < 0 ||
	    fill(spec->write, SERVER_PATHS_MAX, json_get(paths, "write")) < 0)
		return E_TOOBIG;
	return OK;
}

/*
 * A program gets this environment and nothing of the runner's. What the
 * configuration says comes last but wins: a name is not given twice.
 */
static int
read_stdio(struct server_spec *spec, const struct server_row *row,
    struct buf *why)
{
	const struct json *env = json_get(spec->config, "env");
	int rc = read_box(spec, row->box);

	if (rc == OK && fill(spec->argv, SERVER_ARGS_MAX, json_get(
		spec->config, "command")) <= 0)
		rc = E_INVALID;
	if (rc != OK)
		return rc;
	spec->mcp.argv = spec->argv;
	spec->mcp.env = spec->list;
	spec->mcp.dir = spec->dir;
	spec->mcp.sandbox = &spec->box;
	if (json_get(env, "PATH") == NULL)
		spec->list[spec->value_count++] = path;
	if (json_get(env, "LANG") == NULL)
		spec->list[spec->value_count++] = "LANG=C.UTF-8";
	rc = json_get(env, "GATEHOUSE_DATA") != NULL ? OK : add_value(spec,
	    "GATEHOUSE_DATA", "=", row->box->data, why);
	return rc != OK ? rc : add_members(spec, "env", "=", why);
}

static enum mcp_era
read_era(const struct server_spec *spec)
{
	const char *era = json_string(json_get(spec->config, "era"));

	if (era != NULL && strcmp(era, "legacy") == 0)
		return MCP_LEGACY;
	if (era != NULL && strcmp(era, "modern") == 0)
		return MCP_MODERN;
	return MCP_AUTO;
}

static int
read_config(struct server_spec *spec, const struct server_row *row,
    struct buf *why)
{
	struct json_error error;

	spec->config = json_parse(row->config, strlen(row->config), &error);
	if (spec->config == NULL)
		return error.rc;
	spec->mcp.name = spec->name;
	spec->mcp.era = read_era(spec);
	spec->mcp.start_ms = (int)number(spec, "start_ms");
	spec->mcp.call_ms = (int)number(spec, "call_ms");
	spec->mcp.call_max_ms = (int)number(spec, "call_max_ms");
	spec->mcp.message_max = (size_t)(number(spec, "output_kb") * 1024) +
	    ENVELOPE;
	spec->mcp.memory_max = (size_t)(number(spec, "memory_mb") * 1024 *
	    1024);
	spec->concurrency = (int)number(spec, "concurrency");
	spec->trust = json_bool(json_get(spec->config, "trust_hints"), false);
	if (spec->mcp.start_ms <= 0 || spec->mcp.call_ms <= 0 ||
	    spec->mcp.call_max_ms <= 0 || spec->concurrency <= 0)
		return E_INVALID;
	return strcmp(row->transport, "http") == 0 ? read_http(spec, why) :
	    read_stdio(spec, row, why);
}

int
server_spec_open(struct server_spec **out, const struct server_row *row,
    struct buf *why)
{
	struct server_spec *spec = calloc(1, sizeof(*spec));
	int rc = E_NOMEM;

	*out = NULL;
	if (spec != NULL) {
		spec->name = strdup(row->name);
		spec->dir = strdup(row->dir);
	}
	if (spec != NULL && spec->name != NULL && spec->dir != NULL)
		rc = read_config(spec, row, why);
	if (rc == OK) {
		*out = spec;
		return OK;
	}
	if (why->len == 0)
		buf_addf(why, "its configuration cannot be used: %s",
		    err_text(rc));
	server_spec_close(spec);
	return rc;
}

void
server_spec_close(struct server_spec *spec)
{
	if (spec == NULL)
		return;
	for (int i = 0; i < spec->value_count; i++)
		secret_free(&spec->values[i]);
	for (int i = 0; i < spec->secret_count; i++)
		secret_free(&spec->secrets[i]);
	json_free(spec->config);
	free(spec->name);
	free(spec->dir);
	free(spec);
}

bool
server_spec_repeatable(const struct server_spec *spec,
    const struct mcp_tool *tool)
{
	bool told = spec->trust && (tool->read_only || tool->idempotent);

	return json_bool(json_get(server_spec_overrides(spec), tool->name),
	    told);
}

const struct json *
server_spec_overrides(const struct server_spec *spec)
{
	return json_get(spec->config, "tools");
}

void
server_spec_mask(const struct server_spec *spec, char *text)
{
	for (int i = 0; i < spec->secret_count; i++)
		secret_mask(&spec->secrets[i], text);
}
