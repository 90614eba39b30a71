/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection is in the epoll set once and reported once (EPOLLONESHOT): the
 * thread that is told of it owns it until it puts it back. The one other who
 * may touch it is links_stop, so both hold link->taken.
 */
#include <config.h>

#include "fcgi/links.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "fcgi/record.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/log.h"

enum {
	LET_GO_MS = 1000,	/* for the other side to close an idle one */
	TICK_MS = 20,		/* how often to look whether all are closed */
	PEER_S = 30,		/* for the other side to read or write */
	NO_REQUEST = 0,		/* as an id: of a connection that is new */
};

struct link {
	FCGX_Request fcgi;
	pthread_mutex_t taken;
	bool asked;		/* to close */
	struct link *next, **at;	/* in links->first */
};

struct links {
	int listener;
	int epoll;
	sigset_t waiting;
	pthread_mutex_t mutex;	/* of the list */
	struct link *first;
	atomic_int count;
	atomic_bool stopping;
	int64_t deadline_ms;	/* once it is stopping */
};

static int
watch(const struct links *links, int operation, int fd, uint32_t events,
    void *what)
{
	struct epoll_event event = { .events = events, .data.ptr = what };

	return epoll_ctl(links->epoll, operation, fd, &event);
}

int
links_open(struct links **out, int listener, const sigset_t *waiting)
{
	struct links *links = calloc(1, sizeof(*links));

	*out = NULL;
	if (links == NULL)
		return E_NOMEM;
	FCGX_Init();
	links->listener = listener;
	links->waiting = *waiting;
	pthread_mutex_init(&links->mutex, NULL);
	links->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (links->epoll < 0 || fcntl(listener, F_SETFL, O_NONBLOCK) != 0 ||
	    watch(links, EPOLL_CTL_ADD, listener, EPOLLIN, links) != 0) {
		links_close(links);
		return E_IO;
	}
	*out = links;
	return OK;
}

static void
enlist(struct links *links, struct link *link)
{
	pthread_mutex_lock(&links->mutex);
	link->next = links->first;
	link->at = &links->first;
	if (link->next != NULL)
		link->next->at = &link->next;
	links->first = link;
	links->count++;
	pthread_mutex_unlock(&links->mutex);
}

/* Closes the connection of the caller, who holds link->taken. */
static void
drop(struct links *links, struct link *link)
{
	pthread_mutex_lock(&links->mutex);
	*link->at = link->next;
	if (link->next != NULL)
		link->next->at = link->at;
	links->count--;
	pthread_mutex_unlock(&links->mutex);
	FCGX_Free(&link->fcgi, 1);
	pthread_mutex_unlock(&link->taken);
	pthread_mutex_destroy(&link->taken);
	free(link);
}

void
links_close(struct links *links)
{
	if (links == NULL)
		return;
	while (links->first != NULL) {
		pthread_mutex_lock(&links->first->taken);
		drop(links, links->first);
	}
	if (links->epoll >= 0)
		close(links->epoll);
	pthread_mutex_destroy(&links->mutex);
	free(links);
}

static void
add_connection(struct links *links, int fd)
{
	const struct timeval limit = { .tv_sec = PEER_S };
	struct link *link = calloc(1, sizeof(*link));

	if (link == NULL) {
		close(fd);
		return;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	pthread_mutex_init(&link->taken, NULL);
	FCGX_InitRequest(&link->fcgi, -1, 0);
	link->fcgi.ipcFd = fd;
	link->fcgi.keepConnection = 1;	/* or libfcgi closes it */
	link->fcgi.requestId = NO_REQUEST;
	/* Or it selects a while on what it closes, whatever its number. */
	FCGX_Detach(&link->fcgi);
	pthread_mutex_lock(&link->taken);
	enlist(links, link);
	if (watch(links, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLONESHOT, link) != 0)
		drop(links, link);
	else
		pthread_mutex_unlock(&link->taken);
}

/* Another thread, or process, may have been quicker. */
static void
take_connection(struct links *links)
{
	int fd = accept4(links->listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0) {
		add_connection(links, fd);
	} else if (errno != EAGAIN && errno != ECONNABORTED) {
		log_error("accept_failed", "errno=%d", errno);
		usleep(100000);
	}
}

/* Reads the next request; false: there is none, and never will be. */
static bool
take_request(struct links *links, struct link *link)
{
	pthread_mutex_lock(&link->taken);
	if (FCGX_Accept_r(&link->fcgi) == 0)
		return true;
	drop(links, link);
	return false;
}

/* What has something to read; NULL: nothing yet. */
static void *
await(const struct links *links, bool wait)
{
	struct epoll_event event;
	int limit = !wait ? 0 : links->stopping ? TICK_MS : -1;

	/* Only who waits must be interrupted. */
	return epoll_pwait(links->epoll, &event, 1, limit,
	    wait ? &links->waiting : NULL) == 1 ? event.data.ptr : NULL;
}

static bool
is_over(const struct links *links)
{
	return links->stopping && (links->count == 0 ||
	    clock_mono_ms() >= links->deadline_ms);
}

struct link *
links_take(struct links *links, bool wait)
{
	void *ready;

	do {
		ready = await(links, wait);
		if (ready == links)
			take_connection(links);
		else if (ready != NULL && take_request(links, ready))
			return ready;
	} while ((wait || ready != NULL) && !is_over(links));
	return NULL;
}

static const char *
get_param(void *arg, const char *name)
{
	return FCGX_GetParam(name, ((struct link *)arg)->fcgi.envp);
}

static int
read_body(void *arg, char *data, int len)
{
	return FCGX_GetStr(data, len, ((struct link *)arg)->fcgi.in);
}

struct source
link_source(struct link *link)
{
	return (struct source){ get_param, read_body, link };
}

/* Asks for the end of a connection, unless it is busy: its answer will. */
static void
ask_to_close(struct link *link)
{
	if (pthread_mutex_trylock(&link->taken) != 0)
		return;
	if (!link->asked && link->fcgi.requestId != NO_REQUEST)
		record_let_go(link->fcgi.ipcFd, link->fcgi.requestId);
	link->asked = true;
	pthread_mutex_unlock(&link->taken);
}

/* Waits for its next request. Once it is watched, another may have it. */
static void
put_back(struct links *links, struct link *link)
{
	int fd = link->fcgi.ipcFd;

	FCGX_Free(&link->fcgi, 0);
	pthread_mutex_unlock(&link->taken);
	/* The stop came after the answer was made, and saw it busy. */
	if (links->stopping)
		ask_to_close(link);
	watch(links, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLONESHOT, link);
}

void
links_answer(struct links *links, struct link *link, const struct buf *head,
    const struct buf *body)
{
	FCGX_Request *fcgi = &link->fcgi;
	bool keep = fcgi->keepConnection && !links->stopping;
	char rest[4096];

	/* libfcgi does not skip what was not read. */
	while (FCGX_GetStr(rest, sizeof(rest), fcgi->in) > 0)
		;
	if (head->rc == OK && record_answer(fcgi->ipcFd, fcgi->requestId, head,
		body, !keep) == OK && keep)
		put_back(links, link);
	else
		drop(links, link);
}

void
links_stop(struct links *links)
{
	links->deadline_ms = clock_mono_ms() + LET_GO_MS;
	links->stopping = true;
	watch(links, EPOLL_CTL_DEL, links->listener, 0, NULL);
	pthread_mutex_lock(&links->mutex);
	for (struct link *link = links->first; link != NULL; link = link->next)
		ask_to_close(link);
	pthread_mutex_unlock(&links->mutex);
}
