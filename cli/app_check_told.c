/* SPDX-License-Identifier: Apache-2.0 */
/* Servers that tell their tools themselves (MCP): stdio and http. */
#include "cli/app_check.h"

#include <string.h>
#include <strings.h>

#include "lib/err.h"

enum {
	START_MS = 30 * 1000, CALL_MS = 60 * 1000, CALL_MAX_MS = 300 * 1000,
	TIMEOUT_MAX_MS = 600 * 1000,
	CONCURRENCY = 8, CONCURRENCY_MAX = 1000,
	MEMORY_MB = 4096, MEMORY_MIN_MB = 64, MEMORY_MAX_MB = 64 * 1024,
	OUTPUT_KB = 1024, OUTPUT_MAX_KB = 16 * 1024,
	WORDS_MAX = 64, VALUES_MAX = 128,	/* runner/server_spec.h */
};

static const char letters[] = "A-Za-z0-9_";

/* Does every ${ begin a ${NAME}? */
static bool
is_referring(const char *text)
{
	static const char name[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	size_t len;

	while ((text = strstr(text, "${")) != NULL) {
		text += 2;
		len = strspn(text, name);
		if (len == 0 || text[len] != '}')
			return false;
	}
	return true;
}

/* A text of headers or env, in which ${NAME} stays until it is used. */
static const char *
check_value(struct app *app, const struct conf *node)
{
	const char *text = conf_text(node, &app->errors), *c;

	if (text == NULL)
		return "";
	if (!is_referring(text))
		conf_error(node, &app->errors, "a reference is written "
		    "${NAME}, in capitals");
	for (c = text; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 127) {
			conf_error(node, &app->errors,
			    "must not have control characters");
			break;
		}
	return text;
}

static bool
is_among(const char *text, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcasecmp(text, *list) == 0)
			return true;
	return false;
}

static void
check_header(struct app *app, const struct conf *node)
{
	/* What the transport itself says; mcp-... below. */
	static const char *const own[] = {
		"accept", "connection", "content-length", "content-type",
		"host", "last-event-id", "transfer-encoding", NULL
	};
	static const char *const secret[] = {
		"authorization", "cookie", "proxy-authorization", "x-api-key",
		NULL
	};
	const char *text = check_value(app, node);

	if (!app_is_word(node->key, "A-Za-z0-9!#$%&'*+.^_`|~-",
		"A-Za-z0-9!#$%&'*+.^_`|~-", 256))
		conf_error(node, &app->errors, "\"%s\" is no name of a header",
		    node->key);
	else if (is_among(node->key, own) ||
	    strncasecmp(node->key, "mcp-", 4) == 0)
		conf_error(node, &app->errors, "is sent anyway");
	else if (is_among(node->key, secret) && strstr(text, "${") == NULL)
		conf_error(node, &app->errors, "write the secret as ${NAME}: "
		    "the runner reads it from its environment or its "
		    "credentials, and it is not stored");
}

static void
check_variable(struct app *app, const struct conf *node)
{
	check_value(app, node);
	if (!app_is_word(node->key, "A-Za-z_", letters, 128))
		conf_error(node, &app->errors, "\"%s\" is no name of a "
		    "variable", node->key);
}

/* Where it is; nobody should find a password in a list of addresses. */
static void
check_url(struct app *app, const struct conf *server)
{
	const struct conf *node = conf_get(server, "url");
	const char *url = app_text(app, server, "url"), *host;

	if (url == NULL)
		return;
	host = strstr(url, "://");
	if ((strncmp(url, "http://", 7) != 0 &&
		strncmp(url, "https://", 8) != 0) || host[3] == '\0' ||
	    strchr("/?#:", host[3]) != NULL)
		conf_error(node, &app->errors, "\"%s\" is no URL of http or "
		    "https", url);
	else if (memchr(host + 3, '@', strcspn(host + 3, "/?#")) != NULL)
		conf_error(node, &app->errors, "a secret does not belong into "
		    "an address; use \"headers\"");
}

static void
check_count(struct app *app, const struct conf *parent, int max)
{
	const struct conf *node = conf_first(parent);
	int count = 0;

	for (; node != NULL; node = node->next)
		count++;
	if (count > max)
		conf_error(parent, &app->errors, "has more than %d", max);
}

static void
check_command(struct app *app, const struct conf *server)
{
	const struct conf *command = conf_get(server, "command");

	conf_require(server, "command", &app->errors);
	if (command == NULL || command->kind != CONF_LIST)
		return;		/* complained about */
	check_count(app, command, WORDS_MAX);
	if (command->first == NULL)
		conf_error(command, &app->errors, "must name a program");
	else if (command->first->text != NULL)
		app_check_program(app, command->first);
}

/* Nothing of the other transport. */
static void
refuse_keys(struct app *app, const struct app_server *server)
{
	static const char *const of_stdio[] = {
		"command", "env", "memory_mb", "paths", NULL
	};
	static const char *const of_http[] = { "url", "headers", NULL };
	const char *const *keys;

	keys = strcmp(server->transport, "http") == 0 ? of_stdio : of_http;
	for (; *keys != NULL; keys++)
		if (!conf_is_null(conf_get(server->node, *keys)))
			conf_error(conf_get(server->node, *keys), &app->errors,
			    "not for %s", server->transport);
}

