/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/try.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "cli/table.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "sql/db.h"
#include "sql/session.h"

enum {
	START_MS = 10000,	/* until the runner must be there */
	LOOK_MS = 50,		/* between looks at the rows */
	SAID_MAX = 1024 * 1024,	/* bytes of a reply */
};

/* One trial, from its directory to its end. */
struct trial {
	struct cli *cli;
	struct app *app;
	const char *environment;
	struct try_home home;
	struct try_runner runner;
	struct try_ear ear;
	struct try_view view;
	struct session_ref session;
	int stop;			/* readable: a signal came */
	bool left;			/* by it, or at the prompt */
	int64_t began_ms;
};

static void
on_said(void *arg, const struct try_piece *piece)
{
	struct trial *t = arg;

	try_view_said(&t->view, piece);
}

static int
fail_runner(struct trial *t, const char *what)
{
	try_view_line(&t->view);
	if (!t->cli->json)
		try_runner_said(&t->runner);
	return cli_fail(t->cli, E_INVALID, "gatehouse-runner %s%s%s", what,
	    t->cli->keep ? "; its log is " : "",
	    t->cli->keep ? t->home.log : "");
}

/* Waits for the runner, so that the model's first word is heard. */
static int
wait_for_runner(struct trial *t)
{
	static const struct timespec step = { .tv_nsec = 10 * 1000 * 1000 };
	int64_t end_ms = clock_mono_ms() + START_MS;

	while (try_ear_open(&t->ear, &t->home) == E_NOTFOUND) {
		if (try_runner_ended(&t->runner))
			return fail_runner(t, "cannot work");
		if (clock_mono_ms() > end_ms)
			return fail_runner(t, "does not start");
		nanosleep(&step, NULL);
	}
	return EXIT_OK;
}

/* From here on Ctrl-C and the like are read where it suits us. */
static int
catch_signals(struct trial *t)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	t->stop = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return t->stop >= 0 ? EXIT_OK : cli_fail(t->cli, E_IO,
	    "cannot wait for signals: %s", strerror(errno));
}

static int
load(struct trial *t)
{
	struct app_loaded loaded = { .version = 0 };
	char why[DB_WHY_MAX];
	int rc = db_open(&t->cli->db, t->home.db, DB_CREATE, why);

	if (rc != OK) {
		cli_fail(t->cli, rc, "%s", why);
		return EXIT_DATABASE;
	}
	db_wake(t->cli->db, WAKE_RUNNER);
	rc = app_write(t->app, t->cli->db, clock_ms(), &loaded);
	return rc == OK ? EXIT_OK : cli_fail(t->cli, rc, "cannot load: %s",
	    *loaded.why != '\0' ? loaded.why : err_text(rc));
}

static int
begin(struct trial *t)
{
	char origin[CLI_ORIGIN_MAX];
	struct buf submitter;
	struct session_new new = { .query = t->cli->query,
	    .environment = t->environment, .extra_fields = "{}",
	    .origin = cli_origin(t->cli, origin), .now_ms = clock_ms() };
	int rc;

	buf_init(&submitter, 4096);
	buf_adds(&submitter, "{\"id\":");
	buf_add_json(&submitter, t->cli->actor, strlen(t->cli->actor));
	buf_adds(&submitter, ",\"team\":\"\"}");
	new.submitter = buf_str(&submitter);
	rc = session_create(t->cli->db, &new, &t->session);
	buf_free(&submitter);
	if (rc != OK)
		return cli_fail(t->cli, rc, "%s", t->session.why);
	t->view.session_id = t->session.id;
	t->view.app = t->app;
	t->began_ms = clock_mono_ms();
	if (!t->cli->json)
		printf("session %s, environment %s\n", t->session.id,
		    t->environment);
	return EXIT_OK;
}

static int
show_news(struct trial *t)
{
	int status;

	try_ear_read(&t->ear);
	status = try_view_rows(&t->view);
	if (!t->cli->json && !t->view.midline)
		try_runner_said(&t->runner);
	return status;
}

/* Until the end, or until somebody leaves. */
static int
follow(struct trial *t)
{
	struct pollfd fds[] = { { .fd = t->stop, .events = POLLIN },
	    { .events = POLLIN } };
	int status = EXIT_OK;

	while (status == EXIT_OK && !t->left && !ferror(stdout)) {
		fds[1].fd = t->ear.fd;
		t->left = poll(fds, 2, LOOK_MS) > 0 && fds[0].revents != 0;
		status = show_news(t);
		if (status != EXIT_OK || t->view.finished)
			break;
		if (try_runner_ended(&t->runner))
			status = fail_runner(t, "has died");
		else if (strcmp(t->view.status, "awaiting_input") == 0)
			status = try_ask(t->cli, t->session.id, t->stop,
			    &t->left);
	}
	return status;
}

static int
finish(struct trial *t, int status)
{
	const char *end = t->view.status;

	try_view_line(&t->view);
	if (status == EXIT_OK && t->cli->json) {
		t->cli->words[0] = t->session.id;
		status = cmd_show(t->cli);
	} else if (status == EXIT_OK) {
		status = try_view_end(&t->view, clock_mono_ms() -
		    t->began_ms);
	}
	if (status != EXIT_OK)
		return status;
	if (t->left)
		return cli_fail(t->cli, E_INVALID, "interrupted");
	return strcmp(end, "error") == 0 || strcmp(end, "stopped") == 0 ?
	    EXIT_PROBLEM : EXIT_OK;
}

static int
run(struct trial *t)
{
	int status = try_home_make(t->cli, &t->home);

	if (status == EXIT_OK)
		status = load(t);
	if (status == EXIT_OK)
		status = catch_signals(t);
	if (status == EXIT_OK)
		status = try_runner_start(t->cli, &t->home, &t->runner);
	if (status == EXIT_OK)
		status = wait_for_runner(t);
	if (status == EXIT_OK)
		status = begin(t);
	if (status == EXIT_OK)
		status = finish(t, follow(t));
	try_runner_stop(&t->runner);
	try_ear_close(&t->ear);
	db_close(t->cli->db);
	t->cli->db = NULL;
	if (t->stop >= 0)
		close(t->stop);
	if (!t->cli->keep)
		try_home_remove(t->cli, &t->home);
	else if (t->home.dir[0] != '\0')
		fprintf(stderr, "kept: gatehouse --db %s show %s\n",
		    t->home.db, t->session.id);
	buf_free(&t->view.said);
	return status;
}

int
cmd_try(struct cli *cli)
{
	struct trial t = { .cli = cli, .stop = -1,
	    .runner = { .log = -1 },
	    .ear = { .fd = -1, .said = on_said, .arg = &t },
	    .view = { .cli = cli } };
	int status;

	buf_init(&t.view.said, SAID_MAX);
	if (cli->query == NULL)
		return cli_fail(cli, E_MISUSE, "--query is missing: what is "
		    "the agent to do?");
	status = try_app_read(cli, &t.app);
	if (status == EXIT_OK)
		status = try_app_environment(cli, t.app, &t.environment);
	if (status == EXIT_OK)
		status = run(&t);
	app_close(t.app);
	return status;
}
