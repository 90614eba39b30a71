/* SPDX-License-Identifier: Apache-2.0 */
#include "t/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "runner/envelope.h"
#include "runner/envelope_text.h"

#define REPLY(confidence) "## Response\nIt works.\n## Confidence\n" confidence
#define NO_WHY "(no rationale provided)"

struct expected {
	const char *content;		/* NULL: no envelope */
	double confidence;
	const char *rationale, *signal;
};

static void
check_text(size_t row, const char *text, const struct expected *x,
    bool (*read)(struct envelope *, const char *))
{
	struct envelope e = { .confidence = -1 };
	bool fits;

	buf_init(&e.content, ENVELOPE_TEXT_MAX);
	buf_init(&e.rationale, ENVELOPE_TEXT_MAX);
	fits = read(&e, text);
	assert_int_equal(e.content.rc, OK);
	if (fits != (x->content != NULL))
		fail_msg("row %zu: %d", row, fits);
	if (!fits && (e.content.len > 0 || e.rationale.len > 0 ||
	    e.confidence != -1 || *e.signal != '\0'))
		fail_msg("row %zu: touched", row);
	if (fits && (e.confidence != x->confidence ||
	    strcmp(buf_str(&e.content), x->content) != 0 ||
	    strcmp(buf_str(&e.rationale), x->rationale) != 0 ||
	    strcmp(e.signal, x->signal) != 0))
		fail_msg("row %zu: %g\n[%s]\n[%s]\n[%s]", row,
		    e.confidence, buf_str(&e.content),
		    buf_str(&e.rationale), e.signal);
	envelope_free(&e);
}

