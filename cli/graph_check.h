/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Can a graph of agents be run at all? Pure.
 *
 *	struct graph_agent agents[] = {
 *		{ .name = "intake", .subordinates = names },
 *		{ .name = "triage", .routes = routes },
 *	};
 *
 *	if (graph_check(agents, 2, "intake", report, &findings) != OK)
 *		refuse(&findings);
 */
#ifndef CLI_GRAPH_CHECK_H
#define CLI_GRAPH_CHECK_H

#include <stdbool.h>
#include <stddef.h>

struct json;

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
 * default, a gate that is not "confidence", agents from which __end__ can
 * never be reached and, as a warning, agents that cannot be reached from
 * entry. E_INVALID: a finding was fatal. E_NOMEM.
 */
int graph_check(const struct graph_agent *agents, size_t count,
    const char *entry, graph_report *report, void *arg);

#endif
