/* SPDX-License-Identifier: Apache-2.0 */
/* Loading an application when each allocation fails once, in turn. */
#include "t/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/app.h"
#include "lib/err.h"
#include "t/unit/nomem_fixture.h"

static const struct {
	const char *name, *text;	/* text NULL: a folder */
} files[] = {
	{ "skills", NULL },
	{ "skills/_common", NULL },
	{ "skills/boss", NULL },
	{ "skills/intake", NULL },
	{ ".env", "SMALL_QUORUM=2\n" },
	{ "config.yaml",
	    "name: small\n"
	    "llm: {default: m, providers: {p: {kind: script, file: s.yaml}},\n"
	    "  models: {m: {provider: p}}}\n"
	    "mcp: {servers: [{name: ops, transport: command, category: x,\n"
	    "  tools: [{name: fix, command: [fix]}]}]}\n"
	    "orchestrator: {entry_agent: boss,\n"
	    "  statuses: {done: {terminal: true, kind: success}},\n"
	    "  default_terminal_status: done}\n"
	    "runtime: {gateway: {quorum: \"${SMALL_QUORUM}\"}}\n"
	    "framework: {escalation_teams: [sre]}\n"
	    "colour: red\n" },
	{ "s.yaml", "replies: [{agent: intake, content: x}]\n" },
	{ "skills/_common/c.md", "Common.\n" },
	{ "skills/boss/config.yaml",
	    "description: x\nkind: supervisor\nsubordinates: [intake]\n"
	    "dispatch_strategy: rule\n"
	    "dispatch_rules: [{when: status == 'new', target: intake}]\n"
	    "max_dispatch_depth: 3\n" },
	{ "skills/intake/config.yaml",
	    "description: x\ntools: {ops: [fix]}\n"
	    "routes: [{when: default, next: __end__}]\n" },
	{ "skills/intake/p.md", "Own.\n" },
};

static int
load(void)
{
	struct app *app = NULL;
	int rc = app_open(".", &app);

	if (rc != OK)
		return rc;
	app_check(app);
	rc = app_failed(app);
	if (rc == E_INVALID)
		print_error("%s", buf_str(&app->errors));
	app_close(app);
	return rc;
}

static void
test_load(void **state)
{
	char dir[] = "/tmp/gatehouse-test.XXXXXX";
	size_t i;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	for (i = 0; i < COUNT(files); i++) {
		FILE *out;

		if (files[i].text == NULL) {
			assert_int_equal(mkdir(files[i].name, 0700), 0);
			continue;
		}
		out = fopen(files[i].name, "w");
		assert_non_null(out);
		assert_true(fputs(files[i].text, out) >= 0);
		assert_int_equal(fclose(out), 0);
	}
	assert_in_range(nomem_each(load), 100, 10000);
	while (i-- > 0)
		assert_int_equal(remove(files[i].name), 0);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(dir), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load),
	};

	return cmocka_run_group_tests_name("nomem_app", tests, NULL, NULL);
}
