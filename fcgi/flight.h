/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys (fcgi/once.h) that are at work in this process: of two requests
 * with the same one the second waits for the first, a while at most.
 *
 *	struct flight flight = { .person = name, .key = key };
 *
 *	if (flights_enter(flights, &flight) != OK)
 *		return come_back_later();
 *	... find its answer, or make it ...
 *	flights_leave(flights, &flight);
 *
 * What was answered is in the database, so it does no harm that another
 * process knows nothing of these.
 */
#ifndef FCGI_FLIGHT_H
#define FCGI_FLIGHT_H

struct flights;

struct flight {
	const char *person;
	const char *key;
	struct flight *next;	/* private */
};

/*
 * flights_open returns an empty table whose entries are waited for wait_ms
 * milliseconds at most, or NULL: no memory.
 */
struct flights *flights_open(int wait_ms);

/* flights_close frees it; flights may be NULL. Nothing is in it any more. */
void flights_close(struct flights *flights);

/*
 * flights_enter waits until no other of this person and key is there, and
 * puts flight in, which stays the caller's. OK, or E_BUSY: another still is.
 */
int flights_enter(struct flights *flights, struct flight *flight);

/* flights_leave takes one out that entered, and lets the next one in. */
void flights_leave(struct flights *flights, struct flight *flight);

#endif
