/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "cli/app.h"
#include "lib/clock.h"
#include "lib/err.h"

/* Appends the lines of a report as a JSON list of texts. */
static void
add_lines(struct buf *out, const char *key, const struct buf *report)
{
	const char *line = buf_str(report), *end;

	buf_addf(out, ",\"%s\":[", key);
	while ((end = strchr(line, '\n')) != NULL) {
		if (line != report->data)
			buf_addc(out, ',');
		buf_add_json(out, line, (size_t)(end - line));
		line = end + 1;
	}
	buf_addc(out, ']');
}

static void
print_json(const struct app *app, const struct app_loaded *loaded)
{
	struct buf out;

	buf_init(&out, 8 * APP_REPORT_MAX);
	buf_adds(&out, "{\"app\":");
	buf_add_json(&out, app->name != NULL ? app->name : "",
	    app->name != NULL ? strlen(app->name) : 0);
	buf_addf(&out, loaded->version > 0 ? ",\"version\":%lld" :
	    ",\"version\":null", (long long)loaded->version);
	buf_addf(&out, ",\"changed\":%s", loaded->changed ? "true" : "false");
	add_lines(&out, "errors", &app->errors);
	add_lines(&out, "warnings", &app->warnings);
	buf_adds(&out, "}\n");
	fputs(buf_str(&out), stdout);
	buf_free(&out);
}

/* What was found, then what was done. */
static void
print(const struct cli *cli, const struct app *app,
    const struct app_loaded *loaded)
{
	if (cli->json) {
		print_json(app, loaded);
		return;
	}
	fputs(buf_str(&app->warnings), stderr);
	fputs(buf_str(&app->errors), stderr);
	if (app_failed(app) != OK)
		fputs("nothing was loaded\n", stderr);
	else if (loaded->version == 0)
		printf("%s is fine\n", app->name);
	else
		printf("%s version %lld is %s\n", app->name,
		    (long long)loaded->version,
		    loaded->changed ? "loaded" : "unchanged");
}

static int
write_rows(struct cli *cli, const struct app *app, struct app_loaded *loaded)
{
	int status = cli_open(cli, NEEDS_WRITE), rc;

	if (status != EXIT_OK)
		return status;
	rc = app_write(app, cli->db, clock_ms(), loaded);
	if (rc != OK)
		return cli_fail(cli, rc, "cannot load: %s",
		    *loaded->why != '\0' ? loaded->why : err_text(rc));
	return EXIT_OK;
}

int
cmd_load(struct cli *cli)
{
	struct app_loaded loaded = { .version = 0 };
	struct app *app = NULL;
	int status = EXIT_OK, rc;

	rc = app_open(cli->words[0], &app);
	if (rc == E_NOTFOUND)
		return cli_fail(cli, rc, "no config.yaml in \"%s\"",
		    cli->words[0]);
	if (rc == OK) {
		app_check(app);
		rc = app_failed(app);
	}
	if (rc == E_NOMEM)
		status = cli_fail(cli, rc, "%s", err_text(rc));
	else if (rc != OK)
		status = EXIT_PROBLEM;
	else if (!cli->check)
		status = write_rows(cli, app, &loaded);
	if (status == EXIT_OK || status == EXIT_PROBLEM)
		print(cli, app, &loaded);
	app_close(app);
	return status;
}
