/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/app.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/app_check.h"
#include "lib/err.h"

/* All texts are freed at once, so they only have to be in a list. */
struct app_text {
	struct app_text *next;
	char *data;
};

const char *
app_keep(struct app *app, struct buf *b)
{
	struct app_text *text = calloc(1, sizeof(*text));

	if (b->rc == OK && b->data == NULL)
		buf_adds(b, "");
	if (text == NULL || b->rc != OK) {
		if (b->rc == E_TOOBIG)
			buf_addf(&app->errors, "%s/config.yaml:1: a part of "
			    "the application is over %zu bytes\n", app->dir,
			    b->max);
		else
			app->errors.rc = E_NOMEM;
		free(text);
		buf_free(b);
		return "";
	}
	text->data = b->data;
	text->next = app->texts;
	app->texts = text;
	buf_init(b, b->max);
	return text->data;
}

const char *
app_format(struct app *app, const char *format, ...)
{
	struct buf b;
	va_list ap;

	buf_init(&b, APP_JSON_MAX);
	va_start(ap, format);
	buf_vaddf(&b, format, ap);
	va_end(ap);
	return app_keep(app, &b);
}

const char *
app_path(struct app *app, const char *path)
{
	if (*path == '/')
		return path;
	return app_format(app, "%s/%s", app->dir, path);
}

const char *
app_json(struct app *app, const struct conf *node)
{
	struct buf b;

	buf_init(&b, APP_JSON_MAX);
	conf_to_json(node, &b);
	return app_keep(app, &b);
}

static bool
is_among(const char *key, const char *const *keys)
{
	for (; *keys != NULL; keys++)
		if (strcmp(key, *keys) == 0)
			return true;
	return false;
}

const char *
app_json_without(struct app *app, const struct conf *map,
    const char *const *keys)
{
	const struct conf *child;
	struct buf b;

	buf_init(&b, APP_JSON_MAX);
	buf_addc(&b, '{');
	for (child = conf_first(map); child != NULL; child = child->next) {
		if (child->key == NULL || is_among(child->key, keys))
			continue;
		if (b.len > 1)
			buf_addc(&b, ',');
		buf_add_json(&b, child->key, strlen(child->key));
		buf_addc(&b, ':');
		conf_to_json(child, &b);
	}
	buf_addc(&b, '}');
	return app_keep(app, &b);
}

int
app_open_conf(struct app *app, const char *path, struct conf_file **file)
{
	int rc = app->errors.rc;

	if (rc == OK)
		rc = conf_open(path, file, &app->errors);
	if (rc == E_NOMEM)
		app->errors.rc = rc;
	return rc;
}

/* The runner starts tools from wherever it runs: it needs the whole path. */
static int
find_dir(struct app *app, const char *dir)
{
	char *real = realpath(dir, NULL);

	if (real == NULL)
		return errno == ENOMEM ? E_NOMEM : E_NOTFOUND;
	app->dir = app_format(app, "%s", dir);
	app->dir_absolute = app_format(app, "%s", real);
	free(real);
	return app->errors.rc;
}

int
app_open(const char *dir, struct app **out)
{
	struct app *app = calloc(1, sizeof(*app));
	int rc;

	*out = app;
	if (app == NULL)
		return E_NOMEM;
	buf_init(&app->errors, APP_REPORT_MAX);
	buf_init(&app->warnings, APP_REPORT_MAX);
	rc = find_dir(app, dir);
	if (rc == OK)
		app_read_env(app);
	if (rc == OK)
		rc = app_open_conf(app, app_path(app, "config.yaml"),
		    &app->file);
	if (rc == OK)
		app->root = conf_root(app->file);
	if (rc != E_NOTFOUND && rc != E_NOMEM)
		return OK;
	app_close(app);
	*out = NULL;
	return rc;
}

