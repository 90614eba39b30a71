/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gatehouse-fcgi: one process, T threads. A thread takes a connection,
 * answers its requests one by one, and takes the next connection.
 *
 * No thread sleeps inside libfcgi. It waits in ppoll, the only place where
 * STOP_SIGNAL is let in, and calls libfcgi when there is a request to read:
 * so a stop neither cuts a request in two nor is missed.
 *
 * A kept connection holds its thread until it closes. At most T - R of them
 * are kept, so that R threads are always left to accept new ones.
 */
#include <config.h>
#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fcgi/options.h"
#include "fcgi/record.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "fcgi/route.h"
#include "lib/err.h"
#include "lib/log.h"
#include "sql/pool.h"

#define STOP_SIGNAL SIGUSR1

enum {
	LISTENER = 0,		/* the socket that we were started with */
	LET_GO_MS = 1000,	/* for the other side to close an idle one */
	PEER_S = 30,		/* for the other side to read or write */
	NO_REQUEST = 0,		/* as an id: of a connection that is new */
};

struct server {
	const struct options *options;
	struct pool *readers;
	struct db *writer;
	sigset_t waiting;	/* signal mask in ppoll */
	pthread_t main;
	pthread_mutex_t accepting;	/* whose thread waits at LISTENER */
	atomic_bool stopping;
	atomic_int kept;	/* connections */
	atomic_llong requests;	/* answered */
};

struct worker {
	struct server *server;
	pthread_t thread;
	FCGX_Request fcgi;
	bool kept;		/* its connection counts in server->kept */
	struct request req;
	struct reading reading;
	struct reply reply;
	struct buf head;
};

static const char *
get_param(void *arg, const char *name)
{
	return FCGX_GetParam(name, ((FCGX_Request *)arg)->envp);
}

static int
read_body(void *arg, char *data, int len)
{
	return FCGX_GetStr(data, len, ((FCGX_Request *)arg)->in);
}

/* Waits for something to read; false: it is time to end. */
static bool
await(const struct server *server, int fd)
{
	struct pollfd poll = { .fd = fd, .events = POLLIN };

	while (!server->stopping)
		if (ppoll(&poll, 1, NULL, &server->waiting) > 0)
			return true;
	return false;
}

/* The next connection, or -1: another process was quicker, or it is over. */
static int
take_connection(struct server *server)
{
	const struct timeval limit = { .tv_sec = PEER_S };
	int fd = -1;

	pthread_mutex_lock(&server->accepting);
	if (await(server, LISTENER)) {
		fd = accept4(LISTENER, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0 && errno != EAGAIN && errno != ECONNABORTED) {
			log_error("accept_failed", "errno=%d", errno);
			usleep(100000);
		}
	}
	pthread_mutex_unlock(&server->accepting);
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	}
	return fd;
}

/* Ends the request, and its connection without the pause of libfcgi. */
static void
end_connection(struct worker *w)
{
	FCGX_Detach(&w->fcgi);
	FCGX_Free(&w->fcgi, 1);
	if (w->kept)
		w->server->kept--;
	w->kept = false;
}

/* Waits for a last request, or for the other side to close. */
static bool
let_go(const FCGX_Request *fcgi)
{
	struct pollfd wait = { .fd = fcgi->ipcFd, .events = POLLIN };

	if (fcgi->requestId != NO_REQUEST &&
	    record_let_go(fcgi->ipcFd, fcgi->requestId) != OK)
		return false;
	return poll(&wait, 1, LET_GO_MS) > 0;
}

/* Reads the next request up to its body; false: there is none. */
static bool
take_request(struct worker *w)
{
	FCGX_Request *fcgi = &w->fcgi;

	if (fcgi->ipcFd < 0) {
		fcgi->ipcFd = take_connection(w->server);
		fcgi->keepConnection = 1;	/* or libfcgi closes it */
		fcgi->requestId = NO_REQUEST;
	}
	if (fcgi->ipcFd < 0)
		return false;
	if ((await(w->server, fcgi->ipcFd) || let_go(fcgi)) &&
	    FCGX_Accept_r(fcgi) == 0)
		return true;
	end_connection(w);
	return false;
}

static bool
may_keep(struct worker *w)
{
	struct server *server = w->server;
	int threads = server->options->threads;
	int reserve = threads < 16 ? 1 : threads / 8;

	if (!w->fcgi.keepConnection || server->stopping)
		return false;
	if (w->kept)
		return true;
	w->kept = server->kept++ < threads - reserve;
	if (!w->kept)
		server->kept--;
	return w->kept;
}

