/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much a provider is asked: at most so many calls at once, so many
 * requests and tokens a minute, and none for a while after it said so or
 * has failed again and again (a circuit breaker). Pure: time comes in.
 *
 *	struct throttle throttle = { 0 };
 *	int64_t wait_ms;
 *
 *	switch (throttle_ask(&throttle, &terms, now_ms, &wait_ms)) {
 *	case THROTTLE_GO:	start the call; throttle_end at its end
 *	case THROTTLE_QUEUE:	ask again in wait_ms, or when a call ends
 *	case THROTTLE_HOLD:	not before wait_ms: give the session back
 *	}
 */
#ifndef RUNNER_THROTTLE_H
#define RUNNER_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

/* What the configuration allows; 0: any number. */
struct throttle_terms {
	int concurrency;
	int requests_per_minute;
	int tokens_per_minute;
	int breaker_failures;	/* in a row; 0: no breaker */
	int breaker_ms;		/* how long it stays open */
};

struct throttle {
	int in_flight;
	bool started;
	int64_t filled_ms;	/* when the two below were true */
	double requests, tokens;	/* left to spend; debt if below 0 */
	double mean_tokens;	/* of the calls so far, newer ones count more */
	int failures;		/* in a row */
	bool probing;		/* one call finds out whether it is back */
	int64_t closed_until_ms;
};

enum throttle_answer { THROTTLE_GO, THROTTLE_QUEUE, THROTTLE_HOLD };

enum throttle_outcome {
	THROTTLE_ANSWERED,	/* it works, whatever it said */
	THROTTLE_DOWN,		/* no connection, no answer, a server's error */
	THROTTLE_UNKNOWN,	/* cancelled */
};

/* throttle_ask: THROTTLE_GO counts a call as started. */
enum throttle_answer throttle_ask(struct throttle *throttle,
	const struct throttle_terms *terms, int64_t now_ms, int64_t *wait_ms);

/* throttle_end: a call ended; tokens is what it used. */
void throttle_end(struct throttle *throttle,
	const struct throttle_terms *terms, int64_t now_ms,
	enum throttle_outcome outcome, int64_t tokens);

/* throttle_pause: the provider wants no request for so long. */
void throttle_pause(struct throttle *throttle, int64_t now_ms,
	int64_t pause_ms);

/* throttle_is_open: has the breaker given up on it for now? */
bool throttle_is_open(const struct throttle *throttle,
	const struct throttle_terms *terms);

#endif
