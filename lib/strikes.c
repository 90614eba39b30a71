/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/strikes.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* An address has its place in one of the rows, anywhere in it. */
enum { ROWS = 512, WAYS = 8, HOLD_FIRST_MS = 1000 };

struct place {
	uint64_t key;		/* hash of the address */
	int64_t last_ms;	/* the last wrong secret */
	int64_t until_ms;	/* held back until then */
	int count;		/* wrong secrets; 0: the place is free */
};

struct strikes {
	pthread_mutex_t mutex;
	atomic_bool used;	/* any place; mostly none is */
	unsigned char seed[crypto_shorthash_KEYBYTES];
	struct place places[ROWS][WAYS];
};

struct strikes *
strikes_open(void)
{
	struct strikes *strikes = calloc(1, sizeof(*strikes));

	if (strikes == NULL)
		return NULL;
	/* Nobody is to know whose place an address takes. */
	if (sodium_init() < 0)
		abort();
	randombytes_buf(strikes->seed, sizeof(strikes->seed));
	pthread_mutex_init(&strikes->mutex, NULL);
	return strikes;
}

void
strikes_close(struct strikes *strikes)
{
	if (strikes == NULL)
		return;
	pthread_mutex_destroy(&strikes->mutex);
	free(strikes);
}

static uint64_t
hash(const struct strikes *strikes, const char *address)
{
	unsigned char out[crypto_shorthash_BYTES];
	struct in6_addr net;
	uint64_t key;

	if (inet_pton(AF_INET6, address, &net) == 1)
		crypto_shorthash(out, net.s6_addr, 8, strikes->seed);
	else
		crypto_shorthash(out, (const unsigned char *)address,
		    strlen(address), strikes->seed);
	memcpy(&key, out, sizeof(key));
	return key;
}

/* The place of a key, or NULL. */
static struct place *
find(struct strikes *strikes, uint64_t key, int64_t now_ms)
{
	struct place *row = strikes->places[key % ROWS];

	for (int i = 0; i < WAYS; i++)
		if (row[i].count > 0 && row[i].key == key &&
		    now_ms - row[i].last_ms < STRIKES_FORGET_MS)
			return &row[i];
	return NULL;
}

/* An empty place: a free one, else that of the quietest. */
static struct place *
make_room(struct strikes *strikes, uint64_t key)
{
	struct place *row = strikes->places[key % ROWS], *oldest = row;

	for (int i = 0; i < WAYS && oldest->count > 0; i++)
		if (row[i].count == 0 || row[i].last_ms < oldest->last_ms)
			oldest = &row[i];
	*oldest = (struct place){ .key = key };
	return oldest;
}

int64_t
strikes_held_ms(struct strikes *strikes, const char *address, int64_t now_ms)
{
	const struct place *place;
	int64_t held_ms = 0;

	if (!strikes->used)
		return 0;
	pthread_mutex_lock(&strikes->mutex);
	place = find(strikes, hash(strikes, address), now_ms);
	if (place != NULL && place->until_ms > now_ms)
		held_ms = place->until_ms - now_ms;
	pthread_mutex_unlock(&strikes->mutex);
	return held_ms;
}

static int64_t
hold_ms(int count)
{
	int doublings = count - STRIKES_FREE;

	if (doublings < 0)
		return 0;
	if (doublings >= 6)	/* 64 s */
		return STRIKES_HOLD_MAX_MS;
	return (int64_t)HOLD_FIRST_MS << doublings;
}

void
strikes_add(struct strikes *strikes, const char *address, int64_t now_ms)
{
	uint64_t key = hash(strikes, address);
	struct place *place;

	pthread_mutex_lock(&strikes->mutex);
	strikes->used = true;
	place = find(strikes, key, now_ms);
	if (place == NULL)
		place = make_room(strikes, key);
	if (place->count < STRIKES_FREE + 6)
		place->count++;
	place->last_ms = now_ms;
	place->until_ms = now_ms + hold_ms(place->count);
	pthread_mutex_unlock(&strikes->mutex);
}
