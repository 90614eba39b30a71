/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/app_check.h"

#include <string.h>

/* A session's id is <PREFIX>-<day>-<number> and begins with a letter. */
static void
check_prefix(struct app *app, const struct conf *framework)
{
	const char *prefix = conf_str(framework, "session_id_prefix", "SES",
	    &app->errors);

	app->session_prefix = prefix;
	if (!app_is_word(prefix, "A-Za-z", "A-Za-z0-9-", 16))
		conf_error(conf_get(framework, "session_id_prefix"),
		    &app->errors, "\"%s\" is no prefix: "
		    "[A-Za-z][A-Za-z0-9-]{0,15}", prefix);
}

static void
check_teams(struct app *app, const struct conf *framework)
{
	const struct conf *teams;

	teams = app_texts(app, framework, "escalation_teams");
	app->escalation_teams = teams != NULL ? app_json(app, teams) : "[]";
	if (conf_first(teams) != NULL && app->escalate_team != NULL &&
	    !app_has_text(teams, app->escalate_team))
		conf_error(teams, &app->errors, "does not have the default "
		    "team \"%s\"", app->escalate_team);
}

static void
check_cron(struct app *app, const struct conf *map, const char *key)
{
	const char *text = conf_str(map, key, NULL, &app->errors);

	if (text != NULL && !app_is_cron(text))
		conf_error(conf_get(map, key), &app->errors,
		    "\"%s\" is no schedule of five fields", text);
}

static void
check_framework(struct app *app, const struct conf *framework)
{
	static const char *const keys[] = {
		"confidence_threshold", "similarity_threshold",
		"escalation_teams", "severity_aliases", "dedup_system_prompt",
		"intake_top_k", "intake_similarity_threshold",
		"lesson_refresh_cron", "lesson_refresh_window_days",
		"session_id_prefix", "ui", NULL
	};
	static const char *const numbers[] = {
		"confidence_threshold", "similarity_threshold",
		"intake_top_k", "intake_similarity_threshold",
		"lesson_refresh_window_days", NULL
	};
	struct buf *errors = &app->errors;

	app_check_plain(app, framework, numbers);
	conf_lenient(framework, keys, &app->warnings);
	conf_num(framework, "confidence_threshold", 0.75, 0, 1, errors);
	conf_num(framework, "similarity_threshold", 0.2, 0, 1, errors);
	conf_num(framework, "intake_similarity_threshold", 0.7, 0, 1, errors);
	conf_int(framework, "intake_top_k", 3, 0, 100, errors);
	conf_int(framework, "lesson_refresh_window_days", 7, 1, 3650, errors);
	conf_map(framework, "severity_aliases", errors);
	conf_map(framework, "ui", errors);
	conf_str(framework, "dedup_system_prompt", NULL, errors);
	check_cron(app, framework, "lesson_refresh_cron");
	check_prefix(app, framework);
	check_teams(app, framework);
}

static void
check_stages(struct app *app, const struct conf *dedup)
{
	struct buf *errors = &app->errors;
	int64_t stage1, stage2;

	conf_num(dedup, "stage1_threshold", 0.6, 0, 1, errors);
	conf_num(dedup, "stage2_min_confidence", 0.7, 0, 1, errors);
	stage1 = conf_int(dedup, "stage1_top_k", 5, 1, 20, errors);
	stage2 = conf_int(dedup, "stage2_top_k", 3, 1, 20, errors);
	if (stage2 > stage1)
		conf_error(conf_get(dedup, "stage2_top_k") != NULL ?
		    conf_get(dedup, "stage2_top_k") :
		    conf_get(dedup, "stage1_top_k"), errors,
		    "stage2_top_k, %lld, is above stage1_top_k, %lld",
		    (long long)stage2, (long long)stage1);
}

static void
check_dedup(struct app *app, const struct conf *dedup)
{
	static const char *const keys[] = {
		"enabled", "stage1_threshold", "stage1_top_k", "stage2_top_k",
		"stage2_model", "stage2_min_confidence", "system_prompt",
		"run_at", "scope", NULL
	};
	static const char *const scopes[] = {
		"same_environment", "only_closed", NULL
	};
	static const char *const moments[] = { "post_intake", NULL };
	struct buf *errors = &app->errors;
	const struct conf *scope;
	const char *model;

	conf_lenient(dedup, keys, &app->warnings);
	check_stages(app, dedup);
	conf_str(dedup, "system_prompt", NULL, errors);
	conf_choice(dedup, "run_at", moments, 0, errors);
	scope = conf_map(dedup, "scope", errors);
	conf_lenient(scope, scopes, &app->warnings);
	conf_bool(scope, "same_environment", true, errors);
	conf_bool(scope, "only_closed", true, errors);
	model = conf_str(dedup, "stage2_model", "cheap", errors);
	if (!conf_bool(dedup, "enabled", false, errors))
		return;
	if (app_model(app, model) == NULL)
		conf_error(dedup, errors, "stage2_model: unknown model \"%s\"",
		    model);
	conf_warn(dedup, &app->warnings, "not run by this version");
}

void
app_check_framework(struct app *app)
{
	check_framework(app, conf_map(app->root, "framework", &app->errors));
	check_dedup(app, conf_map(app->root, "dedup", &app->errors));
}
