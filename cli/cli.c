/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/role.h"
#include "sql/db.h"

enum { MESSAGE_MAX = 4096 };

/* The words are those of the HTTP interface. */
static const struct {
	int code;
	int status;
	const char *word;
} outcomes[] = {
	{ E_INVALID, EXIT_PROBLEM, "unprocessable_entity" },
	{ E_DENIED, EXIT_PROBLEM, "forbidden" },
	{ E_TOOBIG, EXIT_PROBLEM, "payload_too_large" },
	{ E_MISUSE, EXIT_USAGE, "bad_request" },
	{ E_NOTFOUND, EXIT_NOTFOUND, "not_found" },
	{ E_CONFLICT, EXIT_CONFLICT, "conflict" },
	{ OK, EXIT_DATABASE, "service_unavailable" },	/* any other */
};

static void __attribute__((format(printf, 3, 0)))
complain(const struct cli *cli, const char *word, const char *format,
    va_list ap)
{
	char message[MESSAGE_MAX];
	struct buf line;

	vsnprintf(message, sizeof(message), format, ap);
	buf_init(&line, 8 * MESSAGE_MAX);
	if (cli->json) {
		buf_addf(&line, "{\"error\":{\"code\":\"%s\",\"message\":",
		    word);
		buf_add_json(&line, message, strlen(message));
		buf_adds(&line, "}}\n");
	} else {
		buf_addf(&line, "gatehouse: %s\n", message);
	}
	fputs(buf_str(&line), stderr);
	buf_free(&line);
}

int
cli_fail(const struct cli *cli, int code, const char *format, ...)
{
	va_list ap;
	int i;

	for (i = 0; outcomes[i].code != code && outcomes[i].code != OK; i++)
		;
	va_start(ap, format);
	complain(cli, outcomes[i].word, format, ap);
	va_end(ap);
	return outcomes[i].status;
}

int
cli_waits(const struct cli *cli, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	complain(cli, "awaiting_input", format, ap);
	va_end(ap);
	return EXIT_WAITS;
}

int
cli_open(struct cli *cli, enum cli_needs needs)
{
	static const enum db_mode modes[] = {
		[NEEDS_READ] = DB_READ,
		[NEEDS_WRITE] = DB_WRITE,
		[NEEDS_CREATE] = DB_CREATE,
	};
	char why[DB_WHY_MAX];
	int rc;

	if (needs == NEEDS_NOTHING)
		return EXIT_OK;
	if (cli->db_path == NULL)
		return cli_fail(cli, E_MISUSE,
		    "no database; name it with --db FILE or GATEHOUSE_DB");
	rc = db_open(&cli->db, cli->db_path, modes[needs], why);
	if (rc != OK) {
		cli_fail(cli, rc == E_NOTFOUND ? E_SCHEMA : rc, "%s", why);
		return EXIT_DATABASE;
	}
	if (needs != NEEDS_READ)
		db_wake(cli->db, WAKE_RUNNER | WAKE_LIVE);
	return EXIT_OK;
}

const char *
cli_origin(const struct cli *cli, char out[CLI_ORIGIN_MAX])
{
	struct buf text;

	buf_init(&text, CLI_ORIGIN_MAX - 1);
	buf_adds(&text, "{\"via\":\"unix\",\"user\":");
	buf_add_json(&text, cli->user, strlen(cli->user));
	buf_addc(&text, '}');
	snprintf(out, CLI_ORIGIN_MAX, "%s", text.rc == OK ? text.data :
	    "{\"via\":\"unix\"}");
	buf_free(&text);
	return out;
}

int
cli_roles(const struct cli *cli, char *roles)
{
	const char *bad;

	if (cli->roles == NULL)
		return cli_fail(cli, E_MISUSE, "%s: --roles is missing",
		    cli->words[0]);
	if (roles_read(cli->roles, roles, &bad))
		return EXIT_OK;
	if (*bad == '\0')
		return cli_fail(cli, E_MISUSE,
		    "--roles: none, or more than fit");
	return cli_fail(cli, E_MISUSE, "--roles: \"%.*s\" is not viewer, "
	    "operator, approver or admin, or one of them @APP",
	    (int)strcspn(bad, " ,"), bad);
}

int
cli_end(const struct cli *cli, struct rows *rows)
{
	int rc = rows_end(rows);

	if (rc == OK)
		return EXIT_OK;
	return cli_fail(cli, rc, "cannot read the database: %s", err_text(rc));
}

bool
cli_session(const struct cli *cli, const char *id, struct rows *rows)
{
	bool found;

	*rows = db_query(cli->db, Q_CLI_SESSION, "s", id);
	found = rows_next(rows);
	if (found && cli->json)
		puts(rows_str(rows, 12));
	return found && !cli->json;
}

int
cli_print_list(const struct cli *cli, struct rows *rows, int column)
{
	const char *before = "";

	putchar('[');
	while (rows_next(rows)) {
		printf("%s%s", before, rows_str(rows, column));
		before = ",\n";
	}
	puts("]");
	return cli_end(cli, rows);
}
