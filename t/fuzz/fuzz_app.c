/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An application is refused with whole lines that name its files, or every
 * row of it can be written, once. The input is config.yaml, the config.yaml
 * of the agent "intake", and the script "script.yaml", with a line "%%"
 * between them.
 */
#include <config.h>

#include "t/fuzz/fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/app.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/log.h"

static const char separator[] = "\n%%\n";

/* Writes the next part of the input, and moves on. */
static void
write_part(const char *path, const char **text, size_t *len)
{
	const char *end = memmem(*text, *len, separator,
	    sizeof(separator) - 1);
	size_t size = end != NULL ? (size_t)(end - *text) + 1 : *len;
	size_t step = end != NULL ? size + sizeof(separator) - 2 : *len;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	fuzz_check(fd >= 0 && write(fd, *text, size) == (ssize_t)size);
	close(fd);
	*text += step;
	*len -= step;
}

static void
check_json_text(const char *text)
{
	fuzz_check(json_check(text, strlen(text), NULL) == OK);
}

static void
check_rows(const struct app *app)
{
	struct app_loaded loaded;
	char why[DB_WHY_MAX];
	struct db *db;

	check_json_text(app->config);
	fuzz_check(db_open(&db, "gatehouse.db", DB_CREATE, why) == OK);
	fuzz_check(app_write(app, db, 1, &loaded) == OK);
	fuzz_check(loaded.version == 1 && loaded.changed);
	fuzz_check(app_write(app, db, 2, &loaded) == OK);
	fuzz_check(loaded.version == 1 && !loaded.changed);
	db_close(db);
}

/* Each line begins with the name of a file below the directory. */
static void
check_report(const struct buf *report)
{
	const char *line = buf_str(report), *end;

	fuzz_check(strlen(line) == report->len);
	for (; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		fuzz_check(end != NULL && strncmp(line, "./", 2) == 0);
	}
}

static void
check(void)
{
	struct app *app;

	fuzz_check(app_open(".", &app) == OK);
	app_check(app);
	check_report(&app->errors);
	check_report(&app->warnings);
	if (app_failed(app) == OK)
		check_rows(app);
	app_close(app);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const files[] = {
		"config.yaml", "skills/intake/config.yaml", "script.yaml",
		"skills/intake/prompt.md", "gatehouse.db", "gatehouse.db-wal",
		"gatehouse.db-shm", "gatehouse.db-lock", NULL
	};
	char dir[] = "/tmp/gatehouse-fuzz.XXXXXX";
	const char *text = (const char *)data;
	int back = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	log_open("fuzz_app", LOG_NONE);
	fuzz_check(back >= 0 && mkdtemp(dir) != NULL && chdir(dir) == 0);
	fuzz_check(mkdir("skills", 0700) == 0);
	fuzz_check(mkdir("skills/intake", 0700) == 0);
	for (int i = 0; i < 4; i++)
		write_part(files[i], &text, &size);
	check();
	for (int i = 0; files[i] != NULL; i++)
		unlink(files[i]);
	fuzz_check(rmdir("skills/intake") == 0 && rmdir("skills") == 0);
	fuzz_check(fchdir(back) == 0 && rmdir(dir) == 0);
	close(back);
	return 0;
}
