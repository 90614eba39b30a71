/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/graph_check.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"

#define END "__end__"	/* the target that is no agent */
#define GATE "confidence"
#define TEXT_MAX 512	/* bytes of a finding */

struct check {
	const struct graph_agent *agents;
	size_t count;
	graph_report *report;
	void *arg;
	bool *ends;		/* per agent: END can be reached */
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

/* What a value says; "": it is no text. */
static const char *
text_of(const struct json *value)
{
	const char *text = json_string(value);

	return text != NULL ? text : "";
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
	    (a->routes == NULL || strcmp(target, END) != 0))
		say(c, agent, rule, true, "unknown target '%s'", target);
	if (gate != NULL && json_kind(gate) != JSON_NULL &&
	    strcmp(text_of(gate), GATE) != 0)
		say(c, agent, rule, true, "a gate can only be '%s'", GATE);
}

static bool
has_default(const struct json *routes)
{
	const struct json *rule = json_first(routes);

	while (rule != NULL &&
	    strcmp(text_of(json_get(rule, "when")), "default") != 0)
		rule = json_next(rule);
	return rule != NULL;
}

static void
check_agent(struct check *c, size_t agent)
{
	const struct graph_agent *a = &c->agents[agent];
	const struct json *edge;
	int rule = 0;

	for (edge = first_edge(a); edge != NULL; edge = json_next(edge))
		check_edge(c, agent, rule++, edge);
	if (a->routes != NULL && !has_default(a->routes))
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
			    "no way from here ever reaches " END);
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
