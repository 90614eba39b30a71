/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/app_check.h"

#include <stddef.h>
#include <string.h>

enum { TIMEOUT_MAX_MS = 600 * 1000 };

static const char *const provider_kinds[] = {
	"script", "stub", "ollama", "azure_openai", "openai_compat", NULL
};

enum { KIND_SCRIPT, KIND_STUB, KIND_OLLAMA };

static void
check_script(struct app *app, struct app_provider *provider, int kind)
{
	provider->kind = "script";
	provider->runs = true;
	if (kind == KIND_STUB)
		provider->replies = "[]";	/* each skill brings its own */
	else
		provider->replies = app_check_script(app, provider);
}

static void
check_provider(struct app *app, const struct conf *node)
{
	static const char *const keys[] = {
		"kind", "file", "base_url", "api_key", "endpoint",
		"api_version", "request_timeout", NULL
	};
	struct app_provider *provider;
	const char *base_url;
	int kind;

	if (!app_room(app, node, app->provider_count, APP_PROVIDERS_MAX) ||
	    !conf_expect(node, CONF_MAP, &app->errors))
		return;
	provider = &app->providers[app->provider_count++];
	*provider = (struct app_provider){ .name = node->key, .node = node,
	    .kind = "", .replies = "[]" };
	conf_lenient(node, keys, &app->warnings);
	conf_str(node, "api_key", NULL, &app->errors);
	conf_str(node, "endpoint", NULL, &app->errors);
	conf_str(node, "api_version", NULL, &app->errors);
	conf_ms(node, "request_timeout", 0, 1, TIMEOUT_MAX_MS, &app->errors);
	base_url = conf_str(node, "base_url", "", &app->errors);
	conf_require(node, "kind", &app->errors);
	kind = conf_choice(node, "kind", provider_kinds, -1, &app->errors);
	if (kind < 0)
		return;
	provider->kind = provider_kinds[kind];
	if (kind == KIND_OLLAMA && *base_url == '\0')
		conf_error(node, &app->errors, "\"base_url\" is missing, which "
		    "ollama needs");
	if (kind == KIND_SCRIPT || kind == KIND_STUB)
		check_script(app, provider, kind);
}

/* What the runner must know to call the model, in one object. */
static const char *
model_config(struct app *app, const struct app_model *model)
{
	static const char *const secret[] = { "api_key", NULL };

	return app_format(app, "{\"model\":%s,\"provider\":%s,\"replies\":%s}",
	    app_json(app, model->node),
	    app_json_without(app, model->provider->node, secret),
	    model->provider->replies);
}

static void
check_model(struct app *app, const struct conf *node)
{
	static const char *const keys[] = {
		"provider", "model", "temperature", "deployment", NULL
	};
	struct app_model *model;
	const char *provider;

	if (!app_room(app, node, app->model_count, APP_MODELS_MAX) ||
	    !conf_expect(node, CONF_MAP, &app->errors))
		return;
	model = &app->models[app->model_count++];
	*model = (struct app_model){ .name = node->key, .node = node,
	    .config = "{}" };
	conf_lenient(node, keys, &app->warnings);
	conf_str(node, "model", "", &app->errors);
	conf_str(node, "deployment", NULL, &app->errors);
	conf_num(node, "temperature", 0, 0, 10, &app->errors);
	provider = app_text(app, node, "provider");
	if (provider == NULL)
		return;
	model->provider = app_provider(app, provider);
	if (model->provider != NULL)
		model->config = model_config(app, model);
	else
		conf_error(conf_get(node, "provider"), &app->errors,
		    "unknown provider \"%s\"", provider);
}

static void
check_embedding(struct app *app, const struct conf *node)
{
	static const char *const keys[] = {
		"provider", "model", "deployment", "dim", NULL
	};
	const char *provider;

	if (node == NULL)
		return;
	conf_lenient(node, keys, &app->warnings);
	provider = app_text(app, node, "provider");
	if (provider != NULL && app_provider(app, provider) == NULL)
		conf_error(conf_get(node, "provider"), &app->errors,
		    "unknown provider \"%s\"", provider);
	app_text(app, node, "model");
	conf_str(node, "deployment", NULL, &app->errors);
	conf_int(node, "dim", 1024, 1, 65536, &app->errors);
}

void
app_check_llm(struct app *app)
{
	static const char *const keys[] = {
		"default", "providers", "models", "embedding", NULL
	};
	const struct conf *llm, *node;

	conf_require(app->root, "llm", &app->errors);
	llm = conf_map(app->root, "llm", &app->errors);
	if (llm == NULL)
		return;
	conf_lenient(llm, keys, &app->warnings);
	node = conf_first(conf_map(llm, "providers", &app->errors));
	for (; node != NULL; node = node->next)
		check_provider(app, node);
	node = conf_first(conf_map(llm, "models", &app->errors));
	for (; node != NULL; node = node->next)
		check_model(app, node);
	check_embedding(app, conf_map(llm, "embedding", &app->errors));
	app->default_model = conf_str(llm, "default", "stub_default",
	    &app->errors);
	if (app_model(app, app->default_model) == NULL) {
		node = conf_get(llm, "default");
		conf_error(node != NULL ? node : llm, &app->errors,
		    "unknown model \"%s\"%s", app->default_model,
		    node != NULL ? "" : "; give one as \"default\"");
	}
}
