/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/graph.h"

#include <string.h>

#include "lib/err.h"
#include "lib/json.h"

#define GATE "confidence"

/* Is the member key of a rule this text? */
static bool
says(const struct json *rule, const char *key, const char *text)
{
	const char *value = json_string(json_get(rule, key));

	return value != NULL && strcmp(value, text) == 0;
}

static const struct json *
find_rule(const struct json *routes, const char *when)
{
	const struct json *rule = json_first(routes);

	while (rule != NULL && !says(rule, "when", when))
		rule = json_next(rule);
	return rule;
}

static bool
is_gated(const struct json *routes, const char *next)
{
	const struct json *rule;

	for (rule = json_first(routes); rule != NULL; rule = json_next(rule))
		if (says(rule, "next", next) && says(rule, "gate", GATE))
			return true;
	return false;
}

int
graph_route(const struct json *routes, const char *signal,
    struct graph_step *step)
{
	const struct json *rule = NULL;

	if (signal != NULL)
		rule = find_rule(routes, signal);
	if (rule == NULL)
		rule = find_rule(routes, "default");
	if (rule == NULL)
		rule = json_first(routes);
	step->next = json_string(json_get(rule, "next"));
	if (step->next == NULL)
		return E_NOTFOUND;
	step->gated = is_gated(routes, step->next);
	return OK;
}
