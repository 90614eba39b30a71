/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/app_check.h"

#include <stddef.h>
#include <string.h>

#include "cli/graph_check.h"
#include "lib/err.h"
#include "lib/json.h"

/* Stands for an agent whose file cannot be read: say nothing about it. */
static const char unknown_routes[] =
	"[{\"when\":\"default\",\"next\":\"__end__\"}]";

struct graph {
	struct app *app;
	struct graph_agent nodes[APP_AGENTS_MAX];
	const struct app_agent *agents[APP_AGENTS_MAX];
	struct json *edges[APP_AGENTS_MAX];
	size_t count;
};

/*
 * Where a finding is to be shown: the rule's target, else what there is;
 * NULL: the agent's file could not be read.
 */
static const struct conf *
place(const struct graph *graph, size_t index, int rule)
{
	const struct conf *map, *node, *next;
	const struct app_agent *agent;

	if (index == graph->count) {
		map = conf_get(graph->app->root, "orchestrator");
		node = conf_get(map, "entry_agent");
		return node != NULL ? node : graph->app->root;
	}
	agent = graph->agents[index];
	node = conf_get(agent->root, agent->kind == KIND_SUPERVISOR ?
	    "subordinates" : "routes");
	if (node == NULL)
		return agent->root;
	if (rule < 0)
		return node;
	for (node = node->first; rule > 0; rule--)
		node = node->next;
	next = conf_get(node, "next");
	return next != NULL ? next : node;
}

static void
report(void *arg, size_t index, int rule, bool fatal, const char *text)
{
	struct graph *graph = arg;
	const struct conf *node = place(graph, index, rule);

	if (node == NULL)
		return;		/* its file is complained about already */
	if (fatal)
		conf_error(node, &graph->app->errors, "%s", text);
	else
		conf_warn(node, &graph->app->warnings, "%s", text);
}

static int
add_agent(struct graph *graph, const struct app_agent *agent)
{
	bool supervisor = agent->kind == KIND_SUPERVISOR;
	const char *text = agent->root == NULL ? unknown_routes :
	    supervisor ? agent->subordinates : agent->routes;
	struct json *edges = json_parse(text, strlen(text), NULL);

	if (edges == NULL)
		return E_NOMEM;
	graph->edges[graph->count] = edges;
	graph->agents[graph->count] = agent;
	graph->nodes[graph->count++] = (struct graph_agent){
	    .name = agent->name,
	    .routes = supervisor ? NULL : edges,
	    .subordinates = supervisor ? edges : NULL };
	return OK;
}

void
app_check_graph(struct app *app)
{
	struct graph graph = { .app = app };
	int rc = OK;

	for (int i = 0; i < app->agent_count && rc == OK; i++)
		if (app->agents[i].kind != KIND_MONITOR)
			rc = add_agent(&graph, &app->agents[i]);
	if (rc == OK)
		rc = graph_check(graph.nodes, graph.count, app->entry_agent,
		    report, &graph);
	if (rc == E_NOMEM)
		app->errors.rc = rc;
	while (graph.count > 0)
		json_free(graph.edges[--graph.count]);
}
