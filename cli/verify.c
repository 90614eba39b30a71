/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "sql/verify.h"

static void
print_text(const char *invariant, const char *session_id, const char *problem)
{
	printf("%s: %s%s%s\n", invariant, session_id,
	    *session_id != '\0' ? ": " : "", problem);
}

static void
print_json(const char *invariant, const char *session_id, const char *problem)
{
	struct buf line;

	buf_init(&line, 64 * 1024);
	buf_adds(&line, "{\"invariant\":");
	buf_add_json(&line, invariant, strlen(invariant));
	buf_adds(&line, ",\"session_id\":");
	buf_add_json(&line, session_id, strlen(session_id));
	buf_adds(&line, ",\"problem\":");
	buf_add_json(&line, problem, strlen(problem));
	buf_addc(&line, '}');
	fputs(buf_str(&line), stdout);
	buf_free(&line);
}

struct report {
	bool json;
	int count;
};

static void
found(void *arg, const char *invariant, const char *session_id,
    const char *problem)
{
	struct report *report = arg;

	if (report->json && report->count > 0)
		fputs(",\n", stdout);
	if (report->json)
		print_json(invariant, session_id, problem);
	else
		print_text(invariant, session_id, problem);
	report->count++;
}

int
cmd_verify(struct cli *cli)
{
	struct report report = { .json = cli->json };
	int count, rc;

	fputs(cli->json ? "[" : "", stdout);
	rc = verify(cli->db, found, &report, &count);
	fputs(cli->json ? "]\n" : "", stdout);
	if (rc != OK)
		return cli_fail(cli, rc, "cannot verify: %s", err_text(rc));
	return count > 0 ? EXIT_PROBLEM : EXIT_OK;
}