static void
test_markdown(void **state)
{
	static const struct {
		const char *text;
		struct expected x;
	} cases[] = {
		{ "## Response\nIt works.\n\n## Confidence\n"
		    "0.85 \u2014 two sources agree\n\n## Signal\nsuccess\n",
		    { "It works.", 0.85, "two sources agree", "success" } },
		/* dashes: em, en, figure, horizontal bar, hyphens, none */
		{ REPLY("0.5 \u2014 why"), { "It works.", 0.5, "why", "" } },
		{ REPLY("0.5 \u2013 why"), { "It works.", 0.5, "why", "" } },
		{ REPLY("0.5 \u2010 why"), { "It works.", 0.5, "why", "" } },
		{ REPLY("0.5 \u2015 why"), { "It works.", 0.5, "why", "" } },
		{ REPLY("0.5 \u2016 why"),
		    { "It works.", 0.5, "\u2016 why", "" } },
		{ REPLY("0.5 \u200f why"),
		    { "It works.", 0.5, "\u200f why", "" } },
		{ REPLY("0.5 -- why"), { "It works.", 0.5, "why", "" } },
		{ REPLY("0.5 - why - not"),
		    { "It works.", 0.5, "why - not", "" } },
		{ REPLY("0.5\u2014why"), { "It works.", 0.5, "why", "" } },
		{ REPLY("0.5-why"), { "It works.", 0.5, "why", "" } },
		{ REPLY("0.5 why"), { "It works.", 0.5, "why", "" } },
		{ REPLY("0.5\n\nwhy\nand more\n"),
		    { "It works.", 0.5, "why\nand more", "" } },
		{ REPLY("0.5"), { "It works.", 0.5, NO_WHY, "" } },
		{ REPLY("0.5 \u2014 \n"), { "It works.", 0.5, NO_WHY, "" } },
		/* numbers */
		{ REPLY("1.7 - x"), { "It works.", 1, "x", "" } },
		{ REPLY("-0.2 - x"), { "It works.", 0, "x", "" } },
		{ REPLY("1"), { "It works.", 1, NO_WHY, "" } },
		{ REPLY("0"), { "It works.", 0, NO_WHY, "" } },
		{ REPLY(".5"), { "It works.", 0.5, NO_WHY, "" } },
		{ REPLY("1."), { "It works.", 1, NO_WHY, "" } },
		{ REPLY("85%"), { .content = NULL } },
		{ REPLY("0.8.5"), { .content = NULL } },
		{ REPLY("0,85"), { .content = NULL } },
		{ REPLY("0x1"), { .content = NULL } },
		{ REPLY("1e-1"), { .content = NULL } },
		{ REPLY("nan"), { .content = NULL } },
		{ REPLY("."), { .content = NULL } },
		{ REPLY("-"), { .content = NULL } },
		{ REPLY("high"), { .content = NULL } },
		{ REPLY(""), { .content = NULL } },
		{ REPLY("\n## Signal\nsuccess"), { .content = NULL } },
		/* signals */
		{ REPLY("1\n## Signal\n SUCCESS \n"),
		    { "It works.", 1, NO_WHY, "success" } },
		{ REPLY("1\n## Signal\nunheard_of"),
		    { "It works.", 1, NO_WHY, "unheard_of" } },
		{ REPLY("1\n## Signal\nfailed\r\n\r\nThat was it."),
		    { "It works.", 1, NO_WHY, "failed" } },
		{ REPLY("1\n## Signal\n\n"),
		    { "It works.", 1, NO_WHY, "" } },
		{ REPLY("1\n## Signal\nNone"),
		    { "It works.", 1, NO_WHY, "" } },
		{ REPLY("1\n## Signal\nnull"),
		    { "It works.", 1, NO_WHY, "" } },
		{ REPLY("1\n## Signal\nN/A"),
		    { "It works.", 1, NO_WHY, "" } },
		{ REPLY("1\n## Signal\n"
		    "0123456789012345678901234567890123456789"
		    "0123456789012345678901\u00e9 and on"),
		    { "It works.", 1, NO_WHY,
		    "0123456789012345678901234567890123456789"
		    "0123456789012345678901" } },
		{ REPLY("1\n## Signal\n"
		    "0123456789012345678901234567890123456789"
		    "012345678901234567890 \u00e9"),
		    { "It works.", 1, NO_WHY,
		    "0123456789012345678901234567890123456789"
		    "012345678901234567890" } },
		/* headings */
		{ "### response\nA\n#### CONFIDENCE\n1\n##Signal\nmore",
		    { "A", 1, NO_WHY, "more" } },
		{ "Hello.\n##  Response  \r\nA\r\n## Confidence\r\n1 x\r\n",
		    { "A", 1, "x", "" } },
		{ "## Signal\nmore\n## Confidence\n1\n## Response\nA",
		    { "A", 1, NO_WHY, "more" } },
		{ "  ## Response\nA\n\t## Confidence\n1",
		    { "A", 1, NO_WHY, "" } },
		{ "# Response\nA\n## Confidence\n1", { .content = NULL } },
		{ "## Response\nA", { .content = NULL } },
		{ "## Confidence\n1", { .content = NULL } },
		{ "## Response\n \n## Confidence\n1", { .content = NULL } },
		{ "## Responses\nA\n## Confidence\n1", { .content = NULL } },
		{ "## Resp\nA\n## Confidence\n1", { .content = NULL } },
		{ "", { .content = NULL } },
		/* the first of a name wins; any single word ends a section */
		{ REPLY("1 a\n## Confidence\n0 b\n## Response\nNo."),
		    { "It works.", 1, "a", "" } },
		{ "## Response\nA\n## Notes\nB\n## Confidence\n1",
		    { "A", 1, NO_WHY, "" } },
		{ "## Response\nA\n## Root_\u00e92\nB\n## Confidence\n1",
		    { "A", 1, NO_WHY, "" } },
		{ "## Response\nA\n## What I saw\nB\n## b()\n##\n"
		    "## Confidence\n1", { "A\n## What I saw\nB\n## b()\n##",
		    1, NO_WHY, "" } },
		/* code blocks */
		{ "## Response\nRun:\n```sh\n## Confidence\n0\n```\nDone.\n"
		    "## Confidence\n1", { "Run:\n```sh\n## Confidence\n0\n"
		    "```\nDone.", 1, NO_WHY, "" } },
		{ "## Response\nA\n````\n```\n## Notes\n````\n"
		    "## Confidence\n1", { "A\n````\n```\n## Notes\n````", 1,
		    NO_WHY, "" } },
		{ "## Response\n```\n## Notes\n``` \n## Confidence\n1",
		    { "```\n## Notes\n```", 1, NO_WHY, "" } },
		{ "## Response\n- a:\n  ```\n## Notes\n  ```\n"
		    "## Confidence\n1", { "- a:\n  ```\n## Notes\n  ```",
		    1, NO_WHY, "" } },
		{ "## Response\n```\nnever closed\n## Confidence\n1",
		    { "```\nnever closed", 1, NO_WHY, "" } },
		{ "## Response\n```\n```sh\n## Confidence\n1",
		    { "```\n```sh", 1, NO_WHY, "" } },
		{ "## Response\n```a``` b\n## Confidence\n1\n```\n",
		    { "```a``` b", 1, "```", "" } },
		{ "## Response\n``\n## Confidence\n1 a\n``",
		    { "``", 1, "a\n``", "" } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		check_text(i, cases[i].text, &cases[i].x,
		    envelope_text_markdown);
}

/* Fences that are never closed must not cost the square of their number. */
static void
test_many_fences(void **state)
{
	static const struct expected nothing = { .content = NULL };
	size_t count = 100000;
	char *text = malloc(5 * count + 1);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < count; i++)
		memcpy(text + 5 * i, "```a\n", 6);
	check_text(0, text, &nothing, envelope_text_markdown);
	free(text);
}

#define BODY(more) "{\"content\":\"A\",\"confidence\":0.8," \
	"\"confidence_rationale\":\"why\"" more "}"

static void
test_json(void **state)
{
	static const struct {
		const char *text;
		struct expected x;
	} cases[] = {
		{ BODY(",\"signal\":\"success\""),
		    { "A", 0.8, "why", "success" } },
		{ " \n" BODY(",\"signal\":\" More\\n\"") "\n",
		    { "A", 0.8, "why", "more" } },
		{ BODY(",\"signal\":null"), { "A", 0.8, "why", "" } },
		{ BODY(",\"signal\":\"none\""), { "A", 0.8, "why", "" } },
		{ BODY(""), { "A", 0.8, "why", "" } },
		{ "{\"confidence\":1,\"confidence_rationale\":\"w\","
		    "\"content\":\"\\u00e9\\n\"}",
		    { "\u00e9\n", 1, "w", "" } },
		{ "{\"confidence\":0,\"confidence_rationale\":\"w\","
		    "\"content\":\"a\"}", { "a", 0, "w", "" } },
		/* not exactly an envelope */
		{ BODY(",\"extra\":1"), { .content = NULL } },
		{ BODY(",\"signal\":1"), { .content = NULL } },
		{ BODY("") " ok", { .content = NULL } },
		{ "[" BODY("") "]", { .content = NULL } },
		{ "```json\n" BODY("") "\n```", { .content = NULL } },
		{ "{\"content\":\"A\",\"confidence\":1.2,"
		    "\"confidence_rationale\":\"w\"}", { .content = NULL } },
		{ "{\"content\":\"A\",\"confidence\":-0.1,"
		    "\"confidence_rationale\":\"w\"}", { .content = NULL } },
		{ "{\"content\":\"A\",\"confidence\":\"0.8\","
		    "\"confidence_rationale\":\"w\"}", { .content = NULL } },
		{ "{\"content\":\"A\",\"confidence\":true,"
		    "\"confidence_rationale\":\"w\"}", { .content = NULL } },
		{ "{\"content\":\" \",\"confidence\":1,"
		    "\"confidence_rationale\":\"w\"}", { .content = NULL } },
		{ "{\"content\":\"A\",\"confidence\":1,"
		    "\"confidence_rationale\":\"\"}", { .content = NULL } },
		{ "{\"content\":\"A\",\"confidence\":1}",
		    { .content = NULL } },
		{ "{\"content\":\"A\",\"confidence_rationale\":\"w\"}",
		    { .content = NULL } },
		{ "{\"confidence\":1,\"confidence_rationale\":\"w\"}",
		    { .content = NULL } },
		{ "{}", { .content = NULL } },
		{ "{", { .content = NULL } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		check_text(i, cases[i].text, &cases[i].x,
		    envelope_text_json);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_markdown),
		cmocka_unit_test(test_many_fences),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests_name("envelope_text", tests, NULL, NULL);
}
