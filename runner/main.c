/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gatehouse-runner: one libuv loop around runner_tick.
 *
 * Exit codes: as usage tells. With --check-servers 0: all is well;
 * 1: something is not; 2: cannot check.
 */
#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "lib/err.h"
#include "lib/log.h"
#include "runner/probe.h"
#include "runner/progress.h"
#include "runner/runner.h"
#include "runner/world_uv.h"
#include "sql/hint.h"
#include "sql/lock.h"
#include "sql/tx.h"

enum { EXIT_USAGE = 2, EXIT_DATABASE = 5 };

enum {
	NAME_WAIT_MS = 1000,	/* for who was killed to be gone */
	DRAIN_MS = 3000,	/* for running tools, when asked to end */
	END_MS = 4000,		/* for servers of tools, then */
	IDLE_MS = 5000,		/* without work, before the log is truncated */
};

struct daemon {
	uv_loop_t loop;
	uv_timer_t tick, drain;
	uv_poll_t hint_poll;
	uv_signal_t term, interrupt, quit;
	struct world_uv world;
	struct runner *runner;
	struct progress *progress;
	struct db *db;
	char data_dir[PATH_MAX], tools_dir[PATH_MAX];
	struct hint hint;
	int name_lock;
	bool ending, worked;
	uint64_t worked_at;
};

static void on_tick(uv_timer_t *timer);

static void
tick_in(struct daemon *daemon, int ms)
{
	uv_timer_start(&daemon->tick, on_tick, (uint64_t)ms, 0);
}

static void
tick_soon(void *arg)
{
	tick_in(arg, 0);
}

/* The log of a busy time goes back into the file when it is quiet. */
static void
rest(struct daemon *daemon, int wait_ms)
{
	if (wait_ms < POLL_MS) {
		daemon->worked = true;
		daemon->worked_at = uv_now(&daemon->loop);
	} else if (daemon->worked &&
	    uv_now(&daemon->loop) - daemon->worked_at > IDLE_MS) {
		daemon->worked = false;
		db_checkpoint(daemon->db);
	}
}

static void
on_tick(uv_timer_t *timer)
{
	struct daemon *daemon = timer->data;
	int wait_ms = runner_tick(daemon->runner);

	rest(daemon, wait_ms);
	if (daemon->ending && runner_jobs(daemon->runner) == 0)
		uv_stop(&daemon->loop);
	else
		tick_in(daemon, wait_ms);
}

static void
on_hint(uv_poll_t *hint, int status, int events)
{
	struct daemon *daemon = hint->data;

	(void)status;
	(void)events;
	hint_drain(&daemon->hint);
	tick_in(daemon, 0);
}

static void
on_drained(uv_timer_t *timer)
{
	struct daemon *daemon = timer->data;

	log_warn("ended_with_jobs", "jobs=%d", runner_jobs(daemon->runner));
	uv_stop(&daemon->loop);
}

static void
on_signal(uv_signal_t *watch, int number)
{
	struct daemon *daemon = watch->data;

	log_info("ending", "signal=%d jobs=%d", number,
	    runner_jobs(daemon->runner));
	daemon->ending = true;
	runner_drain(daemon->runner);
	uv_timer_start(&daemon->drain, on_drained, DRAIN_MS, 0);
	tick_in(daemon, 0);
}

/*
 * A second runner of the same name would take over the sessions of a living
 * one, so the name is a lock. What a killed one had just forked holds it too,
 * for the moment until it notices.
 */
static int
lock_name(struct daemon *daemon, const char *path, const char *name)
{
	char file[PATH_MAX];

	snprintf(file, sizeof(file), "%s-runner-%s", path, name);
	daemon->name_lock = lock_open(file);
	if (daemon->name_lock < 0) {
		fprintf(stderr, "gatehouse-runner: cannot open \"%s\": %s\n",
		    file, strerror(errno));
		return E_IO;
	}
	if (lock_take(daemon->name_lock, NAME_WAIT_MS) == OK)
		return OK;
	fprintf(stderr, "gatehouse-runner: another runner is called \"%s\"; "
	    "end it, or use --name\n", name);
	return E_BUSY;
}

/* One runner hears the hints; others poll. */
static void
listen_for_hints(struct daemon *daemon, const char *path)
{
	int rc = hint_open(&daemon->hint, path, "wake");

	if (rc != OK && rc != E_BUSY)
		log_warn("no_hints", "why=\"%s\"", err_text(rc));
	if (rc != OK)
		return;
	uv_poll_init(&daemon->loop, &daemon->hint_poll, daemon->hint.fd);
	daemon->hint_poll.data = daemon;
	uv_poll_start(&daemon->hint_poll, UV_READABLE, on_hint);
}

