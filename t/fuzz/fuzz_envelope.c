/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A turn of texts and calls, separated by lines of `%%`. A part `!NAME ARGS`
 * is a call that ran, `?NAME ARGS` one that did not. An envelope that is
 * found is complete, and a turn with a call always has one.
 */
#include "t/fuzz/fuzz.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "lib/err.h"
#include "lib/json.h"
#include "runner/envelope.h"

enum { PARTS_MAX = 8 };

static const char config_text[] =
    "{\"orchestrator\":{\"terminal_tools\":[{\"tool_name\":\"resolve\"}],"
    "\"harvest_terminal_tools\":[\"submit\"],\"patch_tools\":[\"update\"]}}";

static void
check_envelope(const struct envelope *e)
{
	size_t len = strlen(e->signal);

	fuzz_check(e->confidence >= 0 && e->confidence <= 1);
	fuzz_check(e->stated >= 0 && e->stated <= 1);
	fuzz_check(!e->disagrees || e->confidence != e->stated);
	fuzz_check(e->content.len > 0 && e->rationale.len > 0);
	fuzz_check(len <= ENVELOPE_SIGNAL_MAX);
	for (size_t i = 0; i < len; i++)
		fuzz_check(e->signal[i] != '\n' && !isupper(e->signal[i]));
	fuzz_check(len == 0 || e->signal[len - 1] != ' ');
	fuzz_check(strcmp(e->signal, "none") != 0);
}

static void
add_part(struct envelope_turn *turn, const char **texts,
    struct envelope_call *calls, char *part)
{
	char *args;

	if (*part != '!' && *part != '?') {
		texts[turn->text_count++] = part;
		return;
	}
	args = strchr(part, ' ');
	if (args != NULL)
		*args++ = '\0';
	calls[turn->call_count++] = (struct envelope_call){
		.tool = part + 1,
		.args = args != NULL ? args : "{}",
		.ran = *part == '!',
	};
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *texts[PARTS_MAX + 1];
	struct envelope_call calls[PARTS_MAX + 1];
	struct envelope_turn turn = { .texts = texts, .calls = calls };
	struct json *config;
	struct envelope e;
	char *copy = strndup((const char *)data, size), *part = copy, *end;
	int rc;

	config = json_parse(config_text, strlen(config_text), NULL);
	for (int i = 0; i < PARTS_MAX && (end = strstr(part, "\n%%\n")); i++) {
		*end = '\0';
		add_part(&turn, texts, calls, part);
		part = end + strlen("\n%%\n");
	}
	add_part(&turn, texts, calls, part);
	rc = envelope_read(&e, config, &turn);
	fuzz_check(rc == OK || rc == E_NOTFOUND || rc == E_TOOBIG);
	fuzz_check(rc != E_NOTFOUND || turn.call_count == 0);
	if (rc == OK)
		check_envelope(&e);
	envelope_free(&e);
	json_free(config);
	free(copy);
	return 0;
}
