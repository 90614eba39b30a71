/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/app_check.h"

#include <string.h>

static const int64_t amount_max = 1000000000000;
static const int64_t time_max_ms = 365LL * 24 * 3600 * 1000;

/* A time in whole seconds, as people are told of it. */
static int64_t
read_seconds(struct app *app, const struct conf *map, const char *key)
{
	int64_t ms = conf_ms(map, key, 1000, 1000, time_max_ms, &app->errors);

	if (ms % 1000 != 0)
		conf_error(conf_get(map, key), &app->errors,
		    "must be whole seconds");
	return ms / 1000;
}

void
app_check_budget(struct app *app, const struct conf *map, const char *agent)
{
	static const char *const names[] = {
		"tokens", "model_calls", "tool_calls", "wall_time", NULL
	};
	const struct conf *budget = conf_map(map, "budget", &app->errors);
	struct app_budget *made;

	conf_strict(budget, names, &app->errors);
	for (int i = 0; names[i] != NULL; i++) {
		if (conf_is_null(conf_get(budget, names[i])))
			continue;
		made = &app->budgets[app->budget_count++];
		made->agent = agent;
		made->name = names[i];
		made->amount = strcmp(names[i], "wall_time") == 0 ?
		    read_seconds(app, budget, names[i]) :
		    conf_int(budget, names[i], 1, 1, amount_max, &app->errors);
	}
}