/* The name is ours, and with it the socket. */
static void
offer_progress(struct daemon *daemon, const char *path, const char *name)
{
	char file[PATH_MAX];

	if (snprintf(file, sizeof(file), "%s-progress-%s", path, name) >=
	    (int)sizeof(file) ||
	    progress_open(&daemon->progress, &daemon->loop, file) == E_TOOBIG)
		log_warn("no_progress", "why=\"path too long for a socket\"");
}

static void
set_up_loop(struct daemon *daemon)
{
	uv_timer_init(&daemon->loop, &daemon->tick);
	uv_timer_init(&daemon->loop, &daemon->drain);
	uv_signal_init(&daemon->loop, &daemon->term);
	uv_signal_init(&daemon->loop, &daemon->interrupt);
	uv_signal_init(&daemon->loop, &daemon->quit);
	daemon->tick.data = daemon->drain.data = daemon;
	daemon->term.data = daemon->interrupt.data = daemon;
	daemon->quit.data = daemon;
	uv_signal_start(&daemon->term, on_signal, SIGTERM);
	uv_signal_start(&daemon->interrupt, on_signal, SIGINT);
	uv_signal_start(&daemon->quit, on_signal, SIGQUIT);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);	/* ignored, it leaves no exit codes */
}

/* Makes it unless it is there; false: errno says why. */
static bool
make_dir(const char *path)
{
	struct stat st;

	if (mkdir(path, 0700) == 0)
		return true;
	if (errno != EEXIST || stat(path, &st) != 0)
		return false;
	errno = ENOTDIR;
	return S_ISDIR(st.st_mode);
}

/*
 * The directory of the database, absolute, which no program that is started
 * may open, and in it the one that is for them.
 */
static int
find_dirs(struct daemon *daemon, const char *path)
{
	char *slash;

	if (realpath(path, daemon->data_dir) == NULL) {
		fprintf(stderr, "gatehouse-runner: cannot find \"%s\": %s\n",
		    path, strerror(errno));
		return E_NOTFOUND;
	}
	slash = strrchr(daemon->data_dir, '/');
	slash[slash == daemon->data_dir] = '\0';
	if (snprintf(daemon->tools_dir, sizeof(daemon->tools_dir), "%s/tools",
		daemon->data_dir) >= (int)sizeof(daemon->tools_dir))
		errno = ENAMETOOLONG;
	else if (make_dir(daemon->tools_dir))
		return OK;
	fprintf(stderr, "gatehouse-runner: cannot make \"%s\": %s\n",
	    daemon->tools_dir, strerror(errno));
	return E_IO;
}

static int
start(struct daemon *daemon, const char *path, const char *name)
{
	char why[DB_WHY_MAX];
	int rc;

	rc = db_open(&daemon->db, path, DB_WRITE, why);
	if (rc != OK) {
		fprintf(stderr, "gatehouse-runner: %s\n", why);
		return rc;
	}
	rc = find_dirs(daemon, path);
	if (rc == OK)
		rc = lock_name(daemon, path, name);
	if (rc != OK)
		return rc;
	set_up_loop(daemon);
	db_wake(daemon->db, WAKE_LIVE);
	listen_for_hints(daemon, path);
	offer_progress(daemon, path, name);
	daemon->world = (struct world_uv){
		.loop = &daemon->loop,
		.db = daemon->db,
		.box = { .store = daemon->data_dir, .data =
		    daemon->tools_dir },
		.name = name,
		.progress = daemon->progress,
		.wake = tick_soon,
		.wake_arg = daemon,
	};
	rc = world_uv_open(&daemon->world);
	if (rc == OK)
		rc = runner_open(&daemon->runner, daemon->db, name,
		    &daemon->world.world);
	daemon->world.runner = daemon->runner;
	return rc;
}

