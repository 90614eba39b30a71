/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/finalize.h"

#include <string.h>

#include "lib/err.h"
#include "lib/json.h"
#include "runner/tool_name.h"

static bool
counts(const struct finalize_call *call)
{
	static const char *const ran[] = {
		"executed", "executed_with_notify", "approved"
	};

	if (!call->ended || call->is_error)
		return false;
	for (size_t i = 0; i < sizeof(ran) / sizeof(*ran); i++)
		if (strcmp(call->status, ran[i]) == 0)
			return true;
	return false;
}

/* Parses text that may be NULL; NULL: nothing there, or *rc is E_NOMEM. */
static struct json *
parse(const char *text, int *rc)
{
	struct json_error error;
	struct json *value;

	if (text == NULL)
		return NULL;
	value = json_parse(text, strlen(text), &error);
	if (value == NULL && error.rc == E_NOMEM)
		*rc = E_NOMEM;
	return value;
}

static bool
match_args(const struct json *rule, const struct json *args)
{
	const struct json *wanted = json_first(json_get(rule, "match_args"));
	const char *want, *got;

	for (; wanted != NULL; wanted = json_next(wanted)) {
		want = json_string(wanted);
		got = json_string(json_get(args, json_key(wanted)));
		if (want == NULL || got == NULL || strcmp(want, got) != 0)
			return false;
	}
	return true;
}

/* The first rule that call matches, or NULL. */
static const struct json *
find_rule(const struct json *rules, const struct finalize_call *call, int *rc)
{
	struct json *args = parse(call->args, rc);
	const struct json *rule;
	const char *name;

	for (rule = json_first(rules); rule != NULL; rule = json_next(rule)) {
		name = json_string(json_get(rule, "tool_name"));
		if (name != NULL && tool_name_is(call->tool, name) &&
		    match_args(rule, args))
			break;
	}
	json_free(args);
	return rule;
}

/* ---- extraction ---- */

static bool
is_true(const struct json *value)
{
	switch (json_kind(value)) {
	case JSON_BOOL:
		return json_bool(value, false);
	case JSON_NUMBER:
		return json_number(value, 0) != 0;
	case JSON_STRING:
		return *json_string(value) != '\0';
	default:
		return json_first(value) != NULL;
	}
}

/* The text of what path leads to, or NULL if that is not true. */
static const char *
look_up(const struct finalize_call *call, const char *path, size_t *len,
    int *rc)
{
	bool from_args = strncmp(path, "args.", strlen("args.")) == 0;
	const char *text = from_args ? call->args : call->result, *span;
	const char *dot = strchr(path, '.'), *key = dot ? dot + 1 : path;
	struct json *all = parse(text, rc);
	bool holds = is_true(json_get(all, key));

	json_free(all);
	if (!holds)
		return NULL;
	span = json_span(text, strlen(text), key, len);
	if (span == NULL)
		*rc = E_NOMEM;	/* it was there a moment ago */
	return span;
}

static void
add_member(struct buf *extra, const char *key, const char *value, size_t len)
{
	buf_addc(extra, extra->len > 1 ? ',' : '{');
	buf_add_json(extra, key, strlen(key));
	buf_addc(extra, ':');
	buf_add(extra, value, len);
}

/* Returns the text of the value that was added, or NULL. */
static const char *
extract(struct buf *extra, const struct json *field,
    const struct finalize_call *call, size_t *len, int *rc)
{
	const struct json *path;
	const char *value = NULL;

	for (path = json_first(field); path != NULL && value == NULL;
	    path = json_next(path))
		if (json_string(path) != NULL)
			value = look_up(call, json_string(path), len, rc);
	if (value != NULL)
		add_member(extra, json_key(field), value, *len);
	return value;
}

static bool
is_escalation(const struct json *orchestrator, const char *status)
{
	const char *kind = json_string(json_get(json_get(
	    json_get(orchestrator, "statuses"), status), "kind"));

	return kind != NULL && strcmp(kind, "escalation") == 0;
}

static void
extract_all(struct finalize *f, const struct json *orchestrator,
    const struct json *rule, const struct finalize_call *call, int *rc)
{
	const struct json *field = json_first(json_get(rule,
	    "extract_fields"));
	bool mirror = is_escalation(orchestrator, f->status);
	const char *value, *team = NULL;
	size_t len, team_len = 0;

	for (; field != NULL; field = json_next(field)) {
		value = extract(&f->extra, field, call, &len, rc);
		if (value == NULL)
			continue;
		if (strcmp(json_key(field), "escalated_to") == 0)
			mirror = false;
		if (strcmp(json_key(field), "team") == 0) {
			team = value;
			team_len = len;
		}
	}
	if (team != NULL && mirror)
		add_member(&f->extra, "escalated_to", team, team_len);
}

static int
infer(struct finalize *f, const struct json *orchestrator,
    const struct finalize_call *calls, size_t count)
{
	const struct json *rules = json_get(orchestrator, "terminal_tools");
	const struct json *rule = NULL;
	int rc = OK;

	while (rule == NULL && rc == OK && count > 0)
		if (counts(&calls[--count]))
			rule = find_rule(rules, &calls[count], &rc);
	if (rc != OK)
		return rc;
	if (rule != NULL) {
		f->status = json_string(json_get(rule, "status"));
		f->cause = tool_name_bare(calls[count].tool);
		extract_all(f, orchestrator, rule, &calls[count], &rc);
		return rc;
	}
	f->status = json_string(json_get(orchestrator,
	    "default_terminal_status"));
	f->cause = "default_terminal_status";
	f->needs_review = true;
	return buf_adds(&f->extra, "{\"needs_review_reason\":"
	    "\"graph completed without terminal tool call\"");
}

int
finalize_infer(struct finalize *f, const struct json *app_config,
    const struct finalize_call *calls, size_t count)
{
	int rc;

	*f = (struct finalize){ .status = NULL };
	buf_init(&f->extra, FINALIZE_EXTRA_MAX);
	rc = infer(f, json_get(app_config, "orchestrator"), calls, count);
	buf_adds(&f->extra, f->extra.len > 0 ? "}" : "{}");
	if (rc == OK)
		rc = f->extra.rc;
	return rc == OK && f->status == NULL ? E_NOTFOUND : rc;
}

void
finalize_free(struct finalize *f)
{
	buf_free(&f->extra);
}
