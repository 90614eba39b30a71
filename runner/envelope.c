/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/envelope.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "lib/err.h"
#include "lib/json.h"
#include "runner/envelope_text.h"
#include "runner/tool_name.h"

/* Of a turn that ended with tool calls and states none. */
#define CONFIDENCE_OF_CALLS 0.30

/* A difference that is worth a line in the log; 0.9 - 0.85 is not above. */
#define DIFFERENCE_MAX (0.05 + 1e-9)

/* What the arguments of the calls that ran said. */
struct harvest {
	double confidence;		/* NAN: nothing */
	struct buf rationale;		/* empty: nothing */
	char signal[ENVELOPE_SIGNAL_MAX + 1];
	bool closed;			/* by a terminal tool */
};

/* The arguments of a call, or NULL: no object, or *rc is E_NOMEM. */
static struct json *
parse_args(const struct envelope_call *call, int *rc)
{
	struct json_error error;
	struct json *args;

	args = json_parse(call->args, strlen(call->args), &error);
	if (args == NULL && error.rc == E_NOMEM)
		*rc = E_NOMEM;
	return args;
}

/* The first of keys whose value is a text with more than blanks, or NULL. */
static const char *
first_text(const struct json *args, const char *const keys[])
{
	const char *text;

	for (size_t i = 0; keys[i] != NULL; i++) {
		text = json_string(json_get(args, keys[i]));
		if (text != NULL && text[strspn(text, " \t\r\n")] != '\0')
			return text;
	}
	return NULL;
}

/* ---- sources ---- */

static bool
from_texts(struct envelope *e, const struct envelope_turn *turn,
    bool (*read)(struct envelope *, const char *))
{
	for (size_t i = turn->text_count; i-- > 0;)
		if (read(e, turn->texts[i]))
			return true;
	return false;
}

static bool
from_args(struct envelope *e, const struct envelope_call *call)
{
	static const char *const whys[] = {
		"confidence_rationale", "rationale", NULL
	};
	static const char *const whats[] = {
		"resolution_summary", "reason", "summary", NULL
	};
	struct json *args = parse_args(call, &e->content.rc);
	const struct json *confidence = json_get(args, "confidence");
	const char *why = first_text(args, whys), *text;
	bool fits = json_kind(confidence) == JSON_NUMBER && why != NULL;

	if (fits) {
		text = first_text(args, whats);
		if (text != NULL)
			buf_adds(&e->content, text);
		else
			buf_addf(&e->content, "called %s", call->tool);
		buf_adds(&e->rationale, why);
		e->confidence = fmax(0, fmin(json_number(confidence, 0), 1));
		text = json_string(json_get(args, "signal"));
		if (text != NULL)
			envelope_text_word(e->signal, text, strlen(text));
	}
	json_free(args);
	return fits;
}

static void
from_calls(struct envelope *e, const struct envelope_turn *turn)
{
	for (size_t i = 0; i < turn->call_count; i++)
		buf_addf(&e->content, "%s%s", i == 0 ? "called " : ", ",
		    turn->calls[i].tool);
	buf_adds(&e->rationale, "no confidence was stated");
	e->confidence = CONFIDENCE_OF_CALLS;
}

static int
find_source(struct envelope *e, const struct envelope_turn *turn)
{
	e->source = ENVELOPE_JSON;
	if (from_texts(e, turn, envelope_text_json))
		return OK;
	e->source = ENVELOPE_MARKDOWN;
	if (from_texts(e, turn, envelope_text_markdown))
		return OK;
	e->source = ENVELOPE_TOOL_ARGS;
	for (size_t i = turn->call_count; i-- > 0;)
		if (from_args(e, &turn->calls[i]))
			return OK;
	if (turn->call_count == 0)
		return E_NOTFOUND;
	e->source = ENVELOPE_TOOL_CALL;
	from_calls(e, turn);
	return OK;
}

/* ---- harvest ---- */

/* Does a list of names, or of objects with tool_name, mean this tool? */
static bool
lists_tool(const struct json *list, const char *tool)
{
	const struct json *item, *name;

	for (item = json_first(list); item != NULL; item = json_next(item)) {
		name = json_kind(item) == JSON_OBJECT ?
		    json_get(item, "tool_name") : item;
		if (json_string(name) != NULL &&
		    tool_name_is(tool, json_string(name)))
			return true;
	}
	return false;
}

