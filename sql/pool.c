/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"

struct pool {
	char *path;
	pthread_mutex_t mutex;
	pthread_cond_t given;	/* one was given back */
	pthread_cond_t left;	/* a turn is free */
	int turns;		/* that are free */
	int max;
	int open;		/* connections, or being opened */
	int idle;
	struct db *stack[];	/* the idle ones; the last is the warmest */
};

int
pool_open(struct pool **out, const char *path, int max)
{
	struct pool *pool = calloc(1, sizeof(*pool) +
	    (size_t)max * sizeof(*pool->stack));

	*out = NULL;
	if (pool == NULL)
		return E_NOMEM;
	pool->max = pool->turns = max;
	pool->path = strdup(path);
	if (pool->path == NULL) {
		free(pool);
		return E_NOMEM;
	}
	pthread_mutex_init(&pool->mutex, NULL);
	pthread_cond_init(&pool->given, NULL);
	pthread_cond_init(&pool->left, NULL);
	*out = pool;
	return OK;
}

void
pool_close(struct pool *pool)
{
	if (pool == NULL)
		return;
	while (pool->idle > 0)
		db_close(pool->stack[--pool->idle]);
	pthread_cond_destroy(&pool->left);
	pthread_cond_destroy(&pool->given);
	pthread_mutex_destroy(&pool->mutex);
	free(pool->path);
	free(pool);
}

void
pool_enter(struct pool *pool)
{
	pthread_mutex_lock(&pool->mutex);
	while (pool->turns == 0)
		pthread_cond_wait(&pool->left, &pool->mutex);
	pool->turns--;
	pthread_mutex_unlock(&pool->mutex);
}

void
pool_leave(struct pool *pool)
{
	pthread_mutex_lock(&pool->mutex);
	pool->turns++;
	pthread_cond_signal(&pool->left);
	pthread_mutex_unlock(&pool->mutex);
}

/* Opens one more without the mutex; the caller has counted it. */
static struct db *
open_one(struct pool *pool, char why[DB_WHY_MAX])
{
	struct db *db = NULL;

	pthread_mutex_unlock(&pool->mutex);
	db_open(&db, pool->path, DB_READ, why);
	pthread_mutex_lock(&pool->mutex);
	return db;
}

struct db *
pool_take(struct pool *pool, char why[DB_WHY_MAX])
{
	struct db *db = NULL;

	pthread_mutex_lock(&pool->mutex);
	if (pool->idle == 0 && pool->open < pool->max) {
		pool->open++;
		db = open_one(pool, why);
		if (db == NULL) {
			pool->open--;
			pthread_cond_broadcast(&pool->given);
		}
	}
	/* One that is open already serves as well. */
	while (db == NULL && pool->idle == 0 && pool->open > 0)
		pthread_cond_wait(&pool->given, &pool->mutex);
	if (db == NULL && pool->idle > 0)
		db = pool->stack[--pool->idle];
	pthread_mutex_unlock(&pool->mutex);
	return db;
}

void
pool_give(struct pool *pool, struct db *db)
{
	pthread_mutex_lock(&pool->mutex);
	pool->stack[pool->idle++] = db;
	pthread_cond_signal(&pool->given);
	pthread_mutex_unlock(&pool->mutex);
}
