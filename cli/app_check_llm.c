/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/app_check.h"

#include <stddef.h>
#include <string.h>

enum { TIMEOUT_MAX_MS = 600 * 1000 };

/* Seconds are the configuration's, milliseconds the runner's. */
enum {
	REQUEST_MS = 120 * 1000,
	CONNECT_MS = 10 * 1000,
	IDLE_MS = 60 * 1000,
	BREAKER_MS = 30 * 1000,
	BREAKER_MAX_MS = 60 * 60 * 1000,
	BREAKER_FAILURES = 5,
	LIMIT_MAX = 1000 * 1000 * 1000,
	TOKENS_MAX = 10 * 1000 * 1000,	/* of one reply, or one context */
	NUM_CTX_MIN = 512,
	PRICE_MAX = 1000000,
};

enum { KIND_SCRIPT, KIND_STUB, KIND_OLLAMA, KIND_AZURE, KIND_OPENAI };

static const char *const provider_kinds[] = {
	"script", "stub", "ollama", "azure_openai", "openai_compat", NULL
};

static void
check_script(struct app *app, struct app_provider *provider, int kind)
{
	provider->kind = "script";
	if (kind == KIND_STUB)
		provider->replies = "[]";	/* each skill brings its own */
	else
		provider->replies = app_check_script(app, provider);
}

