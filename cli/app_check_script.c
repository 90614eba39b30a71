/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/app_check.h"

#include <stddef.h>

#include "lib/err.h"

enum { TURN_MAX = 1000, DELAY_MAX_S = 600, TOKENS_MAX = 1000000000 };

static void
check_call(struct app *app, const struct conf *call)
{
	static const char *const keys[] = { "name", "args", NULL };
	const char *name;

	if (!conf_expect(call, CONF_MAP, &app->errors))
		return;
	conf_strict(call, keys, &app->errors);
	conf_map(call, "args", &app->errors);
	name = app_text(app, call, "name");
	/* A model may name a tool that there is not; a script may show that. */
	if (name != NULL && app_has_tool(app, name) != APP_YES)
		conf_warn(conf_get(call, "name"), &app->warnings,
		    "unknown tool \"%s\"", name);
}

static void
check_reply(struct app *app, const struct conf *reply)
{
	static const char *const keys[] = {
		"agent", "turn", "query", "environment", "after", "content",
		"tool_calls", "usage", "delay", "error", NULL
	};
	static const char *const texts[] = {
		"query", "environment", "after", "content", "error", NULL
	};
	static const char *const numbers[] = { "turn", "delay", NULL };
	static const char *const counts[] = {
		"input_tokens", "output_tokens", NULL
	};
	const struct conf *usage, *call;
	const char *agent;

	if (!conf_expect(reply, CONF_MAP, &app->errors))
		return;
	conf_strict(reply, keys, &app->errors);
	for (int i = 0; texts[i] != NULL; i++)
		conf_str(reply, texts[i], NULL, &app->errors);
	conf_int(reply, "turn", 1, 1, TURN_MAX, &app->errors);
	conf_num(reply, "delay", 0, 0, DELAY_MAX_S, &app->errors);
	app_check_plain(app, reply, numbers);
	usage = conf_map(reply, "usage", &app->errors);
	conf_strict(usage, counts, &app->errors);
	app_check_plain(app, usage, counts);
	for (int i = 0; counts[i] != NULL; i++)
		conf_int(usage, counts[i], 0, 0, TOKENS_MAX, &app->errors);
	call = conf_first(conf_list(reply, "tool_calls", &app->errors));
	for (; call != NULL; call = call->next)
		check_call(app, call);
	agent = app_text(app, reply, "agent");
	if (agent != NULL && app_agent(app, agent) == NULL)
		conf_error(conf_get(reply, "agent"), &app->errors,
		    "unknown agent \"%s\"", agent);
}

const char *
app_check_script(struct app *app, struct app_provider *provider)
{
	static const char *const keys[] = { "replies", NULL };
	const char *file = app_text(app, provider->node, "file");
	const struct conf *root, *replies, *reply;

	if (file == NULL || app_open_conf(app, app_path(app, file),
		&provider->script) != OK)
		return "[]";
	root = conf_root(provider->script);
	if (!conf_expect(root, CONF_MAP, &app->errors))
		return "[]";
	conf_strict(root, keys, &app->errors);
	replies = conf_list(root, "replies", &app->errors);
	for (reply = conf_first(replies); reply != NULL; reply = reply->next)
		check_reply(app, reply);
	return replies != NULL ? app_json(app, replies) : "[]";
}
