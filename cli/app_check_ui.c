/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/app_check.h"

#include <string.h>

/* A list of maps with these keys; the first needed ones must be there. */
static void
check_records(struct app *app, const struct conf *ui, const char *list,
    const char *const *keys, int needed)
{
	const struct conf *node;

	node = conf_first(conf_list(ui, list, &app->errors));
	for (; node != NULL; node = node->next) {
		if (!conf_expect(node, CONF_MAP, &app->errors))
			continue;
		conf_strict(node, keys, &app->errors);
		for (int i = 0; keys[i] != NULL; i++)
			if (i < needed)
				app_text(app, node, keys[i]);
			else
				conf_str(node, keys[i], NULL, &app->errors);
	}
}

/* badges: {field: {value: {label, color}}} */
static void
check_badges(struct app *app, const struct conf *badges)
{
	static const char *const keys[] = { "label", "color", NULL };
	const struct conf *field, *value;

	for (field = conf_first(badges); field != NULL; field = field->next) {
		if (!conf_expect(field, CONF_MAP, &app->errors))
			continue;
		for (value = field->first; value != NULL; value = value->next) {
			if (!conf_expect(value, CONF_MAP, &app->errors))
				continue;
			conf_strict(value, keys, &app->errors);
			app_text(app, value, "label");
			app_text(app, value, "color");
		}
	}
}

static void
check_ui(struct app *app, const struct conf *ui)
{
	static const char *const keys[] = {
		"badges", "detail_fields", "tags", "brand_name",
		"brand_logo_url", "approval_rationale_templates",
		"hitl_question_templates", "app_views", NULL
	};
	static const char *const fields[] = {
		"key", "label", "section", NULL
	};
	static const char *const views[] = {
		"id", "title", "applies_to", "url", NULL
	};
	struct buf *errors = &app->errors;
	const struct conf *node;

	conf_strict(ui, keys, errors);
	check_badges(app, conf_map(ui, "badges", errors));
	check_records(app, ui, "detail_fields", fields, 2);
	check_records(app, ui, "app_views", views, 4);
	conf_map(ui, "tags", errors);
	conf_str(ui, "brand_name", "", errors);
	conf_str(ui, "brand_logo_url", NULL, errors);
	app_texts(app, ui, "approval_rationale_templates");
	node = conf_first(conf_map(ui, "hitl_question_templates", errors));
	for (; node != NULL; node = node->next)
		conf_text(node, errors);
}

static void
check_api(struct app *app, const struct conf *api)
{
	static const char *const keys[] = {
		"cors_origins", "cors_allow_credentials", NULL
	};

	conf_lenient(api, keys, &app->warnings);
	app_texts(app, api, "cors_origins");
	conf_bool(api, "cors_allow_credentials", true, &app->errors);
}

/* Kept valid for those who come from elsewhere; nothing here is used. */
static void
check_storage(struct app *app, const struct conf *storage)
{
	static const char *const keys[] = { "metadata", "vector", NULL };
	static const char *const backends[] = {
		"faiss", "pgvector", "none", NULL
	};
	static const char *const distances[] = {
		"cosine", "euclidean", "inner_product", NULL
	};
	struct buf *errors = &app->errors;
	const struct conf *node;

	if (storage == NULL)
		return;
	conf_warn(storage, &app->warnings, "not used: the store is the "
	    "database that --db names");
	conf_lenient(storage, keys, &app->warnings);
	node = conf_map(storage, "metadata", errors);
	conf_str(node, "url", NULL, errors);
	conf_int(node, "pool_size", 5, 1, 1000, errors);
	conf_bool(node, "echo", false, errors);
	node = conf_map(storage, "vector", errors);
	conf_choice(node, "backend", backends, 0, errors);
	conf_choice(node, "distance_strategy", distances, 0, errors);
	conf_str(node, "path", NULL, errors);
	conf_str(node, "collection_name", NULL, errors);
}

void
app_check_ui(struct app *app)
{
	static const char *const paths[] = {
		"skills_dir", "incidents_dir", NULL
	};
	const struct conf *node;

	check_ui(app, conf_map(app->root, "ui", &app->errors));
	check_api(app, conf_map(app->root, "api", &app->errors));
	check_storage(app, conf_map(app->root, "storage", &app->errors));
	node = conf_map(app->root, "paths", &app->errors);
	conf_lenient(node, paths, &app->warnings);
	conf_str(node, "incidents_dir", NULL, &app->errors);
}
