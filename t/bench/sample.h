/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Durations, and what can be said about them.
 *
 *	struct sample sample = { 0 };
 *
 *	sample_add(&sample, ns);
 *	sample_sort(&sample);
 *	printf("%.3f ms\n", sample_ms(&sample, 0.99));
 *	sample_free(&sample);
 */
#ifndef T_BENCH_SAMPLE_H
#define T_BENCH_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

struct sample {
	int64_t *ns;
	size_t count, cap;
};

/* sample_now: nanoseconds of the monotonic clock. */
int64_t sample_now(void);

/* sample_add keeps one duration. Ends the program when memory is out. */
void sample_add(struct sample *sample, int64_t ns);

/* sample_sort comes before sample_ms. */
void sample_sort(struct sample *sample);

/* sample_ms returns the quantile (0 to 1) in milliseconds; 0 if empty. */
double sample_ms(const struct sample *sample, double quantile);

void sample_free(struct sample *sample);

#endif
