/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of app_check: one for each part of config.yaml, run in the
 * order in which they stand here, as later ones look things up in what
 * earlier ones found. Each complains and goes on.
 */
#ifndef CLI_APP_CHECK_H
#define CLI_APP_CHECK_H

#include "cli/app.h"

/*
 * app_read_env sets the environment variables that DIR/.env names, one
 * NAME=VALUE in a line, and that are not set.
 */
void app_read_env(struct app *app);

/* app_open_conf is conf_open; once memory was short there is no more. */
int app_open_conf(struct app *app, const char *path, struct conf_file **file);

/* Reads the skills; fills name, dir, root and prompt of the agents. */
void app_read_skills(struct app *app);

void app_check_mcp(struct app *app);		/* servers, tools */
void app_check_llm(struct app *app);		/* providers, models */
void app_check_orchestrator(struct app *app);	/* statuses */
void app_check_runtime(struct app *app);	/* the gateway: risks, gates */
void app_check_framework(struct app *app);	/* and dedup */
void app_check_triggers(struct app *app);
void app_check_ui(struct app *app);		/* and api, storage, paths */
void app_check_agents(struct app *app);		/* what skills ask for */
void app_check_graph(struct app *app);

/*
 * app_check_script reads the replies of a script provider from its file
 * and returns them as a JSON list.
 */
const char *app_check_script(struct app *app, struct app_provider *provider);

/*
 * app_check_schema checks the JSON Schema of an object: every keyword that
 * lib/schema.h knows must be one that it can use.
 */
void app_check_schema(struct app *app, const struct conf *schema);

/* app_check_statuses checks what a session can end with, and how. */
void app_check_statuses(struct app *app, const struct conf *orchestrator);

/* app_check_tools checks the tools of an enabled server. */
void app_check_tools(struct app *app, const struct app_server *server,
    const char *transport);

/*
 * app_check_program looks at the program of a command: with a slash it
 * stands in DIR and can be run; any other is looked for by PATH.
 */
void app_check_program(struct app *app, const struct conf *program);

/*
 * app_check_told checks an enabled server that tells its tools itself, stdio
 * or http, and fills in its transport and config.
 */
void app_check_told(struct app *app, struct app_server *server,
    const char *transport);

/* app_check_agent_tools finds the tools that an agent may call. */
void app_check_agent_tools(struct app *app, struct app_agent *agent);

/* app_check_routes checks where a responsive agent's turns lead. */
void app_check_routes(struct app *app, struct app_agent *agent);

/*
 * app_check_budget checks the "budget" in map: of an agent, or of the whole
 * session if agent is "".
 */
void app_check_budget(struct app *app, const struct conf *map,
    const char *agent);

/* What several of them need: */

/* app_text: a required text that is not empty, or NULL and a complaint. */
const char *app_text(struct app *app, const struct conf *map,
    const char *key);

/*
 * app_texts: a list of texts, or NULL: there is none, or it is none.
 */
const struct conf *app_texts(struct app *app, const struct conf *map,
    const char *key);

/*
 * app_check_paths checks "paths" of a tool or server, {read: [...], write:
 * [...]}, what it needs beside what every program is given (runner/sandbox.h);
 * returns it as JSON.
 */
const char *app_check_paths(struct app *app, const struct conf *node);

/* app_has_text: is text in that list? Anything but a list has none. */
bool app_has_text(const struct conf *list, const char *text);

/* app_check_environments warns about those that are not "environments". */
void app_check_environments(struct app *app, const struct conf *list);

/*
 * app_refuse_python complains about a member that names Python code, which
 * is not run; instead says what to do.
 */
void app_refuse_python(struct app *app, const struct conf *map,
    const char *key, const char *instead);

/*
 * app_check_plain complains about numbers and bools that are texts to those
 * who read the JSON later: quoted ones, and "yes" and the like.
 */
void app_check_plain(struct app *app, const struct conf *map,
    const char *const *keys);

/*
 * app_is_word: one of first, then of rest, at most max bytes in all. A set
 * lists characters, "a-z" and the like among them.
 */
bool app_is_word(const char *text, const char *first, const char *rest,
    size_t max);

/* app_is_cron: five fields of numbers, lists, ranges and steps. */
bool app_is_cron(const char *text);

#endif
