/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/throttle.h"

static const double MINUTE_MS = 60000;

/* What may come at once after a quiet time: a tenth of a minute's worth. */
static double
burst(int per_minute)
{
	return per_minute < 10 ? 1 : per_minute / 10.0;
}

static void
fill_one(double *left, int per_minute, double passed_ms)
{
	*left += passed_ms * per_minute / MINUTE_MS;
	if (*left > burst(per_minute))
		*left = burst(per_minute);
}

static void
fill(struct throttle *t, const struct throttle_terms *terms, int64_t now_ms)
{
	double passed_ms = (double)(now_ms - t->filled_ms);

	if (!t->started || passed_ms < 0) {
		if (!t->started) {
			t->requests = burst(terms->requests_per_minute);
			t->tokens = burst(terms->tokens_per_minute);
		}
		t->started = true;
		passed_ms = 0;
	}
	t->filled_ms = now_ms;
	fill_one(&t->requests, terms->requests_per_minute, passed_ms);
	fill_one(&t->tokens, terms->tokens_per_minute, passed_ms);
}

/* The time until left is at least wanted. */
static int64_t
time_to(double wanted, double left, int per_minute)
{
	if (per_minute == 0 || left >= wanted)
		return 0;
	return (int64_t)((wanted - left) * MINUTE_MS / per_minute) + 1;
}

bool
throttle_is_open(const struct throttle *t, const struct throttle_terms *terms)
{
	return terms->breaker_failures > 0 &&
	    t->failures >= terms->breaker_failures;
}

enum throttle_answer
throttle_ask(struct throttle *t, const struct throttle_terms *terms,
    int64_t now_ms, int64_t *wait_ms)
{
	int64_t for_tokens;

	fill(t, terms, now_ms);
	*wait_ms = t->closed_until_ms - now_ms;
	if (*wait_ms > 0)
		return THROTTLE_HOLD;
	*wait_ms = terms->breaker_ms / 4 + 1;
	if (throttle_is_open(t, terms) && t->probing)
		return THROTTLE_HOLD;
	*wait_ms = INT64_MAX;
	if (terms->concurrency > 0 && t->in_flight >= terms->concurrency)
		return THROTTLE_QUEUE;
	*wait_ms = time_to(1, t->requests, terms->requests_per_minute);
	for_tokens = time_to(1, t->tokens, terms->tokens_per_minute);
	if (for_tokens > *wait_ms)
		*wait_ms = for_tokens;
	if (*wait_ms > 0)
		return THROTTLE_QUEUE;
	t->probing = throttle_is_open(t, terms);
	t->in_flight++;
	t->requests -= 1;
	t->tokens -= t->mean_tokens;
	return THROTTLE_GO;
}

void
throttle_end(struct throttle *t, const struct throttle_terms *terms,
    int64_t now_ms, enum throttle_outcome outcome, int64_t tokens)
{
	t->in_flight--;
	t->probing = false;
	/* What a call takes is known at its end: the mean stood for it. */
	t->tokens -= (double)tokens - t->mean_tokens;
	if (tokens > 0)
		t->mean_tokens += ((double)tokens - t->mean_tokens) / 8;
	if (outcome == THROTTLE_ANSWERED)
		t->failures = 0;
	else if (outcome == THROTTLE_DOWN)
		t->failures++;
	if (outcome == THROTTLE_DOWN && throttle_is_open(t, terms))
		throttle_pause(t, now_ms, terms->breaker_ms);
}

void
throttle_pause(struct throttle *t, int64_t now_ms, int64_t pause_ms)
{
	if (now_ms + pause_ms > t->closed_until_ms)
		t->closed_until_ms = now_ms + pause_ms;
}
