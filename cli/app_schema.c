/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/app_check.h"

#include <string.h>

#include "lib/err.h"
#include "lib/json.h"
#include "lib/schema.h"

struct told {
	struct app *app;
	const struct conf *schema;
};

/* The node at a place of the schema, or the nearest that is there. */
static const struct conf *
find(const struct conf *schema, const struct schema_place *at)
{
	const struct conf *parent, *node;

	if (at == NULL)
		return schema;
	parent = find(schema, at->up);
	node = at->key != NULL ? conf_get(parent, at->key) :
	    conf_first(parent);
	for (size_t i = 0; at->key == NULL && node != NULL && i < at->index;
	    i++)
		node = node->next;
	return node != NULL ? node : parent;
}

static void
tell(void *arg, const struct schema_place *at, const char *message)
{
	struct told *told = arg;

	conf_error(find(told->schema, at), &told->app->errors, "%s", message);
}

/* What the checker of values cannot use. */
static void
check_words(struct app *app, const struct conf *schema)
{
	const char *text = app_json(app, schema);
	struct told told = { app, schema };
	struct json_error error;
	struct json *parsed = json_parse_exact(text, strlen(text), &error);
	int rc = parsed != NULL ? schema_problems(parsed, tell, &told) :
	    error.rc;

	json_free(parsed);
	if (rc != OK && (parsed == NULL || rc != E_INVALID))
		conf_error(schema, &app->errors, "cannot be used: %s",
		    parsed != NULL ? err_text(rc) : error.message);
}

/* Legal, but whoever writes this means something else. */
static void
check_required(struct app *app, const struct conf *schema)
{
	const struct conf *properties = conf_get(schema, "properties"), *node;

	node = conf_first(conf_get(schema, "required"));
	for (; node != NULL; node = node->next)
		if (node->text != NULL &&
		    conf_get(properties, node->text) == NULL)
			conf_error(node, &app->errors,
			    "\"%s\" is not among the properties", node->text);
	node = conf_get(schema, "items");
	if (node != NULL && node->kind == CONF_MAP)
		check_required(app, node);
	node = conf_first(properties);
	for (; node != NULL; node = node->next)
		if (node->kind == CONF_MAP)
			check_required(app, node);
}

void
app_check_schema(struct app *app, const struct conf *schema)
{
	const struct conf *type = conf_get(schema, "type");

	if (!conf_expect(schema, CONF_MAP, &app->errors))
		return;
	check_words(app, schema);
	check_required(app, schema);
	if (type != NULL && type->kind == CONF_SCALAR &&
	    strcmp(type->text, "object") != 0)
		conf_error(type, &app->errors, "must be \"object\" here");
}