void
app_close(struct app *app)
{
	struct app_text *text;

	if (app == NULL)
		return;
	for (int i = 0; i < app->agent_count; i++)
		conf_close(app->agents[i].file);
	for (int i = 0; i < app->provider_count; i++)
		conf_close(app->providers[i].script);
	conf_close(app->file);
	while ((text = app->texts) != NULL) {
		app->texts = text->next;
		free(text->data);
		free(text);
	}
	buf_free(&app->errors);
	buf_free(&app->warnings);
	free(app);
}

int
app_failed(const struct app *app)
{
	if (app->errors.rc == E_NOMEM || app->warnings.rc == E_NOMEM)
		return E_NOMEM;
	return app->errors.len > 0 || app->errors.rc != OK ||
	    app->root == NULL ? E_INVALID : OK;
}

struct app_status *
app_status(struct app *app, const char *name)
{
	for (int i = 0; i < app->status_count; i++)
		if (strcmp(app->statuses[i].name, name) == 0)
			return &app->statuses[i];
	return NULL;
}

struct app_provider *
app_provider(struct app *app, const char *name)
{
	for (int i = 0; i < app->provider_count; i++)
		if (strcmp(app->providers[i].name, name) == 0)
			return &app->providers[i];
	return NULL;
}

struct app_model *
app_model(struct app *app, const char *name)
{
	for (int i = 0; i < app->model_count; i++)
		if (strcmp(app->models[i].name, name) == 0)
			return &app->models[i];
	return NULL;
}

const struct app_server *
app_server(const struct app *app, const char *name)
{
	for (int i = 0; i < app->server_count; i++)
		if (strcmp(app->servers[i].name, name) == 0)
			return &app->servers[i];
	return NULL;
}

const struct app_agent *
app_agent(const struct app *app, const char *name)
{
	for (int i = 0; i < app->agent_count; i++)
		if (strcmp(app->agents[i].name, name) == 0)
			return &app->agents[i];
	return NULL;
}

bool
app_tool_means(const struct app_tool *tool, const char *name)
{
	return strcmp(tool->name, name) == 0 || strcmp(tool->bare, name) == 0;
}

bool
app_tells(const struct app *app)
{
	for (int i = 0; i < app->server_count; i++)
		if (app->servers[i].config != NULL)
			return true;
	return false;
}

/* What such a server has, only the server knows. */
static bool
is_told(const struct app *app, const char *name)
{
	const char *colon = strchr(name, ':');

	for (int i = 0; i < app->server_count && colon != NULL; i++) {
		const struct app_server *server = &app->servers[i];
		size_t len = strlen(server->name);

		if (server->config != NULL && len == (size_t)(colon - name) &&
		    memcmp(server->name, name, len) == 0)
			return true;
	}
	return false;
}

enum app_has
app_has_tool(const struct app *app, const char *name)
{
	for (int i = 0; i < app->tool_count; i++)
		if (app_tool_means(&app->tools[i], name))
			return APP_YES;
	if (is_told(app, name))
		return APP_YES;
	for (int i = 0; i < app->server_count; i++)
		if (!app->servers[i].enabled)
			return APP_MAYBE;
	return app_tells(app) && strchr(name, ':') == NULL ? APP_MAYBE :
	    APP_NO;
}

void
app_check_tool(struct app *app, const struct conf *node, const char *name)
{
	switch (app_has_tool(app, name)) {
	case APP_YES:
		break;
	case APP_MAYBE:
		conf_warn(node, &app->warnings, "unknown tool \"%s\", unless "
		    "a %s server has it", name,
		    app_tells(app) ? "stdio or http" : "disabled");
		break;
	case APP_NO:
		conf_error(node, &app->errors, "unknown tool \"%s\"", name);
		break;
	}
}

bool
app_room(struct app *app, const struct conf *node, int count, int max)
{
	if (count < max)
		return true;
	conf_error(node, &app->errors, "too many, at most %d are allowed",
	    max);
	return false;
}
