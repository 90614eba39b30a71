/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/graph.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"

#define GATE "confidence"
#define TEXT_MAX 512	/* bytes of a finding */

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

/* ---- check ---- */

struct check {
	const struct graph_agent *agents;
	size_t count;
	graph_report *report;
	void *arg;
	bool *ends;		/* per agent: GRAPH_END can be reached */
	bool *reached;		/* per agent: from the entry */
	int rc;
};

static void say(struct check *c, size_t agent, int rule, bool fatal,
    const char *format, ...) __attribute__((format(printf, 5, 6)));

static void
say(struct check *c, size_t agent, int rule, bool fatal, const char *format,
    ...)
{
	struct buf text;
	va_list ap;

	buf_init(&text, TEXT_MAX);
	va_start(ap, format);
	buf_vaddf(&text, format, ap);
	va_end(ap);
	c->report(c->arg, agent, rule, fatal, buf_str(&text));
	buf_free(&text);
	if (fatal)
		c->rc = E_INVALID;
}

static const struct json *
first_edge(const struct graph_agent *a)
{
	return json_first(a->routes != NULL ? a->routes : a->subordinates);
}

/* The target of a rule, or of a subordinate's name; NULL: malformed. */
static const char *
target_of(const struct json *edge)
{
	return json_string(json_kind(edge) == JSON_OBJECT ?
	    json_get(edge, "next") : edge);
}

/* Returns count if there is no such agent. */
static size_t
find_agent(const struct check *c, const char *name)
{
	size_t i = 0;

	while (i < c->count &&
	    (name == NULL || strcmp(c->agents[i].name, name) != 0))
		i++;
	return i;
}

static void
check_edge(struct check *c, size_t agent, int rule, const struct json *edge)
{
	const struct graph_agent *a = &c->agents[agent];
	const struct json *gate = json_get(edge, "gate");
	const char *target = target_of(edge);

	if (target == NULL)
		say(c, agent, rule, true, "there is no target");
	else if (find_agent(c, target) == c->count &&
	    (a->routes == NULL || strcmp(target, GRAPH_END) != 0))
		say(c, agent, rule, true, "unknown target '%s'", target);
	if (gate != NULL && json_kind(gate) != JSON_NULL &&
	    !says(edge, "gate", GATE))
		say(c, agent, rule, true, "a gate can only be '%s'", GATE);
}

static void
check_agent(struct check *c, size_t agent)
{
	const struct graph_agent *a = &c->agents[agent];
	const struct json *edge;
	int rule = 0;

	for (edge = first_edge(a); edge != NULL; edge = json_next(edge))
		check_edge(c, agent, rule++, edge);
	if (a->routes != NULL && find_rule(a->routes, "default") == NULL)
		say(c, agent, -1, true, "there is no route for 'default'");
}

/* An unknown target is reported as such and counts as an end here. */
static bool
can_end(const struct check *c, size_t agent)
{
	const struct json *edge = first_edge(&c->agents[agent]);
	size_t next;

	for (; edge != NULL; edge = json_next(edge)) {
		next = find_agent(c, target_of(edge));
		if (next == c->count || c->ends[next])
			return true;
	}
	return false;
}

static void
mark_ends(struct check *c)
{
	bool changed = true;

	while (changed) {
		changed = false;
		for (size_t i = 0; i < c->count; i++)
			if (!c->ends[i] && can_end(c, i))
				c->ends[i] = changed = true;
	}
}

/* Returns whether an agent was marked that was not before. */
static bool
mark_next(struct check *c, size_t agent)
{
	const struct json *edge = first_edge(&c->agents[agent]);
	bool changed = false;
	size_t next;

	for (; edge != NULL; edge = json_next(edge)) {
		next = find_agent(c, target_of(edge));
		if (next < c->count && !c->reached[next])
			c->reached[next] = changed = true;
	}
	return changed;
}

static void
mark_reached(struct check *c, size_t entry)
{
	bool changed = true;

	c->reached[entry] = true;
	while (changed) {
		changed = false;
		for (size_t i = 0; i < c->count; i++)
			if (c->reached[i] && mark_next(c, i))
				changed = true;
	}
}

static void
check_whole(struct check *c, const char *entry)
{
	size_t first = find_agent(c, entry);

	for (size_t i = 0; i < c->count; i++)
		check_agent(c, i);
	mark_ends(c);
	for (size_t i = 0; i < c->count; i++)
		if (!c->ends[i])
			say(c, i, -1, true,
			    "no way from here ever reaches " GRAPH_END);
	if (first == c->count) {
		say(c, first, -1, true, "unknown entry agent '%s'", entry);
		return;
	}
	mark_reached(c, first);
	for (size_t i = 0; i < c->count; i++)
		if (!c->reached[i])
			say(c, i, -1, false, "no way leads here from '%s'",
			    entry);
}

int
graph_check(const struct graph_agent *agents, size_t count,
    const char *entry, graph_report *report, void *arg)
{
	struct check c = {
		.agents = agents,
		.count = count,
		.report = report,
		.arg = arg,
		.ends = calloc(count + 1, sizeof(bool)),
		.reached = calloc(count + 1, sizeof(bool)),
	};

	if (c.ends != NULL && c.reached != NULL)
		check_whole(&c, entry);
	else
		c.rc = E_NOMEM;
	free(c.ends);
	free(c.reached);
	return c.rc;
}