/* A key is written as where it stands, so that it is never stored. */
static void
check_key(struct app *app, const struct conf *provider)
{
	const struct conf *node = conf_get(provider, "api_key");
	const char *text = conf_str(provider, "api_key", "", &app->errors);
	size_t len = strlen(text);

	if (len == 0)
		return;
	if (strncmp(text, "${", 2) != 0 || text[len - 1] != '}' ||
	    strspn(text + 2, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") !=
	    len - 3 || len == 3)
		conf_error(node, &app->errors, "write it as ${NAME}: the "
		    "runner reads the key from its environment or its "
		    "credentials, and it is not stored");
}

/* The time for a whole reply, unless the provider has its own. */
static int64_t
default_timeout(struct app *app)
{
	const struct conf *orchestrator = conf_get(app->root, "orchestrator");
	struct buf ignored;	/* complained about where it belongs */
	int64_t ms = REQUEST_MS;

	buf_init(&ignored, APP_REPORT_MAX);
	if (orchestrator != NULL && orchestrator->kind == CONF_MAP)
		ms = conf_ms(orchestrator, "default_llm_request_timeout", ms,
		    1, TIMEOUT_MAX_MS, &ignored);
	buf_free(&ignored);
	return ms;
}

static void
check_terms(struct app *app, struct app_provider *provider)
{
	const struct conf *node = provider->node;
	struct buf *errors = &app->errors;
	int64_t total_ms, first_ms, connect_ms, idle_ms;

	total_ms = conf_ms(node, "request_timeout", default_timeout(app), 1,
	    TIMEOUT_MAX_MS, errors);
	connect_ms = conf_ms(node, "connect_timeout", CONNECT_MS, 1,
	    TIMEOUT_MAX_MS, errors);
	first_ms = conf_ms(node, "first_byte_timeout", total_ms, 1,
	    TIMEOUT_MAX_MS, errors);
	idle_ms = conf_ms(node, "idle_timeout", IDLE_MS, 1, TIMEOUT_MAX_MS,
	    errors);
	provider->terms = app_format(app, "\"clocks\":{\"connect_ms\":%lld,"
	    "\"first_byte_ms\":%lld,\"idle_ms\":%lld,\"total_ms\":%lld},"
	    "\"limits\":{\"concurrency\":%lld,\"requests_per_minute\":%lld,"
	    "\"tokens_per_minute\":%lld,\"breaker_failures\":%lld,"
	    "\"breaker_ms\":%lld}", (long long)connect_ms,
	    (long long)first_ms, (long long)idle_ms, (long long)total_ms,
	    (long long)conf_int(node, "max_concurrency", 0, 0, LIMIT_MAX,
		errors),
	    (long long)conf_int(node, "requests_per_minute", 0, 0, LIMIT_MAX,
		errors),
	    (long long)conf_int(node, "tokens_per_minute", 0, 0, LIMIT_MAX,
		errors),
	    (long long)conf_int(node, "breaker_failures", BREAKER_FAILURES, 0,
		LIMIT_MAX, errors),
	    (long long)conf_ms(node, "breaker_pause", BREAKER_MS, 1,
		BREAKER_MAX_MS, errors));
}

/* Where it is asked; what is missing is told where an agent would use it. */
static void
check_address(struct app *app, const struct conf *node, int kind)
{
	static const char *const keys[] = { "base_url", "endpoint", NULL };
	const char *url;

	for (int i = 0; keys[i] != NULL; i++) {
		url = conf_str(node, keys[i], "", &app->errors);
		if (*url != '\0' && strncmp(url, "http://", 7) != 0 &&
		    strncmp(url, "https://", 8) != 0)
			conf_error(conf_get(node, keys[i]), &app->errors,
			    "\"%s\" is no URL of http or https", url);
	}
	conf_str(node, "api_version", NULL, &app->errors);
	if (kind == KIND_OLLAMA &&
	    *conf_str(node, "base_url", "", &app->errors) == '\0')
		conf_error(node, &app->errors, "\"base_url\" is missing, which "
		    "ollama needs");
}

static void
check_provider(struct app *app, const struct conf *node)
{
	static const char *const keys[] = {
		"kind", "file", "base_url", "api_key", "endpoint",
		"api_version", "stream", "request_timeout", "connect_timeout",
		"first_byte_timeout", "idle_timeout", "max_concurrency",
		"requests_per_minute", "tokens_per_minute",
		"breaker_failures", "breaker_pause", NULL
	};
	static const char *const plain[] = { "stream", NULL };
	struct app_provider *provider;
	int kind;

	if (!app_room(app, node, app->provider_count, APP_PROVIDERS_MAX) ||
	    !conf_expect(node, CONF_MAP, &app->errors))
		return;
	provider = &app->providers[app->provider_count++];
	*provider = (struct app_provider){ .name = node->key, .node = node,
	    .kind = "", .replies = "[]" };
	conf_lenient(node, keys, &app->warnings);
	conf_require(node, "kind", &app->errors);
	kind = conf_choice(node, "kind", provider_kinds, -1, &app->errors);
	conf_bool(node, "stream", true, &app->errors);
	app_check_plain(app, node, plain);
	check_key(app, node);
	check_address(app, node, kind);
	check_terms(app, provider);
	if (kind < 0)
		return;
	provider->kind = provider_kinds[kind];
	if (kind == KIND_SCRIPT || kind == KIND_STUB)
		check_script(app, provider, kind);
}

/* What the runner must know to call the model, in one object. */
static const char *
model_config(struct app *app, const struct app_model *model)
{
	const char *node = app_json(app, model->node);
	const char *provider = app_json(app, model->provider->node);

	if (strcmp(model->provider->kind, "script") == 0)
		return app_format(app, "{\"model\":%s,\"provider\":%s,"
		    "\"replies\":%s}", node, provider,
		    model->provider->replies);
	return app_format(app, "{\"model\":%s,\"provider\":%s,%s}", node,
	    provider, model->provider->terms);
}

/* Options may not take the place of what the runner writes itself. */
static void
check_options(struct app *app, const struct conf *model)
{
	static const char *const own[] = {
		"model", "messages", "tools", "stream", "stream_options",
		"temperature", "max_tokens", "num_ctx", "num_predict", NULL
	};
	const struct conf *option;

	option = conf_first(conf_map(model, "options", &app->errors));
	for (; option != NULL; option = option->next)
		for (int i = 0; own[i] != NULL; i++)
			if (strcmp(option->key, own[i]) == 0)
				conf_error(option, &app->errors, "not an "
				    "option: it has its own place");
}

static void
check_settings(struct app *app, const struct conf *node)
{
	static const char *const plain[] = {
		"temperature", "max_tokens", "num_ctx", NULL
	};
	static const char *const fields[] = {
		"max_tokens", "max_completion_tokens", NULL
	};

	conf_str(node, "model", "", &app->errors);
	conf_str(node, "deployment", NULL, &app->errors);
	conf_num(node, "temperature", 0, 0, 10, &app->errors);
	conf_int(node, "max_tokens", 0, 1, TOKENS_MAX, &app->errors);
	conf_choice(node, "max_tokens_field", fields, 0, &app->errors);
	conf_int(node, "num_ctx", NUM_CTX_MIN, NUM_CTX_MIN, TOKENS_MAX,
	    &app->errors);
	app_check_plain(app, node, plain);
	check_options(app, node);
}

/* Of a million tokens, in whatever money. */
static void
check_price(struct app *app, const struct conf *price)
{
	static const char *const keys[] = { "input", "output", NULL };

	if (price == NULL)
		return;
	conf_lenient(price, keys, &app->warnings);
	for (int i = 0; keys[i] != NULL; i++) {
		conf_require(price, keys[i], &app->errors);
		conf_num(price, keys[i], 0, 0, PRICE_MAX, &app->errors);
	}
	app_check_plain(app, price, keys);
}

static void
check_model(struct app *app, const struct conf *node)
{
	static const char *const keys[] = {
		"provider", "model", "temperature", "deployment", "max_tokens",
		"max_tokens_field", "options", "num_ctx", "keep_alive",
		"think", "price", NULL
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
	check_settings(app, node);
	check_price(app, conf_map(node, "price", &app->errors));
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