static bool
is_signal(const struct json *orchestrator, const char *signal)
{
	static const char *const defaults[] = {
		"success", "failed", "needs_input"
	};
	const struct json *list = json_get(orchestrator, "signals"), *item;

	if (json_kind(list) == JSON_ARRAY) {
		for (item = json_first(list); item; item = json_next(item))
			if (json_string(item) != NULL &&
			    strcasecmp(json_string(item), signal) == 0)
				return true;
		return false;
	}
	for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++)
		if (strcmp(defaults[i], signal) == 0)
			return true;
	return false;
}

static void
harvest_signal(struct harvest *h, const struct json *orchestrator,
    const char *text)
{
	char signal[ENVELOPE_SIGNAL_MAX + 1];

	if (text == NULL)
		return;
	envelope_text_word(signal, text, strlen(text));
	if (is_signal(orchestrator, signal))
		memcpy(h->signal, signal, sizeof(signal));
}

/* A number, or a word that stands for one; NAN: neither. */
static double
confidence_of(const struct json *value)
{
	static const struct {
		const char *word;
		double confidence;
	} words[] = { { "high", 0.9 }, { "medium", 0.6 }, { "low", 0.3 } };
	const char *text = json_string(value);
	char word[ENVELOPE_SIGNAL_MAX + 1];

	if (json_kind(value) == JSON_NUMBER)
		return fmax(0, fmin(json_number(value, 0), 1));
	if (text == NULL)
		return NAN;
	envelope_text_word(word, text, strlen(text));
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(words[i].word, word) == 0)
			return words[i].confidence;
	return NAN;
}

static void
harvest_confidence(struct harvest *h, const struct json *args)
{
	static const char *const keys[] = { "confidence_rationale", NULL };
	double confidence = confidence_of(json_get(args, "confidence"));
	const char *rationale = first_text(args, keys);

	if (!isnan(confidence))
		h->confidence = confidence;
	if (rationale != NULL) {
		buf_reset(&h->rationale);
		buf_adds(&h->rationale, rationale);
	}
}

static int
harvest_call(struct harvest *h, const struct json *orchestrator,
    const struct envelope_call *call)
{
	const struct json *patch;
	struct json *args;
	int rc = OK;

	args = parse_args(call, &rc);
	if (lists_tool(json_get(orchestrator, "terminal_tools"), call->tool) ||
	    lists_tool(json_get(orchestrator, "harvest_terminal_tools"),
	    call->tool)) {
		harvest_confidence(h, args);
		harvest_signal(h, orchestrator, "success");
		h->closed = true;
	} else if (lists_tool(json_get(orchestrator, "patch_tools"),
	    call->tool)) {
		patch = json_get(args, "patch");
		if (!h->closed)
			harvest_confidence(h, patch);
		harvest_signal(h, orchestrator,
		    json_string(json_get(patch, "signal")));
	}
	json_free(args);
	return rc;
}

/* What a tool was told wins over what the source says. */
static void
reconcile(struct envelope *e, const struct harvest *h)
{
	e->stated = e->confidence;
	if (!isnan(h->confidence))
		e->confidence = h->confidence;
	e->disagrees = fabs(e->confidence - e->stated) > DIFFERENCE_MAX;
	if (h->rationale.len > 0 && e->rationale.rc == OK) {
		buf_reset(&e->rationale);
		buf_add(&e->rationale, h->rationale.data, h->rationale.len);
	}
	if (*h->signal != '\0')
		memcpy(e->signal, h->signal, sizeof(e->signal));
}

static int
harvest(struct envelope *e, const struct json *orchestrator,
    const struct envelope_turn *turn)
{
	struct harvest h = { .confidence = NAN };
	int rc = OK;

	buf_init(&h.rationale, ENVELOPE_TEXT_MAX);
	for (size_t i = 0; i < turn->call_count && rc == OK; i++)
		if (turn->calls[i].ran)
			rc = harvest_call(&h, orchestrator, &turn->calls[i]);
	if (rc == OK)
		rc = h.rationale.rc;
	if (rc == OK)
		reconcile(e, &h);
	buf_free(&h.rationale);
	return rc;
}

int
envelope_read(struct envelope *e, const struct json *app_config,
    const struct envelope_turn *turn)
{
	int rc;

	memset(e, 0, sizeof(*e));
	buf_init(&e->content, ENVELOPE_TEXT_MAX);
	buf_init(&e->rationale, ENVELOPE_TEXT_MAX);
	rc = find_source(e, turn);
	if (rc == OK)
		rc = harvest(e, json_get(app_config, "orchestrator"), turn);
	if (e->content.rc != OK)
		return e->content.rc;
	return rc != OK ? rc : e->rationale.rc;
}

void
envelope_free(struct envelope *e)
{
	buf_free(&e->content);
	buf_free(&e->rationale);
}
