/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who waits for a provider: first come, first served, each within the terms
 * of its configuration (throttle.h). One queue per provider, so that one that
 * is stuck holds up nobody else's sessions.
 *
 *	llm_queue_add(queues, "openai|https://...", &terms, &entry);
 *	... entry->go() or entry->hold() is called, maybe at once ...
 *	llm_queue_end(entry, THROTTLE_ANSWERED, tokens, 0);
 */
#ifndef RUNNER_LLM_QUEUE_H
#define RUNNER_LLM_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "runner/throttle.h"

struct uv_loop_s;
struct llm_queue;
struct llm_queues;

/* One that waits or was let go; it belongs to the caller. */
struct llm_entry {
	/* It is its turn: start, and call llm_queue_end at the end. */
	void (*go)(struct llm_entry *entry);
	/* The provider takes nothing for wait_ms: give up; it is out. */
	void (*hold)(struct llm_entry *entry, int64_t wait_ms);
	/* Private. */
	struct llm_queue *queue;
	struct llm_entry *next;
	bool waiting;
};

/* llm_queues_open: NULL when out of memory. */
struct llm_queues *llm_queues_open(struct uv_loop_s *loop);

/* llm_queues_close forgets all entries; the loop must turn once more. */
void llm_queues_close(struct llm_queues *queues);

/*
 * llm_queue_add: name tells providers apart; the newest terms hold for all.
 * E_NOMEM: the entry is not in.
 */
int llm_queue_add(struct llm_queues *queues, const char *name,
	const struct throttle_terms *terms, struct llm_entry *entry);

/* llm_queue_remove takes out one that still waits; false: it does not. */
bool llm_queue_remove(struct llm_entry *entry);

/*
 * llm_queue_end: the call of an entry ended; pause_ms: how long the provider
 * wants no other one. Returns how long the breaker keeps it closed, or 0.
 */
int64_t llm_queue_end(struct llm_entry *entry, enum throttle_outcome outcome,
	int64_t tokens, int64_t pause_ms);

#endif
