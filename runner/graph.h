/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The graph of agents: where a finished turn leads. That it can be run at all
 * was checked when it was loaded.
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

#endif
