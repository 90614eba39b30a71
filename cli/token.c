/* SPDX-License-Identifier: Apache-2.0 */
/* Bearer tokens: made here, and shown once. */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/table.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "sql/auth.h"

enum { DAYS_DEFAULT = 90, DAY_MS = 24 * 3600 * 1000 };

static int
usage(struct cli *cli)
{
	return cli_fail(cli, E_MISUSE, "usage: gatehouse token (add NAME "
	    "--roles R [--days N] | list [--all] | revoke ID)");
}

/* The token alone on standard output, for $(...) around it. */
static void
print_new(const struct cli *cli, const struct token_new *new, int64_t id,
    const char *text)
{
	char at[ISO_SECONDS_SIZE];

	iso_seconds(new->expires_at, at);
	if (cli->json) {
		printf("{\"id\":%lld,\"token\":\"%s\",\"expires_at\":%s%s%s}\n",
		    (long long)id, text, new->expires_at != 0 ? "\"" : "",
		    new->expires_at != 0 ? at : "null",
		    new->expires_at != 0 ? "\"" : "");
		return;
	}
	puts(text);
	fprintf(stderr, "gatehouse: token %lld, good until %s; it is not "
	    "shown again\n", (long long)id,
	    new->expires_at != 0 ? at : "it is revoked");
}

static int
add(struct cli *cli)
{
	struct token_new new = { .person = cli->words[1], .by = cli->user,
	    .now_ms = clock_ms() };
	int64_t id, days = cli->days >= 0 ? cli->days : DAYS_DEFAULT;
	char roles[ROLES_TEXT_MAX], text[TOKEN_TEXT_SIZE], why[DB_WHY_MAX];
	int status = cli_roles(cli, roles), rc;

	if (status != EXIT_OK)
		return status;
	new.roles = roles;
	new.expires_at = days > 0 ? new.now_ms + days * DAY_MS : 0;
	rc = auth_token_add(cli->db, &new, &id, text, why);
	if (rc != OK)
		return cli_fail(cli, rc, "no token for \"%s\": %s",
		    cli->words[1], why);
	print_new(cli, &new, id, text);
	return EXIT_OK;
}

static int
list(struct cli *cli)
{
	static const char *const heads[] = {
		"ID", "PERSON", "ROLES", "AGE", "LEFT", "USED", "STATE", NULL
	};
	struct rows rows = db_query(cli->db, Q_CLI_TOKENS, "i", cli->all);
	int64_t now_ms = clock_ms();
	char text[AGE_SIZE];
	struct table t;

	if (cli->json)
		return cli_print_list(cli, &rows, 7);
	table_init(&t, heads);
	while (rows_next(&rows)) {
		bool over = !rows_null(&rows, 4) &&
		    rows_int(&rows, 4) <= now_ms;

		table_cell(&t, rows_text(&rows, 0));
		table_cell(&t, rows_text(&rows, 1));
		table_cell(&t, rows_text(&rows, 2));
		table_cell(&t, age_text(now_ms - rows_int(&rows, 3), text));
		table_cell(&t, rows_null(&rows, 4) ? NULL :
		    age_text(rows_int(&rows, 4) - now_ms, text));
		table_cell(&t, rows_null(&rows, 5) ? NULL :
		    age_text(now_ms - rows_int(&rows, 5), text));
		table_cell(&t, !rows_null(&rows, 6) ? "revoked" :
		    over ? "expired" : "good");
	}
	table_print(&t, TABLE_CUT);
	return cli_end(cli, &rows);
}

static int
revoke(struct cli *cli)
{
	const char *word = cli->words[1];
	size_t len = strspn(word, "0123456789");
	char why[DB_WHY_MAX];
	int rc;

	if (len == 0 || len > 18 || word[len] != '\0')
		return usage(cli);
	rc = auth_token_revoke(cli->db, strtoll(word, NULL, 10), cli->user,
	    clock_ms(), why);
	if (rc != OK)
		return cli_fail(cli, rc, "%s: %s", word, why);
	puts(cli->json ? "{\"revoked\":true}" : "revoked");
	return EXIT_OK;
}

int
cmd_token(struct cli *cli)
{
	bool named = cli->words[1] != NULL;

	if (strcmp(cli->words[0], "add") == 0 && named && !cli->all)
		return add(cli);
	if (cli->roles != NULL || cli->days >= 0)
		return usage(cli);
	if (strcmp(cli->words[0], "list") == 0 && !named)
		return list(cli);
	if (strcmp(cli->words[0], "revoke") == 0 && named && !cli->all)
		return revoke(cli);
	return usage(cli);
}
