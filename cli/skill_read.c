/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/app_check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/utf8.h"

/* In the order of the bytes, wherever this runs. */
static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int
is_markdown(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > 3 &&
	    strcmp(entry->d_name + len - 3, ".md") == 0;
}

static int
is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void
free_entries(struct dirent **entries, int count)
{
	while (count-- > 0)
		free(entries[count]);
	free(entries);
}

/* The line of the first byte that is not UTF-8, or NUL; 0: there is none. */
static int
bad_line(const struct buf *text)
{
	size_t step;
	int line = 1;

	for (size_t i = 0; i < text->len; i += step) {
		step = utf8_decode(text->data + i, text->len - i, NULL);
		if (step == 0 || text->data[i] == '\0')
			return line;
		line += text->data[i] == '\n';
	}
	return 0;
}

/* E_IO, with errno; E_TOOBIG; E_NOMEM. */
static int
read_file(const char *path, struct buf *out)
{
	char chunk[16 * 1024];
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return E_IO;
	while ((got = read(fd, chunk, sizeof(chunk))) > 0)
		if (buf_add(out, chunk, (size_t)got) != OK)
			break;
	close(fd);
	return got < 0 ? E_IO : out->rc;
}

/* Reads a text, or complains. */
static bool
read_text(struct app *app, const char *path, struct buf *out)
{
	int rc = read_file(path, out), line = bad_line(out);

	if (rc == E_IO)
		buf_addf(&app->errors, "%s:1: cannot read: %s\n", path,
		    strerror(errno));
	else if (rc == E_TOOBIG)
		buf_addf(&app->errors, "%s:1: %s\n", path, err_text(rc));
	else if (rc != OK)
		app->errors.rc = rc;
	else if (line > 0)
		buf_addf(&app->errors, "%s:%d: not UTF-8\n", path, line);
	return rc == OK && line == 0;
}

/* Appends the text of a file, without blanks at its ends, as a paragraph. */
static void
add_file(struct app *app, const char *path, struct buf *out)
{
	static const char blank[] = " \t\r\n";
	size_t start, end = 0;
	struct buf text;

	buf_init(&text, APP_PROMPT_MAX);
	if (read_text(app, path, &text))
		end = text.len;
	start = strspn(buf_str(&text), blank);
	while (end > start && strchr(blank, text.data[end - 1]) != NULL)
		end--;
	if (end > start && out->len > 0)
		buf_adds(out, "\n\n");
	if (end > start)
		buf_add(out, text.data + start, end - start);
	buf_free(&text);
}

/* Appends every .md file of dir; returns how many there are. */
static int
add_prompt(struct app *app, const char *dir, struct buf *out)
{
	struct dirent **entries = NULL;
	int count = scandir(dir, &entries, is_markdown, by_name);

	for (int i = 0; i < count; i++)
		add_file(app, app_format(app, "%s/%s", dir,
		    entries[i]->d_name), out);
	if (count > 0)
		free_entries(entries, count);
	return count > 0 ? count : 0;
}

static const char *
read_prompt(struct app *app, struct app_agent *agent, const char *common)
{
	struct buf prompt;

	buf_init(&prompt, APP_PROMPT_MAX);
	agent->prompt_files = add_prompt(app, agent->dir, &prompt);
	if (*common != '\0')
		buf_addf(&prompt, "%s%s", prompt.len > 0 ? "\n\n" : "",
		    common);
	if (prompt.rc == E_TOOBIG) {
		buf_addf(&app->errors, "%s:1: the prompt is over %d bytes\n",
		    agent->dir, APP_PROMPT_MAX);
		buf_reset(&prompt);
	}
	return app_keep(app, &prompt);
}

static void
read_skill(struct app *app, const char *dir, const char *name,
    const char *common)
{
	const char *path = app_format(app, "%s/config.yaml", dir);
	struct app_agent *agent;
	struct stat st;

	if (stat(path, &st) != 0) {
		if (stat(dir, &st) == 0 && S_ISDIR(st.st_mode))
			buf_addf(&app->warnings, "%s:1: warning: no "
			    "config.yaml here, so this is no skill\n", dir);
		return;
	}
	if (app->agent_count == APP_AGENTS_MAX) {
		buf_addf(&app->errors, "%s:1: too many skills, at most %d are "
		    "allowed\n", path, APP_AGENTS_MAX);
		return;
	}
	if (!app_is_word(name, "a-z", "a-z0-9_", 64))
		buf_addf(&app->errors, "%s:1: \"%s\" is no agent name: "
		    "[a-z][a-z0-9_]{0,63}\n", path, name);
	agent = &app->agents[app->agent_count++];
	*agent = (struct app_agent){ .name = app_format(app, "%s", name),
	    .dir = dir, .description = "", .subordinates = "[]",
	    .tools = "[]", .routes = "[]", .config = "{}" };
	agent->prompt = read_prompt(app, agent, common);
	if (app_open_conf(app, path, &agent->file) == OK &&
	    conf_expect(conf_root(agent->file), CONF_MAP, &app->errors))
		agent->root = conf_root(agent->file);
}

static const char *
read_common(struct app *app, const char *skills)
{
	struct buf common;

	buf_init(&common, APP_PROMPT_MAX);
	add_prompt(app, app_format(app, "%s/_common", skills), &common);
	return app_keep(app, &common);
}

void
app_read_skills(struct app *app)
{
	const struct conf *paths = conf_map(app->root, "paths", &app->errors);
	const struct conf *node = conf_get(paths, "skills_dir");
	struct dirent **entries = NULL;
	const char *skills, *common;
	int count;

	skills = app_path(app, conf_str(paths, "skills_dir", "skills",
	    &app->errors));
	count = scandir(skills, &entries, is_visible, by_name);
	if (count < 0) {
		conf_error(node != NULL ? node : app->root, &app->errors,
		    "cannot read the skills in \"%s\": %s", skills,
		    strerror(errno));
		return;
	}
	common = read_common(app, skills);
	for (int i = 0; i < count; i++)
		if (entries[i]->d_name[0] != '_')
			read_skill(app, app_format(app, "%s/%s", skills,
			    entries[i]->d_name), entries[i]->d_name, common);
	free_entries(entries, count);
}
