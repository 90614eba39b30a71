/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a web server may send over a connection: FastCGI records that are cut,
 * merged, out of order or none. Every request that is understood is answered,
 * and the next connection works. The highest bit of each byte counts as 0: it
 * makes libfcgi read a length of four bytes and allocate whatever that says,
 * which is why nobody but the web server may open the socket.
 */
#include "t/fuzz/fuzz.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fcgi/links.h"
#include "fcgi/reply.h"
#include "lib/err.h"

enum { INPUT_MAX = 16 * 1024 };

static const uint8_t good[] =
    "\1\1\0\1\0\10\0\0" "\0\1\1\0\0\0\0\0"	/* begin; keep it */
    "\1\4\0\1\0\42\0\0" "\16\3REQUEST_METHODGET" "\14\1DOCUMENT_URI/"
    "\1\4\0\1\0\0\0\0" "\1\5\0\1\0\0\0";	/* and a NUL at its end */

/* What a web server never sends, a management record, leaks in libfcgi. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libfcgi.so";
}

struct world {
	struct sockaddr_un address;	/* abstract: it is in no folder */
	socklen_t size;
	struct links *links;
	struct request req;
	struct reply reply;
	struct buf head;
};

static struct world *
open_world(void)
{
	static struct world world = { .address.sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	sigset_t waiting;

	sigemptyset(&waiting);
	world.size = offsetof(struct sockaddr_un, sun_path) + 1 +
	    (socklen_t)sprintf(world.address.sun_path + 1, "fuzz-%d",
	    (int)getpid());
	fuzz_check(bind(listener, (struct sockaddr *)&world.address,
	    world.size) == 0 && listen(listener, 8) == 0);
	fuzz_check(links_open(&world.links, listener, &waiting) == OK);
	signal(SIGPIPE, SIG_IGN);
	request_init(&world.req, NULL, NULL, NULL);
	reply_init(&world.reply);
	buf_init(&world.head, 1024);
	return &world;
}

/* Sends it over a new connection; returns how many requests came of it. */
static int
serve(struct world *w, const uint8_t *data, size_t size)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), count = 0, status;
	struct link *link;

	fuzz_check(connect(fd, (struct sockaddr *)&w->address, w->size) == 0);
	fuzz_check(write(fd, data, size) == (ssize_t)size);
	shutdown(fd, SHUT_WR);
	while ((link = links_take(w->links, false)) != NULL) {
		const struct source source = link_source(link);

		count++;
		reply_reset(&w->reply);
		buf_reset(&w->head);
		status = request_read(&w->req, &source, &w->reply);
		reply_head(&w->reply, status != 0 ? status : 200, &w->head);
		links_answer(w->links, link, &w->head, &w->reply.body);
	}
	close(fd);
	return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world *world;
	uint8_t low[INPUT_MAX];

	world = world != NULL ? world : open_world();
	if (size > sizeof(low))
		return 0;
	for (size_t i = 0; i < size; i++)
		low[i] = data[i] & 0x7f;
	serve(world, low, size);
	fuzz_check(serve(world, good, sizeof(good)) == 1);
	return 0;
}
