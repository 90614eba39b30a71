/* SPDX-License-Identifier: Apache-2.0 */
#include "fcgi/meter.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "fcgi/route.h"
#include "lib/metric.h"

enum { STATUS_MIN = 100, STATUS_END = 600, BUCKETS = 11 };

#define SECONDS "gatehouse_http_request_seconds"

/* Upper bounds; what is above all of them has a place of its own. */
static const int64_t bounds_us[BUCKETS] = {
	500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 1000000,
	5000000,
};

struct line {
	atomic_ullong answers[STATUS_END - STATUS_MIN];
	atomic_ullong took[BUCKETS + 1];
	atomic_ullong us;
};

struct meter {
	size_t count;		/* of routes; one line more for none */
	struct line lines[];
};

static void
add(atomic_ullong *counter, unsigned long long n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static unsigned long long
get(const atomic_ullong *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

struct meter *
meter_open(void)
{
	struct meter *meter;
	size_t count = 0;

	while (routes[count].method != NULL)
		count++;
	meter = calloc(1, sizeof(*meter) + (count + 1) * sizeof(struct line));
	if (meter != NULL)
		meter->count = count;
	return meter;
}

void
meter_close(struct meter *meter)
{
	free(meter);
}

void
meter_count(struct meter *meter, const struct route *route, int status,
    int64_t us)
{
	struct line *line = &meter->lines[route != NULL ?
	    (size_t)(route - routes) : meter->count];
	size_t bucket = 0;

	if (status < STATUS_MIN || status >= STATUS_END)
		return;
	while (bucket < BUCKETS && us > bounds_us[bucket])
		bucket++;
	add(&line->answers[status - STATUS_MIN], 1);
	add(&line->took[bucket], 1);
	add(&line->us, us > 0 ? (unsigned long long)us : 0);
}

static void
begin(const struct meter *meter, size_t i, const char *name, struct buf *out)
{
	bool known = i < meter->count;

	metric_begin(out, name);
	metric_label(out, "method", known ? routes[i].method : "other");
	metric_label(out, "route", known ? routes[i].pattern : "other");
}

static void
print_answers(const struct meter *meter, size_t i, struct buf *out)
{
	const struct line *line = &meter->lines[i];
	unsigned long long n;
	char code[8];

	for (int status = STATUS_MIN; status < STATUS_END; status++) {
		n = get(&line->answers[status - STATUS_MIN]);
		if (n == 0)
			continue;
		snprintf(code, sizeof(code), "%d", status);
		begin(meter, i, "gatehouse_http_requests_total", out);
		metric_label(out, "code", code);
		metric_end(out, (double)n);
	}
}

static void
print_seconds(const struct meter *meter, size_t i, struct buf *out)
{
	const struct line *line = &meter->lines[i];
	unsigned long long took[BUCKETS + 1], total = 0;
	char bound[16];

	for (int n = 0; n <= BUCKETS; n++)
		total += took[n] = get(&line->took[n]);
	if (total == 0)
		return;
	total = 0;
	for (int n = 0; n <= BUCKETS; n++) {
		total += took[n];
		if (n < BUCKETS)
			snprintf(bound, sizeof(bound), "%g",
			    (double)bounds_us[n] / 1e6);
		begin(meter, i, SECONDS "_bucket", out);
		metric_label(out, "le", n < BUCKETS ? bound : "+Inf");
		metric_end(out, (double)total);
	}
	begin(meter, i, SECONDS "_sum", out);
	metric_end(out, (double)get(&line->us) / 1e6);
	begin(meter, i, SECONDS "_count", out);
	metric_end(out, (double)total);
}

void
meter_print(const struct meter *meter, struct buf *out)
{
	metric_family(out, "gatehouse_http_requests_total", "counter",
	    "Requests that gatehouse-fcgi answered.");
	for (size_t i = 0; i <= meter->count; i++)
		print_answers(meter, i, out);
	metric_family(out, SECONDS, "histogram",
	    "From a request's head to the end of its answer.");
	for (size_t i = 0; i <= meter->count; i++)
		print_seconds(meter, i, out);
}
