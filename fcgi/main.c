/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gatehouse-fcgi: one process, T threads, of which a few have a turn: they
 * take requests and answer them, one after the other. Who must wait, for a
 * commit or for the other side, passes its turn on; T is how many may wait.
 */
#include <config.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fcgi/access.h"
#include "fcgi/flight.h"
#include "fcgi/links.h"
#include "fcgi/meter.h"
#include "fcgi/options.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "fcgi/rights.h"
#include "fcgi/route.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/strikes.h"
#include "sql/pool.h"
#include "sql/seal.h"

#define STOP_SIGNAL SIGUSR1

enum {
	LISTENER = 0,		/* the socket that we were started with */
	/* A body or an answer that surely fits between us and nginx. */
	NEAR_MAX = 64 * 1024,
	/* Much longer than a commit takes, less than nginx waits (30 s). */
	FLIGHT_MS = 10000,
};

struct server {
	const struct options *options;
	struct access access;
	struct pool *readers;
	struct db *writer;
	struct links *links;
	pthread_t main;
	atomic_llong requests;	/* answered */
	atomic_bool notes;	/* the use of a token: one thread at a time */
};

struct worker {
	struct server *server;
	pthread_t thread;
	struct request req;
	struct reading reading;
	struct reply reply;
	struct buf head;
};

/* Whether the body may take a while to arrive. */
static bool
is_long(const struct source *source)
{
	const char *length = source->param(source->arg, "CONTENT_LENGTH");

	return length != NULL && strtoll(length, NULL, 10) > NEAR_MAX;
}

static int
dispatch(struct worker *w)
{
	struct reading *reading = &w->reading;
	char why[DB_WHY_MAX];

	if (reading->db == NULL)
		reading->db = pool_take(reading->pool, why);
	if (reading->db != NULL)
		return route_dispatch(&w->req, &w->reply);
	log_error("database_unusable", "error=\"%s\"", why);
	return reply_error(&w->reply, 503, "the database cannot be read");
}

static void
serve(struct worker *w, struct link *link)
{
	const struct source source = link_source(link);
	int64_t began_us = clock_mono_us();
	int status;

	reply_reset(&w->reply);
	buf_reset(&w->head);
	if (is_long(&source))
		request_wait(&w->req);
	status = request_read(&w->req, &source, &w->reply);
	if (status == 0)
		status = dispatch(w);
	reply_head(&w->reply, status, &w->head);
	if (strcmp(w->req.method, "HEAD") == 0)
		buf_reset(&w->reply.body);
	if (w->reply.body.len > NEAR_MAX)
		request_wait(&w->req);
	links_answer(w->server->links, link, &w->head, &w->reply.body);
	meter_count(w->server->access.meter, w->req.route, status,
	    clock_mono_us() - began_us);
	if (w->req.who.used && !atomic_exchange(&w->server->notes, true)) {
		access_note(&w->req);
		w->server->notes = false;
	}
}

/* Who has to wait, for a turn or for a request, reads nothing meanwhile. */
static void
take_turn(struct worker *w)
{
	if (w->reading.turn)
		return;
	request_rest(&w->req);
	pool_enter(w->reading.pool);
	w->reading.turn = true;
}

static struct link *
next(struct worker *w)
{
	struct links *links = w->server->links;
	struct link *link;

	take_turn(w);
	link = links_take(links, false);
	if (link != NULL)
		return link;
	request_rest(&w->req);
	return links_take(links, true);
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct server *server = w->server;
	struct link *link;

	w->reading.pool = server->readers;
	request_init(&w->req, &w->reading, server->writer, &server->access);
	reply_init(&w->reply);
	buf_init(&w->head, 1024);
	while ((link = next(w)) != NULL) {
		serve(w, link);
		if (++server->requests == server->options->max_requests)
			pthread_kill(server->main, SIGTERM);
	}
	request_wait(&w->req);
	request_free(&w->req);
	reply_free(&w->reply);
	buf_free(&w->head);
	return NULL;
}

/*
 * The web server tells who the user is, so nobody else may speak to us: a
 * unix socket has permissions, a port has not.
 */
static bool
is_listening(int fd)
{
	int listening = 0, domain = 0;
	socklen_t size = sizeof(listening);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size)
	    == 0 && listening &&
	    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
	    domain == AF_UNIX;
}

static void
wake_up(int number)
{
	(void)number;
}

