/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The graph of agents: where a finished turn leads, and whether a graph can
 * be run at all.
 *
 *	struct graph_step step;
 *
 *	if (graph_route(routes, run->signal, &step) != OK)
 *		return fail_session("no route");
 *	if (step.gated && run->confidence < threshold)
 *		ask_people(step.next);
 *	else if (strcmp(step.next, GRAPH_END) == 0)
 *		finalize();
 *	else
 *		start_turn(step.next);
 */
#ifndef RUNNER_GRAPH_H
#define RUNNER_GRAPH_H

#include <stdbool.h>
#include <stddef.h>

#define GRAPH_END "__end__"	/* the target that is no agent */

struct json;

struct graph_step {
	const char *next;	/* an agent or GRAPH_END; part of the routes */
	bool gated;		/* only with enough confidence, or a person */
};

/*
 * graph_route follows the first rule of routes ([{when, next, gate}, ...])
 * for signal, else the first for "default", else the first of all. A NULL
 * signal is "default". Two rules to the same target share its gate.
 * E_NOTFOUND: there is no rule with a target.
 */
int graph_route(const struct json *routes, const char *signal,
    struct graph_step *step);

/* An agent that takes part; exactly one of the lists is not NULL. */
struct graph_agent {
	const char *name;
	const struct json *routes;		/* responsive: as above */
	const struct json *subordinates;	/* supervisor: names */
};

/*
 * Is called once for each finding: agent is its index (their number: the
 * finding is about the entry), rule the index in its list or -1, text one
 * line that lives as long as the call. Findings that are not fatal warn.
 */
typedef void graph_report(void *arg, size_t agent, int rule, bool fatal,
    const char *text);

/*
 * graph_check reports an entry or target that is no agent, routes without a
 * default, a gate that is not "confidence", agents from which GRAPH_END can
 * never be reached and, as a warning, agents that cannot be reached from
 * entry. E_INVALID: a finding was fatal. E_NOMEM.
 */
int graph_check(const struct graph_agent *agents, size_t count,
    const char *entry, graph_report *report, void *arg);

#endif
