/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/err.h"

/* Interrupts a waiting flock(2) now and then, so that it can give up. */
#define LOCK_SIGNAL SIGURG
enum { LOCK_TICK_MS = 50 };

int
lock_create(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0660);

	if (fd >= 0)
		fchmod(fd, 0660);
	return fd;
}

int
lock_open(const char *path)
{
	int fd = lock_create(path);

	return fd >= 0 || errno != EEXIST ? fd :
	    open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
}

static void
ignore(int signal)
{
	(void)signal;
}

/* Without SA_RESTART: the point is to return with EINTR. */
static void
install_handler(void)
{
	struct sigaction action = { .sa_handler = ignore };

	sigaction(LOCK_SIGNAL, &action, NULL);
}

static int
start_ticks(timer_t *timer)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = LOCK_SIGNAL,
	};
	struct itimerspec ticks = {
		.it_value.tv_nsec = LOCK_TICK_MS * 1000000L,
		.it_interval.tv_nsec = LOCK_TICK_MS * 1000000L,
	};

	event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
	if (timer_create(CLOCK_MONOTONIC, &event, timer) != 0)
		return E_IO;
	timer_settime(*timer, 0, &ticks, NULL);
	return OK;
}

static int
wait_for_lock(int fd, int wait_ms)
{
	int64_t deadline = clock_mono_ms() + wait_ms;
	int failed;

	do
		failed = flock(fd, LOCK_EX);
	while (failed && errno == EINTR && clock_mono_ms() < deadline);
	if (!failed)
		return OK;
	return errno == EINTR ? E_BUSY : E_IO;
}

int
lock_take(int fd, int wait_ms)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	sigset_t ticks, before;
	timer_t timer;
	int rc;

	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return OK;
	if (errno != EWOULDBLOCK)
		return E_IO;
	pthread_once(&once, install_handler);
	rc = start_ticks(&timer);
	if (rc != OK)
		return rc;
	/* The thread may have blocked all signals. */
	sigemptyset(&ticks);
	sigaddset(&ticks, LOCK_SIGNAL);
	pthread_sigmask(SIG_UNBLOCK, &ticks, &before);
	rc = wait_for_lock(fd, wait_ms);
	timer_delete(timer);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

void
lock_free(int fd)
{
	flock(fd, LOCK_UN);
}
