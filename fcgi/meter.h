/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts what this process has answered: by route and status, and how long it
 * took. Threads count without a lock, each answer with three additions.
 *
 *	struct meter *meter = meter_open();
 *
 *	meter_count(meter, route, status, us);		any thread
 *	meter_print(meter, out);			any thread
 *	meter_close(meter);
 *
 * A new process begins at nothing, which Prometheus knows how to take.
 */
#ifndef FCGI_METER_H
#define FCGI_METER_H

#include <stdint.h>

struct buf;
struct meter;
struct route;

/* meter_open returns an empty meter of all routes, or NULL: no memory. */
struct meter *meter_open(void);

/* meter_close frees it; meter may be NULL. */
void meter_close(struct meter *meter);

/*
 * meter_count adds one answer; route is one of the table, or NULL: the path
 * or method has none. A status outside 100 to 599 is not counted.
 */
void meter_count(struct meter *meter, const struct route *route, int status,
	int64_t us);

/* meter_print appends gatehouse_http_* (docs/metrics.md); lib/metric.h. */
void meter_print(const struct meter *meter, struct buf *out);

#endif
