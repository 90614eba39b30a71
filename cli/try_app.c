/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/try.h"

#include <stdio.h>
#include <string.h>

#include "lib/err.h"

/* The names of what there is, for whoever asked for something else. */
static const char *
list_agents(struct app *app)
{
	struct buf list;

	buf_init(&list, APP_JSON_MAX);
	for (int i = 0; i < app->agent_count; i++)
		buf_addf(&list, "%s%s", i > 0 ? ", " : "",
		    app->agents[i].name);
	return app_keep(app, &list);
}

static const char *
list_models(struct app *app)
{
	struct buf list;

	buf_init(&list, APP_JSON_MAX);
	for (int i = 0; i < app->model_count; i++)
		buf_addf(&list, "%s%s", i > 0 ? ", " : "",
		    app->models[i].name);
	return app_keep(app, &list);
}

/*
 * The same routes, all to the end. If any of them asks people when the agent
 * is unsure, so does this one: where it leads is the same for all.
 */
static const char *
end_routes(struct app *app, const struct app_agent *agent)
{
	static const char *const without[] = { "next", NULL };
	const struct conf *route = conf_first(conf_get(agent->root, "routes"));
	struct buf list;

	buf_init(&list, APP_JSON_MAX);
	buf_addc(&list, '[');
	for (; route != NULL; route = route->next) {
		const char *rest = app_json_without(app, route, without);

		buf_addf(&list, "%s{\"next\":\"__end__\"%s%s",
		    list.len > 1 ? "," : "", rest[1] != '}' ? "," : "",
		    rest + 1);
	}
	buf_addc(&list, ']');
	return app_keep(app, &list);
}

static int
pick_model(const struct cli *cli, struct app *app)
{
	if (cli->model == NULL)
		return EXIT_OK;
	if (app_model(app, cli->model) == NULL)
		return cli_fail(cli, E_NOTFOUND, "no model \"%s\"; there are: "
		    "%s", cli->model, list_models(app));
	for (int i = 0; i < app->agent_count; i++)
		if (app->agents[i].model != NULL)
			app->agents[i].model = cli->model;
	return EXIT_OK;
}

static int
pick_agent(const struct cli *cli, struct app *app)
{
	const char *name = cli->words[0];
	struct app_agent *agent = NULL;

	for (int i = 0; i < app->agent_count; i++)
		if (strcmp(app->agents[i].name, name) == 0)
			agent = &app->agents[i];
	if (agent == NULL)
		return cli_fail(cli, E_NOTFOUND, "no agent \"%s\" in \"%s\"; "
		    "there are: %s", name, app->dir, list_agents(app));
	if (agent->kind == KIND_MONITOR)
		return cli_fail(cli, E_INVALID, "\"%s\" is a monitor, which "
		    "has no session", name);
	if (agent->kind == KIND_SUPERVISOR && !cli->follow)
		return cli_fail(cli, E_INVALID, "\"%s\" is a supervisor, which "
		    "only sends to others; follow them with --follow", name);
	app->entry_agent = agent->name;
	if (!cli->follow)
		agent->routes = end_routes(app, agent);
	return EXIT_OK;
}

/* Reads and checks it, and says what is wrong with it. */
static int
read_app(const struct cli *cli, struct app **out)
{
	const char *dir = cli->app != NULL ? cli->app : ".";
	int rc = app_open(dir, out);

	if (rc == E_NOTFOUND)
		return cli_fail(cli, rc, "no config.yaml in \"%s\"; name the "
		    "application's directory with --app DIR", dir);
	if (rc != OK)
		return cli_fail(cli, rc, "%s", err_text(rc));
	app_check(*out);
	fputs(buf_str(&(*out)->warnings), stderr);
	fputs(buf_str(&(*out)->errors), stderr);
	rc = app_failed(*out);
	return rc == OK ? EXIT_OK : cli_fail(cli, rc, "%s", rc == E_NOMEM ?
	    err_text(rc) : "the application is not fine; nothing was tried");
}

int
try_app_read(const struct cli *cli, struct app **out)
{
	int status = read_app(cli, out);

	if (status == EXIT_OK) {
		/* Who tries it decides alone, whoever has to in earnest. */
		(*out)->gate_quorum = 1;
		(*out)->submitter_may_approve = true;
		status = pick_agent(cli, *out);
	}
	return status == EXIT_OK ? pick_model(cli, *out) : status;
}

static const char *
next_when(const struct conf *routes, const char *when)
{
	const struct conf *route, *node;

	for (route = conf_first(routes); route != NULL; route = route->next) {
		node = conf_get(route, "when");
		if (node != NULL && strcmp(node->text, when) == 0)
			return conf_get(route, "next")->text;
	}
	return NULL;
}

const char *
try_app_next(const struct app *app, const char *signal)
{
	const struct conf *routes = conf_get(app_agent(app,
		app->entry_agent)->root, "routes");
	const char *next = signal != NULL ? next_when(routes, signal) : NULL;

	return next != NULL ? next : next_when(routes, "default");
}

int
try_app_environment(const struct cli *cli, const struct app *app,
    const char **environment)
{
	const struct conf *known = conf_first(conf_get(app->root,
		"environments")), *item;

	*environment = cli->environment;
	if (*environment == NULL)
		*environment = known != NULL ? known->text : "dev";
	for (item = known; item != NULL; item = item->next)
		if (strcmp(item->text, *environment) == 0)
			return EXIT_OK;
	return known == NULL ? EXIT_OK : cli_fail(cli, E_NOTFOUND,
	    "\"%s\" is not in \"environments\" of config.yaml", *environment);
}
