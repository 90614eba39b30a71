/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/json.h"
#include "runner/envelope.h"

#define LIST_MAX 4

static const char config_text[] =
    "{\"orchestrator\":{"
    "\"terminal_tools\":[{\"tool_name\":\"mark_resolved\","
    "\"status\":\"resolved\"}],"
    "\"harvest_terminal_tools\":[\"submit_hypothesis\"],"
    "\"patch_tools\":[\"update\",\"x:revise\",\"mark_resolved\"],"
    "\"signals\":[\"success\",\"Failed\",\"more\"]}}";

/* Reads a turn; the lists end with NULL. */
static int
read_turn(struct envelope *e, const char *config_or_null,
    const char *const texts[], const struct envelope_call calls[])
{
	const char *text = config_or_null ? config_or_null : config_text;
	struct json *config = json_parse(text, strlen(text), NULL);
	struct envelope_turn turn = { .texts = texts, .calls = calls };
	int rc;

	assert_non_null(config);
	while (texts != NULL && turn.text_count < LIST_MAX &&
	    texts[turn.text_count] != NULL)
		turn.text_count++;
	while (calls != NULL && turn.call_count < LIST_MAX &&
	    calls[turn.call_count].tool != NULL)
		turn.call_count++;
	rc = envelope_read(e, config, &turn);
	json_free(config);
	return rc;
}

struct expected {
	const char *content;		/* NULL: no envelope */
	double confidence;
	const char *rationale, *signal;
};

static void
check(size_t row, const struct expected *x, enum envelope_source source,
    const struct envelope *e, int rc)
{
	if (x->content == NULL) {
		if (rc != E_NOTFOUND)
			fail_msg("row %zu: %d", row, rc);
		return;
	}
	if (rc != OK || e->source != source ||
	    fabs(e->confidence - x->confidence) > 1e-12 ||
	    strcmp(buf_str(&e->content), x->content) != 0 ||
	    strcmp(buf_str(&e->rationale), x->rationale) != 0 ||
	    strcmp(e->signal, x->signal) != 0)
		fail_msg("row %zu: %d, source %d, %g\n[%s]\n[%s]\n[%s]", row,
		    rc, e->source, e->confidence, buf_str(&e->content),
		    buf_str(&e->rationale), e->signal);
}

#define REPLY(confidence) "## Response\nIt works.\n## Confidence\n" confidence
#define NO_WHY "(no rationale provided)"
#define BODY(more) "{\"content\":\"A\",\"confidence\":0.8," \
	"\"confidence_rationale\":\"why\"" more "}"
#define STATED "{\"confidence\":0.4,\"confidence_rationale\":\"w\"}"

/* The order of the sources, and the newest of a kind first. */
static void
test_sources(void **state)
{
	static const struct {
		const char *texts[LIST_MAX];
		struct envelope_call calls[LIST_MAX];
		enum envelope_source source;
		struct expected x;
	} cases[] = {
		{ { BODY(""), REPLY("0.1"), "bye" }, { { "a:b", STATED, 0 } },
		    ENVELOPE_JSON, { "A", 0.8, "why", "" } },
		{ { REPLY("0.1"), REPLY("0.2"), "bye" },
		    { { "a:b", STATED, 0 } }, ENVELOPE_MARKDOWN,
		    { "It works.", 0.2, NO_WHY, "" } },
		{ { "bye" }, { { "a:b", STATED, 0 }, { "a:c", "{}", 0 } },
		    ENVELOPE_TOOL_ARGS, { "called a:b", 0.4, "w", "" } },
		{ { "" }, { { "a:b", STATED, 0 }, { "a:c",
		    "{\"confidence\":7,\"rationale\":\"r\",\"summary\":\"s\","
		    "\"signal\":\"MORE\"}", 0 } }, ENVELOPE_TOOL_ARGS,
		    { "s", 1, "r", "more" } },
		{ { NULL }, { { "a:b", "{\"confidence\":-1,"
		    "\"confidence_rationale\":\"w\",\"rationale\":\"r\","
		    "\"resolution_summary\":\"x\",\"reason\":\"y\","
		    "\"summary\":\"z\",\"signal\":7}", 0 } },
		    ENVELOPE_TOOL_ARGS, { "x", 0, "w", "" } },
		{ { NULL }, { { "a:b", "{\"confidence\":0.5,"
		    "\"confidence_rationale\":\" \",\"rationale\":\"r\","
		    "\"resolution_summary\":1,\"reason\":\"y\","
		    "\"summary\":\"z\"}", 0 } }, ENVELOPE_TOOL_ARGS,
		    { "y", 0.5, "r", "" } },
		/* no number, or no rationale: only a call */
		{ { "bye" }, { { "a:b", "{}", 0 }, { "a:c", "{}", 1 } },
		    ENVELOPE_TOOL_CALL, { "called a:b, a:c", 0.3,
		    "no confidence was stated", "" } },
		{ { NULL }, { { "a:b", "{\"confidence\":\"high\","
		    "\"rationale\":\"r\"}", 0 } }, ENVELOPE_TOOL_CALL,
		    { "called a:b", 0.3, "no confidence was stated", "" } },
		{ { NULL }, { { "a:b", "{\"confidence\":true,"
		    "\"rationale\":\"r\"}", 0 } }, ENVELOPE_TOOL_CALL,
		    { "called a:b", 0.3, "no confidence was stated", "" } },
		{ { NULL }, { { "a:b", "{\"confidence\":0.5}", 0 } },
		    ENVELOPE_TOOL_CALL, { "called a:b", 0.3,
		    "no confidence was stated", "" } },
		{ { NULL }, { { "a:b", "not JSON", 1 } },
		    ENVELOPE_TOOL_CALL, { "called a:b", 0.3,
		    "no confidence was stated", "" } },
		{ { NULL }, { { "a:mark_resolved", "[]", 1 } },
		    ENVELOPE_TOOL_CALL, { "called a:mark_resolved", 0.3,
		    "no confidence was stated", "success" } },
		/* nothing */
		{ { "bye" }, { { NULL, NULL, 0 } }, ENVELOPE_JSON,
		    { .content = NULL } },
		{ { NULL }, { { NULL, NULL, 0 } }, ENVELOPE_JSON,
		    { .content = NULL } },
	};
	struct envelope e;
	int rc;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		rc = read_turn(&e, NULL, cases[i].texts, cases[i].calls);
		check(i, &cases[i].x, cases[i].source, &e, rc);
		envelope_free(&e);
	}
}