static int
take_reader(struct worker *w)
{
	char why[DB_WHY_MAX];

	w->reading.db = pool_take(w->reading.pool, why);
	if (w->reading.db != NULL)
		return 0;
	log_error("database_unusable", "error=\"%s\"", why);
	return reply_error(&w->reply, 503, "the database cannot be read");
}

static void
serve(struct worker *w)
{
	const struct source source = { get_param, read_body, &w->fcgi };
	FCGX_Request *fcgi = &w->fcgi;
	char rest[4096];
	int status;
	bool keep;

	reply_reset(&w->reply);
	buf_reset(&w->head);
	status = request_read(&w->req, &source, &w->reply);
	if (status == 0)
		status = take_reader(w);
	if (status == 0)
		status = route_dispatch(&w->req, &w->reply);
	request_rest(&w->req);
	reply_head(&w->reply, status, &w->head);
	/* libfcgi does not skip what was not read. */
	while (read_body(fcgi, rest, sizeof(rest)) > 0)
		;
	keep = may_keep(w);
	if (w->head.rc == OK && record_answer(fcgi->ipcFd, fcgi->requestId,
		&w->head, &w->reply.body, !keep) == OK && keep)
		FCGX_Free(fcgi, 0);
	else
		end_connection(w);
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct server *server = w->server;

	FCGX_InitRequest(&w->fcgi, -1, 0);
	w->reading.pool = server->readers;
	request_init(&w->req, &w->reading, server->writer);
	reply_init(&w->reply);
	buf_init(&w->head, 1024);
	while (!server->stopping || w->fcgi.ipcFd >= 0) {
		if (!take_request(w))
			continue;
		serve(w);
		if (++server->requests == server->options->max_requests)
			pthread_kill(server->main, SIGTERM);
	}
	request_free(&w->req);
	reply_free(&w->reply);
	buf_free(&w->head);
	return NULL;
}

static void
wake_up(int number)
{
	(void)number;
}

/*
 * Signals are for the main thread alone, which waits for them; STOP_SIGNAL
 * interrupts what waits in ppoll. libfcgi brings handlers of its own, which
 * must never run.
 */
static void
set_signals(struct server *server)
{
	const struct sigaction wake = { .sa_handler = wake_up };
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, STOP_SIGNAL);
	pthread_sigmask(SIG_BLOCK, &blocked, &server->waiting);
	sigaddset(&server->waiting, SIGTERM);
	sigaddset(&server->waiting, SIGINT);
	sigdelset(&server->waiting, STOP_SIGNAL);
	FCGX_Init();
	signal(SIGPIPE, SIG_IGN);
	sigaction(STOP_SIGNAL, &wake, NULL);
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
	if (started == count) {
		log_info("started", "threads=%d", count);
		sigwait(&end, &number);
	} else {
		log_error("threads_failed", "started=%d of=%d", started,
		    count);
	}
	server->stopping = true;
	for (int i = 0; i < started; i++)
		pthread_kill(workers[i].thread, STOP_SIGNAL);
	for (int i = 0; i < started; i++)
		pthread_join(workers[i].thread, NULL);
	free(workers);
	log_info("stopped", "requests=%lld", (long long)server->requests);
	return started == count ? EXIT_STOPPED : EXIT_FAILED;
}

/* Twice the processors: reads come from memory, now and then one waits. */
static int
open_database(struct server *server, char why[DB_WHY_MAX])
{
	const char *path = server->options->db;
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	int rc = db_open(&server->writer, path, DB_WRITE, why);

	if (rc == OK)
		rc = pool_open(&server->readers, path,
		    processors > 1 ? 2 * (int)processors : 2);
	return rc;
}

static bool
is_listening(int fd)
{
	int listening = 0;
	socklen_t size = sizeof(listening);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size)
	    == 0 && listening;
}

int
main(int argc, char **argv)
{
	struct options options;
	struct server server = {
		.options = &options,
		.main = pthread_self(),
		.accepting = PTHREAD_MUTEX_INITIALIZER,
	};
	char why[DB_WHY_MAX];
	int status = options_read(&options, argc, argv);

	if (status >= 0)
		return status;
	log_open("gatehouse-fcgi", LOG_INFO);
	set_signals(&server);
	if (!is_listening(LISTENER) ||
	    fcntl(LISTENER, F_SETFL, O_NONBLOCK) != 0) {
		log_error("start_failed", "error=\"standard input is no "
		    "listening socket; start it with spawn-fcgi or systemd\"");
		return EXIT_FAILED;
	}
	if (open_database(&server, why) != OK) {
		log_error("start_failed", "error=\"%s\"", why);
		return EXIT_DATABASE;
	}
	db_wake(server.writer);
	status = run(&server);
	pool_close(server.readers);
	db_close(server.writer);
	return status;
}
