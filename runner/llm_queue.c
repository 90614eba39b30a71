/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/llm_queue.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "lib/clock.h"
#include "lib/err.h"

struct llm_queue {
	struct llm_queues *queues;
	struct llm_queue *next;
	char *name;
	struct throttle throttle;
	struct throttle_terms terms;
	struct llm_entry *first, **end;
	uv_timer_t timer;
	bool serving;
};

struct llm_queues {
	uv_loop_t *loop;
	struct llm_queue *first;
};

struct llm_queues *
llm_queues_open(struct uv_loop_s *loop)
{
	struct llm_queues *queues = calloc(1, sizeof(*queues));

	if (queues != NULL)
		queues->loop = loop;
	return queues;
}

static void
on_closed(uv_handle_t *handle)
{
	struct llm_queue *queue = handle->data;

	free(queue->name);
	free(queue);
}

void
llm_queues_close(struct llm_queues *queues)
{
	struct llm_queue *queue;

	if (queues == NULL)
		return;
	while ((queue = queues->first) != NULL) {
		queues->first = queue->next;
		uv_close((uv_handle_t *)&queue->timer, on_closed);
	}
	free(queues);
}

static struct llm_queue *
find(struct llm_queues *queues, const char *name)
{
	struct llm_queue *queue = queues->first;

	while (queue != NULL && strcmp(queue->name, name) != 0)
		queue = queue->next;
	return queue;
}

static struct llm_queue *
make(struct llm_queues *queues, const char *name)
{
	struct llm_queue *queue = calloc(1, sizeof(*queue));

	if (queue != NULL)
		queue->name = strdup(name);
	if (queue == NULL || queue->name == NULL) {
		free(queue);
		return NULL;
	}
	queue->queues = queues;
	queue->end = &queue->first;
	uv_timer_init(queues->loop, &queue->timer);
	queue->timer.data = queue;
	queue->next = queues->first;
	queues->first = queue;
	return queue;
}

static struct llm_entry *
take_first(struct llm_queue *queue)
{
	struct llm_entry *entry = queue->first;

	queue->first = entry->next;
	if (queue->first == NULL)
		queue->end = &queue->first;
	entry->waiting = false;
	return entry;
}

static void on_time(uv_timer_t *timer);

/* Those that we call may come back to us; only the outermost call serves. */
static void
serve(struct llm_queue *queue)
{
	enum throttle_answer answer;
	struct llm_entry *entry;
	int64_t wait_ms;

	if (queue->serving)
		return;
	queue->serving = true;
	while (queue->first != NULL) {
		answer = throttle_ask(&queue->throttle, &queue->terms,
		    clock_mono_ms(), &wait_ms);
		if (answer == THROTTLE_QUEUE) {
			if (wait_ms < INT64_MAX)
				uv_timer_start(&queue->timer, on_time,
				    (uint64_t)wait_ms, 0);
			break;
		}
		entry = take_first(queue);
		if (answer == THROTTLE_GO)
			entry->go(entry);
		else
			entry->hold(entry, wait_ms);
	}
	queue->serving = false;
}

static void
on_time(uv_timer_t *timer)
{
	serve(timer->data);
}

int
llm_queue_add(struct llm_queues *queues, const char *name,
    const struct throttle_terms *terms, struct llm_entry *entry)
{
	struct llm_queue *queue = find(queues, name);

	if (queue == NULL)
		queue = make(queues, name);
	if (queue == NULL)
		return E_NOMEM;
	queue->terms = *terms;
	entry->queue = queue;
	entry->next = NULL;
	entry->waiting = true;
	*queue->end = entry;
	queue->end = &entry->next;
	serve(queue);
	return OK;
}

bool
llm_queue_remove(struct llm_entry *entry)
{
	struct llm_entry **at = &entry->queue->first;

	if (!entry->waiting)
		return false;
	while (*at != entry)
		at = &(*at)->next;
	*at = entry->next;
	if (*at == NULL)
		entry->queue->end = at;
	entry->waiting = false;
	return true;
}

int64_t
llm_queue_end(struct llm_entry *entry, enum throttle_outcome outcome,
    int64_t tokens, int64_t pause_ms)
{
	struct llm_queue *queue = entry->queue;
	int64_t now_ms = clock_mono_ms(), closed_ms = 0;

	throttle_end(&queue->throttle, &queue->terms, now_ms, outcome, tokens);
	if (pause_ms > 0)
		throttle_pause(&queue->throttle, now_ms, pause_ms);
	if (throttle_is_open(&queue->throttle, &queue->terms))
		closed_ms = queue->throttle.closed_until_ms - now_ms;
	serve(queue);
	return closed_ms;
}
