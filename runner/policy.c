/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/policy.h"

#include <stddef.h>
#include <string.h>

#include "lib/err.h"
#include "lib/glob.h"
#include "lib/json.h"
#include "runner/tool_name.h"

#define CONFIDENCE_THRESHOLD 0.7

static const char *const actions[] = { "auto", "notify", "approve" };
static const char *const risks[] = { "low", "medium", "high" };
static const char *const reasons[] = {
	"auto", "high_risk_tool", "gated_env", "low_confidence"
};

/* A member; one that is null is not there. */
static const struct json *
member(const struct json *object, const char *key)
{
	const struct json *value = json_get(object, key);

	return json_kind(value) == JSON_NULL ? NULL : value;
}

static bool
is_map(const struct json *value)
{
	return value == NULL || json_kind(value) == JSON_OBJECT;
}

static bool
is_list(const struct json *value)
{
	const struct json *item;

	if (value != NULL && json_kind(value) != JSON_ARRAY)
		return false;
	for (item = json_first(value); item != NULL; item = json_next(item))
		if (json_string(item) == NULL)
			return false;
	return true;
}

/* Returns the action of a risk word, or -1. */
static int
action_of(const struct json *risk)
{
	const char *word = json_string(risk);

	for (int i = POLICY_AUTO; i <= POLICY_APPROVE; i++)
		if (word != NULL && strcmp(word, risks[i]) == 0)
			return i;
	return -1;
}

static bool
is_sound(const struct policy *p)
{
	const struct json *item;
	double threshold;

	if (!is_map(p->risks) || !is_map(p->overrides) || !is_map(p->gates))
		return false;
	for (item = json_first(p->risks); item != NULL; item = json_next(item))
		if (action_of(item) < 0)
			return false;
	item = member(p->gates, "confidence_threshold");
	threshold = item != NULL ? json_number(item, -1) : 0;
	return threshold >= 0 && threshold <= 1 &&
	    is_list(member(p->overrides, "prod_environments")) &&
	    is_list(member(p->overrides, "resolution_trigger_tools")) &&
	    is_list(member(p->gates, "gated_environments")) &&
	    is_list(member(p->gates, "gated_risk_actions"));
}

int
policy_init(struct policy *p, const struct json *app_config)
{
	const struct json *gateway;

	gateway = member(member(app_config, "runtime"), "gateway");
	*p = (struct policy){
		.gateway = gateway != NULL,
		.risks = member(gateway, "policy"),
		.overrides = member(gateway, "prod_overrides"),
		.gates = member(member(app_config, "orchestrator"),
		    "gate_policy"),
	};
	return is_map(gateway) && is_sound(p) ? OK : E_INVALID;
}

/* Is word in the list, or in the default [missing] if there is no list? */
static bool
is_listed(const struct json *list, const char *missing, const char *word)
{
	const struct json *item;

	if (word == NULL || *word == '\0')
		return false;
	if (list == NULL)
		return strcmp(missing, word) == 0;
	for (item = json_first(list); item != NULL; item = json_next(item))
		if (strcmp(json_string(item), word) == 0)
			return true;
	return false;
}

static bool
is_overridden(const struct policy *p, const char *tool,
    const char *environment)
{
	const struct json *item;

	if (p->overrides == NULL ||
	    !is_listed(member(p->overrides, "prod_environments"),
	    "production", environment))
		return false;
	item = json_first(member(p->overrides, "resolution_trigger_tools"));
	for (; item != NULL; item = json_next(item))
		if (glob_match(json_string(item), tool) ||
		    glob_match(json_string(item), tool_name_bare(tool)))
			return true;
	return false;
}

enum policy_action
policy_action(const struct policy *p, const char *tool,
    const char *environment)
{
	const struct json *risk;

	if (is_overridden(p, tool, environment))
		return POLICY_APPROVE;
	risk = json_get(p->risks, tool);
	if (risk == NULL)
		risk = json_get(p->risks, tool_name_bare(tool));
	return risk != NULL ? (enum policy_action)action_of(risk) :
	    POLICY_AUTO;
}

enum policy_reason
policy_gate(const struct policy *p, enum policy_action action,
    const char *environment, double confidence)
{
	double threshold;

	if (!p->gateway)
		return POLICY_FREE;
	if (is_listed(member(p->gates, "gated_risk_actions"), "approve",
	    actions[action]))
		return POLICY_HIGH_RISK;
	if (action == POLICY_AUTO)
		return POLICY_FREE;
	if (is_listed(member(p->gates, "gated_environments"), "production",
	    environment))
		return POLICY_GATED_ENV;
	threshold = json_number(json_get(p->gates, "confidence_threshold"),
	    CONFIDENCE_THRESHOLD);
	return confidence < threshold ? POLICY_LOW_CONFIDENCE : POLICY_FREE;
}

const char *
policy_action_name(enum policy_action action)
{
	return actions[action];
}

const char *
policy_risk_name(enum policy_action action)
{
	return risks[action];
}

const char *
policy_reason_name(enum policy_reason reason)
{
	return reasons[reason];
}
