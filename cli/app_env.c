/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/app_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"

static const char blank[] = " \t\r\n";

/* Cuts blanks, and a pair of quotes, off both ends of text. */
static char *
trim(char *text)
{
	size_t len;

	text += strspn(text, blank);
	for (len = strlen(text); len > 0; len--)
		if (strchr(blank, text[len - 1]) == NULL)
			break;
	if (len >= 2 && (*text == '"' || *text == '\'') &&
	    text[len - 1] == *text) {
		text++;
		len -= 2;
	}
	text[len] = '\0';
	return text;
}

static void
read_line(struct app *app, int number, char *line)
{
	char *value = strchr(line, '='), *name;

	line += strspn(line, blank);
	if (*line == '#' || *line == '\0')
		return;
	if (value == NULL) {
		buf_addf(&app->errors, "%s/.env:%d: expected NAME=VALUE\n",
		    app->dir, number);
		return;
	}
	*value++ = '\0';
	name = trim(strncmp(line, "export ", 7) == 0 ? line + 7 : line);
	if (!app_is_word(name, "A-Za-z_", "A-Za-z0-9_", 128))
		buf_addf(&app->errors, "%s/.env:%d: expected NAME=VALUE\n",
		    app->dir, number);
	else if (setenv(name, trim(value), 0) != 0)
		app->errors.rc = E_NOMEM;
}

void
app_read_env(struct app *app)
{
	FILE *file = fopen(app_path(app, ".env"), "re");
	char *line = NULL;
	size_t size = 0;

	if (file == NULL)
		return;
	for (int number = 1; getline(&line, &size, file) >= 0; number++)
		read_line(app, number, line);
	free(line);
	fclose(file);
}
