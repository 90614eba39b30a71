/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may a tool do by itself, and when is a person asked? Two questions,
 * answered from the application's configuration alone: the action of a tool
 * here (auto, notify, approve), and whether that action needs a gate now.
 *
 *	struct policy p;
 *	enum policy_action action;
 *	enum policy_reason reason;
 *
 *	if (policy_init(&p, app_config) != OK)
 *		return E_INVALID;
 *	action = policy_action(&p, "ops:apply_fix", session->environment);
 *	reason = policy_gate(&p, action, session->environment, confidence);
 *	if (reason != POLICY_FREE)
 *		open_gate(call, policy_reason_name(reason));
 *
 * Without runtime.gateway every tool is auto and nothing is ever gated.
 */
#ifndef RUNNER_POLICY_H
#define RUNNER_POLICY_H

#include <stdbool.h>

struct json;

enum policy_action { POLICY_AUTO, POLICY_NOTIFY, POLICY_APPROVE };

enum policy_reason {
	POLICY_FREE,		/* no gate */
	POLICY_HIGH_RISK,	/* the action is one of gated_risk_actions */
	POLICY_GATED_ENV,	/* not auto, in one of gated_environments */
	POLICY_LOW_CONFIDENCE,	/* not auto, below confidence_threshold */
};

/* Everything points into the configuration, which must outlive it. */
struct policy {
	bool gateway;			/* is there one? */
	const struct json *risks;	/* tool name -> low, medium, high */
	const struct json *overrides;	/* prod_overrides, or NULL */
	const struct json *gates;	/* orchestrator.gate_policy, or NULL */
};

/*
 * policy_init reads the whole configuration of an application: its keys
 * runtime.gateway.policy, runtime.gateway.prod_overrides and
 * orchestrator.gate_policy, each with its defaults. Nothing to free.
 * E_INVALID: a part has the wrong shape, or a risk is not one of the three.
 */
int policy_init(struct policy *p, const struct json *app_config);

/*
 * policy_action is the action of tool (its full name) in environment (NULL
 * or "": none). A production override comes first, so it only tightens: in
 * its environments a tool that matches one of its patterns, by its full or
 * its bare name, needs approval. Then the full name in the policy, then the
 * bare one, exactly; a tool that is not listed is auto.
 */
enum policy_action policy_action(const struct policy *p, const char *tool,
    const char *environment);

/*
 * policy_gate is the first reason, in the order of the enum, to ask a person
 * before an action in environment; confidence is the newest one known, or
 * NAN: no agent has stated one yet, and none is no reason to ask.
 */
enum policy_reason policy_gate(const struct policy *p,
    enum policy_action action, const char *environment, double confidence);

/* "auto", "notify", "approve", and the risk that stands for each: "low", ... */
const char *policy_action_name(enum policy_action action);
const char *policy_risk_name(enum policy_action action);

/* "auto" (no gate), "high_risk_tool", "gated_env", "low_confidence". */
const char *policy_reason_name(enum policy_reason reason);

#endif