#define ARGS(confidence, rationale) "{\"confidence\":" confidence "," \
	"\"confidence_rationale\":\"" rationale "\"}"
#define PATCH(confidence, rationale, signal) "{\"patch\":{\"confidence\":" \
	confidence ",\"confidence_rationale\":\"" rationale "\"," \
	"\"signal\":\"" signal "\"}}"

/* The text states 0.5, "why" and no signal. */
static void
test_harvest(void **state)
{
	static const char *const texts[] = { REPLY("0.5 - why"), NULL };
	static const struct {
		const char *config;
		struct envelope_call calls[LIST_MAX];
		double confidence;
		const char *rationale, *signal;
		bool disagrees;
	} cases[] = {
		{ NULL, { { "a:other", ARGS("0.9", "r"), 1 } }, 0.5, "why",
		    "", false },
		/* terminal tools, by bare and by full name */
		{ NULL, { { "a:mark_resolved", ARGS("0.9", "r"), 1 } }, 0.9,
		    "r", "success", true },
		{ NULL, { { "submit_hypothesis", ARGS("0.9", "r"), 1 } }, 0.9,
		    "r", "success", true },
		{ NULL, { { "a:mark_resolved", "{\"signal\":\"failed\"}",
		    1 } }, 0.5, "why", "success", false },
		{ NULL, { { "a:mark_resolved", ARGS("0.9", "r"), 1 },
		    { "a:mark_resolved", ARGS("0.8", " "), 1 } }, 0.8, "r",
		    "success", true },
		{ NULL, { { "a:mark_resolved", ARGS("0.9", "r"), 1 },
		    { "a:mark_resolved", ARGS("0.8", "s"), 1 } }, 0.8, "s",
		    "success", true },
		/* one that was refused or failed says nothing */
		{ NULL, { { "a:mark_resolved", ARGS("0.9", "r"), 0 } }, 0.5,
		    "why", "", false },
		/* patches */
		{ NULL, { { "a:update", PATCH("0.9", "r", "FAILED"), 1 } },
		    0.9, "r", "failed", true },
		{ NULL, { { "x:revise", PATCH("0.9", "r", "more"), 1 } }, 0.9,
		    "r", "more", true },
		{ NULL, { { "y:revise", PATCH("0.9", "r", "more"), 1 } }, 0.5,
		    "why", "", false },
		{ NULL, { { "a:update", PATCH("0.9", "r", "other"), 1 } },
		    0.9, "r", "", true },
		{ NULL, { { "a:update", PATCH("0.9", "r", "none"), 1 } }, 0.9,
		    "r", "", true },
		{ NULL, { { "a:update", ARGS("0.9", "r"), 1 } }, 0.5, "why",
		    "", false },
		{ NULL, { { "a:update", PATCH("0.9", "r", "more"), 1 },
		    { "a:update", PATCH("null", "", ""), 1 } }, 0.9, "r",
		    "more", true },
		/* coercion */
		{ NULL, { { "a:update", PATCH("\"low\"", "", ""), 1 } }, 0.3,
		    "why", "", true },
		{ NULL, { { "a:update", PATCH("\"Medium \"", "", ""), 1 } },
		    0.6, "why", "", true },
		{ NULL, { { "a:update", PATCH("\"high\"", "", ""), 1 } }, 0.9,
		    "why", "", true },
		{ NULL, { { "a:update", PATCH("\"maybe\"", "", ""), 1 } },
		    0.5, "why", "", false },
		{ NULL, { { "a:update", PATCH("\"0.9\"", "", ""), 1 } }, 0.5,
		    "why", "", false },
		{ NULL, { { "a:update", PATCH("true", "", ""), 1 } }, 0.5,
		    "why", "", false },
		{ NULL, { { "a:update", PATCH("7", "", ""), 1 } }, 1, "why",
		    "", true },
		{ NULL, { { "a:update", PATCH("-7", "", ""), 1 } }, 0, "why",
		    "", true },
		/* after a terminal tool a patch only changes the signal */
		{ NULL, { { "a:mark_resolved", ARGS("0.9", "r"), 1 },
		    { "a:update", PATCH("0.1", "s", "more"), 1 } }, 0.9, "r",
		    "more", true },
		{ NULL, { { "a:update", PATCH("0.1", "s", "more"), 1 },
		    { "a:mark_resolved", "{}", 1 } }, 0.1, "s", "success",
		    true },
		/* a difference of 0.05 is none */
		{ NULL, { { "a:update", PATCH("0.55", "", ""), 1 } }, 0.55,
		    "why", "", false },
		{ NULL, { { "a:update", PATCH("0.45", "", ""), 1 } }, 0.45,
		    "why", "", false },
		{ NULL, { { "a:update", PATCH("0.551", "", ""), 1 } }, 0.551,
		    "why", "", true },
		/* the vocabulary, by default and without success */
		{ "{\"orchestrator\":{\"patch_tools\":[\"update\"]}}",
		    { { "a:update", PATCH("null", "", "needs_input"), 1 } },
		    0.5, "why", "needs_input", false },
		{ "{\"orchestrator\":{\"patch_tools\":[\"update\"]}}",
		    { { "a:update", PATCH("null", "", "more"), 1 } }, 0.5,
		    "why", "", false },
		{ "{\"orchestrator\":{\"signals\":[\"failed\"],"
		    "\"harvest_terminal_tools\":[\"mark_resolved\"]}}",
		    { { "a:mark_resolved", "{}", 1 } }, 0.5, "why", "",
		    false },
		{ "{}", { { "a:mark_resolved", ARGS("0.9", "r"), 1 } }, 0.5,
		    "why", "", false },
	};
	struct expected x = { .content = "It works." };
	struct envelope e;
	int rc;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		rc = read_turn(&e, cases[i].config, texts, cases[i].calls);
		x.confidence = cases[i].confidence;
		x.rationale = cases[i].rationale;
		x.signal = cases[i].signal;
		check(i, &x, ENVELOPE_MARKDOWN, &e, rc);
		if (e.disagrees != cases[i].disagrees || e.stated != 0.5)
			fail_msg("row %zu: %d %g", i, e.disagrees, e.stated);
		envelope_free(&e);
	}
}

