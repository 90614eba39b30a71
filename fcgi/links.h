/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connections of the web server, and the requests that come over them.
 * One that is idle costs no thread: all of them wait in one epoll set, and
 * whoever has time takes the next request, of whichever connection.
 *
 *	struct links *links;
 *	int rc = links_open(&links, LISTENER, &waiting);
 *	...
 *	struct link *link;				in each thread
 *
 *	while ((link = links_take(links, true)) != NULL) {
 *		const struct source source = link_source(link);
 *
 *		... read the request, make the answer ...
 *		links_answer(links, link, &head, &body);
 *	}
 *	...
 *	links_stop(links);
 *	... interrupt the threads, join them ...
 *	links_close(links);
 */
#ifndef FCGI_LINKS_H
#define FCGI_LINKS_H

#include <signal.h>
#include <stdbool.h>

#include "fcgi/request.h"

struct buf;
struct link;
struct links;

/*
 * links_open prepares to accept at listener, which it makes non-blocking;
 * waiting is the signal mask while a thread waits. It sets up libfcgi, which
 * brings signal handlers: install your own after it. OK, E_NOMEM or E_IO.
 */
int links_open(struct links **links, int listener, const sigset_t *waiting);

/* links_close closes what is left; no thread is inside. NULL is accepted. */
void links_close(struct links *links);

/*
 * links_take reads the next request up to its body; the link belongs to the
 * caller until links_answer. NULL: there is none now, or, when told to wait
 * for one, it is over.
 */
struct link *links_take(struct links *links, bool wait);

/* link_source is where the request is read from; it borrows the link. */
struct source link_source(struct link *link);

/*
 * links_answer sends the answer, and waits for the next request or closes the
 * connection: if the other side does not keep it, if head or body could not
 * be made, or if it is over. The link is gone for the caller.
 */
void links_answer(struct links *links, struct link *link,
    const struct buf *head, const struct buf *body);

/*
 * links_stop accepts no more and asks for the end of idle connections. From
 * now on links_take returns NULL as soon as none is left, or after a second;
 * a thread that waits in it must be interrupted by a signal of the mask.
 */
void links_stop(struct links *links);

#endif
