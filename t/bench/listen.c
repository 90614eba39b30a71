/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listen PORT LISTENERS ROUNDS SINCE: how long until everybody knows. That
 * many streams of Server-Sent Events are opened behind event SINCE; then, for
 * each round, a session is created, and the time from the first byte of that
 * request to the arrival of its event is taken for each listener. Prints
 * "NAME VALUE" lines; times in microseconds. Without rounds the streams stay
 * open until standard input ends.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_MS = 30000, READ = 8192, OPENING = 200 };

struct listener {
	int fd;
	bool open;		/* the stream has begun */
	int heard;		/* events of rounds */
};

static const char ask[] =
	"GET /api/v1/events?kinds=session.created&since=%lld HTTP/1.1\r\n"
	"Host: localhost\r\nAuthorization: Bearer %s\r\n"
	"Accept: text/event-stream\r\n\r\n";
static const char body[] = "{\"query\":\"listen\",\"environment\":\"dev\","
	"\"submitter\":{\"id\":\"bench\"}}";

static const char *
token(void)
{
	const char *found = getenv("GATEHOUSE_TOKEN");

	return found != NULL ? found : "";
}

static void
die(const char *what)
{
	fprintf(stderr, "listen: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int
dial(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		die("connect");
	return fd;
}

static void
say(int fd, const char *text, size_t len)
{
	if (write(fd, text, len) != (ssize_t)len)
		die("write");
}

/* Creates a session and waits for the answer. */
static void
create(int fd)
{
	char text[512], answer[READ];
	int len = snprintf(text, sizeof(text), "POST /api/v1/sessions "
	    "HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
	    "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
	    token(), strlen(body), body);

	say(fd, text, (size_t)len);
	if (read(fd, answer, sizeof(answer)) <= 0 ||
	    strstr(answer, " 201 ") == NULL)
		die("no session was created");
}

static void
start(struct listener *listener, int port, int epoll, int64_t since)
{
	struct epoll_event event = { .events = EPOLLIN,
		.data.ptr = listener };
	char text[512];
	int len = snprintf(text, sizeof(text), ask, (long long)since, token());

	listener->fd = dial(port);
	say(listener->fd, text, (size_t)len);
	epoll_ctl(epoll, EPOLL_CTL_ADD, listener->fd, &event);
}

/* Returns how many events of rounds arrived. */
static int
hear(struct listener *listener)
{
	char text[READ + 1];
	ssize_t len = read(listener->fd, text, READ);
	int count = 0;

	if (len <= 0)
		die("a stream ended");
	text[len] = '\0';
	if (strstr(text, "retry:") != NULL)
		listener->open = true;
	for (const char *at = text; (at = strstr(at, "\ndata: ")) != NULL;
	    at++)
		count++;
	listener->heard += count;
	return count;
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Waits until all have begun, or heard of a round; the times go to took. */
static void
wait_all(int epoll, int wanted, int64_t begin, int64_t *took)
{
	struct epoll_event events[512];
	int n, done = 0;
	bool was_open;

	while (done < wanted) {
		n = epoll_wait(epoll, events, 512, WAIT_MS);
		if (n <= 0)
			die("nothing arrives");
		for (int i = 0; i < n; i++) {
			struct listener *listener = events[i].data.ptr;
			int heard;

			was_open = listener->open;
			heard = hear(listener);
			if (took == NULL)
				done += listener->open && !was_open;
			for (; took != NULL && heard > 0; heard--)
				took[done++] = now_us() - begin;
		}
	}
}

int
main(int argc, char **argv)
{
	struct rlimit files = { 65536, 65536 };
	int port, count, rounds, fd, epoll = epoll_create1(0);
	struct listener *listeners;
	int64_t *took, begin;
	size_t all;

	if (argc != 5)
		return 2;
	port = atoi(argv[1]);
	count = atoi(argv[2]);
	rounds = atoi(argv[3]);
	setrlimit(RLIMIT_NOFILE, &files);
	listeners = calloc((size_t)count, sizeof(*listeners));
	all = (size_t)count * (size_t)rounds;
	took = calloc(all + 1, sizeof(*took));
	if (listeners == NULL || took == NULL)
		die("memory");
	for (int i = 0; i < count; i++) {
		start(&listeners[i], port, epoll, atoll(argv[4]));
		if ((i + 1) % OPENING == 0 || i + 1 == count)
			wait_all(epoll, i % OPENING + 1, 0, NULL);
	}
	printf("listening %d\n", count);
	fflush(stdout);
	if (rounds == 0)
		return read(STDIN_FILENO, &port, sizeof(port)) != 0;
	fd = dial(port);
	for (int i = 0; i < rounds; i++) {
		usleep(300 * 1000);
		begin = now_us();
		create(fd);
		wait_all(epoll, count, begin,
		    took + (size_t)i * (size_t)count);
	}
	qsort(took, all, sizeof(*took), compare);
	printf("p50 %lld\np99 %lld\nmax %lld\n", (long long)took[all / 2],
	    (long long)took[all * 99 / 100], (long long)took[all - 1]);
	return 0;
}