/* head, len times x, tail; the caller frees it. */
static char *
long_text(const char *head, size_t len, const char *tail)
{
	char *text = malloc(strlen(head) + len + strlen(tail) + 1);
	char *end;

	assert_non_null(text);
	end = stpcpy(text, head);
	memset(end, 'x', len);
	strcpy(end + len, tail);
	return text;
}

static void
test_too_big(void **state)
{
	struct envelope_call calls[] = { { "a:mark_resolved", NULL, 1 },
	    { .tool = NULL } };
	const char *texts[] = { NULL, NULL };
	struct envelope e;
	char *text, *args;
	int rc;

	(void)state;
	for (size_t over = 0; over < 2; over++) {
		rc = over ? E_TOOBIG : OK;
		text = long_text("## Response\n", ENVELOPE_TEXT_MAX + over,
		    "\n## Confidence\n1");
		texts[0] = text;
		assert_int_equal(read_turn(&e, NULL, texts, NULL), rc);
		envelope_free(&e);
		free(text);
		texts[0] = REPLY("1");
		args = long_text("{\"confidence_rationale\":\"",
		    ENVELOPE_TEXT_MAX + over, "\"}");
		calls[0].args = args;
		assert_int_equal(read_turn(&e, NULL, texts, calls), rc);
		envelope_free(&e);
		free(args);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_harvest),
		cmocka_unit_test(test_too_big),
	};

	return cmocka_run_group_tests_name("envelope", tests, NULL, NULL);
}
