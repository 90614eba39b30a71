/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/flight.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/err.h"

struct flights {
	pthread_mutex_t mutex;
	pthread_cond_t left;	/* one of them */
	struct flight *first;	/* few: no more than there are threads */
	int wait_ms;
};

struct flights *
flights_open(int wait_ms)
{
	struct flights *flights = calloc(1, sizeof(*flights));
	pthread_condattr_t attr;

	if (flights == NULL)
		return NULL;
	flights->wait_ms = wait_ms;
	pthread_mutex_init(&flights->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&flights->left, &attr);
	pthread_condattr_destroy(&attr);
	return flights;
}

void
flights_close(struct flights *flights)
{
	if (flights == NULL)
		return;
	pthread_cond_destroy(&flights->left);
	pthread_mutex_destroy(&flights->mutex);
	free(flights);
}

static bool
has(const struct flights *flights, const struct flight *flight)
{
	for (const struct flight *f = flights->first; f != NULL; f = f->next)
		if (strcmp(f->key, flight->key) == 0 &&
		    strcmp(f->person, flight->person) == 0)
			return true;
	return false;
}

static void
add_ms(struct timespec *at, int ms)
{
	at->tv_sec += ms / 1000;
	at->tv_nsec += ms % 1000 * 1000000L;
	if (at->tv_nsec >= 1000000000L) {
		at->tv_sec++;
		at->tv_nsec -= 1000000000L;
	}
}

int
flights_enter(struct flights *flights, struct flight *flight)
{
	struct timespec end;
	bool waits, late = false;

	clock_gettime(CLOCK_MONOTONIC, &end);
	add_ms(&end, flights->wait_ms);
	pthread_mutex_lock(&flights->mutex);
	while ((waits = has(flights, flight)) && !late)
		late = pthread_cond_timedwait(&flights->left, &flights->mutex,
		    &end) != 0;
	if (!waits) {
		flight->next = flights->first;
		flights->first = flight;
	}
	pthread_mutex_unlock(&flights->mutex);
	return waits ? E_BUSY : OK;
}

void
flights_leave(struct flights *flights, struct flight *flight)
{
	struct flight **at = &flights->first;

	pthread_mutex_lock(&flights->mutex);
	while (*at != flight)
		at = &(*at)->next;
	*at = flight->next;
	pthread_mutex_unlock(&flights->mutex);
	pthread_cond_broadcast(&flights->left);
}
