/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/json.h"
#include "runner/mcp_rpc.h"
#include "t/mcp/client.h"

enum { PLANNED_MAX = 64, ARGS_MAX = 1024 * 1024 };

struct conformance {
	const char *scenario;
	void (*over)(void *arg);
	void *arg;
	struct mcp *mcp;
	struct planned {
		char *tool, *args;
	} planned[PLANNED_MAX];
	int count, next;
	bool started;
};

struct conformance *
conformance_open(void (*over)(void *arg), void *arg)
{
	const char *scenario = getenv("MCP_CONFORMANCE_SCENARIO");
	struct conformance *c;

	if (scenario == NULL)
		return NULL;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		abort();
	c->scenario = scenario;
	c->over = over;
	c->arg = arg;
	return c;
}

void
conformance_close(struct conformance *c)
{
	if (c == NULL)
		return;
	for (int i = 0; i < c->count; i++) {
		free(c->planned[i].tool);
		free(c->planned[i].args);
	}
	free(c);
}

const char *
conformance_capabilities(const struct conformance *c)
{
	if (c == NULL || (strncmp(c->scenario, "elicitation", 11) != 0 &&
		strncmp(c->scenario, "sep-2322", 8) != 0))
		return NULL;
	return "{\"elicitation\":{}}";
}

/* ---- values by schema ---- */

static void
add_value(struct buf *out, const struct json *schema)
{
	const char *type = json_string(json_get(schema, "type"));

	if (json_get(schema, "default") != NULL)
		json_print(json_get(schema, "default"), out);
	else if (type != NULL && (strcmp(type, "number") == 0 ||
		strcmp(type, "integer") == 0))
		buf_adds(out, "5");
	else if (type != NULL && strcmp(type, "boolean") == 0)
		buf_adds(out, "true");
	else if (type != NULL && strcmp(type, "object") == 0)
		buf_adds(out, "{}");
	else if (type != NULL && strcmp(type, "array") == 0)
		buf_adds(out, "[]");
	else
		buf_adds(out, "\"test\"");
}

static void
add_object(struct buf *out, const struct json *schema)
{
	const struct json *property = json_first(json_get(schema,
		"properties"));
	const char *separator = "{";

	if (property == NULL)
		buf_adds(out, "{");
	for (; property != NULL; property = json_next(property)) {
		buf_adds(out, separator);
		buf_add_json(out, json_key(property),
		    strlen(json_key(property)));
		buf_addc(out, ':');
		add_value(out, property);
		separator = ",";
	}
	buf_adds(out, "}");
}

int
conformance_answer(const char *method, const char *params, struct buf *out)
{
	struct json *tree;

	if (strcmp(method, "elicitation/create") != 0)
		return E_NOTFOUND;
	tree = json_parse(params, strlen(params), NULL);
	buf_adds(out, "{\"action\":\"accept\",\"content\":");
	add_object(out, json_get(tree, "requestedSchema"));
	json_free(tree);
	return buf_addc(out, '}');
}

/* ---- the plan ---- */

static void
plan(struct conformance *c, const char *tool, const char *args, size_t len)
{
	struct planned *planned = &c->planned[c->count];

	if (c->count == PLANNED_MAX)
		return;
	planned->tool = strdup(tool);
	planned->args = strndup(args, len);
	if (planned->tool == NULL || planned->args == NULL)
		abort();
	c->count++;
}

static int
plan_given(void *arg, const char *text, size_t len)
{
	struct mcp_text call = { text, len };
	struct mcp_text args = mcp_text_get(call, "arguments");
	char name[128];

	mcp_text_copy(mcp_text_get(call, "name"), name, sizeof(name));
	plan(arg, name, args.text != NULL ? args.text : "{}",
	    args.text != NULL ? args.len : 2);
	return OK;
}

static bool
plan_context(struct conformance *c)
{
	const char *context = getenv("MCP_CONFORMANCE_CONTEXT");
	struct mcp_text calls = { NULL, 0 };

	if (context != NULL)
		calls = mcp_text_get((struct mcp_text){ context,
		    strlen(context) }, "toolCalls");
	if (calls.text == NULL)
		return false;
	json_elements(calls.text, calls.len, plan_given, c);
	return true;
}

static void
plan_echo(struct conformance *c, const struct mcp_tool *tools, int count)
{
	struct buf args;

	buf_init(&args, ARGS_MAX);
	for (int i = 0; i < count; i++)
		if (strcmp(tools[i].name, "json_schema_2020_12_tool") == 0)
			buf_addf(&args, "{\"schema\":%s}", tools[i].schema);
	plan(c, "json_schema_echo", buf_str(&args), args.len);
	buf_free(&args);
}

static void
plan_all(struct conformance *c, const struct mcp_tool *tools, int count)
{
	struct json *schema;
	struct buf args;

	for (int i = 0; i < count; i++) {
		buf_init(&args, ARGS_MAX);
		schema = json_parse(tools[i].schema, strlen(tools[i].schema),
		    NULL);
		add_object(&args, schema);
		plan(c, tools[i].name, buf_str(&args), args.len);
		json_free(schema);
		buf_free(&args);
	}
}

static void call_next(struct conformance *c);

static void
on_called(void *arg, const struct mcp_result *result)
{
	printf("%s\n", result->json);
	fflush(stdout);
	call_next(arg);
}

static void
call_next(struct conformance *c)
{
	struct planned *planned = &c->planned[c->next];

	if (c->next++ >= c->count)
		c->over(c->arg);
	else if (mcp_call(c->mcp, planned->tool, planned->args, "",
		on_called, c) == NULL)
		abort();
}

void
conformance_ready(struct conformance *c, struct mcp *mcp,
    const struct mcp_tool *tools, int count)
{
	if (c->started)
		return;
	c->started = true;
	c->mcp = mcp;
	if (strcmp(c->scenario, "json-schema-2020-12-preservation") == 0)
		plan_echo(c, tools, count);
	else if (strcmp(c->scenario, "json-schema-ref-no-deref") != 0 &&
	    !plan_context(c))
		plan_all(c, tools, count);
	call_next(c);
}
