/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of "gatehouse try": one session in a database of its own, worked
 * on by a runner of its own, shown while it happens. Nothing here decides
 * what an agent does: it is the runner that everybody runs, on other rows.
 *
 *	rc = try_home_make(cli, &home);
 *	... the application's rows, and its session ...
 *	status = try_runner_start(cli, &home, &runner);
 *	while (status == EXIT_OK && !try_view_over(&view)) {
 *		try_ear_read(&ear);		(the model's words)
 *		status = try_view_rows(&view);	(all that is a row)
 *	}
 *	try_runner_stop(&runner);
 *	try_home_remove(&home);
 *
 * What returns an EXIT_* has said on standard error what is wrong.
 */
#ifndef CLI_TRY_H
#define CLI_TRY_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cli/app.h"
#include "cli/cli.h"
#include "lib/lines.h"

/* A directory for one trial. */
struct try_home {
	char dir[PATH_MAX];
	char db[PATH_MAX + 16], log[PATH_MAX + 16];
};

int try_home_make(const struct cli *cli, struct try_home *home);
void try_home_remove(const struct cli *cli, const struct try_home *home);

/*
 * try_app_read reads and checks the application, and turns it into one that
 * begins with the agent of cli->words[0] and, without --follow, ends with
 * it; with --model that is the model. Caller frees *app with app_close.
 */
int try_app_read(const struct cli *cli, struct app **app);

/*
 * try_app_next: where the agent's turn leads in earnest, by its signal (or
 * NULL); NULL: it has no routes. The agent is app->entry_agent.
 */
const char *try_app_next(const struct app *app, const char *signal);

/* try_app_environment: the given one, or the first that there is. */
int try_app_environment(const struct cli *cli, const struct app *app,
	const char **environment);

struct try_runner {
	pid_t pid;			/* 0: it does not run */
	int log;			/* what it says, as it says it */
	struct lines lines;
};

/*
 * try_runner_start starts gatehouse-runner: the one beside this program, or
 * where it is installed, or on the PATH.
 */
int try_runner_start(const struct cli *cli, const struct try_home *home,
	struct try_runner *runner);

/* try_runner_ended: has it, by itself? */
bool try_runner_ended(struct try_runner *runner);

/*
 * try_runner_said shows what it logged since: what went wrong, and what it
 * says of models. Call it at the start of a line.
 */
void try_runner_said(struct try_runner *runner);

/* try_runner_stop ends it, and waits for that. */
void try_runner_stop(struct try_runner *runner);

/* A piece of a running reply, or its end; see the runner's progress.h. */
struct try_piece {
	int64_t run;
	int reply;
	size_t at;
	const char *text;		/* NULL: the end */
	bool complete;
};

struct try_ear {
	int fd;				/* -1: nobody is heard */
	struct lines lines;
	void (*said)(void *arg, const struct try_piece *piece);
	void *arg;
};

/* try_ear_open: OK; E_NOTFOUND: nobody speaks there yet; E_TOOBIG: never. */
int try_ear_open(struct try_ear *ear, const struct try_home *home);
void try_ear_read(struct try_ear *ear);
void try_ear_close(struct try_ear *ear);

/* What has been shown of the session. */
struct try_view {
	struct cli *cli;
	const struct app *app;
	const char *session_id;
	int64_t run_id, message_id, at_ms;
	int64_t next_call, call_limit;
	bool run_open;
	int replies;			/* of this run */
	struct buf said;		/* of the next one */
	bool midline;			/* the next text goes on in this line */
	char status[32];
	bool finished;
};

/* try_view_rows shows what is new. */
int try_view_rows(struct try_view *view);

/* try_view_said shows a piece of a reply that is no row yet. */
void try_view_said(struct try_view *view, const struct try_piece *piece);

/* try_view_line ends a line that is being written. */
void try_view_line(struct try_view *view);

/* try_view_end tells how the session ended, and what it took. */
int try_view_end(struct try_view *view, int64_t took_ms);

/*
 * try_ask asks the person at the terminal about the open gate, and casts the
 * vote; without a terminal it says what waits: EXIT_WAITS. stop is a
 * descriptor that becomes readable when all shall end; then, and when the
 * person leaves, *left is set.
 */
int try_ask(struct cli *cli, const char *session_id, int stop, bool *left);

#endif