static void
close_handle(uv_handle_t *handle, void *arg)
{
	(void)arg;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

static void
on_given_up(uv_timer_t *timer)
{
	log_warn("ended_with_servers", NULL);
	uv_stop(timer->loop);
}

/* Servers of tools end by themselves if the loop turns; for END_MS it does. */
static void
let_end(struct daemon *daemon)
{
	world_uv_end(&daemon->world);
	progress_close(daemon->progress);
	daemon->progress = NULL;
	uv_timer_stop(&daemon->tick);
	uv_signal_stop(&daemon->term);
	uv_signal_stop(&daemon->interrupt);
	uv_signal_stop(&daemon->quit);
	if (daemon->hint_poll.loop != NULL)
		uv_poll_stop(&daemon->hint_poll);
	uv_timer_start(&daemon->drain, on_given_up, END_MS, 0);
	uv_unref((uv_handle_t *)&daemon->drain);
	uv_run(&daemon->loop, UV_RUN_DEFAULT);
}

static void
close_loop(uv_loop_t *loop)
{
	uv_walk(loop, close_handle, NULL);
	uv_run(loop, UV_RUN_DEFAULT);
	uv_loop_close(loop);
}

static int
run(const char *path, const char *name)
{
	struct daemon daemon = { .name_lock = -1, .hint = { -1, -1 } };
	int rc, status;

	uv_loop_init(&daemon.loop);
	rc = start(&daemon, path, name);
	status = rc == OK ? EXIT_SUCCESS :
	    daemon.db == NULL ? EXIT_DATABASE : EXIT_FAILURE;
	if (rc == OK) {
		log_info("started", "version=%s name=%s db=%s",
		    PACKAGE_VERSION, name, path);
		tick_in(&daemon, 0);
		uv_run(&daemon.loop, UV_RUN_DEFAULT);
		let_end(&daemon);
		log_info("ended", NULL);
	}
	world_uv_close(&daemon.world);
	progress_close(daemon.progress);
	close_loop(&daemon.loop);
	hint_close(&daemon.hint);
	runner_close(daemon.runner);
	db_close(daemon.db);
	return status;
}

/* Starts nothing but the servers, and looks at what they tell. */
static int
check_servers(const char *path, const char *app)
{
	struct daemon daemon = { .loop = { 0 } };
	struct sandbox box = { .store = daemon.data_dir,
	    .data = daemon.tools_dir };
	char why[DB_WHY_MAX];
	int rc = db_open(&daemon.db, path, DB_READ, why);

	signal(SIGPIPE, SIG_IGN);
	if (rc != OK)
		fprintf(stderr, "gatehouse-runner: %s\n", why);
	else if (find_dirs(&daemon, path) == OK)
		rc = probe_servers(daemon.db, &box, *app != '\0' ? app : NULL,
		    stdout);
	else
		rc = E_IO;
	if (rc < 0 && daemon.db != NULL)
		fprintf(stderr, "gatehouse-runner: cannot check: %s\n",
		    err_text(rc));
	db_close(daemon.db);
	return rc < 0 ? 2 : rc > 0;
}

static void
usage(FILE *to)
{
	fputs("usage: gatehouse-runner [--db FILE] [--name NAME]\n"
	    "Works on sessions: calls models and tools, opens gates.\n\n"
	    "  --db FILE    the database (GATEHOUSE_DB; gatehouse.db)\n"
	    "  --name NAME  tells runners of one database apart (runner)\n"
	    "  --check-servers[=APP]\n"
	    "               only starts the servers of tools and prints what\n"
	    "               they tell, one JSON object in a line; 1: not well\n"
	    "  --version    prints the version\n"
	    "  --help       prints this\n\n"
	    "Exit codes: 0 ended as asked; 1 cannot run; 2 wrong usage; 5 the\n"
	    "database cannot be used.\n", to);
}

static bool
is_name(const char *name)
{
	size_t len = name != NULL ? strlen(name) : 0;

	return len > 0 && len <= 32 && strspn(name,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789_-") == len;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "db", required_argument, NULL, 'd' },
		{ "name", required_argument, NULL, 'n' },
		{ "check-servers", optional_argument, NULL, 'c' },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const char *path = getenv("GATEHOUSE_DB"), *name = "runner",
	    *check = NULL;
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case 'd':
			path = optarg;
			break;
		case 'n':
			name = optarg;
			break;
		case 'c':
			check = optarg != NULL ? optarg : "";
			break;
		case 'v':
			puts("gatehouse-runner " PACKAGE_VERSION);
			return 0;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc || !is_name(name)) {
		usage(stderr);
		return EXIT_USAGE;
	}
	log_open("gatehouse-runner", check != NULL ? LOG_ERROR : LOG_INFO);
	if (check != NULL)
		return check_servers(path != NULL ? path : "gatehouse.db",
		    check);
	return run(path != NULL ? path : "gatehouse.db", name);
}
