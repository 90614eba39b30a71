/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An application as it stands in DIR: config.yaml, the skills and the
 * scripts, read, checked, and turned into what its rows will hold. Nothing
 * here touches the database but app_write.
 *
 *	struct app_loaded loaded;
 *	struct app *app;
 *	int rc;
 *
 *	rc = app_open("apps/incident", &app);
 *	if (rc != OK)
 *		return rc;
 *	app_check(app);
 *	fputs(buf_str(&app->warnings), stderr);
 *	fputs(buf_str(&app->errors), stderr);
 *	rc = app_failed(app);
 *	if (rc == OK)
 *		rc = app_write(app, db, clock_ms(), &loaded);
 *	app_close(app);
 *
 * Each finding is one line "FILE:LINE: KEY: message" in errors or warnings.
 * Texts belong to the app, and so do the nodes.
 */
#ifndef CLI_APP_H
#define CLI_APP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/conf.h"
#include "sql/db.h"

enum {
	APP_AGENTS_MAX = 128,
	APP_MODELS_MAX = 128,
	APP_PROVIDERS_MAX = 64,
	APP_SERVERS_MAX = 128,
	APP_STATUSES_MAX = 64,
	APP_TOOLS_MAX = 1024,
	APP_PATHS_MAX = 16,		/* of one tool, to read or to write */
	APP_BUDGETS_MAX = 4 * (APP_AGENTS_MAX + 1),	/* there are 4 names */
	APP_PROMPT_MAX = 1024 * 1024,	/* bytes, common part included */
	APP_JSON_MAX = 8 * 1024 * 1024,	/* bytes of one column */
	APP_REPORT_MAX = 1024 * 1024,	/* bytes of errors, or warnings */
};

enum app_kind { KIND_RESPONSIVE, KIND_SUPERVISOR, KIND_MONITOR };

/* A status; those of the framework are there without being written. */
struct app_status {
	const char *name, *kind;
	bool terminal;
	bool framework;
	bool declared;			/* the configuration names it */
};

struct app_provider {
	const char *name, *kind;
	const struct conf *node;
	struct conf_file *script;
	const char *replies;		/* JSON list */
	const char *terms;		/* JSON members: clocks and limits */
};

struct app_model {
	const char *name;
	const struct conf *node;
	struct app_provider *provider;	/* NULL: complained about */
	const char *config;
};

struct app_server {
	const char *name, *category;
	const struct conf *node;
	bool enabled;
	const char *transport, *config;	/* tells its tools itself; or NULL */
};

struct app_tool {
	const struct app_server *server;
	const char *name;		/* SERVER:TOOL */
	const char *bare;		/* TOOL */
	const char *transport, *description, *parameters, *config;
	const char *risk;		/* NULL: none is given */
	bool repeatable;
};

/* What a session may use; agent "": all of them together. */
struct app_budget {
	const char *agent, *name;
	int64_t amount;			/* of time: seconds */
};

struct app_agent {
	const char *name;
	const char *dir;
	struct conf_file *file;
	const struct conf *root;	/* NULL: unreadable, complained about */
	enum app_kind kind;
	bool calls_model;
	int prompt_files;		/* of its own */
	const char *subordinates;	/* JSON list */
	const char *description, *model, *prompt, *tools, *routes, *config;
};

struct app_text;

struct app {
	const char *dir;		/* as given, which messages show */
	const char *dir_absolute;
	const char *default_model;	/* NULL: complained about */
	struct conf_file *file;
	const struct conf *root;
	struct buf errors, warnings;
	struct app_text *texts;

	/* The row of app. */
	const char *name, *config, *session_prefix, *entry_agent;
	const char *default_status, *escalate_tool, *escalate_status;
	const char *escalate_team, *escalation_teams;
	int64_t gate_timeout_ms;
	const char *gate_on_timeout;
	int gate_quorum;
	bool submitter_may_approve;

	struct app_status statuses[APP_STATUSES_MAX];
	struct app_provider providers[APP_PROVIDERS_MAX];
	struct app_model models[APP_MODELS_MAX];
	struct app_server servers[APP_SERVERS_MAX];
	struct app_tool tools[APP_TOOLS_MAX];
	struct app_agent agents[APP_AGENTS_MAX];
	struct app_budget budgets[APP_BUDGETS_MAX];
	int status_count, provider_count, model_count, server_count;
	int tool_count, agent_count, budget_count;
};

/*
 * app_open reads DIR/config.yaml. OK: *app is there, complaints or not, and
 * the caller ends it with app_close. E_NOTFOUND: no such directory or file;
 * E_NOMEM; *app is NULL then.
 */
int app_open(const char *dir, struct app **app);
void app_close(struct app *app);	/* accepts NULL */

/* app_check reads the rest and checks everything, if there is a file. */
void app_check(struct app *app);

/* app_failed: OK, or E_INVALID or E_NOMEM once something is wrong. */
int app_failed(const struct app *app);

struct app_loaded {
	int64_t version;
	bool changed;			/* a version was added */
	char why[DB_WHY_MAX];
};

/*
 * app_write adds the application's next version, unless the newest is the
 * same in every row. OK, or the E_* of sql/tx.h with loaded->why.
 */
int app_write(const struct app *app, struct db *db, int64_t now_ms,
    struct app_loaded *loaded);

/* app_keep hands the text of b, which becomes empty, to the app. */
const char *app_keep(struct app *app, struct buf *b);

/* app_format is app_keep of a formatted text. */
const char *app_format(struct app *app, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* app_path is a path as it is meant in a configuration: from DIR. */
const char *app_path(struct app *app, const char *path);

/*
 * app_json is a node as JSON text; app_json_without leaves out the members
 * of a map that are in keys, which NULL ends.
 */
const char *app_json(struct app *app, const struct conf *node);
const char *app_json_without(struct app *app, const struct conf *map,
    const char *const *keys);

/* Found by name, or NULL. A tool is found by its full name. */
struct app_status *app_status(struct app *app, const char *name);
struct app_provider *app_provider(struct app *app, const char *name);
struct app_model *app_model(struct app *app, const char *name);
const struct app_server *app_server(const struct app *app, const char *name);
const struct app_agent *app_agent(const struct app *app, const char *name);

/* app_room complains at node when count has reached max. */
bool app_room(struct app *app, const struct conf *node, int count, int max);

/* app_tool_means: does a tool's full or bare name fit the given one? */
bool app_tool_means(const struct app_tool *tool, const char *name);

/*
 * app_has_tool: may the name, full or bare, fit a tool? APP_MAYBE: a server
 * that is disabled, or that tells its tools itself, may have it.
 */
enum app_has { APP_NO, APP_MAYBE, APP_YES };
enum app_has app_has_tool(const struct app *app, const char *name);

/* app_tells: is there a server that tells its tools itself? */
bool app_tells(const struct app *app);

/*
 * app_check_tool complains unless name, full or bare, is a tool's. If it may
 * be one, that is but a warning.
 */
void app_check_tool(struct app *app, const struct conf *node,
    const char *name);

#endif
