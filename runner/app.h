/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A loaded application as the runner needs it: read from the rows once, kept,
 * never changed. When its servers tell of other tools it is read anew, and
 * the old one stays as long as somebody holds it.
 */
#ifndef RUNNER_APP_H
#define RUNNER_APP_H

#include <stdbool.h>
#include <stdint.h>

#include "runner/policy.h"

struct db;
struct json;

enum agent_kind { AGENT_RESPONSIVE, AGENT_SUPERVISOR, AGENT_MONITOR };

struct agent {
	char *name;
	enum agent_kind kind;
	char *model;			/* or NULL */
	char *prompt;
	struct json *tools;		/* ["server:tool"], ["server:*"] */
	struct json *routes;
	struct json *config;
};

struct tool {
	char *name;			/* server:tool */
	bool session;			/* writes rows; */
	char *server;			/* told of it; else NULL: a program */
	bool present;			/* that server has it still */
	bool repeatable;
	const char *write;		/* extra_fields, findings, nothing */
	const char *from;		/* argument to merge, or NULL */
	struct json *parameters;
	struct json *config;
};

struct app {
	int holders;			/* private */
	int64_t id;
	char *dir;
	char *default_status;	/* when no terminal tool decides */
	char *escalate_tool;		/* or NULL */
	char *escalate_status;
	struct json *config;		/* all of config.yaml */
	struct json *teams;
	struct policy policy;
	double confidence_threshold;
	bool budgeted;		/* it, or an agent of it, has a budget */
	const struct json *injected;	/* orchestrator.injected_args */
	struct agent *agents;
	int agent_count;
	struct tool *tools;
	int tool_count;
};

/* app_open reads an application; E_NOTFOUND, E_INVALID, E_NOMEM, as db.h. */
int app_open(struct app **app, struct db *db, int64_t id);

/* app_hold: one app_close more is needed until it is gone. */
struct app *app_hold(const struct app *app);

/* app_close accepts NULL. */
void app_close(struct app *app);

/* app_agent returns the agent of that name, or NULL. */
const struct agent *app_agent(const struct app *app, const char *name);

/*
 * agent_has: may the agent call that tool? By its name, or since it may call
 * all that its server has.
 */
bool agent_has(const struct agent *agent, const struct tool *tool);

/*
 * app_tool returns the tool of that full name, or of that bare name if only
 * one server has it; else NULL.
 */
const struct tool *app_tool(const struct app *app, const char *name);

#endif