/* Is there one of that name before it? */
static bool
is_second(const struct conf *tool, const char *name)
{
	const struct conf *other, *node;

	for (other = tool->parent->first; other != tool; other = other->next) {
		node = other->kind == CONF_MAP ? conf_get(other, "name") : NULL;
		if (node != NULL && node->text != NULL &&
		    strcmp(node->text, name) == 0)
			return true;
	}
	return false;
}

/* The name of a tool, and what is said about it against the server. */
static void
check_override(struct app *app, const struct conf *tool, struct buf *out)
{
	static const char *const keys[] = {
		"name", "read_only", "idempotent", NULL
	};
	const char *name;
	bool read_only, idempotent;

	if (!conf_expect(tool, CONF_MAP, &app->errors))
		return;
	conf_strict(tool, keys, &app->errors);
	name = app_text(app, tool, "name");
	read_only = conf_bool(tool, "read_only", false, &app->errors);
	idempotent = conf_bool(tool, "idempotent", false, &app->errors);
	if (name != NULL && is_second(tool, name))
		conf_error(conf_get(tool, "name"), &app->errors,
		    "a second tool \"%s\" on this server", name);
	if (name == NULL)
		return;
	if (out->len > 1)
		buf_addc(out, ',');
	buf_add_json(out, name, strlen(name));
	buf_adds(out, read_only || idempotent ? ":true" : ":false");
}

/* {"tool": may it run again?} */
static const char *
check_overrides(struct app *app, const struct conf *server)
{
	const struct conf *tool;
	struct buf out;

	buf_init(&out, APP_JSON_MAX);
	buf_addc(&out, '{');
	tool = conf_first(conf_list(server, "tools", &app->errors));
	for (; tool != NULL; tool = tool->next)
		check_override(app, tool, &out);
	buf_addc(&out, '}');
	return app_keep(app, &out);
}

/* A call's clocks: idle until the first is over, in all until the second. */
static const char *
check_clocks(struct app *app, const struct conf *server)
{
	int64_t start_ms, call_ms, max_ms;

	start_ms = conf_ms(server, "start_timeout", START_MS, 1,
	    TIMEOUT_MAX_MS, &app->errors);
	call_ms = conf_ms(server, "timeout", CALL_MS, 1, TIMEOUT_MAX_MS,
	    &app->errors);
	max_ms = conf_ms(server, "max_timeout", call_ms > CALL_MAX_MS ?
	    call_ms : CALL_MAX_MS, 1, TIMEOUT_MAX_MS, &app->errors);
	if (max_ms < call_ms)
		conf_error(conf_get(server, "max_timeout"), &app->errors,
		    "is shorter than \"timeout\"");
	return app_format(app, "\"start_ms\":%lld,\"call_ms\":%lld,"
	    "\"call_max_ms\":%lld", (long long)start_ms, (long long)call_ms,
	    (long long)max_ms);
}

static const char *
map_json(struct app *app, const struct conf *server, const char *key,
    void (*check)(struct app *app, const struct conf *node))
{
	const struct conf *map = conf_map(server, key, &app->errors), *node;

	check_count(app, map, VALUES_MAX);
	for (node = conf_first(map); node != NULL; node = node->next)
		check(app, node);
	return map != NULL ? app_json(app, map) : "{}";
}

void
app_check_told(struct app *app, struct app_server *server,
    const char *transport)
{
	static const char *const eras[] = { "auto", "legacy", "modern", NULL };
	const struct conf *node = server->node;
	struct buf *errors = &app->errors;
	int64_t concurrency, memory_mb, output_kb;
	const char *era, *clocks, *place;
	bool trust;

	server->transport = transport;
	refuse_keys(app, server);
	era = eras[conf_choice(node, "era", eras, 0, errors)];
	clocks = check_clocks(app, node);
	concurrency = conf_int(node, "concurrency", CONCURRENCY, 1,
	    CONCURRENCY_MAX, errors);
	memory_mb = conf_int(node, "memory_mb", MEMORY_MB, MEMORY_MIN_MB,
	    MEMORY_MAX_MB, errors);
	output_kb = conf_int(node, "output_kb", OUTPUT_KB, 1, OUTPUT_MAX_KB,
	    errors);
	trust = conf_bool(node, "trust_hints", false, errors);
	if (strcmp(transport, "stdio") == 0) {
		check_command(app, node);
		place = app_format(app, "\"command\":%s,\"env\":%s,"
		    "\"paths\":%s", app_json(app, conf_get(node, "command")),
		    map_json(app, node, "env", check_variable),
		    app_check_paths(app, node));
	} else {
		check_url(app, node);
		place = app_format(app, "\"url\":%s,\"headers\":%s",
		    app_json(app, conf_get(node, "url")),
		    map_json(app, node, "headers", check_header));
	}
	server->config = app_format(app, "{%s,\"era\":\"%s\",%s,"
	    "\"concurrency\":%lld,\"memory_mb\":%lld,\"output_kb\":%lld,"
	    "\"trust_hints\":%s,\"tools\":%s}", place, era, clocks,
	    (long long)concurrency, (long long)memory_mb, (long long)output_kb,
	    trust ? "true" : "false", check_overrides(app, node));
}
