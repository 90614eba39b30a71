/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/app_check.h"

#include <string.h>

static const char *const types[] = {
	"string", "integer", "number", "boolean", "array", "object", "null",
	NULL
};

static void
check_required(struct app *app, const struct conf *schema)
{
	const struct conf *properties, *item;

	properties = conf_get(schema, "properties");
	item = conf_first(app_texts(app, schema, "required"));
	for (; item != NULL; item = item->next)
		if (conf_get(properties, item->text) == NULL)
			conf_error(item, &app->errors,
			    "\"%s\" is not among the properties", item->text);
}

static void
check_schema(struct app *app, const struct conf *schema)
{
	static const char *const bools[] = { "additionalProperties", NULL };
	const struct conf *node;

	if (!conf_expect(schema, CONF_MAP, &app->errors))
		return;
	conf_choice(schema, "type", types, 0, &app->errors);
	conf_list(schema, "enum", &app->errors);
	conf_bool(schema, "additionalProperties", false, &app->errors);
	app_check_plain(app, schema, bools);
	check_required(app, schema);
	node = conf_get(schema, "items");
	if (node != NULL)
		check_schema(app, node);
	node = conf_first(conf_map(schema, "properties", &app->errors));
	for (; node != NULL; node = node->next)
		check_schema(app, node);
}

void
app_check_schema(struct app *app, const struct conf *schema)
{
	const struct conf *type = conf_get(schema, "type");

	check_schema(app, schema);
	if (type != NULL && type->kind == CONF_SCALAR &&
	    strcmp(type->text, "object") != 0)
		conf_error(type, &app->errors, "must be \"object\" here");
}

void
app_check_simple_schema(struct app *app, const struct conf *schema)
{
	static const char *const keys[] = {
		"type", "properties", "required", "additionalProperties",
		"title", "description", NULL
	};
	static const char *const member_keys[] = {
		"type", "title", "description", "default", "examples", NULL
	};
	const struct conf *node;

	app_check_schema(app, schema);
	conf_strict(schema, keys, &app->errors);
	node = conf_first(conf_get(schema, "properties"));
	for (; node != NULL; node = node->next)
		conf_strict(node, member_keys, &app->errors);
}