/*
 * Signals are for the main thread alone, which waits for them; STOP_SIGNAL
 * interrupts who waits for a request, in *waiting.
 */
static void
block_signals(sigset_t *waiting)
{
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGQUIT);
	sigaddset(&blocked, STOP_SIGNAL);
	pthread_sigmask(SIG_BLOCK, &blocked, waiting);
	sigaddset(waiting, SIGTERM);
	sigaddset(waiting, SIGINT);
	sigaddset(waiting, SIGQUIT);
	sigdelset(waiting, STOP_SIGNAL);
}

/* Each connection is a file; the web server limits how many there are. */
static void
allow_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Opens the socket's side; libfcgi's signal handlers must never run. */
static int
open_links(struct server *server)
{
	const struct sigaction wake = { .sa_handler = wake_up };
	sigset_t waiting;
	int rc;

	block_signals(&waiting);
	allow_files();
	rc = is_listening(LISTENER) ?
	    links_open(&server->links, LISTENER, &waiting) : E_IO;
	signal(SIGPIPE, SIG_IGN);
	sigaction(STOP_SIGNAL, &wake, NULL);
	return rc;
}

/* Starts the threads, waits for the end, and for every answer begun. */
static int
run(struct server *server)
{
	int number, started = 0, count = server->options->threads;
	struct worker *workers = calloc((size_t)count, sizeof(*workers));
	sigset_t end;

	if (workers == NULL)
		return EXIT_FAILED;
	for (; started < count; started++) {
		workers[started].server = server;
		if (pthread_create(&workers[started].thread, NULL, work,
			&workers[started]) != 0)
			break;
	}
	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigaddset(&end, SIGINT);
	sigaddset(&end, SIGQUIT);
	if (started == count) {
		log_info("started", "threads=%d auth=%s", count,
		    server->access.off ? "off" : "on");
		sigwait(&end, &number);
	} else {
		log_error("threads_failed", "started=%d of=%d", started,
		    count);
	}
	links_stop(server->links);
	for (int i = 0; i < started; i++)
		pthread_kill(workers[i].thread, STOP_SIGNAL);
	for (int i = 0; i < started; i++)
		pthread_join(workers[i].thread, NULL);
	free(workers);
	log_info("stopped", "requests=%lld", (long long)server->requests);
	return started == count ? EXIT_STOPPED : EXIT_FAILED;
}

/*
 * One for each processor: reads come from memory, and more connections only
 * push each other's pages out of its caches. On one processor, a spare one.
 */
static int
open_database(struct server *server, char why[DB_WHY_MAX])
{
	const char *path = server->options->db;
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	int rc = db_open(&server->writer, path, DB_WRITE, why);

	if (rc != OK)
		return rc;
	confine(server->writer, rights);
	rc = pool_open(&server->readers, path,
	    processors > 1 ? (int)processors : 2);
	if (rc != OK)
		snprintf(why, DB_WHY_MAX, "%s", err_text(rc));
	return rc;
}

int
main(int argc, char **argv)
{
	struct options options;
	struct server server = {
		.options = &options,
		.main = pthread_self(),
	};
	char why[DB_WHY_MAX];
	int status = options_read(&options, argc, argv);

	if (status >= 0)
		return status;
	log_open("gatehouse-fcgi", LOG_INFO);
	if (open_links(&server) != OK) {
		log_error("start_failed", "error=\"standard input is no "
		    "listening unix socket; start it with spawn-fcgi or "
		    "systemd\"");
		return EXIT_FAILED;
	}
	if (open_database(&server, why) != OK) {
		log_error("start_failed", "error=\"%s\"", why);
		links_close(server.links);
		return EXIT_DATABASE;
	}
	db_wake(server.writer, WAKE_RUNNER | WAKE_LIVE);
	seal(options.db, DB_WRITE);
	server.access = (struct access){
		.off = options.auth_off,
		.strikes = strikes_open(),
		.meter = meter_open(),
		.flights = flights_open(FLIGHT_MS),
		.free_min = options.min_free * 1024 * 1024,
	};
	status = EXIT_FAILED;
	if (server.access.strikes != NULL && server.access.meter != NULL &&
	    server.access.flights != NULL)
		status = run(&server);
	else
		log_error("start_failed", "error=\"%s\"", err_text(E_NOMEM));
	links_close(server.links);
	flights_close(server.access.flights);
	meter_close(server.access.meter);
	strikes_close(server.access.strikes);
	pool_close(server.readers);
	db_close(server.writer);
	return status;
}
